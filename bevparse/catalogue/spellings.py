"""BEV3xx: accepted though not documented."""

from __future__ import annotations

from typing import Final

from .rule import Row

__all__ = ["ROWS"]

ROWS: Final[tuple[Row, ...]] = (
    ("BEV301", "integer-spelling", "warning",
     "An integer is spelled as text.",
     '"id":"5"',
     ("Write integers without quotation marks, or have `bevparse convert FILE --to json` write the file anew. A "
      "client that reads the raw body has to convert the text before it counts with it.")),
    ("BEV302", "check-spelling", "warning",
     'A check is spelled otherwise than "true", "false" or "null": a real boolean, 1, 0 or other capitals.',
     '"smtpCheck":true',
     ('Write the text "true", "false" or "null", or have `bevparse convert FILE --to json` write the file anew. A '
      'client that compares the raw value with "true" takes a real boolean for something else.')),
    ("BEV303", "flag-spelling", "warning",
     "ready is spelled otherwise than 1 or 0.",
     '"ready":true',
     ("Write 1 or 0, or have `bevparse convert FILE --to json` write the file anew. A client that waits until the "
      "raw value is 1 would wait for ever.")),
    ("BEV304", "epoch-spelling", "warning",
     "A date is spelled as a number; the service sends it as text.",
     '"date_start":1528204702',
     ("Write the seconds as a text of digits, or have `bevparse convert FILE --to json` write the file anew. A "
      "client that declares the raw value as text would refuse the number.")),
    ("BEV305", "list-spelling", "warning",
     "A list is spelled in an unusual way: joined into one text, as repeated elements, or over several columns.",
     '"mxRecords":"a.example, b.example"',
     ("Write one array in JSON, one element with a child for each member in XML, and one cell in CSV; `bevparse "
      "convert` does. A client that takes the first member of a raw text would get a letter.")),
    ("BEV306", "unsaid-spelling", "warning",
     'A value that is not said is spelled in an unusual way, such as null, "" or 0 where the field is usually absent.',
     '"date_end":""',
     ("Leave out what is not said, or have `bevparse convert` write the file anew. A client that reads the raw "
      "value may turn a blank or 0 into a date of 1970, or into a host without a name.")),
    ("BEV307", "unknown-field", "warning",
     "A field is not documented; its value is kept in model_extra.",
     '"score":0.5',
     ("Report a field that the service has begun to send to the maintainers of bevparse, and take its value from "
      "model_extra until they have added it. If a tool of yours adds it, use `--ignore BEV307`.")),
    ("BEV308", "name-spelling", "warning",
     "A field name is spelled otherwise than the service spells it.",
     '"email_address" for "emailAddress"',
     ("Correct the name where the file is written, or have `bevparse convert` write the file anew. A client that "
      "looks the raw field up by its documented name does not find it.")),
    ("BEV309", "text-spelling", "warning",
     "A text is spelled as a number or a boolean.",
     '"emailAddress":5',
     ("Write the value in quotation marks. If another program has made a number of it, compare it with the "
      "original, as leading zeros and late digits are lost on such a way.")),
    ("BEV310", "error-shape", "warning",
     "An error reply in a shape that is not this service's own, such as a gateway's.",
     '{"code":403,"messages":"Access restricted."}',
     ("Tell by the status code and the headers who answered: a proxy, a gateway or the service. Have the client "
      "take such a reply for an error, as `parse_reply` does, and not for an empty result.")),
    ("BEV311", "byte-order-mark", "warning",
     "The body starts with a byte-order mark; the service sends none.",
     "EF BB BF before the first brace",
     ("Write the file without the mark (in Python as utf-8, not as utf-8-sig), or save the bytes of the answer as "
      "they came. Python's json.loads refuses a text that begins with it.")),
    ("BEV312", "other-encoding", "warning",
     "The body is in another encoding than UTF-8.",
     '<?xml version="1.0" encoding="ISO-8859-1"?>',
     ("Convert the file to UTF-8, as in `iconv -f UTF-16 -t UTF-8`, and correct its XML declaration, or save the "
      "bytes of the answer as they came.")),
    ("BEV313", "other-format", "warning",
     "The body is in another format than was declared, as error replies often are.",
     "a JSON error in answer to format=xml",
     ("Correct the ending of the file name, or what `--format` says. In a client, look at the body before you "
      "choose a reader, as an error may come as JSON whatever format was asked for.")),
    ("BEV314", "csv-delimiter", "warning",
     "The cells are separated by semicolons or tabs instead of commas.",
     "Email Address;Result",
     ("Set commas in the program that exports the file; spreadsheets choose the separator by country. A saved file "
      "is mended by `bevparse convert FILE --to csv`.")),
    ("BEV315", "new-result", "warning",
     "result is a word that has not been seen before; the vocabulary is open.",
     '"result":"greylisted"',
     ('Treat the word like "unknown" until you know what it means, and report it to the maintainers of bevparse. To '
      "let such words pass meanwhile, use `--ignore BEV315`.")),
    ("BEV316", "absent-field", "warning",
     "A field that the service documents as always present is absent.",
     'a completed record without "smtpCheck"',
     ("Take an absent check for one that could not be made, never for false. If a filter of yours drops fields or "
      "columns, have it keep them all.")),
)  # fmt: skip
