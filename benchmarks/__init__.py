"""bevparse beside what else reads and writes such bodies: `python -m benchmarks`."""
