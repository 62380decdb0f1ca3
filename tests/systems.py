"""Marks for tests that need what only some systems have."""

from __future__ import annotations

import os
import sys

import pytest

pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
links = pytest.mark.skipif(os.name != "posix", reason="links need rights elsewhere")
modes = pytest.mark.skipif(os.name != "posix", reason="files have other permissions elsewhere")
signals = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
odd_names = pytest.mark.skipif(os.name != "posix", reason="a name may have no such characters elsewhere")
measured = pytest.mark.skipif(sys.platform != "linux", reason="memory is measured and limited as on Linux")
