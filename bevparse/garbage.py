"""The garbage collector of the process, paused while a large body is read.

A large body becomes some hundred thousand objects, and none of them is garbage. Yet the collector would visit all of
them again and again while they are made. It would visit them once more when it is resumed, so they are moved to its
old generation before. This is the only module that changes the state of the process.
"""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable
from itertools import count
from operator import call as call_one
from typing import Final, TypeVar

__all__ = ["LARGE", "Pause", "settle_collector", "without_collector"]

T = TypeVar("T")
LARGE: Final = 2**22
"""The size in bytes of the smallest body for which the collector is paused. A smaller body would save no time."""
_EVERY: Final = 100
"""The number of pauses after which garbage of all generations is collected."""
_YOUNG: Final = 20_000
"""The number of new objects after which the collector runs, in a process that runs a command."""


class Pause:
    """The calls that need the collector paused, in all threads. The first call pauses it, and the last one resumes it.

    An interrupt may arrive between any two steps, and a signal handler may read a body there. So a call is recorded
    before the collector is paused, and `end` may be called twice.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._calls: set[object] = set()
        self._was_enabled = False
        """Whether the collector was enabled before the pause, and has not been enabled again."""

    def begin(self, call: object) -> None:
        """Pause the collector for a call."""
        with self._lock:
            is_first = not self._calls
            self._calls.add(call)
            if is_first:
                self._was_enabled = self._was_enabled or gc.isenabled()
                gc.disable()

    def end(self, call: object) -> None:
        """Resume the collector, unless other calls need it paused."""
        with self._lock:
            self._calls.discard(call)
            if self._was_enabled and not self._calls:
                _make_old()
                gc.enable()
                self._was_enabled = False

    def forget(self) -> None:
        """Resume the collector in a forked process, in which the calls of other threads never end."""
        self._lock = threading.RLock()
        self._calls.clear()
        self.end(None)


def _make_old() -> None:
    """Move all objects to the old generation of the collector, so that it does not visit the new ones at once.

    In CPython, freezing and unfreezing all objects has this effect. If the program has frozen objects, do nothing:
    they would be unfrozen, too. `map` makes both calls in C, so that no other code runs between them.
    """
    if not gc.get_freeze_count():
        list(map(call_one, (gc.freeze, gc.unfreeze)))


_PAUSE: Final = Pause()
_NUMBERS: Final = count(1)
getattr(os, "register_at_fork", dict)(after_in_child=_PAUSE.forget)  # Windows has no fork


def without_collector(function: Callable[[], T]) -> T:
    """Return the result of a function that is called while the garbage collector is paused.

    Afterwards the collector is enabled again, if it was enabled before and no other call needs it paused. Garbage in
    the young generations is collected first, because all objects count as old afterwards.
    """
    if gc.isenabled():
        gc.collect(1 if next(_NUMBERS) % _EVERY else 2)
    call = object()
    try:
        _PAUSE.begin(call)
        return function()
    finally:
        try:
            _PAUSE.end(call)
        finally:
            _PAUSE.end(call)  # an interrupt may have ended the first attempt


def settle_collector() -> None:
    """Make the collector run less often, and ignore all objects that exist: imported modules are never garbage.

    This is for a process that runs a command, and nothing else.
    """
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])
    gc.freeze()
