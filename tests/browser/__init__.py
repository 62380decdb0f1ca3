"""Tests of the HTML report in a real browser, which have a command of their own: `python -m tests.browser`."""
