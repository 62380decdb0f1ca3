"""Every rule as a named constant: its code, name, severity, explanation, example and remedy.

`bevparse rule`, `docs/rules.md` and the SARIF report are generated from this module. To add a rule, add its constant
in the order of the codes. The message of a finding is written where its rule is reported, such as in `wire.py` if a
value cannot be read.
"""

from __future__ import annotations

import difflib
from enum import Enum
from typing import Final, Literal, NamedTuple, TypeAlias

__all__ = ["RULES", "UNREAD", "Group", "Rule", "Severity", "nearest"]

Severity: TypeAlias = Literal["error", "warning", "info"]


class Group(Enum):
    """The groups of rules and their titles, in the order of the digit after BEV in the codes."""

    SOURCE = "The source could not be read, or a limit was exceeded"
    SYNTAX = "Not well-formed"
    PAYLOAD = "Does not fit the endpoint"
    SPELLING = "Accepted though not documented"
    CONSISTENCY = "Contradictory, within a body or across bodies"
    HYGIENE = "An API key in a file"


UNREAD: Final = frozenset((Group.SOURCE, Group.SYNTAX))
"""The groups of problems that can prevent a body from being decoded."""
_GROUPS: Final = tuple(Group)


class Rule(NamedTuple):
    """What one code means."""

    code: str
    slug: str
    """The name in lower case, with hyphens."""
    severity: Severity
    explanation: str
    example: str
    remedy: str
    """What to do about it. Commands, options and code are in backticks."""

    @property
    def group(self) -> Group:
        """The group that the code belongs to."""
        return _GROUPS[int(self.code[3])]


# The formatter would put each argument on its own line.
# fmt: off

# Group.SOURCE: BEV0xx

SOURCE_UNREADABLE: Final = Rule("BEV001", "source-unreadable", "error",
    "The file or archive member could not be opened, read or decompressed, or there was not enough memory to check it.",
    "a .gz file that ends in the middle of its stream",
    "Check the path, its permissions and the disk. Copy or download the file again if it was cut short. Exclude files "
    "that hold no response with `--exclude GLOB`. If memory ran out, use `--jobs 1`.")
BODY_TOO_LARGE: Final = Rule("BEV002", "body-too-large", "error",
    "The body is larger than limits.body after decompression.",
    "a 70 MB body under the default of 64 MiB",
    "Check that the file is a single response. Even one with 50,000 addresses, the most that a request takes, is "
    "smaller than the default. For a larger one, raise the limit with `--limit body=BYTES`, or in code with "
    "`Limits(body=BYTES)`.")
TOO_DEEP: Final = Rule("BEV003", "too-deep", "error",
    "The body is nested deeper than limits.depth. The deepest documented payload has four levels.",
    "[[[[ ... ]]]] with forty levels",
    "Look for brackets or elements that are never closed. If an undocumented field really is that deep, raise the "
    "limit with `--limit depth=LEVELS`.")
TOO_MANY_RECORDS: Final = Rule("BEV004", "too-many-records", "error",
    "An array, element or table has more members than limits.records. A request takes at most 50,000 addresses.",
    "a table of two million rows",
    "Split the file if several responses were joined in it. If it is a single response, raise the limit with `--limit "
    "records=NUMBER`.")
STRING_TOO_LONG: Final = Rule("BEV005", "string-too-long", "error",
    "A value or a name is longer than limits.string characters.",
    "an emailAddress of two million characters",
    "Look for a missing quotation mark, or for a whole body pasted into a value. If the value is meant to be that "
    "long, raise the limit with `--limit string=CHARACTERS`.")
PROBLEMS_CUT: Final = Rule("BEV006", "problems-cut", "warning",
    "There are more problems than limits.problems. After that many errors reading stops; after that many warnings, "
    "further ones are only counted.",
    "50,000 records that each spell their id as text",
    "Fix the listed problems first, as one cause often repeats, and run again. To list everything, raise the limit "
    "with `--limit problems=NUMBER`.")
ARCHIVE_RATIO: Final = Rule("BEV007", "archive-ratio", "error",
    "Compressed data grows by more than limits.archive_ratio on decompression. No real response does.",
    "a .gz file of 10 kB that holds 10 MB of blanks",
    "Find out where the file comes from before you unpack it with another tool. If you trust it, raise the limit with "
    "`--limit archive_ratio=NUMBER`.")
ARCHIVE_TOO_LARGE: Final = Rule("BEV008", "archive-too-large", "error",
    "The members of an archive are together larger than limits.archive_total after decompression.",
    "an archive of 3 GB under the default of 1 GiB",
    "Split the archive, or unpack it and check the folder, which has no such limit. If you trust the archive, raise "
    "the limit with `--limit archive_total=BYTES`.")
