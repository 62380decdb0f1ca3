"""Every rule as a named constant: its code, name, severity, explanation, example and remedy.

`bevparse rule`, `docs/rules.md` and the SARIF report are made from this module. To add a rule, add its constant in
the order of the codes.
"""

from __future__ import annotations

import difflib
from enum import Enum
from typing import Final, Literal, NamedTuple, TypeAlias

__all__ = ["RULES", "UNREAD", "Group", "Rule", "Severity", "nearest"]

Severity: TypeAlias = Literal["error", "warning", "info"]


class Group(Enum):
    """What the rules of a group have in common; the value is the digit after BEV in their codes."""

    SOURCE = "0"
    """The source could not be read, or a limit was passed."""
    SYNTAX = "1"
    """The body is not well-formed."""
    PAYLOAD = "2"
    """The body does not fit the endpoint."""
    SPELLING = "3"
    """Accepted, though not documented."""
    CONSISTENCY = "4"
    """Contradictions, within a body or across bodies."""
    HYGIENE = "5"
    """An API key in a recording."""


UNREAD: Final = frozenset((Group.SOURCE, Group.SYNTAX))
"""The groups of what keeps a body from being decoded."""


class Rule(NamedTuple):
    """What one code means."""

    code: str
    slug: str
    """The name in lower case, with hyphens."""
    severity: Severity
    explanation: str
    example: str
    remedy: str
    """What to do about it; commands, options and code are in backticks."""

    @property
    def group(self) -> Group:
        """The group, as the code says."""
        return Group(self.code[3])


# BEV0xx: The source could not be read, or a limit was passed.

