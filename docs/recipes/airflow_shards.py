# pyright: basic, reportMissingImports=false
"""A DAG that checks saved bodies in mapped tasks, one for each shard, and then writes the report."""

import subprocess
from pathlib import Path

from airflow.sdk import DAG, task

DUMPS, RUNS, SHARDS = "/shared/dumps", Path("/shared/runs"), 4


@task
def validate(shard: int) -> str:
    """Check a share of the files, and return the saved run. Findings are no failure; what cannot be read is one."""
    saved = str(RUNS / f"shard-{shard}.bev")
    command = ["bevparse", "validate", DUMPS, "--exit-zero", "--save", saved, "--shard", f"{shard}/{SHARDS}"]
    subprocess.run(command, check=True)
    return saved


@task
def report(saved: list[str]) -> None:
    """Write the report of all shards."""
    page = RUNS / "report.html"
    subprocess.run(
        ["bevparse", "report", *saved, "--output-format", "concise", "--output-format", f"html={page}"], check=True
    )


with DAG("bevparse_shards", schedule=None) as shards:
    report(validate.expand(shard=[*range(1, SHARDS + 1)]))

if __name__ == "__main__":
    shards.test()
