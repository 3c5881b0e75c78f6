"""What a publication stands on while it is made: a change of status goes out in between, and then it stands on that.

Rules: what went out in between is left out of what is being made: it is public already, with all that happened to it
until then. What was laid upon a file that changed in between is laid again. Whoever makes a long publication looks
between two parts of it; each part is short.

    footing = Footing(ground, give_way)
    for part in parts:
        footing.look()
        lay(footing.ground, part)
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

from issuer.publishing.ground import Ground


class Passed(NamedTuple):
    """What went out in between."""

    ground: Ground
    """What stands in the store since."""
    certificates: Collection[str]
    """Those that went out (ids)."""


def _nothing() -> Passed | None:
    return None


class Footing:
    """The ground of one publication."""

    def __init__(self, ground: Ground | None, give_way: Callable[[], Passed | None] = _nothing) -> None:
        """Take what stands in the store, None before the first snapshot, and what lets others go first."""
        self.ground = ground
        self.passed: set[str] = set()
        """The certificates (ids) that went out in between."""
        self._give_way = give_way

    def look(self) -> None:
        """Let a change go first that waits. Raises what publishing it raises."""
        if self.ground is not None and (passed := self._give_way()) is not None:
            self.ground = passed.ground
            self.passed.update(passed.certificates)