SOURCE_UNREADABLE: Final = Rule(
    "BEV001",
    "source-unreadable",
    "error",
    "The file or archive member could not be opened, read or decompressed.",
    "a .gz file that ends in the middle of its stream",
    (
        "Check the path, its permissions and the disk, and fetch or copy the file again if it was cut short. "
        "What is no body can be left out with `--exclude GLOB`."
    ),
)
BODY_TOO_LARGE: Final = Rule(
    "BEV002",
    "body-too-large",
    "error",
    "The body, after decompression, is larger than limits.body.",
    "a 70 MB body under the default of 64 MiB",
    (
        "Check that the file is one answer: those to 50,000 addresses, the most that a request takes, stay "
        "below the default. If it is, raise the bound with `--limit body=BYTES`, or in code with "
        "`Limits(body=BYTES)`."
    ),
)
TOO_DEEP: Final = Rule(
    "BEV003",
    "too-deep",
    "error",
    "The body is nested deeper than limits.depth; the deepest documented payload has four levels.",
    "[[[[ ... ]]]] with forty levels",
    (
        "Look for brackets or elements that are never closed. Where an undocumented field really is so deep, "
        "raise the bound with `--limit depth=LEVELS`."
    ),
)
TOO_MANY_RECORDS: Final = Rule(
    "BEV004",
    "too-many-records",
    "error",
    "An array, element or table has more members than limits.records; the vendor takes 50,000 addresses a request.",
    "a table of two million rows",
    (
        "Split the file if several answers were joined into one. If it is one answer, raise the bound with "
        "`--limit records=NUMBER`."
    ),
)
STRING_TOO_LONG: Final = Rule(
    "BEV005",
    "string-too-long",
    "error",
    "A value or a name is longer than limits.string characters.",
    "an emailAddress of two million characters",
    (
        "Look for a missing quotation mark, or a whole body pasted into a value. If so long a value is meant,"
        " raise the bound with `--limit string=CHARACTERS`."
    ),
)
PROBLEMS_CUT: Final = Rule(
    "BEV006",
    "problems-cut",
    "warning",
    (
        "More was found than limits.problems allows to be listed: after that many errors reading stops, after"
        " that many warnings they are only counted."
    ),
    "50,000 records that each spell their id as text",
    (
        "Mend what is listed first, as it is often one fault that repeats, and run again. To have everything "
        "listed, raise the bound with `--limit problems=NUMBER`."
    ),
)
ARCHIVE_RATIO: Final = Rule(
    "BEV007",
    "archive-ratio",
    "error",
    "Compressed data grows by more than limits.archive_ratio on decompression, as no real answer does.",
    "a .gz file of 10 kB that holds 10 MB of blanks",
    (
        "Find out where the file comes from before you unpack it with another tool. If it is yours and really"
        " so regular, raise the bound with `--limit archive_ratio=NUMBER`."
    ),
)
ARCHIVE_TOO_LARGE: Final = Rule(
    "BEV008",
    "archive-too-large",
    "error",
    "The members of an archive are together larger than limits.archive_total after decompression.",
    "an archive of 3 GB under the default of 1 GiB",
    (
        "Split the archive, or unpack it and check the folder, which has no such bound. If you trust it, "
        "raise the bound with `--limit archive_total=BYTES`."
    ),
)
TOO_MANY_MEMBERS: Final = Rule(
    "BEV009",
    "too-many-members",
    "error",
    "An archive or a recording has more members than limits.archive_members, or a directory too large to be read.",
    "an archive of 50,000 files under the default of 10,000",
    (
        "Split the archive or the recording, or unpack it and check the folder, which has no such bound. If "
        "you trust it, raise the bound with `--limit archive_members=NUMBER`."
    ),
)
ARCHIVE_TOO_NESTED: Final = Rule(
    "BEV010",
    "archive-too-nested",
    "error",
    "An archive stands inside more archives than limits.archive_nesting allows.",
    "a .zip inside a .tar.gz under the default of 1",
    (
        "Unpack the outer archive and check what comes out of it, or raise the bound with `--limit "
        "archive_nesting=LEVELS`."
    ),
)
BAD_CONTAINER: Final = Rule(
    "BEV011",
    "bad-container",
    "error",
    "A file that should hold bodies (an archive, JSON Lines, a HAR file, a cassette, a WARC) is not well-formed.",
    "a .har file that was cut short while it was saved",
    (
        "Save or export the file again, as it was probably cut short, or has the name of another kind of "
        "file. If it is none of yours, leave it out with `--exclude GLOB`."
    ),
)
MISSING_BODY: Final = Rule(
    "BEV012",
    "missing-body",
    "warning",
    "A recorded exchange with the service keeps no answer body, so there is nothing to check.",
    "a HAR entry whose response has no text",
    (
        "Record with bodies: save a HAR file with content, and do not filter answers out of a cassette. Where"
        " it is right that there is none, use `--ignore BEV012`."
    ),
)
MISSING_EXTRA: Final = Rule(
    "BEV013",
    "missing-extra",
    "error",
    "Reading this kind of file needs an optional package that is not installed.",
    "a .zst file without the package backports.zstd",
    (
        "Run the install command that the message gives, such as `pip install 'bevparse[zstd]'`, or leave "
        "such files out with `--exclude GLOB`."
    ),
)
WORKER_DIED: Final = Rule(
    "BEV014",
    "worker-died",
    "error",
    "The process that checked this source ended before it could say anything, often for want of memory.",
    "a process that the system killed",
    (
        "Check the file alone. If memory ran short, use fewer processes with `--jobs NUMBER`, or refuse large"
        " bodies with `--limit body=BYTES`; if it happens again, report it as a bug of bevparse."
    ),
)
STALE_BASELINE: Final = Rule(
    "BEV015",
    "stale-baseline",
    "info",
    "The baseline has a finding that does not occur any more, so that it could hide a new one.",
    "a fixed body that is still in the baseline",
    (
        "Delete the entry from the baseline file, or, once nothing new is reported, write the file anew with "
        "`--baseline FILE --update-baseline`."
    ),
)

# BEV1xx: The body is not well-formed.

