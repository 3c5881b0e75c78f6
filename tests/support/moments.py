"""The moments at which something becomes lasting: in front of, and behind, a commit and a file taking its name.

A program that is killed at any of them must lose nothing. Nothing of this is in the product.

    for owner, name, act in lasting(moment):
        monkeypatch.setattr(owner, name, act)      # ``moment`` is called at each; it may raise Killed
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from credential import durable

_PLACES: Final = ((Session, "commit"), (durable, "replace"), (Path, "replace"))


class Killed(BaseException):
    """Nobody catches it."""


def lasting(moment: Callable[[], None]) -> Iterator[tuple[Any, str, Callable[..., object]]]:
    """Yield what makes something lasting, by owner and name, with what takes its place."""
    for owner, name in _PLACES:
        yield owner, name, _around(getattr(owner, name), moment)


def _around(act: Callable[..., object], moment: Callable[[], None]) -> Callable[..., object]:
    def acting(*given: object, **named: object) -> object:
        moment()
        made = act(*given, **named)
        moment()
        return made

    return acting
