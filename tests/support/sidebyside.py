"""Writers that really meet: threads that are let go at one instant, and a place where each waits for the other.

Rules: on PostgreSQL both are inside their transactions when they meet. On SQLite the second waits for the first before
it begins, so a meeting ends after a moment, and the outcome has to be the same.

    outcomes = together(lambda: approve("boss1"), lambda: approve("boss3"))
    meet(monkeypatch, "issuer.batches.store.holders_of", 2)
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any, Final

import pytest

from credential.errors import CodedError

MEETING_SECONDS: Final = 1.0
"""How long one waits for the other to arrive."""


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Do acts in threads of their own, let go at one instant; return what each returned or raised, in their order."""
    begin = threading.Barrier(len(acts))
    outcomes: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        begin.wait(timeout=30)
        try:
            outcomes[place] = act()
        except Exception as error:
            outcomes[place] = error

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
        assert not thread.is_alive()
    return outcomes


def meet(monkeypatch: pytest.MonkeyPatch, name: str, many: int) -> None:
    """Let so many calls of a function, the first ones, wait for each other when they are done."""
    module, _, attribute = name.rpartition(".")
    usual = getattr(import_module(module), attribute)
    place = threading.Barrier(many)

    def met(*given: Any, **named: Any) -> Any:
        done = usual(*given, **named)
        with suppress(threading.BrokenBarrierError):  # met before, or the other is not let in
            place.wait(timeout=MEETING_SECONDS)
        return done

    monkeypatch.setattr(name, met)


def codes(outcomes: list[Any]) -> list[str | None]:
    """The code of each act that was refused, None of each that was done. Anything else is raised."""
    for each in outcomes:
        if isinstance(each, Exception) and not isinstance(each, CodedError):
            raise each
    return [each.code if isinstance(each, CodedError) else None for each in outcomes]