EMPTY_BODY: Final = Rule(
    "BEV101",
    "empty-body",
    "error",
    (
        "The body holds nothing at all, or only white space. An empty result is an empty array, not an empty "
        "body; only in CSV, when that is the declared format, do zero bytes mean an empty result."
    ),
    "a saved file of zero bytes",
    (
        "Look at the status code and the headers of the answer, and fetch it again. Where an empty CSV result"
        " is right, say so with `--format csv`, or give the file a name that ends in .csv."
    ),
)
BAD_ENCODING: Final = Rule(
    "BEV102",
    "bad-encoding",
    "error",
    ("The bytes are not what their encoding allows. Without a byte-order mark or a declaration the encoding is UTF-8."),
    "the byte FF in the middle of a JSON body",
    (
        "Have the client save the bytes of an answer as they came, without decoding them. A file in another "
        "encoding can be converted, as in `iconv -f LATIN1 -t UTF-8`."
    ),
)
REFUSED_ENCODING: Final = Rule(
    "BEV103",
    "refused-encoding",
    "error",
    (
        "The body declares an encoding that is not read (UTF-8, UTF-16 with a byte-order mark, US-ASCII and "
        "ISO-8859-1 are), or one that its byte-order mark contradicts."
    ),
    '<?xml version="1.0" encoding="UTF-7"?>',
    (
        "Convert the file to UTF-8, as in `iconv -f WINDOWS-1252 -t UTF-8`, and correct its XML declaration. "
        "A declaration that contradicts the byte-order mark was left behind by an earlier conversion: delete "
        "it."
    ),
)
HTML_PAGE: Final = Rule(
    "BEV104",
    "html-page",
    "error",
    "The body is an HTML page, so it comes from a gateway or a login page in front of the service.",
    "<html><title>502 Bad Gateway</title>",
    (
        "Read the title of the page, which tells what the gateway wanted, and check the URL, the proxy and "
        "the login of the client. Have the client look at the status code before it saves an answer, and "
        "fetch this one again."
    ),
)
UNKNOWN_FORMAT: Final = Rule(
    "BEV105",
    "unknown-format",
    "error",
    "The body is text that starts like no JSON and no XML, and its first line names no column of the service's CSV.",
    "a file that holds the word hello",
    (
        "Look at the first line. Put the header back if it is CSV without one, name the format of a plug-in "
        "with `--format NAME`, and leave out what is no answer of the service with `--exclude GLOB`."
    ),
)
JSON_SYNTAX: Final = Rule(
    "BEV110",
    "json-syntax",
    "error",
    "The body starts like JSON and is not well-formed. Often it was cut short while it was saved.",
    '{"response":[{"id":5}',
    (
        "Fetch the answer again if the file ends early; otherwise correct it at the place. Several bodies in "
        "one file are JSON Lines: put each on a line of its own, in a file that ends in .jsonl."
    ),
)
JSON_NUMBER: Final = Rule(
    "BEV111",
    "json-number",
    "error",
    "A number that JSON does not have, or that no program can hold: NaN, Infinity, 1e400, thousands of digits.",
    '{"response":{"id":NaN}}',
    (
        "Write null where there is no number; Python's json.dumps refuses to write NaN and Infinity with "
        "`allow_nan=False`. No field of the service has thousands of digits: such a body is damaged or "
        "hostile."
    ),
)
LONE_SURROGATE: Final = Rule(
    "BEV112",
    "lone-surrogate",
    "error",
    "A text holds half of a surrogate pair, which is no character and cannot be written in any encoding.",
    '{"response":{"error":"\\ud800"}}',
    (
        "Find the program that cut the text in the middle of a character, as those do that count in UTF-16. "
        "In a saved file, put `\\ufffd` for the half that is left."
    ),
)
XML_SYNTAX: Final = Rule(
    "BEV120",
    "xml-syntax",
    "error",
    "The body starts like XML and is not well-formed. Often it was cut short while it was saved.",
    "<xml><response><id>5</id></response>",
    (
        "Fetch the answer again if the file ends early; otherwise correct it at the place. In a value, a bare"
        " `&` must be written as `&amp;`, and a bare `<` as `&lt;`."
    ),
)
XML_DOCTYPE: Final = Rule(
    "BEV121",
    "xml-doctype",
    "error",
    (
        "The body holds a document type declaration. The service never sends one, and it is the way to every "
        "attack that XML has, so it is refused before anything in it is read."
    ),
    '<!DOCTYPE xml [<!ENTITY a "b">]>',
    (
        "Find out who wrote the body before you take the declaration out of it. If it came instead of an "
        "answer, check the URL and the proxy of the client; if a tool of yours adds the declaration, have it "
        "leave that out."
    ),
)
XML_MIXED_CONTENT: Final = Rule(
    "BEV122",
    "xml-mixed-content",
    "error",
    "An element holds text beside other elements, so it is neither a value nor a record.",
    "<item>stray<id>5</id></item>",
    (
        "Delete the text, or give it an element of its own. Markup that belongs to a value must be escaped, "
        "as in `&lt;b&gt;`."
    ),
)
CSV_SYNTAX: Final = Rule(
    "BEV130",
    "csv-syntax",
    "error",
    "A quoted cell is never closed, or is followed by something other than a separator.",
    'a line that holds "open and nothing after it',
    (
        "Fetch the answer again if the file ends early; otherwise close the cell, and double each quotation "
        "mark inside it."
    ),
)
FORMAT_SYNTAX: Final = Rule(
    "BEV140",
    "format-syntax",
    "error",
    "The body is not well-formed in the format of a plug-in.",
    "a YAML body with a tab for indentation",
    "Correct the body where the message says. If it is in another format, name that with `--format NAME`.",
)
CANNOT_CARRY: Final = Rule(
    "BEV150",
    "cannot-carry",
    "error",
    (
        "The model holds something that the format asked for cannot carry without loss, such as a control "
        "character in XML 1.0, or an undocumented field that is a number in CSV, which knows only text."
    ),
    "an emailAddress with the character U+0001, written as XML",
    (
        "Write JSON instead, with `bevparse convert FILE --to json`, or take what the message points at out "
        "of the model before you write it."
    ),
)

