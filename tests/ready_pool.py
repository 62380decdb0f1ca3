"""Processes of bevparse that do all the work, as in a long run."""

from __future__ import annotations

import os
import time

from bevparse.validate import WorkerPool


class ReadyPool(WorkerPool):
    """Processes that are up before there is work for them."""

    def __init__(self, jobs: int) -> None:
        super().__init__(jobs, worth_it=-1.0)
        while self.submit(os.getpid).result() == os.getpid():
            time.sleep(0.01)
