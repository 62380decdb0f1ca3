"""`python -m bevparse`, and the command: it brings the rest, and an interrupt meanwhile is told as any other."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> int:
    """Run the command line and give its exit code."""
    try:
        from .cli import main as run  # noqa: PLC0415 - an interrupt may come while it is imported

        return run()
    except KeyboardInterrupt:
        stream: object = sys.stderr  # None where it is closed
        if stream is not None:
            sys.stderr.write("bevparse: interrupted\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
