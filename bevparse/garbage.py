"""The garbage collector of the process, paused while a large body is read.

A large body becomes some hundred thousand objects, and none of them is garbage. Yet the collector visits all of them
again and again while they are made, and once more when it is resumed, unless they count as old then.
This is the only module that changes the state of the process.
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
"""The bytes of a body for which the collector is paused. Below it, that saves no time."""
_EVERY: Final = 100
"""The number of pauses after which the collector looks at all objects. CPython does so after 100 looks at the young."""
_YOUNG: Final = 20_000
"""The number of new objects after which the collector looks at them, in a process that runs a command."""


class Pause:
    """The calls that need the collector paused, in all threads. The first pauses it, and the last resumes it.

    An interrupt may arrive between any two steps, and a signal handler may read a body there. So a call is noted before
    the collector is paused, and its end may be noted twice.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._calls: set[object] = set()
        self._was_enabled = False
        """Whether the collector has been enabled before it was paused, and not yet again."""

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
    """Make all objects count as old, so that the collector does not look at the new ones at once.

    CPython does this as a side effect. Nothing can come between the two calls, as they are made in C. Objects that the
    program has frozen would not be frozen any more, so there must be none.
    """
    if not gc.get_freeze_count():
        list(map(call_one, (gc.freeze, gc.unfreeze)))


_PAUSE: Final = Pause()
_NUMBERS: Final = count(1)
getattr(os, "register_at_fork", dict)(after_in_child=_PAUSE.forget)  # Windows has no fork


def without_collector(function: Callable[[], T]) -> T:
    """Return the result of a function that is called while the garbage collector is paused.

    Afterwards the collector is enabled, if it was before and no other call needs it paused. As young garbage would
    count as old then, it is collected first, and old garbage with it now and then.
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
    """Make the collector run less often, and ignore all objects that exist, in a process that runs a command.

    What has been imported is never garbage.
    """
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])
    gc.freeze()
