"""The typed surface of bevparse, checked by mypy and pyright and run as a test."""
