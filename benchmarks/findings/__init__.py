"""Compare the findings of bevparse and other validators, and their locations, on the same invalid bodies."""
