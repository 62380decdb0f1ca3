# pyright: basic, reportMissingImports=false
"""Check saved bodies on a Ray cluster: `python ray_validate.py /shared/dumps` on one of its machines."""

import sys
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

import ray

from bevparse.validate import validate


class RayExecutor(Executor):
    """The workers of the cluster that `ray.init` connects to."""

    def __init__(self) -> None:
        self._remote = ray.remote(max_retries=3)(lambda call, args: call(*args))

    def submit(self, call: Callable[..., Any], /, *args: Any) -> Future[Any]:
        return self._remote.remote(call, args).future()


if __name__ == "__main__":
    ray.init()  # the cluster of this machine, or else a new one on this machine
    with RayExecutor() as executor:
        report = validate(sys.argv[1:], executor=executor)
    for checked in report.findings:
        for problem in checked.problems:
            print(f"{checked.source}: {problem.code} {problem}")
    print(f"{report.summary.bodies} bodies checked, {report.summary.valid} valid")
