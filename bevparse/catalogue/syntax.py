"""BEV1xx: not well-formed."""

from __future__ import annotations

from typing import Final

from .rule import Row

__all__ = ["ROWS"]

ROWS: Final[tuple[Row, ...]] = (
    ("BEV101", "empty-body", "error",
     ("The body holds nothing at all, or only white space. An empty result is an empty array, not an empty body; "
      "only in CSV, when that is the declared format, do zero bytes mean an empty result."),
     "a saved file of zero bytes",
     ("Look at the status code and the headers of the answer, and fetch it again. Where an empty CSV result is "
      "right, say so with `--format csv`, or give the file a name that ends in .csv.")),
    ("BEV102", "bad-encoding", "error",
     "The bytes are not what their encoding allows. Without a byte-order mark or a declaration the encoding is UTF-8.",
     "the byte FF in the middle of a JSON body",
     ("Have the client save the bytes of an answer as they came, without decoding them. A file in another encoding "
      "can be converted, as in `iconv -f LATIN1 -t UTF-8`.")),
    ("BEV103", "refused-encoding", "error",
     ("The body declares an encoding that is not read (UTF-8, UTF-16 with a byte-order mark, US-ASCII and "
      "ISO-8859-1 are), or one that its byte-order mark contradicts."),
     '<?xml version="1.0" encoding="UTF-7"?>',
     ("Convert the file to UTF-8, as in `iconv -f WINDOWS-1252 -t UTF-8`, and correct its XML declaration. A "
      "declaration that contradicts the byte-order mark was left behind by an earlier conversion: delete it.")),
    ("BEV104", "html-page", "error",
     "The body is an HTML page, so it comes from a gateway or a login page in front of the service.",
     "<html><title>502 Bad Gateway</title>",
     ("Read the title of the page, which tells what the gateway wanted, and check the URL, the proxy and the login "
      "of the client. Have the client look at the status code before it saves an answer, and fetch this one again.")),
    ("BEV105", "unknown-format", "error",
     "The body is text that starts like no JSON and no XML, and its first line names no column of the service's CSV.",
     "a file that holds the word hello",
     ("Look at the first line. Put the header back if it is CSV without one, name the format of a plug-in with "
      "`--format NAME`, and leave out what is no answer of the service with `--exclude GLOB`.")),
    ("BEV110", "json-syntax", "error",
     "The body starts like JSON and is not well-formed. Often it was cut short while it was saved.",
     '{"response":[{"id":5}',
     ("Fetch the answer again if the file ends early; otherwise correct it at the place. Several bodies in one file "
      "are JSON Lines: put each on a line of its own, in a file that ends in .jsonl.")),
    ("BEV111", "json-number", "error",
     "A number that JSON does not have, or that no program can hold: NaN, Infinity, 1e400, thousands of digits.",
     '{"response":{"id":NaN}}',
     ("Write null where there is no number; Python's json.dumps refuses to write NaN and Infinity with "
      "`allow_nan=False`. No field of the service has thousands of digits: such a body is damaged or hostile.")),
    ("BEV112", "lone-surrogate", "error",
     "A text holds half of a surrogate pair, which is no character and cannot be written in any encoding.",
     '{"response":{"error":"\\ud800"}}',
     ("Find the program that cut the text in the middle of a character, as those do that count in UTF-16. In a "
      "saved file, put `\\ufffd` for the half that is left.")),
    ("BEV120", "xml-syntax", "error",
     "The body starts like XML and is not well-formed. Often it was cut short while it was saved.",
     "<xml><response><id>5</id></response>",
     ("Fetch the answer again if the file ends early; otherwise correct it at the place. In a value, a bare `&` "
      "must be written as `&amp;`, and a bare `<` as `&lt;`.")),
    ("BEV121", "xml-doctype", "error",
     ("The body holds a document type declaration. The service never sends one, and it is the way to every attack "
      "that XML has, so it is refused before anything in it is read."),
     '<!DOCTYPE xml [<!ENTITY a "b">]>',
     ("Find out who wrote the body before you take the declaration out of it. If it came instead of an answer, "
      "check the URL and the proxy of the client; if a tool of yours adds the declaration, have it leave that out.")),
    ("BEV122", "xml-mixed-content", "error",
     "An element holds text beside other elements, so it is neither a value nor a record.",
     "<item>stray<id>5</id></item>",
     ("Delete the text, or give it an element of its own. Markup that belongs to a value must be escaped, as in "
      "`&lt;b&gt;`.")),
    ("BEV130", "csv-syntax", "error",
     "A quoted cell is never closed, or is followed by something other than a separator.",
     'a line that holds "open and nothing after it',
     ("Fetch the answer again if the file ends early; otherwise close the cell, and double each quotation mark "
      "inside it.")),
    ("BEV140", "format-syntax", "error",
     "The body is not well-formed in the format of a plug-in.",
     "a YAML body with a tab for indentation",
     "Correct the body where the message says. If it is in another format, name that with `--format NAME`."),
    ("BEV150", "cannot-carry", "error",
     ("The model holds something that the format asked for cannot carry without loss, such as a control character "
      "in XML 1.0, or an undocumented field that is a number in CSV, which knows only text."),
     "an emailAddress with the character U+0001, written as XML",
     ("Write JSON instead, with `bevparse convert FILE --to json`, or take what the message points at out of the "
      "model before you write it.")),
)  # fmt: skip