# BEV2xx: The body does not fit the endpoint.

UNKNOWN_PAYLOAD: Final = Rule(
    "BEV201",
    "unknown-payload",
    "error",
    "The payload looks like the answer of none of the five endpoints and like no error reply.",
    '{"response":{"colour":"red"}}',
    (
        "Name the endpoint that was called with `--endpoint NAME`, and the report will say what is missing. "
        "What is no answer of this service can be left out with `--exclude GLOB`."
    ),
)
AMBIGUOUS_ENDPOINT: Final = Rule(
    "BEV202",
    "ambiguous-endpoint",
    "error",
    "The payload fits several endpoints and none was asked for. Name the one you called.",
    '{"response":[{"emailAddress":"foo.bar"}]}',
    (
        "Name it with `--endpoint NAME`, for some paths of a folder with a pattern under "
        "`[tool.bevparse.endpoint]` in pyproject.toml, or in code as in `parse(body, CompletedResponse)`."
    ),
)
BAD_CHECK: Final = Rule(
    "BEV203",
    "bad-check",
    "error",
    'A check is something other than "true", "false" or "null".',
    '"smtpCheck":"maybe"',
    (
        'Write "null" for a check that could not be made, and no word of your own. If the service itself sent'
        " the value, report it to the maintainers of bevparse."
    ),
)
BAD_INTEGER: Final = Rule(
    "BEV204",
    "bad-integer",
    "error",
    "An id, a counter or a page number is no integer from 0 to 9223372036854775807 in plain digits.",
    '"id":"1_000"',
    (
        "Write the number in plain digits, without a sign, blanks, separators or a fraction. If a spreadsheet"
        " has reformatted the column, fetch the answer again and do not save it from there."
    ),
)
BAD_FLAG: Final = Rule(
    "BEV205",
    "bad-flag",
    "error",
    "ready is something other than 0 or 1.",
    '"ready":2',
    (
        "Write 1 for a request that is finished, and 0 for one that is not. If the service itself sent the "
        "value, ask for the status again before you rely on it."
    ),
)
BAD_EPOCH: Final = Rule(
    "BEV206",
    "bad-epoch",
    "error",
    "A date is no count of seconds since 1970, in plain digits, before the year 10000.",
    '"date_start":"soon"',
    "Write whole seconds since 1970, in UTC. A number of 13 digits counts milliseconds: divide it by 1000.",
)
WRONG_KIND: Final = Rule(
    "BEV207",
    "wrong-kind",
    "error",
    "An array, an object or a value stands where one of the others belongs.",
    '"mxRecords":{"host":"a.example"}',
    (
        "Check with `--endpoint NAME` that it is the answer of the endpoint that was called. If it is, mend "
        "the converter: those from XML or PHP often turn a list of one into a value, and an array with gaps "
        "into an object."
    ),
)
MISSING_FIELD: Final = Rule(
    "BEV208",
    "missing-field",
    "error",
    "A field that the record cannot do without is not there.",
    'a completed record without "emailAddress"',
    (
        "Check with `--endpoint NAME` that it is the answer of the endpoint that was called, and look whether"
        " a filter on the way drops or renames the field. If it is lost, fetch the answer again."
    ),
)
DUPLICATE_FIELD: Final = Rule(
    "BEV209",
    "duplicate-field",
    "error",
    "A field is given twice, so one of the two values would be lost.",
    '{"id":5,"id":6}',
    (
        "Delete the field that is wrong; two spellings of one name, such as emailAddress and email_address, "
        "count as one. In CSV, look for columns that were joined from two files."
    ),
)
RAGGED_ROW: Final = Rule(
    "BEV210",
    "ragged-row",
    "error",
    "A row has more or fewer cells than the header has labels, so its cells cannot be told apart with certainty.",
    "a row of four cells under three labels",
    (
        "Count the cells against the header, and quote each that holds a separator or a line end. If the last"
        " row is too short, the file was probably cut: fetch the answer again."
    ),
)
MISSING_ENVELOPE: Final = Rule(
    "BEV211",
    "missing-envelope",
    "error",
    'A JSON answer of the service is one object with the key "response"; this body has none.',
    '[{"id":5}]',
    (
        "Save the whole answer, and not only what stands in its envelope. A saved file is mended by "
        '`{"response":` before it and `}` behind it.'
    ),
)
OTHER_ENDPOINT: Final = Rule(
    "BEV212",
    "other-endpoint",
    "error",
    "The payload is the answer of another endpoint than the one that was asked for.",
    "a completed body read as StatusResponse",
    (
        "Ask for the model of the endpoint that was called, or leave `--endpoint` out and let the body tell. "
        "If you named the right one, the client called the wrong URL, or saved the answer under a wrong name."
    ),
)
EMPTY_ERRORS: Final = Rule(
    "BEV213",
    "empty-errors",
    "error",
    "An error reply that names no error.",
    '{"response":{"errors":[]}}',
    (
        "Look at the status code of the answer, as the body does not say what went wrong, and repeat the "
        "call. If it happens again, tell the service's support when it did."
    ),
)
UNEVEN_PAGES: Final = Rule(
    "BEV214",
    "uneven-pages",
    "error",
    "A list answer in CSV repeats its page numbers on each row, and here the rows disagree.",
    "current_page 1 on one row and 2 on the next",
    (
        "Keep each page of a list in a file of its own. Here rows of several pages were probably joined: "
        "split them by their page numbers, or fetch the pages again."
    ),
)
RESERVED_NAME: Final = Rule(
    "BEV215",
    "reserved-name",
    "error",
    "An undocumented field of a response has the name of an attribute of its model, so model_extra cannot keep it.",
    '{"response":{"id":5,"endpoint":"create"}}',
    (
        "Read this body with a plain JSON, XML or CSV reader, or rename the field in a copy of it. Report the"
        " field to the maintainers of bevparse, so that the model can have it."
    ),
)
EMPTY_PAYLOAD: Final = Rule(
    "BEV216",
    "empty-payload",
    "error",
    ("The payload is empty, so several endpoints could have sent it, and none was asked for. Name the one you called."),
    '{"response":[]}',
    (
        "Name the endpoint in code, as in `parse(body, CompletedResponse)`, or to a command with `--endpoint "
        "NAME`. If you expected records, ask for the status: a request that is not ready has none yet."
    ),
)
ONLY_ATTRIBUTES: Final = Rule(
    "BEV217",
    "only-attributes",
    "error",
    (
        "There is nothing in the answer but attributes of an empty element, or of those around it. They hold "
        "no data in an answer, so this is no empty one: it may be an error that is told in attributes, or the"
        " document of another service."
    ),
    '<xml><response error="quota"/></xml>',
    (
        "Look at what the attributes say, check the URL of the client, and fetch the answer again. An answer "
        "that really is empty is `<xml><response/></xml>`."
    ),
)
ENDPOINT_UNKNOWN: Final = Rule(
    "BEV220",
    "endpoint-unknown",
    "info",
    "The body is sound, but so empty that several endpoints could have sent it.",
    '{"response":[]}',
    (
        "Name the endpoint with `--endpoint NAME` to have the body checked as its answer, or leave the code "
        "out with `--ignore BEV220`. If you expected records, the request was perhaps not ready when they "
        "were fetched."
    ),
)

