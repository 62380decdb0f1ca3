"""`python -m bevparse`, and the command `bevparse`."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> int:
    """Run the command line and return its exit code."""
    try:
        from .cli import main as run  # noqa: PLC0415 - an interrupt may arrive during the import

        return run()
    except KeyboardInterrupt:
        stream: object = sys.stderr  # None if it is closed
        if stream is not None:
            sys.stderr.write("bevparse: interrupted\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