TOO_MANY_MEMBERS: Final = Rule("BEV009", "too-many-members", "error",
    "An archive or a recording has more members than limits.archive_members, or its directory is too large to read.",
    "an archive of 50,000 files under the default of 10,000",
    "Split the archive or the recording, or unpack it and check the folder, which has no such limit. If you trust it, "
    "raise the limit with `--limit archive_members=NUMBER`.")
ARCHIVE_TOO_NESTED: Final = Rule("BEV010", "archive-too-nested", "error",
    "An archive is nested in more archives than limits.archive_nesting allows.",
    "a .zip inside a .tar.gz under the default of 1",
    "Unpack the outer archive and check its members, or raise the limit with `--limit archive_nesting=LEVELS`.")
BAD_CONTAINER: Final = Rule("BEV011", "bad-container", "error",
    "A file that should hold bodies (an archive, JSON Lines, a HAR file, a cassette, a WARC) is not well-formed.",
    "a .har file that was cut short while it was saved",
    "Save or export the file again. It was probably cut short, or has the suffix of another kind of file. Exclude a "
    "file that holds no responses with `--exclude GLOB`.")
MISSING_BODY: Final = Rule("BEV012", "missing-body", "warning",
    "A recorded exchange with the service has no response body, so there is nothing to check.",
    "a HAR entry whose response has no text",
    "Record the bodies too: save a HAR file with content, and do not filter responses out of a cassette. If the body "
    "is missing on purpose, use `--ignore BEV012`.")
MISSING_EXTRA: Final = Rule("BEV013", "missing-extra", "error",
    "Reading this kind of file requires an optional package that is not installed.",
    "a .zst file without the package backports.zstd",
    "Run the install command in the message, such as `pip install 'bevparse[zstd]'`, or exclude such files with "
    "`--exclude GLOB`.")
WORKER_DIED: Final = Rule("BEV014", "worker-died", "error",
    "The process that checked this source ended before it returned a result, often because memory ran out.",
    "a process that the operating system killed",
    "Check the file alone. If memory ran out, use fewer processes with `--jobs NUMBER`, or refuse large bodies with "
    "`--limit body=BYTES`. If it happens again, report it as a bug in bevparse.")
STALE_BASELINE: Final = Rule("BEV015", "stale-baseline", "info",
    "The baseline contains a finding that no longer occurs, so it could hide a new one.",
    "a finding in the baseline whose body has been corrected",
    "Delete the entry from the baseline file. If no new finding is reported, you can also rewrite the whole file with "
    "`--baseline FILE --update-baseline`.")
OTHER_URLS: Final = Rule("BEV016", "other-urls", "error",
    "Requests in a recording were sent to unknown URLs that end like those of the service, such as those of a proxy. "
    "The responses were not read.",
    "a request to https://proxy.internal/bev/request/status",
    "If they are responses of the service, name their URLs, as in `--url-pattern 'https://proxy.internal/bev/*'`, or "
    "their endpoint with `--endpoint NAME`. Otherwise ignore the rule for this recording with `--per-file-ignores`.")
LINK_OUTSIDE: Final = Rule("BEV017", "link-outside", "error",
    "A link in a folder leads to a file or a folder outside of it, which is not read. Links to files that stay inside "
    "the folder are read.",
    "dumps/july.json, a link to /srv/private/july.json",
    "If the link is meant to be there, follow all links with `--follow-links`, name its target as another path, or "
    "skip it with `--exclude GLOB`.")
UNFINISHED_ENCODING: Final = Rule("BEV018", "unfinished-encoding", "warning",
    "The compressed body of a recorded response has no end: its checksum is missing, or the server never ended the "
    "stream. Nothing proves that it is complete. What there is was read.",
    "a body in gzip without its last eight bytes",
    "Count the records against the status of the request. If some are missing, record the response again.")


# Group.SYNTAX: BEV1xx

EMPTY_BODY: Final = Rule("BEV101", "empty-body", "error",
    "The body is empty or contains only white space. An empty result is an empty array, not an empty body. Only in "
    "CSV, when that is the declared format, are zero bytes an empty result.",
    "a saved file of zero bytes",
    "Check the status code and the headers of the response, and fetch it again. If an empty CSV result is correct, "
    "declare the format with `--from csv`, or with a file name that ends in .csv.")
BAD_ENCODING: Final = Rule("BEV102", "bad-encoding", "error",
    "The body contains bytes that its encoding does not allow. Without a byte-order mark or a declaration, the "
    "encoding is UTF-8.",
    "the byte FF in the middle of a JSON body",
    "Have the client save the bytes of a response without decoding them. Convert a file in another encoding to UTF-8, "
    "as in `iconv -f LATIN1 -t UTF-8`.")
