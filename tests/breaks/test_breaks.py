"""The breaks themselves: each still applies, some of them are made in every run, all of them in the long one."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Final

import pytest

from tests.breaks import __main__ as command
from tests.breaks.model import BadBreakError, Break, Edit, Room
from tests.breaks.report import README, Found, page, said_on
from tests.breaks.running import Result, State, Tree
from tests.breaks.tables import all_breaks, format_breaks, register
from tests.conformance.stored import for_pages, vectors
from tests.support.tools import ROOT

BREAKS: Final = all_breaks()
PYTHON: Final = [each for each in format_breaks() if not each.is_page]
PAGE: Final = [each for each in format_breaks() if each.is_page]
REGISTER: Final = register.all_breaks()
AT_LEAST: Final = {Room.APPROVAL: 25, Room.WORKER: 25, Room.STATUS: 20, Room.AUDIT: 10, Room.INTAKE: 40}
"""How many rules of each room are broken; more come with the rules."""
WITHOUT_RULES: Final = {"13"}
"""Sections of docs/FORMAT.md that only show examples."""
WITHOUT_A_HOME: Final = ("intake/", "register/")
"""Folders whose tests found no office first, which takes seconds in a private copy."""
QRTEXT: Final = "credential/qrtext.py"
DIGITS: Final = 'r"[1-9][0-9]*", re.ASCII'
HARMLESS: Final = Break("3 none", QRTEXT, DIGITS, f"{DIGITS} | re.DOTALL", "vectors leading_zero")
ZEROS: Final = next(each for each in PYTHON if each.rule == "3 a decimal QR text without leading zeros")


@pytest.fixture(scope="module")
def tree() -> Iterator[Tree]:
    with Tree() as made:
        yield made


def title(broken: Break) -> str:
    return f"{'page' if broken.is_page else 'python'} {broken.rule}"


@pytest.mark.slow
@pytest.mark.parametrize("broken", BREAKS, ids=title)
def test_a_break_still_applies(broken: Break) -> None:
    assert dict(broken.broken(ROOT)).keys() == {edit.file for edit in broken.edits}
    assert nobody_to_catch(broken) == []


def nobody_to_catch(broken: Break) -> list[str]:
    """What is named as catching it and is not there."""
    if broken.words:
        known = for_pages() if broken.is_page else vectors()
        return [word for word in broken.words if not any(word in vector.name for vector in known)]
    name, _, test = broken.caught_by.partition("::")
    text = (ROOT / "tests" / (name if "/" in name else f"credential/{name}")).read_text("utf-8")
    return [] if f"def {test}" in text and not broken.is_page else [broken.caught_by]


def test_a_rule_is_broken_once_a_language() -> None:
    assert [
        rule
        for breaks in ([*PYTHON, *REGISTER], PAGE)
        for rule, n in Counter(each.rule for each in breaks).items()
        if n > 1
    ] == []


def test_every_section_with_rules_has_a_break() -> None:
    headings = re.findall(r"^##+ ([0-9]+)\.", (ROOT / "docs" / "FORMAT.md").read_text("utf-8"), re.MULTILINE)
    assert set(headings) - WITHOUT_RULES == {each.place.partition(".")[0] for each in PYTHON}


def test_every_room_of_the_register_has_its_breaks() -> None:
    counts = Counter(each.place for each in REGISTER)
    assert counts.keys() == set(Room)
    assert {room: counts[room] for room, least in AT_LEAST.items() if counts[room] < least} == {}
    assert not [each.rule for each in format_breaks() if isinstance(each.place, Room)]


def test_the_page_names_every_rule() -> None:
    """Not the running: that a test failed for each is what the long run says."""
    text = README.read_text("utf-8")
    assert list(said_on(text)) == [(each.rule, each.file) for each in BREAKS], "run `python -m tests.breaks --write`"
    assert f"**{State.SURVIVED}**" not in text


def test_rows_that_are_kept_stand_as_they_were() -> None:
    text = README.read_text("utf-8")
    said = said_on(text)
    assert page([Found(each, said[each.rule, each.file]) for each in BREAKS]) == text


@pytest.mark.slow
def test_some_breaks_are_caught(tree: Tree) -> None:
    """Which ones changes with the code, so that over time it is all of them, and is the same for one state of it."""
    files = sorted({edit.file for each in BREAKS for edit in each.edits})
    rng = random.Random(sha256(b"".join((ROOT / file).read_bytes() for file in files)).digest())  # noqa: S311 - a sample
    quick = [each for each in PYTHON if each.words or "/" not in each.caught_by]
    kept = [each for each in REGISTER if each.caught_by.startswith(WITHOUT_A_HOME)]
    sample = [*rng.sample(quick, 3), *rng.sample(PAGE, 1), *rng.sample(kept, 2)]
    tree.check_unbroken(sample)
    found = [tree.run(each) for each in sample]
    assert [(each.broken.rule, each.told) for each in found if each.state is not State.CAUGHT] == []


@pytest.mark.soak
@pytest.mark.slow
def test_every_break_is_caught() -> None:
    found = command.results(BREAKS, jobs=2)
    assert [(each.broken.rule, each.told) for each in found if each.state is not State.CAUGHT] == []


@pytest.mark.slow
def test_what_is_no_break_is_told_from_what_survives(tree: Tree) -> None:
    """A run that called these caught would prove nothing."""
    no_import = Break("3 none", QRTEXT, "import re\n", "import rex\n", "vectors leading_zero")
    no_name = Break("3 none", QRTEXT, "if len(text) > MAX_TEXT:", "if len(texts) > MAX_TEXT:", "vectors leading_zero")
    no_test = Break("3 none", QRTEXT, DIGITS, 'r"[0-9]+"', "vectors nobody_is_called_so")
    no_place = Break("3 none", QRTEXT, "nowhere", "somewhere", "vectors leading_zero")
    no_program = Break("3 none", QRTEXT, DIGITS, 'r"[0-9]+', "vectors leading_zero")
    assert tree.run(HARMLESS).state is State.SURVIVED
    for bad in (no_import, no_name, no_test, no_place, no_program):
        assert tree.run(bad).state is State.BAD, bad.new


@pytest.mark.slow
def test_a_break_is_taken_back_and_the_checkout_is_left_alone(tree: Tree) -> None:
    before = (ROOT / QRTEXT).read_bytes()
    assert tree.run(ZEROS).state is State.CAUGHT
    assert tree.run(HARMLESS).state is State.SURVIVED
    assert (tree.root / QRTEXT).read_bytes() == (ROOT / QRTEXT).read_bytes() == before


@pytest.mark.slow
def test_in_the_page_too_a_crash_catches_nothing(tree: Tree) -> None:
    zeros = next(each for each in PAGE if each.rule == ZEROS.rule)
    assert tree.run(zeros).state is State.CAUGHT
    assert tree.run(replace(zeros, new=zeros.old.replace("9", "9 "))).state is State.SURVIVED
    for bad in ("nowhere.at.all", "/^(/", "("):
        assert tree.run(replace(zeros, new=bad)).state is State.BAD, bad


@pytest.mark.slow
def test_a_test_that_fails_anyway_catches_nothing(tree: Tree) -> None:
    place = tree.root / QRTEXT
    before = place.read_bytes()
    try:
        place.write_text("import rex\n", "utf-8")
        with pytest.raises(BadBreakError, match="without any break"):
            tree.check_unbroken([ZEROS])
    finally:
        place.write_bytes(before)


@pytest.mark.parametrize(("old", "new"), [("if", "when"), ("not there", "x"), ("import re\n", "import re\n")])
def test_an_edit_replaces_one_place_by_something_else(old: str, new: str) -> None:
    with pytest.raises(BadBreakError, match="to be replaced once"):
        Edit(QRTEXT, old, new).applied((ROOT / QRTEXT).read_text("utf-8"))


@pytest.mark.parametrize("rule", ["no leading zeros", "kitchen: no leading zeros", "audit:", "audit no zeros", "3"])
def test_a_rule_begins_with_its_section_or_its_room(rule: str) -> None:
    with pytest.raises(BadBreakError, match="does not begin"):
        _ = Break(rule, QRTEXT, "a", "b", "vectors zero").place


def test_a_rule_belongs_to_a_section_or_to_a_room() -> None:
    assert Break("1.3 no zeros", QRTEXT, "a", "b", "vectors zero").place == "1.3"
    assert Break("audit: no zeros", QRTEXT, "a", "b", "vectors zero").place is Room.AUDIT


def test_the_list_needs_no_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--list", "--only", "without leading zeros"]) == 0
    assert [line.partition("  |  ")[0] for line in capsys.readouterr().out.splitlines()] == [
        "3 a decimal QR text without leading zeros"
    ] * 2
    assert command.main(["--only", "no such rule"]) == 2


def test_a_survivor_is_told_on_the_page() -> None:
    broken = [replace(HARMLESS, rule=rule) for rule in ("audit: a | none", "3 a | none")]
    text = page([Found.by(Result(broken=each, state=State.SURVIVED, told="", seconds=1)) for each in broken])
    assert list(said_on(text)) == [("3 a | none", QRTEXT), ("audit: a | none", QRTEXT)], (
        "the format first, then the register"
    )
    assert text.count(f"**{State.SURVIVED}**") == 2
    rooms = "approval 0, worker 0, documents 0, status 0, audit 1, database 0, intake 0, holders 0, founding 0"
    rooms += ", shown 0, desk 0, standing 0, recovery 0, page 0"
    assert f"- Register: 1, namely {rooms}.\n" in text
