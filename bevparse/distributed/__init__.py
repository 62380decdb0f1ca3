"""Saved bodies on many machines: the other rooms, called for parts of a dump."""