REFUSED_ENCODING: Final = Rule("BEV103", "refused-encoding", "error",
    "The body declares an encoding that is not supported, or one that its byte-order mark contradicts. Supported are "
    "UTF-8, UTF-16 with a byte-order mark, US-ASCII and ISO-8859-1.",
    '<?xml version="1.0" encoding="UTF-7"?>',
    "Convert the file to UTF-8, as in `iconv -f WINDOWS-1252 -t UTF-8`, and correct its XML declaration. A "
    "declaration that contradicts the byte-order mark is left over from a conversion: delete it.")
HTML_PAGE: Final = Rule("BEV104", "html-page", "error",
    "The body is an HTML page, so it comes from a gateway or a login page in front of the service.",
    "<html><title>502 Bad Gateway</title>",
    "Read the title of the page for the cause, and check the client's URL, proxy and login. Have the client check the "
    "status code before it saves a response, and fetch this one again.")
UNKNOWN_FORMAT: Final = Rule("BEV105", "unknown-format", "error",
    "The body starts like neither JSON nor XML, and no line at its beginning has labels of the service's CSV.",
    "a file that contains the word hello",
    "Look at the first line. Delete text that is before the body, and put back the header of CSV that lacks it. If the "
    "body is in the format of a plug-in, use `--from NAME`; if it is no response, use `--exclude GLOB`.")
JSON_SYNTAX: Final = Rule("BEV110", "json-syntax", "error",
    "The body is not well-formed JSON. Often it was cut short while it was saved, or text is before or after it.",
    '{"response":[{"id":5}',
    "Fetch the response again if the file ends early; otherwise correct it at the reported location. Put each "
    "of several bodies on its own line of a .jsonl file, as `jq -c . FILE > FILE.jsonl` does.")
JSON_NUMBER: Final = Rule("BEV111", "json-number", "error",
    "A number is not allowed in JSON or cannot be held: NaN, Infinity, 1e400, thousands of digits.",
    '{"response":{"id":NaN}}',
    "Write null for a missing number; Python's json.dumps refuses NaN and Infinity with `allow_nan=False`. No field "
    "of the service has thousands of digits: such a body is damaged or hostile.")
LONE_SURROGATE: Final = Rule("BEV112", "lone-surrogate", "error",
    "A string contains half of a surrogate pair, which is not a character and cannot be written in any encoding.",
    '{"response":{"error":"\\ud800"}}',
    "Find the program that cut the text in the middle of a character: it probably counts UTF-16 units. In a saved "
    "file, replace the remaining half with `\\ufffd`.")
XML_SYNTAX: Final = Rule("BEV120", "xml-syntax", "error",
    "The body starts like XML but is not well-formed. Often it was cut short while it was saved.",
    "<xml><response><id>5</id></response>",
    "Fetch the response again if the file ends early; otherwise correct it at the reported location. In a value, "
    "write `&` as `&amp;`, and `<` as `&lt;`.")
XML_DOCTYPE: Final = Rule("BEV121", "xml-doctype", "error",
    "The body contains a document type declaration. The service never sends one, and most attacks through XML need "
    "one, so it is refused before its content is read.",
    '<!DOCTYPE xml [<!ENTITY a "b">]>',
    "Find out who wrote the body before you remove the declaration. If it replaced a response, check the client's URL "
    "and proxy. If one of your tools adds the declaration, configure it not to.")
XML_MIXED_CONTENT: Final = Rule("BEV122", "xml-mixed-content", "error",
    "An element contains text next to other elements, so it is neither a value nor a record.",
    "<item>stray<id>5</id></item>",
    "Delete the text, or put it in an element of its own. Escape markup that belongs to a value, as in `&lt;b&gt;`.")
CSV_SYNTAX: Final = Rule("BEV130", "csv-syntax", "error",
    "A quoted cell is never closed, or is followed by something other than a separator.",
    'a line that contains "open and nothing after it',
    "Fetch the response again if the file ends early; otherwise close the cell, and double each quotation mark inside "
    "it.")
FORMAT_SYNTAX: Final = Rule("BEV140", "format-syntax", "error",
    "The body is not well-formed in the format of a plug-in.",
    "a YAML body with a tab for indentation",
    "Correct the body at the reported location. If it is in another format, name that format with `--from NAME`.")
CANNOT_CARRY: Final = Rule("BEV150", "cannot-carry", "error",
    "The model contains something that the requested format cannot represent without loss. Examples are a control "
    "character in XML 1.0, and a number in an undocumented field in CSV.",
    "an emailAddress with the character U+0001, written as XML",
    "Write JSON instead, with `bevparse convert FILE --to json`, or remove the reported value from the model before "
    "you write it.")


