"""Compare bevparse with other libraries that read and write the same bodies: `python -m benchmarks`."""
