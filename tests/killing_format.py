"""A format that recognises nothing. A body `kill PID` kills each process but this one that looks at it.

A body `kill PID FILE` does so once: the file is created then.
"""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

from bevparse.formats import Document
from bevparse.limits import Limits
from bevparse.tree import Node

name, kind = "killing", "typed"
suffixes, media_types = (".kill",), ()


def sniff(head: bytes) -> bool:
    if found := re.match(rb"kill ([0-9]+) ?(.*)", head):
        kill_others(int(found[1]), found[2].decode())
    return False


def kill_others(pid: int, once: str) -> None:
    if pid == os.getpid() or (once and Path(once).exists()):
        return
    if once:
        Path(once).touch()
    os.kill(os.getpid(), signal.SIGKILL)


def decode(data: bytes | str, limits: Limits) -> Document:
    raise NotImplementedError


def encode(root: Node) -> bytes:
    raise NotImplementedError