# Group.PAYLOAD: BEV2xx

UNKNOWN_PAYLOAD: Final = Rule("BEV201", "unknown-payload", "error",
    "The payload fits none of the endpoints and is not an error reply.",
    '{"response":{"colour":"red"}}',
    "Name the endpoint that was called with `--endpoint NAME`, and the report lists what is missing. Exclude bodies "
    "of other services with `--exclude GLOB`.")
AMBIGUOUS_ENDPOINT: Final = Rule("BEV202", "ambiguous-endpoint", "error",
    "The payload fits several endpoints, and none was requested. Name the one you called.",
    '{"response":[{"emailAddress":"foo.bar"}]}',
    "Name the endpoint with `--endpoint NAME`, for some paths of a folder with a pattern under "
    "`[tool.bevparse.endpoint]` in pyproject.toml, or in code as in `parse(body, CompletedResponse)`.")
BAD_CHECK: Final = Rule("BEV203", "bad-check", "error",
    'A check is something other than "true", "false" or "null".',
    '"smtpCheck":"maybe"',
    'For a check that could not be made, write "null" and no other word. If the service itself sent the value, '
    "open an issue in the repository of bevparse.")
BAD_INTEGER: Final = Rule("BEV204", "bad-integer", "error",
    "An id, a counter or a page number is not an integer from 0 to 9223372036854775807 in plain digits.",
    '"id":"1_000"',
    "Write the number in plain digits, without a sign, blanks, separators or a fraction. If a spreadsheet reformatted "
    "the column, fetch the response again and do not save it from the spreadsheet.")
BAD_FLAG: Final = Rule("BEV205", "bad-flag", "error",
    "ready is something other than 0 or 1.",
    '"ready":2',
    "Write 1 for a request that is finished, and 0 for one that is not. If the service itself sent the value, fetch "
    "the status again before you rely on it.")
BAD_EPOCH: Final = Rule("BEV206", "bad-epoch", "error",
    "A date is not a number of seconds since 1970 in plain digits, or is not before the year 10000.",
    '"date_start":"soon"',
    "Write whole seconds since 1970, in UTC. A number of 13 digits counts milliseconds: divide it by 1000. The "
    "dates that `bevparse convert --typed` wrote are for other programs, such as one with pydantic.")
WRONG_KIND: Final = Rule("BEV207", "wrong-kind", "error",
    "A value has the wrong type, such as an object where a list of host names is expected. It may also be text that a "
    "program writes instead of a list or an object, such as Array or [object Object].",
    '"mxRecords":{"host":"a.example"}',
    "Check with `--endpoint NAME` that the body is from the endpoint that was called. If it is, fix the "
    "converter. Converters from XML or PHP often turn a list of one into a value, and an array with gaps into an "
    "object.")
MISSING_FIELD: Final = Rule("BEV208", "missing-field", "error",
    "A field that is required is missing.",
    'a completed record without "emailAddress"',
    "Check with `--endpoint NAME` that the body is from the endpoint that was called, and look for a filter that "
    "drops or renames the field. If the value is lost, fetch the response again.")
DUPLICATE_FIELD: Final = Rule("BEV209", "duplicate-field", "error",
    "A field is given twice, so one of the two values would be lost.",
    '{"id":5,"id":6}',
    "Delete the field that is wrong. Two spellings of one name, such as emailAddress and email_address, count as the "
    "same field. In CSV, look for columns that were joined from two files.")
RAGGED_ROW: Final = Rule("BEV210", "ragged-row", "error",
    "A row has more or fewer cells than the header has labels, so it is not certain which cell belongs to which label.",
    "a row of four cells under three labels",
    "Count the cells against the header, and quote each cell that contains a separator or a line end. If the last row "
    "is too short, the file was probably cut: fetch the response again.")
MISSING_ENVELOPE: Final = Rule("BEV211", "missing-envelope", "error",
    'A JSON response of the service is one object with the key "response"; this body has no such key. It is no error '
    "reply either, but perhaps a line of a log, or a reply of another service.",
    '[{"id":5}]',
    'Save the whole response, not only the content of its envelope. To repair a saved file, put `{"response":` before '
    "its content and `}` after it.")
OTHER_ENDPOINT: Final = Rule("BEV212", "other-endpoint", "error",
    "The payload is the response of another endpoint than the requested one.",
    "a completed body read as StatusResponse",
    "Use the model of the endpoint that was called, or omit `--endpoint` to detect it from the body. If you named the "
    "right one, the client called the wrong URL, or saved the response under a wrong name.")
