"""The name by which Spark finds the data source of bevparse: it imports each package `pyspark_*` in its path."""

from bevparse.distributed.spark import BevDataSource as DefaultSource

__all__ = ["DefaultSource"]