# BEV3xx: Accepted, though not documented.

INTEGER_SPELLING: Final = Rule(
    "BEV301",
    "integer-spelling",
    "warning",
    "An integer is spelled as text.",
    '"id":"5"',
    (
        "Write integers without quotation marks, or have `bevparse convert FILE --to json` write the file "
        "anew. A client that reads the raw body has to convert the text before it counts with it."
    ),
)
CHECK_SPELLING: Final = Rule(
    "BEV302",
    "check-spelling",
    "warning",
    'A check is spelled otherwise than "true", "false" or "null": a real boolean, 1, 0 or other capitals.',
    '"smtpCheck":true',
    (
        'Write the text "true", "false" or "null", or have `bevparse convert FILE --to json` write the file '
        'anew. A client that compares the raw value with "true" takes a real boolean for something else.'
    ),
)
FLAG_SPELLING: Final = Rule(
    "BEV303",
    "flag-spelling",
    "warning",
    "ready is spelled otherwise than 1 or 0.",
    '"ready":true',
    (
        "Write 1 or 0, or have `bevparse convert FILE --to json` write the file anew. A client that waits "
        "until the raw value is 1 would wait for ever."
    ),
)
EPOCH_SPELLING: Final = Rule(
    "BEV304",
    "epoch-spelling",
    "warning",
    "A date is spelled as a number; the service sends it as text.",
    '"date_start":1528204702',
    (
        "Write the seconds as a text of digits, or have `bevparse convert FILE --to json` write the file "
        "anew. A client that declares the raw value as text would refuse the number."
    ),
)
LIST_SPELLING: Final = Rule(
    "BEV305",
    "list-spelling",
    "warning",
    "A list is spelled in an unusual way: joined into one text, as repeated elements, or over several columns.",
    '"mxRecords":"a.example, b.example"',
    (
        "Write one array in JSON, one element with a child for each member in XML, and one cell in CSV; "
        "`bevparse convert` does. A client that takes the first member of a raw text would get a letter."
    ),
)
UNSAID_SPELLING: Final = Rule(
    "BEV306",
    "unsaid-spelling",
    "warning",
    ('A value that is not said is spelled in an unusual way, such as null, "" or 0 where the field is usually absent.'),
    '"date_end":""',
    (
        "Leave out what is not said, or have `bevparse convert` write the file anew. A client that reads the "
        "raw value may turn a blank or 0 into a date of 1970, or into a host without a name."
    ),
)
UNKNOWN_FIELD: Final = Rule(
    "BEV307",
    "unknown-field",
    "warning",
    "A field is not documented; its value is kept in model_extra.",
    '"score":0.5',
    (
        "Report a field that the service has begun to send to the maintainers of bevparse, and take its value"
        " from model_extra until they have added it. If a tool of yours adds it, use `--ignore BEV307`."
    ),
)
NAME_SPELLING: Final = Rule(
    "BEV308",
    "name-spelling",
    "warning",
    "A field name is spelled otherwise than the service spells it.",
    '"email_address" for "emailAddress"',
    (
        "Correct the name where the file is written, or have `bevparse convert` write the file anew. A client"
        " that looks the raw field up by its documented name does not find it."
    ),
)
TEXT_SPELLING: Final = Rule(
    "BEV309",
    "text-spelling",
    "warning",
    "A text is spelled as a number or a boolean.",
    '"emailAddress":5',
    (
        "Write the value in quotation marks. If another program has made a number of it, compare it with the "
        "original, as leading zeros and late digits are lost on such a way."
    ),
)
ERROR_SHAPE: Final = Rule(
    "BEV310",
    "error-shape",
    "warning",
    "An error reply in a shape that is not this service's own, such as a gateway's.",
    '{"code":403,"messages":"Access restricted."}',
    (
        "Tell by the status code and the headers who answered: a proxy, a gateway or the service. Have the "
        "client take such a reply for an error, as `parse_reply` does, and not for an empty result."
    ),
)
BYTE_ORDER_MARK: Final = Rule(
    "BEV311",
    "byte-order-mark",
    "warning",
    "The body starts with a byte-order mark; the service sends none.",
    "EF BB BF before the first brace",
    (
        "Write the file without the mark (in Python as utf-8, not as utf-8-sig), or save the bytes of the "
        "answer as they came. Python's json.loads refuses a text that begins with it."
    ),
)
OTHER_ENCODING: Final = Rule(
    "BEV312",
    "other-encoding",
    "warning",
    "The body is in another encoding than UTF-8.",
    '<?xml version="1.0" encoding="ISO-8859-1"?>',
    (
        "Convert the file to UTF-8, as in `iconv -f UTF-16 -t UTF-8`, and correct its XML declaration, or "
        "save the bytes of the answer as they came."
    ),
)
OTHER_FORMAT: Final = Rule(
    "BEV313",
    "other-format",
    "warning",
    "The body is in another format than was declared, as error replies often are.",
    "a JSON error in answer to format=xml",
    (
        "Correct the ending of the file name, or what `--format` says. In a client, look at the body before "
        "you choose a reader, as an error may come as JSON whatever format was asked for."
    ),
)
CSV_DELIMITER: Final = Rule(
    "BEV314",
    "csv-delimiter",
    "warning",
    "The cells are separated by semicolons or tabs instead of commas.",
    "Email Address;Result",
    (
        "Set commas in the program that exports the file; spreadsheets choose the separator by country. A "
        "saved file is mended by `bevparse convert FILE --to csv`."
    ),
)
NEW_RESULT: Final = Rule(
    "BEV315",
    "new-result",
    "warning",
    "result is a word that has not been seen before; the vocabulary is open.",
    '"result":"greylisted"',
    (
        'Treat the word like "unknown" until you know what it means, and report it to the maintainers of '
        "bevparse. To let such words pass meanwhile, use `--ignore BEV315`."
    ),
)
ABSENT_FIELD: Final = Rule(
    "BEV316",
    "absent-field",
    "warning",
    "A field that the service documents as always present is absent.",
    'a completed record without "smtpCheck"',
    (
        "Take an absent check for one that could not be made, never for false. If a filter of yours drops "
        "fields or columns, have it keep them all."
    ),
)