EMPTY_ERRORS: Final = Rule("BEV213", "empty-errors", "error",
    "An error reply does not name an error: its fields are blank, null, 0, true or false.",
    '{"response":{"errors":[]}}',
    "Check the status code of the response, as the body does not name the cause, and repeat the call. If it happens "
    "again, report the time of the call to the service's support.")
UNEVEN_PAGES: Final = Rule("BEV214", "uneven-pages", "error",
    "The rows of a CSV table differ in a value that each row repeats. It is a page number of a list, or an "
    "undocumented field of an error reply.",
    "current_page 1 on one row and 2 on the next",
    "Keep each page of a list in its own file. Rows of several pages were probably joined: split them by their page "
    "numbers, or fetch the pages again.")
EMPTY_PAYLOAD: Final = Rule("BEV216", "empty-payload", "error",
    "The payload is empty, or a table of nothing but ids, so several endpoints could have sent it, and none was "
    "requested. Name the one you called.",
    '{"response":[]}',
    "Name the endpoint in code, as in `parse(body, CompletedResponse)`, or on the command line with `--endpoint "
    "NAME`. If you expected records, fetch the status: a request that is not ready has none yet.")
ONLY_ATTRIBUTES: Final = Rule("BEV217", "only-attributes", "error",
    "The response contains only attributes of empty elements. The service sends no data in attributes, so this is "
    "not an empty result. It may be an error reply, or a document of another service.",
    '<xml><response error="quota"/></xml>',
    "Read the attributes, check the client's URL, and fetch the response again. A response that really is empty is "
    "`<xml><response/></xml>`.")
LABELS_AGAIN: Final = Rule("BEV218", "labels-again", "error",
    "A row of a table holds labels, so several files were probably joined. If they are other labels than those of the "
    "header, the rows after them are not read.",
    "Email Address,Error as the third line",
    "Keep each table in its own file, and join them with `bevparse convert A B --to csv`. If they were joined with "
    "`cat`, delete the labels except those in the first line.")
REFUSED_BY_MODEL: Final = Rule("BEV219", "refused-by-model", "error",
    "A model that a program has derived from one of bevparse refuses a value, by one of its own fields or validators.",
    "a required field score: int that the body does not have",
    "If the body is as you expect it, correct your model: give a field that may be missing a default.")
ENDPOINT_UNKNOWN: Final = Rule("BEV220", "endpoint-unknown", "info",
    "The body is valid, but so empty that several endpoints could have sent it.",
    '{"response":[]}',
    "Name the endpoint with `--endpoint NAME` to check the body as its response, or ignore the rule with `--ignore "
    "BEV220`. If you expected records, the request was perhaps not ready when they were fetched.")


# Group.SPELLING: BEV3xx

INTEGER_SPELLING: Final = Rule("BEV301", "integer-spelling", "warning",
    "An integer is spelled as text, or with a fraction of zero such as 5.0.",
    '"id":"5"',
    "Write integers without quotation marks and without a fraction, or rewrite the file with `bevparse convert FILE "
    "--to json`. A client that reads the raw body has to convert the text before it calculates with it.")
CHECK_SPELLING: Final = Rule("BEV302", "check-spelling", "warning",
    'A check is spelled differently from "true", "false" or "null": as a boolean, as 1 or 0, or in other capitals.',
    '"smtpCheck":true',
    'Write the text "true", "false" or "null", or rewrite the file with `bevparse convert FILE --to json`. A client '
    'that compares the raw value with "true" does not recognise a boolean.')
FLAG_SPELLING: Final = Rule("BEV303", "flag-spelling", "warning",
    "ready is spelled differently from 1 or 0: as true or false in any capitals, as text, or as 1.0.",
    '"ready":true',
    "Write 1 or 0, or rewrite the file with `bevparse convert FILE --to json`. A client that waits until the raw "
    "value is 1 would never stop waiting.")
EPOCH_SPELLING: Final = Rule("BEV304", "epoch-spelling", "warning",
    "A date is spelled as a number, or with a fraction of zero; the service sends its digits as text.",
    '"date_start":1528204702',
    "Write the seconds as text, or rewrite the file with `bevparse convert FILE --to json`. A client that "
    "declares the raw value as text would refuse the number.")
LIST_SPELLING: Final = Rule("BEV305", "list-spelling", "warning",
    "A list is spelled in an unusual way. It may be one text, repeated elements, several columns, an object, one "
    "record without its array, or a list of Python, JSON or PostgreSQL in one cell.",
    '"mxRecords":"a.example, b.example"',
    "Write one array in JSON, one element with a child for each member in XML, and one cell in CSV. `bevparse "
    "convert` does so. A client that takes the first member of the raw value gets a letter.")
