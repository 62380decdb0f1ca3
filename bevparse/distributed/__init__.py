"""Saved bodies on many machines. Each machine calls the other packages of bevparse for a part of the files."""
