"""The ``titlecert`` command: thin, a file per group of commands."""
