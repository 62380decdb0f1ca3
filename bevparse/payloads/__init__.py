"""Tree to model and back, driven by the models' wire marks."""

from __future__ import annotations
