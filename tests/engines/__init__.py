"""The same report from every engine, which has a command of its own: `python -m tests.engines`."""