MISSING_SPELLING: Final = Rule("BEV306", "missing-spelling", "warning",
    "A missing value is spelled in an unusual way. It may be null, \"\" or 0 where the field is usually left out, "
    "or a word such as NaN, None, NULL, N/A or #N/A.",
    '"date_end":""',
    "Leave out fields that have no value, or rewrite the file with `bevparse convert`. A client that reads the "
    "raw value may turn a blank or 0 into a date in 1970. It may also read a host without a name.")
UNKNOWN_FIELD: Final = Rule("BEV307", "unknown-field", "warning",
    "A field is not documented; its value is kept in model_extra. If its name is that of an attribute of the response, "
    "such as endpoint or requests, an underscore is added to the name there.",
    '"score":0.5',
    "If the field is new in the service, open an issue in the repository of bevparse. Until the models have the "
    "field, read its value from model_extra. If one of your tools adds the field, use `--ignore BEV307`.")
NAME_SPELLING: Final = Rule("BEV308", "name-spelling", "warning",
    "A field name is spelled differently from the service's spelling.",
    '"email_address" for "emailAddress"',
    "Correct the name in the program that writes the file, or rewrite the file with `bevparse convert`. A client that "
    "looks up the documented name in the raw body does not find the field.")
TEXT_SPELLING: Final = Rule("BEV309", "text-spelling", "warning",
    "A value that should be text is spelled as a number or a boolean.",
    '"emailAddress":5',
    "Write the value in quotation marks. If another program turned it into a number, compare it with the "
    "original. Leading zeros and digits beyond the precision of a number are lost.")
ERROR_SHAPE: Final = Rule("BEV310", "error-shape", "warning",
    "An error reply has other fields than those of the service: a gateway may have sent it.",
    '{"code":403,"messages":"Access restricted."}',
    "Check the status code and the headers to learn who replied: a proxy, a gateway or the service. Have the client "
    "treat such a reply as an error, as `parse_reply` does, and not as an empty result.")
BYTE_ORDER_MARK: Final = Rule("BEV311", "byte-order-mark", "warning",
    "The body starts with a byte-order mark; the service sends none.",
    "EF BB BF before the first brace",
    "Write the file without the mark (in Python as utf-8, not as utf-8-sig), or save the bytes of the response "
    "unchanged. Python's json.loads refuses a string that starts with the mark.")
OTHER_ENCODING: Final = Rule("BEV312", "other-encoding", "warning",
    "The body is in another encoding than UTF-8.",
    '<?xml version="1.0" encoding="ISO-8859-1"?>',
    "Convert the file to UTF-8, as in `iconv -f UTF-16 -t UTF-8`, and correct its XML declaration, or save the bytes "
    "of the response unchanged.")
OTHER_FORMAT: Final = Rule("BEV313", "other-format", "warning",
    "The body is in another format than the declared one, and is no error reply in JSON.",
    "a JSON status response in a file that ends in .xml",
    "Correct the suffix of the file name, or the value of `--from`. In a client, detect the format before you "
    "choose a parser: an error reply may be JSON for any requested format.")
CSV_DELIMITER: Final = Rule("BEV314", "csv-delimiter", "warning",
    "The cells are separated by semicolons or tabs instead of commas, or by a separator with a blank after it.",
    "Email Address;Result",
    "Set the separator to a comma in the program that exports the file; spreadsheets choose it by country. Rewrite a "
    "saved file with `bevparse convert FILE --to csv`.")
NEW_RESULT: Final = Rule("BEV315", "new-result", "warning",
    "result is not one of the known words; the vocabulary is open.",
    '"result":"greylisted"',
    'Treat the word like "unknown" until you know what it means, and open an issue in the repository of bevparse. '
    "To accept such words meanwhile, use `--ignore BEV315`.")
ABSENT_FIELD: Final = Rule("BEV316", "absent-field", "warning",
    "A field that every known response has is missing.",
    'a completed record without "smtpCheck"',
    "Treat a missing check as one that could not be made, never as false. If one of your filters drops fields or "
    "columns, have it keep them all.")
INFERRED_SPELLING: Final = Rule("BEV317", "inferred-spelling", "info",
    "A spelling differs from the one that bevparse writes, but the service's own is not known. It is a CSV label, "
    "a list in XML, the date_end of a running request, or an error reply in JSON although another format was "
    "requested.",
    '"date_end":"" in a request that is not ready',
    "Do nothing: the value is read as it was meant. If the service itself sent this spelling, open an issue in "
    "the repository of bevparse, with a sample without addresses.")
ROUNDED_NUMBER: Final = Rule("BEV318", "rounded-number", "warning",
    "A number in an undocumented field has more digits than a 64-bit float can hold. The nearest float is kept.",
    '"score":0.12345678901234567890',
    "Have the program that adds the field write such numbers as text. To keep the digits, copy them from the body: "
    "model_extra and every output of bevparse contain the rounded number.")
