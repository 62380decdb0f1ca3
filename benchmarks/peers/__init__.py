"""The measured libraries, one module each, imported only in the process that measures it.

`read...`, `drain...` and `dump...` are timed. `rows...` returns their results in the form that is compared.
`load...` converts a file to their argument before timing starts.
"""
