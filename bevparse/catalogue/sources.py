"""BEV0xx: the source could not be read, or a limit was passed."""

from __future__ import annotations

from typing import Final

from .rule import Row

__all__ = ["ROWS"]

ROWS: Final[tuple[Row, ...]] = (
    ("BEV001", "source-unreadable", "error",
     "The file or archive member could not be opened, read or decompressed.",
     "a .gz file that ends in the middle of its stream",
     ("Check the path, its permissions and the disk, and fetch or copy the file again if it was cut short. What is "
      "no body can be left out with `--exclude GLOB`.")),
    ("BEV002", "body-too-large", "error",
     "The body, after decompression, is larger than limits.body.",
     "a 70 MB body under the default of 64 MiB",
     ("Check that the file is one answer: those to 50,000 addresses, the most that a request takes, stay below the "
      "default. If it is, raise the bound with `--limit body=BYTES`, or in code with `Limits(body=BYTES)`.")),
    ("BEV003", "too-deep", "error",
     "The body is nested deeper than limits.depth; the deepest documented payload has four levels.",
     "[[[[ ... ]]]] with forty levels",
     ("Look for brackets or elements that are never closed. Where an undocumented field really is so deep, raise "
      "the bound with `--limit depth=LEVELS`.")),
    ("BEV004", "too-many-records", "error",
     "An array, element or table has more members than limits.records; the vendor takes 50,000 addresses a request.",
     "a table of two million rows",
     ("Split the file if several answers were joined into one. If it is one answer, raise the bound with `--limit "
      "records=NUMBER`.")),
    ("BEV005", "string-too-long", "error",
     "A value or a name is longer than limits.string characters.",
     "an emailAddress of two million characters",
     ("Look for a missing quotation mark, or a whole body pasted into a value. If so long a value is meant, raise "
      "the bound with `--limit string=CHARACTERS`.")),
    ("BEV006", "problems-cut", "warning",
     ("More was found than limits.problems allows to be listed: after that many errors reading stops, after that "
      "many warnings they are only counted."),
     "50,000 records that each spell their id as text",
     ("Mend what is listed first, as it is often one fault that repeats, and run again. To have everything listed, "
      "raise the bound with `--limit problems=NUMBER`.")),
    ("BEV007", "archive-ratio", "error",
     "Compressed data grows by more than limits.archive_ratio on decompression, as no real answer does.",
     "a .gz file of 10 kB that holds 10 MB of blanks",
     ("Find out where the file comes from before you unpack it with another tool. If it is yours and really so "
      "regular, raise the bound with `--limit archive_ratio=NUMBER`.")),
    ("BEV008", "archive-too-large", "error",
     "The members of an archive are together larger than limits.archive_total after decompression.",
     "an archive of 3 GB under the default of 1 GiB",
     ("Split the archive, or unpack it and check the folder, which has no such bound. If you trust it, raise the "
      "bound with `--limit archive_total=BYTES`.")),
    ("BEV009", "too-many-members", "error",
     "An archive or a recording has more members than limits.archive_members, or a directory too large to be read.",
     "an archive of 50,000 files under the default of 10,000",
     ("Split the archive or the recording, or unpack it and check the folder, which has no such bound. If you trust "
      "it, raise the bound with `--limit archive_members=NUMBER`.")),
    ("BEV010", "archive-too-nested", "error",
     "An archive stands inside more archives than limits.archive_nesting allows.",
     "a .zip inside a .tar.gz under the default of 1",
     ("Unpack the outer archive and check what comes out of it, or raise the bound with `--limit "
      "archive_nesting=LEVELS`.")),
    ("BEV011", "bad-container", "error",
     "A file that should hold bodies (an archive, JSON Lines, a HAR file, a cassette, a WARC) is not well-formed.",
     "a .har file that was cut short while it was saved",
     ("Save or export the file again, as it was probably cut short, or has the name of another kind of file. If it "
      "is none of yours, leave it out with `--exclude GLOB`.")),
    ("BEV012", "missing-body", "warning",
     "A recorded exchange with the service keeps no answer body, so there is nothing to check.",
     "a HAR entry whose response has no text",
     ("Record with bodies: save a HAR file with content, and do not filter answers out of a cassette. Where it is "
      "right that there is none, use `--ignore BEV012`.")),
    ("BEV013", "missing-extra", "error",
     "Reading this kind of file needs an optional package that is not installed.",
     "a .zst file without the package backports.zstd",
     ("Run the install command that the message gives, such as `pip install 'bevparse[zstd]'`, or leave such files "
      "out with `--exclude GLOB`.")),
    ("BEV014", "worker-died", "error",
     "The process that checked this source ended before it could say anything, often for want of memory.",
     "a process that the system killed",
     ("Check the file alone. If memory ran short, use fewer processes with `--jobs NUMBER`, or refuse large bodies "
      "with `--limit body=BYTES`; if it happens again, report it as a bug of bevparse.")),
    ("BEV015", "stale-baseline", "info",
     "The baseline has a finding that does not occur any more, so that it could hide a new one.",
     "a fixed body that is still in the baseline",
     ("Delete the entry from the baseline file, or, once nothing new is reported, write the file anew with "
      "`--baseline FILE --update-baseline`.")),
)  # fmt: skip