SKIPPED_TEXT: Final = Rule("BEV319", "skipped-text", "warning",
    "Text that is no part of the body was skipped. It is the head of an HTTP response, lines before the labels of "
    "a table, columns without label and cells, or a comma after a line of JSON Lines.",
    "sep=; before the labels of a table",
    "Save the body alone: run `curl` without `-i`, and export a table without titles, types and blank columns. "
    "Rewrite a saved file with `bevparse convert`.")
LOST_ATTRIBUTE: Final = Rule("BEV320", "lost-attribute", "warning",
    "An XML element has an attribute. Attributes are not read, so what this one contains is lost. Each name is "
    "reported once. Attributes that only describe an element, such as key, type, xsi:nil and xmlns, are not reported.",
    '<item status="new"><id>5</id></item>',
    "Read the attribute with a plain XML reader if it matters. If one of your tools turns fields into attributes, "
    "configure it to write elements.")


# Group.CONSISTENCY: BEV4xx

COUNTS_DIFFER: Final = Rule("BEV401", "counts-differ", "warning",
    "The invalid, processed and failed addresses of a request are more than its total. Or they do not add up to "
    "it although the request is ready.",
    '"total_emails":5,"invalid_emails":1,"processed_emails":3,"failed_emails":0,"ready":1',
    "Fetch the status again, and count the completed and failed addresses. If the numbers still differ, report the id "
    "of the request to the service's support, and do not treat its results as complete.")
DATES_REVERSED: Final = Rule("BEV402", "dates-reversed", "error",
    "A request ends before it starts: its date_end is before its date_start.",
    '"date_start":"1528204702","date_end":"1528204700"',
    "Fetch the status again. If it differs from the saved body, a tool has swapped or moved the dates. If it does "
    "not, compute no duration from them.")
FUTURE_DATE: Final = Rule("BEV403", "future-date", "warning",
    "A date is more than a day in the future. One day allows for wrong clocks and time zones.",
    '"date_start":"4102444800"',
    "Check the clock of this machine first, then the unit of the date, which is seconds in UTC. In bodies that are "
    "made up for tests, use `--ignore BEV403`.")
EARLY_DATE: Final = Rule("BEV404", "early-date", "warning",
    "A date is before 2018, the year of the earliest dates in the service's documentation.",
    '"date_start":"15282047"',
    "Check the unit and the digits of the date, which is in seconds and has had ten digits since 2001. In bodies that "
    "are made up for tests, use `--ignore BEV404`.")
DUPLICATE_ID: Final = Rule("BEV405", "duplicate-id", "warning",
    "The same request, by its id, appears twice in one body.",
    '[{"id":5},{"id":5}]',
    "Count the request once. If pages of a list were joined, a new request has moved an old one to the next page. "
    "Drop the duplicate, or fetch the pages again.")
PAGES_CONTRADICT: Final = Rule("BEV406", "pages-contradict", "warning",
    "The page numbers of a list contradict each other, or do not match the number of requests on the page. Only the "
    "first contradiction is reported, as the others follow from it.",
    '"current_page":3,"last_page":2',
    "Have the tool that filters or joins pages correct the numbers too. In an unchanged response, trust the requests "
    "and not the numbers, and fetch pages until one is empty.")
BAD_ADDRESS: Final = Rule("BEV407", "bad-address", "warning",
    "formatCheck is true for a value that is not an address.",
    '"emailAddress":"foo.bar","formatCheck":"true"',
    "Do not send to the address because of this check alone. Look for a tool that has changed the address or moved a "
    "column. If the response is unchanged, verify the address again.")
BAD_HOST: Final = Rule("BEV408", "bad-host", "warning",
    "A member of mxRecords is not a host name. A single dot is valid: it means that the domain takes no mail.",
    '"mxRecords":["not a host"]',
    "Do not connect to this value. Look up the mail hosts of the domain instead, as in `dig MX example.com`. If a tool "
    "has joined or split host names, make it write one member for each.")
RESULT_CONTRADICTS: Final = Rule("BEV409", "result-contradicts", "warning",
    "result contradicts the checks of its record. It is ok although the format, SMTP or DNS check is false, or "
    "smtp-failed although the SMTP check is true.",
    '"formatCheck":"false","result":"ok"',
    "Decide by the checks and not by result, or verify the address again before you send to it. If a tool has moved "
    "or edited columns, fetch the response again.")
