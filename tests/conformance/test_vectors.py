"""The vectors themselves: made by the generator byte for byte, complete, and small."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from credential.verdict import Reason
from tests.conformance.stored import HERE, vectors
from tests.vectors import generate
from tests.vectors.generate import NOT_BY_FILE, DisagreementError, all_cases, differences, make, present
from tests.vectors.model import STEP_OF, Book, Case

LARGEST = 3_000_000
"""Bytes of everything that the generator makes: a clone is not to be slow because of it."""
LEAST = 150


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return all_cases()


@pytest.fixture(scope="module")
def wanted(cases: list[Case]) -> dict[str, bytes]:
    return make(cases)


def test_the_generator_makes_every_byte_and_nothing_else_is_there(wanted: dict[str, bytes]) -> None:
    assert differences(wanted, present()) == []


def test_a_case_that_nobody_makes_is_found(wanted: dict[str, bytes]) -> None:
    found = dict(present()) | {"stray_fail/README.md": b"x"}
    found["README.md"] += b"x"
    del found["in_force/README.md" if "in_force/README.md" in found else "withdrawn/README.md"]
    sentences = differences(wanted, found)
    assert [sentence.partition(": ")[2] for sentence in sentences] == ["is not there", "nobody makes it", "differs"]


def test_no_empty_folder_pretends_to_be_a_case() -> None:
    assert [path.name for path in folders() if not (path / "case.json").is_file()] == []


def test_all_of_it_is_small(wanted: dict[str, bytes]) -> None:
    assert sum(map(len, wanted.values())) < LARGEST


def test_there_are_enough_and_every_name_says_whether_it_fails() -> None:
    assert len(vectors()) >= LEAST
    statements = {"valid", "suspended", "withdrawn", "cancelled", "superseded"}
    assert [v.name for v in vectors() if v.name.endswith("_fail") != (v.expected["outcome"] not in statements)] == []


def test_every_reason_has_a_case_or_a_sentence_why_not() -> None:
    shown = {Reason(vector.expected["reason"]) for vector in vectors()}
    assert shown | NOT_BY_FILE.keys() == set(Reason)
    assert not shown & NOT_BY_FILE.keys()


def test_the_table_of_steps_knows_every_reason() -> None:
    assert STEP_OF.keys() == {reason.value for reason in Reason}


def test_every_case_says_why_and_names_a_section_of_the_format() -> None:
    text = (HERE.parents[1] / "docs" / "FORMAT.md").read_text("utf-8")
    sections = set(re.findall(r"^##+ ([0-9.]+?)\.? ", text, re.MULTILINE))
    for folder in folders():
        readme = (folder / "README.md").read_text("utf-8")
        found = re.search(r" FORMAT ([0-9.]+)\.$", readme, re.MULTILINE)
        assert found is not None, folder.name
        assert found[1] in sections, folder.name


def test_a_verdict_that_nobody_wrote_down_stops_the_generator(cases: list[Case]) -> None:
    case = replace(cases[0], reason=Reason.UNKNOWN_KEY)
    with pytest.raises(DisagreementError, match="the verifier says"):
        make([case])


@pytest.mark.parametrize(
    ("name", "expect"),
    [
        ("good_fail", "valid/in_force"),
        ("bad", "malformed/high_s"),
        ("Bad_fail", "malformed/high_s"),
        ("x", "valid/high_s"),
    ],
)
def test_a_case_is_named_after_what_it_expects(name: str, expect: str) -> None:
    scene = Book().scene()
    with pytest.raises(ValueError, match=name):
        scene.case(name, expect, "Because.", "2", scene.world.issue())


def test_check_refuses_and_write_repairs(
    cases: list[Case], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = [case for case in cases if case.name.startswith("appended_")]
    monkeypatch.setattr(generate, "HERE", tmp_path)
    monkeypatch.setattr(generate, "all_cases", lambda: few)
    assert generate.main(["--check"]) == 1
    assert "is not there" in capsys.readouterr().err
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    (tmp_path / "stray").mkdir()
    (tmp_path / "stray" / "case.json").write_bytes(b"{}")
    assert generate.main(["--check"]) == 1
    assert "nobody makes it" in capsys.readouterr().err
    assert generate.main([]) == 0
    assert not (tmp_path / "stray").exists()


def folders() -> Iterator[Path]:
    """The folders of cases."""
    for path in sorted(HERE.iterdir()):
        if path.is_dir() and not path.name.startswith("_") and path.name != "subjects":
            yield path
