"""The processes that read files, shared by the tests of one process: to start one takes half a second.

recognise(data, CHILDREN)
"""

from __future__ import annotations

from typing import Final

from verifier.sources.children import Children

CHILDREN: Final = Children()
"""Starts nothing before it is asked; ends with the process."""