# BEV4xx: Contradictions, within a body or across bodies.

COUNTS_DIFFER: Final = Rule(
    "BEV401",
    "counts-differ",
    "warning",
    "A request is ready, and its invalid, processed and failed addresses do not add up to its total.",
    '"total_emails":5,"invalid_emails":1,"processed_emails":3,"failed_emails":0,"ready":1',
    (
        "Ask for the status again, and count the completed and failed addresses. If the numbers still differ,"
        " give the id of the request to the service's support, and do not take its results for complete."
    ),
)
DATES_REVERSED: Final = Rule(
    "BEV402",
    "dates-reversed",
    "error",
    "A request ends before it starts: its date_end is before its date_start.",
    '"date_start":"1528204702","date_end":"1528204700"',
    (
        "Ask for the status again. If it differs from the saved body, a tool has swapped or moved the dates; "
        "if it does not, compute no duration from them."
    ),
)
FUTURE_DATE: Final = Rule(
    "BEV403",
    "future-date",
    "warning",
    "A date is more than a day in the future. So much is granted to clocks and time zones that are wrong.",
    '"date_start":"4102444800"',
    (
        "Check the clock of this machine first, then the unit of the date, which is seconds in UTC. In bodies"
        " that are made up for tests, use `--ignore BEV403`."
    ),
)
EARLY_DATE: Final = Rule(
    "BEV404",
    "early-date",
    "warning",
    "A date is before 2018, the year of the earliest dates that the service documents.",
    '"date_start":"15282047"',
    (
        "Check the unit and the digits of the date, which is in seconds and has ten of them since 2001. In "
        "bodies that are made up for tests, use `--ignore BEV404`."
    ),
)
DUPLICATE_ID: Final = Rule(
    "BEV405",
    "duplicate-id",
    "error",
    "The same request, by its id, stands twice in one body.",
    '[{"id":5},{"id":5}]',
    (
        "Count the request once. If pages of a list were joined, a new request has moved an old one to the "
        "next page: drop the repetition, or fetch the pages again."
    ),
)
PAGES_CONTRADICT: Final = Rule(
    "BEV406",
    "pages-contradict",
    "warning",
    (
        "The page numbers of a list contradict each other, or the number of requests on the page. Only the "
        "first contradiction is told, as the others follow from it."
    ),
    '"current_page":3,"last_page":2',
    (
        "Have the tool that filters or joins pages correct the numbers, too. In an answer as it came, trust "
        "the requests and not the numbers, and fetch pages until one is empty."
    ),
)
BAD_ADDRESS: Final = Rule(
    "BEV407",
    "bad-address",
    "warning",
    "formatCheck is true for what is no address.",
    '"emailAddress":"foo.bar","formatCheck":"true"',
    (
        "Do not send to the address on the word of this check alone. Look whether a tool has changed the "
        "address or moved a column; if the answer is as it came, verify the address again."
    ),
)
BAD_HOST: Final = Rule(
    "BEV408",
    "bad-host",
    "warning",
    "A member of mxRecords is no host name. A dot alone is one: it stands for a domain that takes no mail.",
    '"mxRecords":["not a host"]',
    (
        "Do not connect to what is written there, but look the hosts up, as in `dig MX example.com`. If a "
        "tool has joined or cut the hosts, have it write one member for each."
    ),
)
RESULT_CONTRADICTS: Final = Rule(
    "BEV409",
    "result-contradicts",
    "warning",
    (
        "result says something else than the checks beside it: ok though the format, SMTP or DNS check is "
        "false, or smtp-failed though the SMTP check is true."
    ),
    '"formatCheck":"false","result":"ok"',
    (
        "Decide by the checks and not by result, or verify the address again before you send to it. If a tool"
        " has moved or edited columns, fetch the answer again."
    ),
)
COUNTS_DISAGREE: Final = Rule(
    "BEV420",
    "counts-disagree",
    "warning",
    (
        "A completed or failed body holds another number of records than the last status of the same request "
        "says, which is ready. The bodies of one run are compared."
    ),
    "a status with 500 processed addresses beside a completed body of 3 records",
    (
        "Fetch what is missing again within the seven days for which results are kept. If the file is only a "
        "part, or named by the number of another request, rename it, or compare nothing with `--no-cross`."
    ),
)
FORMATS_DISAGREE: Final = Rule(
    "BEV421",
    "formats-disagree",
    "warning",
    (
        "The same answer to the same request is not the same in two formats. The last body of each format in "
        "one run is compared, and undocumented fields are left out."
    ),
    "completed-544.json and completed-544.xml with different records",
    (
        "Let `bevparse diff A B` show what differs, and fetch the one that is wrong again. If they are of "
        "different requests or times, rename them, or compare nothing with `--no-cross`."
    ),
)
UNREADY_AGAIN: Final = Rule(
    "BEV422",
    "unready-again",
    "warning",
    (
        "A request that was ready is not ready any more in a later body of the same run. Bodies are in the "
        "order of their names, in which numbers count by their size."
    ),
    '"ready":1 in status-1.json and "ready":0 in status-2.json',
    (
        "Check that the names of the files are in the order of time, which they are taken for, and ask for "
        "the status once more. If the order is right, do not take results for complete that were fetched "
        "meanwhile; if names tell no time, use `--no-cross`."
    ),
)

