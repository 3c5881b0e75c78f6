"""What a run leaves out for time is chosen by the sources of the product, and is in some run."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys

import pytest

from tests.support import forms
from tests.support.forms import SHARES, in_turn, one_in
from tests.support.tools import ROOT

STATES = [f"{number:08x}" for number in range(0, 60 * 7919, 7919)]
NAMES = [f"tests/a.py::test[{number}]" for number in range(30)]


def test_every_form_is_in_some_run_and_a_part_of_them_in_each(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {}
    for state in STATES:
        monkeypatch.setattr(forms, "_state", lambda state=state: state)
        asked[state] = {name for name in NAMES if in_turn(name)}
        assert asked[state] == {name for name in NAMES if in_turn(name)}
    assert set.union(*asked.values()) == set(NAMES)
    shares = [len(each) / len(NAMES) for each in asked.values()]
    assert min(shares) > 0
    assert sum(shares) / len(shares) == pytest.approx(1 / SHARES, abs=0.05)


def test_every_row_is_in_some_run(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[int] = set()
    for state in STATES:
        monkeypatch.setattr(forms, "_state", lambda state=state: state)
        rows = one_in(range(20), 6)
        assert len(rows) in {3, 4}
        assert {later - earlier for earlier, later in itertools.pairwise(rows)} == {6}
        seen.update(rows)
    assert seen == set(range(20))


def test_the_state_is_that_of_the_sources() -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", forms._state())


@pytest.mark.slow
def test_quick_forms_are_in_each_run_and_all_where_they_are_asked_for() -> None:
    def collected(*options: str) -> set[str]:
        command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *options]
        done = subprocess.run(
            [*command, "tests/issuing/test_tampered_events.py", "tests/cli/test_terminal.py"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        return {line for line in done.stdout.splitlines() if "::" in line}

    usual, every = collected(), collected("--every-form")
    assert usual < every
    left_out = every - usual
    assert left_out == {name for name in left_out if not in_turn(name)}
    assert collected("--soak") >= every
    assert {name for name in usual if "test_every_table" in name and name.endswith("-zh]")} != set()
