"""`python -m bevparse`, and the command `bevparse`."""

from __future__ import annotations

import gc
import sys

__all__ = ["main"]


def main() -> int:
    """Run the command line and return its exit code."""
    try:
        from .cli import main as run  # noqa: PLC0415 - an interrupt may arrive during the import

        code = run()
        gc.freeze()  # so that the interpreter does not look for garbage when it ends
        return code
    except KeyboardInterrupt:
        stream: object = sys.stderr  # None if it is closed
        if stream is not None:
            sys.stderr.write("bevparse: interrupted\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