# BEV5xx: An API key in a recording.

KEY_IN_URL: Final = Rule(
    "BEV501",
    "key-in-url",
    "error",
    "The URL of a recorded request holds an API key.",
    "https://service.example/api?apiKey=at_...",
    (
        "Replace the key if anybody else could read the recording or the logs of a proxy, and delete it from "
        "the file. Send it in the body of a POST request, as the service documents, where no log shows it."
    ),
)
KEY_IN_HEADER: Final = Rule(
    "BEV502",
    "key-in-header",
    "error",
    "A header of a recorded request holds an API key.",
    "Authorization: Bearer at_...",
    (
        "Replace the key if anybody else could read the recording, and delete it from the file. Have the "
        "recorder leave the header out, as VCR.py does with `filter_headers`."
    ),
)
KEY_IN_BODY: Final = Rule(
    "BEV503",
    "key-in-body",
    "error",
    "The body of a recorded request holds an API key.",
    '{"apiKey":"at_..."}',
    (
        "Replace the key if anybody else could read the recording, and put a placeholder for it in the file. "
        "Have the recorder do so, as VCR.py does with `filter_post_data_parameters`."
    ),
)

RULES: Final[dict[str, Rule]] = {rule.code: rule for rule in globals().values() if isinstance(rule, Rule)}
"""Every rule by its code, in the order of the codes."""

_SIMILARITY: Final = {True: 0.8, False: 0.6}
"""How similar a code, or a name, must be; two codes are always half alike."""


def nearest(text: str) -> str | None:
    """Return the code or the name that was probably meant, or None.

    >>> nearest("bev2033"), nearest("bad-chek"), nearest("BEV999")
    ('BEV203', 'bad-check', None)
    """
    upper = text.upper()
    is_code = upper.startswith("BEV")
    names = list(RULES) if is_code else [rule.slug for rule in RULES.values()]
    found = difflib.get_close_matches(upper if is_code else text.lower(), names, n=1, cutoff=_SIMILARITY[is_code])
    return found[0] if found else None
