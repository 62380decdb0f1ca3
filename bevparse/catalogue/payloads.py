"""BEV2xx: does not fit the endpoint."""

from __future__ import annotations

from typing import Final

from .rule import Row

__all__ = ["ROWS"]

ROWS: Final[tuple[Row, ...]] = (
    ("BEV201", "unknown-payload", "error",
     "The payload looks like the answer of none of the five endpoints and like no error reply.",
     '{"response":{"colour":"red"}}',
     ("Name the endpoint that was called with `--endpoint NAME`, and the report will say what is missing. What is "
      "no answer of this service can be left out with `--exclude GLOB`.")),
    ("BEV202", "ambiguous-endpoint", "error",
     "The payload fits several endpoints and none was asked for. Name the one you called.",
     '{"response":[{"emailAddress":"foo.bar"}]}',
     ("Name it with `--endpoint NAME`, for some paths of a folder with a pattern under `[tool.bevparse.endpoint]` "
      "in pyproject.toml, or in code as in `parse(body, CompletedResponse)`.")),
    ("BEV203", "bad-check", "error",
     'A check is something other than "true", "false" or "null".',
     '"smtpCheck":"maybe"',
     ('Write "null" for a check that could not be made, and no word of your own. If the service itself sent the '
      "value, report it to the maintainers of bevparse.")),
    ("BEV204", "bad-integer", "error",
     "An id, a counter or a page number is no integer from 0 to 9223372036854775807 in plain digits.",
     '"id":"1_000"',
     ("Write the number in plain digits, without a sign, blanks, separators or a fraction. If a spreadsheet has "
      "reformatted the column, fetch the answer again and do not save it from there.")),
    ("BEV205", "bad-flag", "error",
     "ready is something other than 0 or 1.",
     '"ready":2',
     ("Write 1 for a request that is finished, and 0 for one that is not. If the service itself sent the value, ask "
      "for the status again before you rely on it.")),
    ("BEV206", "bad-epoch", "error",
     "A date is no count of seconds since 1970, in plain digits, before the year 10000.",
     '"date_start":"soon"',
     "Write whole seconds since 1970, in UTC. A number of 13 digits counts milliseconds: divide it by 1000."),
    ("BEV207", "wrong-kind", "error",
     "An array, an object or a value stands where one of the others belongs.",
     '"mxRecords":{"host":"a.example"}',
     ("Check with `--endpoint NAME` that it is the answer of the endpoint that was called. If it is, mend the "
      "converter: those from XML or PHP often turn a list of one into a value, and an array with gaps into an "
      "object.")),
    ("BEV208", "missing-field", "error",
     "A field that the record cannot do without is not there.",
     'a completed record without "emailAddress"',
     ("Check with `--endpoint NAME` that it is the answer of the endpoint that was called, and look whether a "
      "filter on the way drops or renames the field. If it is lost, fetch the answer again.")),
    ("BEV209", "duplicate-field", "error",
     "A field is given twice, so one of the two values would be lost.",
     '{"id":5,"id":6}',
     ("Delete the field that is wrong; two spellings of one name, such as emailAddress and email_address, count as "
      "one. In CSV, look for columns that were joined from two files.")),
    ("BEV210", "ragged-row", "error",
     "A row has more or fewer cells than the header has labels, so its cells cannot be told apart with certainty.",
     "a row of four cells under three labels",
     ("Count the cells against the header, and quote each that holds a separator or a line end. If the last row is "
      "too short, the file was probably cut: fetch the answer again.")),
    ("BEV211", "missing-envelope", "error",
     'A JSON answer of the service is one object with the key "response"; this body has none.',
     '[{"id":5}]',
     ('Save the whole answer, and not only what stands in its envelope. A saved file is mended by `{"response":` '
      "before it and `}` behind it.")),
    ("BEV212", "other-endpoint", "error",
     "The payload is the answer of another endpoint than the one that was asked for.",
     "a completed body read as StatusResponse",
     ("Ask for the model of the endpoint that was called, or leave `--endpoint` out and let the body tell. If you "
      "named the right one, the client called the wrong URL, or saved the answer under a wrong name.")),
    ("BEV213", "empty-errors", "error",
     "An error reply that names no error.",
     '{"response":{"errors":[]}}',
     ("Look at the status code of the answer, as the body does not say what went wrong, and repeat the call. If it "
      "happens again, tell the service's support when it did.")),
    ("BEV214", "uneven-pages", "error",
     "A list answer in CSV repeats its page numbers on each row, and here the rows disagree.",
     "current_page 1 on one row and 2 on the next",
     ("Keep each page of a list in a file of its own. Here rows of several pages were probably joined: split them "
      "by their page numbers, or fetch the pages again.")),
    ("BEV215", "reserved-name", "error",
     "An undocumented field of a response has the name of an attribute of its model, so model_extra cannot keep it.",
     '{"response":{"id":5,"endpoint":"create"}}',
     ("Read this body with a plain JSON, XML or CSV reader, or rename the field in a copy of it. Report the field "
      "to the maintainers of bevparse, so that the model can have it.")),
    ("BEV216", "empty-payload", "error",
     "The payload is empty, so several endpoints could have sent it, and none was asked for. Name the one you called.",
     '{"response":[]}',
     ("Name the endpoint in code, as in `parse(body, CompletedResponse)`, or to a command with `--endpoint NAME`. "
      "If you expected records, ask for the status: a request that is not ready has none yet.")),
    ("BEV217", "only-attributes", "error",
     ("There is nothing in the answer but attributes of an empty element, or of those around it. They hold no data in "
      "an answer, so this is no empty one: it may be an error that is told in attributes, or the document of another "
      "service."),
     '<xml><response error="quota"/></xml>',
     ("Look at what the attributes say, check the URL of the client, and fetch the answer again. An answer that really "
      "is empty is `<xml><response/></xml>`.")),
    ("BEV220", "endpoint-unknown", "info",
     "The body is sound, but so empty that several endpoints could have sent it.",
     '{"response":[]}',
     ("Name the endpoint with `--endpoint NAME` to have the body checked as its answer, or leave the code out with "
      "`--ignore BEV220`. If you expected records, the request was perhaps not ready when they were fetched.")),
)  # fmt: skip
