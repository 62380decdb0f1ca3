"""BEV5xx: an API key in a recording."""

from __future__ import annotations

from typing import Final

from .rule import Row

__all__ = ["ROWS"]

ROWS: Final[tuple[Row, ...]] = (
    ("BEV501", "key-in-url", "error",
     "The URL of a recorded request holds an API key.",
     "https://service.example/api?apiKey=at_...",
     ("Replace the key if anybody else could read the recording or the logs of a proxy, and delete it from the "
      "file. Send it in the body of a POST request, as the service documents, where no log shows it.")),
    ("BEV502", "key-in-header", "error",
     "A header of a recorded request holds an API key.",
     "Authorization: Bearer at_...",
     ("Replace the key if anybody else could read the recording, and delete it from the file. Have the recorder "
      "leave the header out, as VCR.py does with `filter_headers`.")),
    ("BEV503", "key-in-body", "error",
     "The body of a recorded request holds an API key.",
     '{"apiKey":"at_..."}',
     ("Replace the key if anybody else could read the recording, and put a placeholder for it in the file. Have the "
      "recorder do so, as VCR.py does with `filter_post_data_parameters`.")),
)  # fmt: skip
