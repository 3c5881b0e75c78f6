"""Bytes that nobody meant, for every parser: see ``tests.fuzz.targets``, and ``python -m tests.fuzz --help``."""
