"""BEV4xx: contradictory, within a body (BEV40x) and across bodies (BEV42x)."""

from __future__ import annotations

from typing import Final

from .rule import Row

__all__ = ["ROWS"]

ROWS: Final[tuple[Row, ...]] = (
    ("BEV401", "counts-differ", "warning",
     "A request is ready, and its invalid, processed and failed addresses do not add up to its total.",
     '"total_emails":5,"invalid_emails":1,"processed_emails":3,"failed_emails":0,"ready":1',
     ("Ask for the status again, and count the completed and failed addresses. If the numbers still differ, give "
      "the id of the request to the service's support, and do not take its results for complete.")),
    ("BEV402", "dates-reversed", "error",
     "A request ends before it starts: its date_end is before its date_start.",
     '"date_start":"1528204702","date_end":"1528204700"',
     ("Ask for the status again. If it differs from the saved body, a tool has swapped or moved the dates; if it "
      "does not, compute no duration from them.")),
    ("BEV403", "future-date", "warning",
     "A date is more than a day in the future. So much is granted to clocks and time zones that are wrong.",
     '"date_start":"4102444800"',
     ("Check the clock of this machine first, then the unit of the date, which is seconds in UTC. In bodies that "
      "are made up for tests, use `--ignore BEV403`.")),
    ("BEV404", "early-date", "warning",
     "A date is before 2018, the year of the earliest dates that the service documents.",
     '"date_start":"15282047"',
     ("Check the unit and the digits of the date, which is in seconds and has ten of them since 2001. In bodies "
      "that are made up for tests, use `--ignore BEV404`.")),
    ("BEV405", "duplicate-id", "error",
     "The same request, by its id, stands twice in one body.",
     '[{"id":5},{"id":5}]',
     ("Count the request once. If pages of a list were joined, a new request has moved an old one to the next page: "
      "drop the repetition, or fetch the pages again.")),
    ("BEV406", "pages-contradict", "warning",
     ("The page numbers of a list contradict each other, or the number of requests on the page. Only the first "
      "contradiction is told, as the others follow from it."),
     '"current_page":3,"last_page":2',
     ("Have the tool that filters or joins pages correct the numbers, too. In an answer as it came, trust the "
      "requests and not the numbers, and fetch pages until one is empty.")),
    ("BEV407", "bad-address", "warning",
     "formatCheck is true for what is no address.",
     '"emailAddress":"foo.bar","formatCheck":"true"',
     ("Do not send to the address on the word of this check alone. Look whether a tool has changed the address or "
      "moved a column; if the answer is as it came, verify the address again.")),
    ("BEV408", "bad-host", "warning",
     "A member of mxRecords is no host name. A dot alone is one: it stands for a domain that takes no mail.",
     '"mxRecords":["not a host"]',
     ("Do not connect to what is written there, but look the hosts up, as in `dig MX example.com`. If a tool has "
      "joined or cut the hosts, have it write one member for each.")),
    ("BEV409", "result-contradicts", "warning",
     ("result says something else than the checks beside it: ok though the format, SMTP or DNS check is false, or "
      "smtp-failed though the SMTP check is true."),
     '"formatCheck":"false","result":"ok"',
     ("Decide by the checks and not by result, or verify the address again before you send to it. If a tool has "
      "moved or edited columns, fetch the answer again.")),
    ("BEV420", "counts-disagree", "warning",
     ("A completed or failed body holds another number of records than the last status of the same request says, "
      "which is ready. The bodies of one run are compared."),
     "a status with 500 processed addresses beside a completed body of 3 records",
     ("Fetch what is missing again within the seven days for which results are kept. If the file is only a part, or "
      "named by the number of another request, rename it, or compare nothing with `--no-cross`.")),
    ("BEV421", "formats-disagree", "warning",
     ("The same answer to the same request is not the same in two formats. The last body of each format in one run "
      "is compared, and undocumented fields are left out."),
     "completed-544.json and completed-544.xml with different records",
     ("Let `bevparse diff A B` show what differs, and fetch the one that "
      "is wrong again. If they are of different requests or times, rename them, or compare nothing with "
      "`--no-cross`.")),
    ("BEV422", "unready-again", "warning",
     ("A request that was ready is not ready any more in a later body of the same run. Bodies are in the order of "
      "their names, in which numbers count by their size."),
     '"ready":1 in status-1.json and "ready":0 in status-2.json',
     ("Check that the names of the files are in the order of time, which they are taken for, and ask for the status "
      "once more. If the order is right, do not take results for complete that were fetched meanwhile; if names "
      "tell no time, use `--no-cross`.")),
)  # fmt: skip
