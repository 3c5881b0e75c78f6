"""Runners of the vectors in ``tests/vectors``: Python, JavaScript in Node, JavaScript in Chromium."""
