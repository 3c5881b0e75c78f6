"""Certificate designs, a folder per design and version, found through ``importlib.resources``."""
