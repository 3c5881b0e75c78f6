"""Sheets: what a person sees in a list's cells, whatever kind of file the list is, read by a bounded process.

Rules. What comes from outside is read here and nowhere else. The room knows cells, rows and sheets, and nothing of
awards: a process that reads one file loads this room alone, so this page imports nothing.

    >>> from issuer.sheets.apart import read_apart
    >>> sheets = read_apart(data)                      # doctest: +SKIP
"""