IP_HOST: Final = Rule("BEV410", "ip-host", "info",
    "A member of mxRecords is an IP address. The standard wants a host name, but some domains publish an address.",
    '"mxRecords":["192.0.2.1"]',
    "Do nothing, or inform the owner of the domain: many servers do not deliver mail to an IP address. `dig MX "
    "example.com` shows what the domain publishes.")
DOTTED_ADDRESS: Final = Rule("BEV411", "dotted-address", "info",
    "formatCheck is true for an address with a dot at an end of its local part, or with two dots in a row. The "
    "standard forbids both, but some providers, such as docomo, have assigned such addresses.",
    '"emailAddress":"ann..lee@docomo.ne.jp","formatCheck":"true"',
    "Do nothing for a provider that has such addresses. For any other domain, look for a typing error in the list that "
    "was submitted.")
COUNTS_DISAGREE: Final = Rule("BEV420", "counts-disagree", "warning",
    "The number of records in a completed or failed body differs from the count in the last ready status of the "
    "same request. The bodies of one run are compared.",
    "a status with 500 processed addresses and a completed body of 3 records",
    "Fetch the missing records again within the seven days for which results are kept. If the file is only a part, or "
    "its name has the number of another request, rename it, or skip comparisons with `--no-cross`.")
FORMATS_DISAGREE: Final = Rule("BEV421", "formats-disagree", "warning",
    "Two formats of the same response to the same request differ. The last body of each format in one run is "
    "compared, without undocumented fields. A number in a file name counts as the request if a status, a list or "
    "a recording has it. Otherwise, files are compared only if their names differ in the suffix alone.",
    "completed-544.json and completed-544.xml with different records",
    "Run `bevparse diff A B` to see the differences, and fetch the wrong one again. If they are of different requests "
    "or times, rename them, or skip comparisons with `--no-cross`.")
UNREADY_AGAIN: Final = Rule("BEV422", "unready-again", "warning",
    "A request that was ready is not ready any more in a later body of the same run. A body is later if its name is "
    "the same up to a number or date that is larger; other names have no order.",
    '"ready":1 in status-1.json and "ready":0 in status-2.json',
    "Check that the order of the file names is the order of time, and fetch the status again. If the order is right, "
    "do not treat results fetched between the two as complete. If names have no such order, use `--no-cross`.")
ORDER_DIFFERS: Final = Rule("BEV423", "order-differs", "info",
    "Two formats of the same response to the same request have the same records in another order.",
    "completed-544.json and completed-544.xml, where one is sorted",
    "Do nothing, unless a program matches the records of the two files by their positions: have it match them by their "
    "addresses.")


# Group.HYGIENE: BEV5xx

KEY_IN_URL: Final = Rule("BEV501", "key-in-url", "error",
    "The URL of a recorded request contains an API key.",
    "https://service.example/api?apiKey=at_...",
    "Replace the key if others could read the recording or the logs of a proxy, and delete it from the file. Send it "
    "in the body of a POST request, as the service documents, where logs do not show it.")
KEY_IN_HEADER: Final = Rule("BEV502", "key-in-header", "error",
    "A header of a recorded request contains an API key.",
    "Authorization: Bearer at_...",
    "Replace the key if others could read the recording, and delete it from the file. Configure the recorder to leave "
    "the header out, as VCR.py does with `filter_headers`.")
KEY_IN_BODY: Final = Rule("BEV503", "key-in-body", "error",
    "The body of a recorded request contains an API key.",
    '{"apiKey":"at_..."}',
    "Replace the key if others could read the recording, and put a placeholder in the file. Configure the recorder to "
    "do so, as VCR.py does with `filter_post_data_parameters`.")
KEY_ELSEWHERE: Final = Rule("BEV504", "key-elsewhere", "error",
    "A file contains an API key outside of the URL, the headers and the body of a recorded request. It is in a "
    "response, a log, the title of a page, or a part of a recording that a reader skips.",
    '{"response":{"error":"No request of at_... found"}}',
    "Replace the key if others could read the file, and overwrite it there with `bevparse redact FILE -o OUT`. In a "
    "recording, these places are only reported if no request contains a key.")
KEYS_UNREAD: Final = Rule("BEV505", "keys-unread", "warning",
    "A part of a file was not searched for API keys. It is compressed data that is damaged, incomplete or too "
    "large, or the body of a request in an encoding that is not supported.",
    "a recorded request with Content-Encoding: gzip whose body is cut short",
    "Search the decompressed data, or record again. Do not share the file before.")

# fmt: on

RULES: Final[dict[str, Rule]] = {rule.code: rule for rule in globals().values() if isinstance(rule, Rule)}
"""Every rule by its code, in the order of the codes."""
_SIMILARITY: Final = {True: 0.8, False: 0.6}
"""The least similarity of a match: for a code (True), and for a name (False). Any two codes are at least half alike."""


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
