"""One report from every engine, also if workers die: `python -m tests.engines`.

Processes, a Dask cluster with two workers, shards, a store and a saved run that is killed twice write the report of one
process, byte by byte. It prints the SHA-256 of each. Options go to pytest. It needs POSIX signals.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

if __name__ == "__main__":
    sys.exit(
        pytest.main(["-rP", "--show-capture=stdout", str(Path(__file__).with_name("comparison.py")), *sys.argv[1:]])
    )
