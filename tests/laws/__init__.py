"""The laws of bevparse, one module each."""
