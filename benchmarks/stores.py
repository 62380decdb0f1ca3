"""Measure the listing and reading of a store on this machine: `python -m benchmarks.stores [--keys N] [--objects N]`.

Lists a million keys, then checks two thousand objects of a store that answers after 50 ms, once as `validate` does and
once without fetching ahead. Prints the time and the memory.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qs, urlsplit

from bevparse.sources import ANYTHING, fetched_sources, find_files

__all__ = ["main"]

_BODY: Final = b'{"response":{"id":5}}'
_PAGE: Final = 1000


class _Store(BaseHTTPRequestHandler):
    """Lists keys, and returns the same body for each of them after some time."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    keys = 0
    delay = 0.0

    def do_GET(self) -> None:
        """Answer a listing or a request for an object."""
        query = parse_qs(urlsplit(self.path).query)
        if "list-type" not in query:
            time.sleep(self.delay)
        body = self._page(int(query.get("continuation-token", ["0"])[0])) if "list-type" in query else _BODY
        self.send_response(200)
        self.send_header("ETag", '"1"')
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _page(self, start: int) -> bytes:
        stop = min(start + _PAGE, self.keys)
        contents = "".join(
            f"<Contents><Key>dumps/2026/{number:08}/status-{number}.json</Key><Size>{len(_BODY)}</Size><ETag>1</ETag>"
            "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
            for number in range(start, stop)
        )
        more = f"<NextContinuationToken>{stop}</NextContinuationToken>" if stop < self.keys else ""
        truncated = str(stop < self.keys).lower()
        return (
            '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>bucket</Name>'
            f"<IsTruncated>{truncated}</IsTruncated>{more}{contents}</ListBucketResult>"
        ).encode()

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


def main() -> int:
    """Measure each part in a process of its own, with the store in another one."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stores", description=__doc__)
    parser.add_argument("--keys", type=int, default=1_000_000, help="number of keys to list (default: %(default)s)")
    parser.add_argument("--objects", type=int, default=2_000, help="number of objects to read (default: %(default)s)")
    parser.add_argument("--delay", type=float, default=0.05, help="seconds before an answer (default: %(default)s)")
    parser.add_argument("--part", choices=("serve", "list", "ahead", "alone"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part == "serve":
        _serve(options.keys, options.delay)
    elif options.part:
        _measure(options.part, options.keys)
    else:
        for part, keys in (("list", options.keys), ("ahead", options.objects), ("alone", options.objects)):
            _run(part, keys, options.delay)
    return 0


def _run(part: str, keys: int, delay: float) -> None:
    command = [sys.executable, "-m", "benchmarks.stores", "--keys", str(keys), "--delay", str(delay), "--part"]
    with subprocess.Popen([*command, "serve"], stdout=subprocess.PIPE, text=True) as store:
        try:
            url = store.stdout.readline().strip() if store.stdout else ""
            access = {"AWS_ENDPOINT_URL": url, "AWS_ALLOW_HTTP": "true", "AWS_SKIP_SIGNATURE": "true"}
            subprocess.run([*command, part], env={**os.environ, **access}, check=True)
        finally:
            store.terminate()


def _serve(keys: int, delay: float) -> None:
    _Store.keys, _Store.delay = keys, delay
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Store)
    threading.Thread(target=server.serve_forever).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)


def _measure(part: str, keys: int) -> None:
    import resource  # noqa: PLC0415 - Windows has none

    start = time.perf_counter()
    found = find_files(["s3://bucket/dumps/"], ANYTHING)
    count = 0
    for one in fetched_sources(found) if part == "ahead" else found:
        count += part == "list" or one.read() == _BODY
    seconds, used = time.perf_counter() - start, time.process_time()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    what = {"list": "keys listed", "ahead": "objects read, fetched ahead", "alone": "objects read one by one"}[part]
    print(f"{count} of {keys} {what}: {seconds:.1f} s, {used:.1f} s of processor time, {memory:.0f} MB", flush=True)


if __name__ == "__main__":
    sys.exit(main())
