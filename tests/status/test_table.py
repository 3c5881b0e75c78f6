"""What may be done from which state, for which reasons: one table in the code, and the documents say the same."""

from __future__ import annotations

import re
from typing import Final

import pytest

from cli import names
from credential.history import EVENT_OF, REASONS_OF, STATE_AFTER, Act, EventKind, may_follow, possible_from
from credential.statements import CERTIFICATE_ACTS, SECONDED
from credential.statuslist import Status
from tests.support.tools import ROOT

ACTS: Final = [act for act in Act if act in EVENT_OF and act is not Act.ISSUE]
HANDBOOKS: Final = {"zh": ROOT / "docs" / "zh" / "批准.md", "en": ROOT / "docs" / "en" / "approver.md"}


def rows_of(text: str, first: str) -> list[list[str]]:
    """The cells of the table whose head begins with a word."""
    lines = text.splitlines()
    head = next(place for place, line in enumerate(lines) if line.startswith(f"| {first} |"))
    found = []
    for line in lines[head + 2 :]:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def test_the_diagram_of_the_architecture_has_every_arrow_and_no_other() -> None:
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text("utf-8")
    drawn = set()
    for before, after, kinds in re.findall(r"^    (\w+) --> (\w+): (.+)$", text, re.MULTILINE):
        drawn |= {(before, kind.strip().replace(" ", "_"), after) for kind in kinds.split(",")}
    there = {
        (state.word, kind.word, STATE_AFTER.get(kind, state).word)
        for state in Status
        for kind in EventKind
        if may_follow(state, kind) and kind is not EventKind.ANNOTATED
    }
    assert drawn == there


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_handbook_says_what_is_possible_and_for_which_reasons(language: str) -> None:
    """A row for each act: from which states, to which, for which reasons, by how many people."""

    def states(found: list[Status]) -> str:
        joined = [names.name("state", state.word, language) for state in found]
        return ("、" if language == "zh" else ", ").join(joined)

    told = rows_of(HANDBOOKS[language].read_text("utf-8"), "事项" if language == "zh" else "act")
    expected = []
    for act in ACTS:
        before = [state for state in Status if act in possible_from(state)]
        if act is Act.ERASE:
            before = list(Status)  # what is in force is cancelled by the same act
        after = STATE_AFTER.get(EVENT_OF[act])
        reasons = [each.word for each in sorted(REASONS_OF.get(act, ()))]
        two = act in SECONDED or act not in CERTIFICATE_ACTS
        expected.append(
            [
                names.name("act", act.value, language),
                states(before),
                "—" if after is None else names.name("state", after.word, language),
                ", ".join(f"`{each.replace('_', '-')}`" for each in reasons) or "—",
                "2" if two else ("1，超过 20 张 2" if language == "zh" else "1, above 20 certificates 2"),
            ]
        )
    assert told == expected


def test_every_act_of_an_order_has_reasons_of_its_own() -> None:
    assert set(REASONS_OF) == set(CERTIFICATE_ACTS)
