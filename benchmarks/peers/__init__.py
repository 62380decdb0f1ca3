"""Who takes part: one module for each library, each imported only in a process that measures it.

`read...`, `drain...` and `dump...` are what is timed, `rows...` gives their answers in the form in which all are
compared, and `load...` makes of a file, before the clock starts, what they are given.
"""
