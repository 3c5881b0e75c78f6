"""What met another writer is done again: the transaction came to nothing, and the next one sees what the other left.

Rules: a function that opens one unit of work, and does nothing outside it that may not be done twice, is marked. What
two writers do to each other (a deadlock, a row that changed, a name that both took) is over by itself: it is tried
again a few times, after a short pause. A name that is still taken then is told by its rule; anything else as
``register_contended``. On SQLite there is one writer at a time, and nothing of the kind happens.

    @again
    def accept(opened: Opened, token: str) -> Batch: ...
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError

from issuer.errors import MachineError

PAUSES: Final = (0.02, 0.05, 0.1, 0.25, 0.5)
"""Seconds before each further try: longer than most transactions, and in all less than a person notices."""
_TAKEN: Final = "23505"
"""SQLSTATE of a unique constraint."""
_COLLISIONS: Final = frozenset({"40001", "40P01", _TAKEN})
_Given = ParamSpec("_Given")
_T = TypeVar("_T")


def again(act: Callable[_Given, _T]) -> Callable[_Given, _T]:
    """Return the function that tries an act again as often as ``PAUSES`` says, where another writer is in its way.

    Raises:
        MachineError: ``register_contended``: another writer was in the way every time.
        As the act, and sqlalchemy.exc.IntegrityError for a name that stays taken.
    """

    @wraps(act)
    def tried(*given: _Given.args, **named: _Given.kwargs) -> _T:
        for pause in PAUSES:
            try:
                return act(*given, **named)
            except DBAPIError as error:
                if _state(error) not in _COLLISIONS:
                    raise
            time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - two that met are to part
        try:
            return act(*given, **named)
        except DBAPIError as error:
            if _state(error) not in _COLLISIONS - {_TAKEN}:
                raise
            message = (
                f"other programs changed the same at the same time, {len(PAUSES) + 1} times in a row; "
                "nothing was changed, try again"
            )
            raise MachineError("register_contended", message, tries=len(PAUSES) + 1) from error

    return tried


def _state(error: DBAPIError) -> str | None:
    """The SQLSTATE of what PostgreSQL said; None of another database."""
    return getattr(error.orig, "sqlstate", None)
