"""Write the canonical fixtures of some endpoints from their JSON: `python -m tests.canonical completed`.

Each `<case>.json` is parsed, and written as JSON, XML and CSV. Read the difference before you commit it.
"""

from __future__ import annotations

import sys

import bevparse

from .fixture_files import CANONICAL, WRITTEN_OTHERWISE, case_of, model_of

__all__ = ["write_canonical"]


def write_canonical(endpoint: str) -> None:
    """Write the JSON, XML and CSV of every case of an endpoint."""
    for path in CANONICAL:
        if path.parent.name == endpoint and path.suffix == ".json" and case_of(path) not in WRITTEN_OTHERWISE:
            response = bevparse.parse_reply(path.read_bytes(), model_of(path))
            for format in ("json", "xml", "csv"):
                path.with_suffix(f".{format}").write_bytes(bevparse.dump(response, format=format))


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        write_canonical(argument)
