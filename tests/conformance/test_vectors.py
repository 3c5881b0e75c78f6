"""The vectors themselves: made by the generator byte for byte, complete, and small."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from credential.outcomes import Reason
from tests.conformance.stored import HERE, folders, vectors
from tests.support import deflate
from tests.support.tools import require_usual_deflate
from tests.vectors import generate
from tests.vectors.generate import BY_HAND, DisagreementError, all_cases, differences, make, present
from tests.vectors.model import SECTIONS, STEP_OF, Book, Case

LARGEST = 8_000_000
"""Bytes of everything that the generator makes: a clone is not to be slow because of it."""
LEAST = 150


WORDS = ("README.md", "expected.json")
"""Files that hold nothing packed, and so are the same everywhere."""


@pytest.mark.slow
def test_the_generator_makes_every_byte_and_nothing_else_is_there() -> None:
    """The one test that makes them all."""
    found = differences(make(all_cases()), present())
    assert [sentence for sentence in found if sentence.partition(": ")[0].endswith(WORDS)] == []
    if found:
        require_usual_deflate()
    assert found == []
    assert deflate.is_usual(), f"these bytes were made here: deflate.USUAL is {deflate.digest()} by now"


@pytest.mark.slow
def test_a_case_that_nobody_makes_is_found() -> None:
    stored = present()
    found = stored | {"cases/12-verdict/stray_fail/README.md": b"x"}
    found["README.md"] += b"x"
    del found["cases/12-verdict/withdrawn/README.md"]
    sentences = differences(stored, found)
    assert [sentence.partition(": ")[2] for sentence in sentences] == ["is not there", "nobody makes it", "differs"]


def test_bytes_are_not_compared_where_they_cannot_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deflate, "USUAL", deflate.digest())
    require_usual_deflate()
    monkeypatch.setattr(deflate, "USUAL", "another")
    for in_ci, outcome in (("", pytest.skip.Exception), ("true", pytest.fail.Exception)):
        monkeypatch.setenv("CI", in_ci)
        with pytest.raises(outcome, match="zlib"):
            require_usual_deflate()


def test_no_empty_folder_pretends_to_be_a_case() -> None:
    assert [path.name for path in folders() if not (path / "case.json").is_file()] == []


@pytest.mark.slow
def test_all_of_it_is_small() -> None:
    assert sum(map(len, present().values())) < LARGEST


def test_there_are_enough_and_every_name_says_whether_it_fails() -> None:
    assert len(vectors()) >= LEAST
    statements = {"valid", "suspended", "withdrawn", "cancelled", "superseded", "not_yet_issued"}
    assert [v.name for v in vectors() if v.name.endswith("_fail") != (v.expected["outcome"] not in statements)] == []


def test_the_docs_count_them_rightly() -> None:
    failing = sum(vector.name.endswith("_fail") for vector in vectors())
    told = (HERE.parents[1] / "docs" / "CONFORMANCE.md").read_text("utf-8")
    assert f"{len(vectors())} cases, {failing} of which must fail" in told


def test_every_reason_has_a_case() -> None:
    assert {Reason(vector.expected["reason"]) for vector in vectors()} == set(Reason)


def test_the_table_of_steps_knows_every_reason() -> None:
    assert STEP_OF.keys() == {reason.value for reason in Reason}


def test_every_folder_of_cases_is_a_section_of_the_format() -> None:
    titles = {number: title for number, title in headings() if "." not in number}
    assert {n: f"{int(n):02d}-{titles[n].lower().replace(' ', '-')}" for n in SECTIONS} == SECTIONS
    assert {path.name for path in (HERE / "cases").iterdir()} == set(SECTIONS.values())


def test_every_case_says_why_and_names_a_section_in_its_own_folder() -> None:
    sections = {number for number, _ in headings()}
    for folder in folders():
        readme = (folder / "README.md").read_text("utf-8")
        found = re.search(r" FORMAT ([0-9.]+)\.$", readme, re.MULTILINE)
        assert found is not None, folder.name
        assert found[1] in sections, folder.name
        assert folder.parent.name == SECTIONS[found[1].partition(".")[0]], folder.name


def headings() -> list[tuple[str, str]]:
    """Number and title of every section of FORMAT.md."""
    text = (HERE.parents[1] / "docs" / "FORMAT.md").read_text("utf-8")
    return re.findall(r"^##+ ([0-9.]+?)\.? (.+)$", text, re.MULTILINE)


def test_a_section_without_a_folder_takes_no_case() -> None:
    scene = Book().scene()
    with pytest.raises(ValueError, match="section 11"):
        scene.case("statement", "valid/in_force", "Nobody reads one.", "11", scene.world.issue())


def few() -> list[Case]:
    """Two cases of a book of their own."""
    scene = Book().scene()
    scene.case("in_force", "valid/in_force", "Nothing is wrong with it.", "12", scene.world.issue())
    scene.case("text_empty_fail", "malformed/not_recognised", "Nothing was scanned.", "3", qr_texts=("",))
    return scene.book.finish()


def test_a_verdict_that_nobody_wrote_down_stops_the_generator() -> None:
    case = replace(few()[0], reason=Reason.UNKNOWN_KEY)
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
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "HERE", tmp_path)
    monkeypatch.setattr(generate, "all_cases", few)
    monkeypatch.setattr(deflate, "USUAL", deflate.digest())
    assert generate.main(["--check"]) == 1
    assert "is not there" in capsys.readouterr().err
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    stray = tmp_path / "cases" / "13-stray" / "stray"
    stray.mkdir(parents=True)
    (stray / "case.json").write_bytes(b"{}")
    for name in BY_HAND:
        (tmp_path / name).write_bytes(b"{}")
    assert generate.main(["--check"]) == 1
    assert "nobody makes it" in capsys.readouterr().err
    assert generate.main([]) == 0
    assert not stray.parent.exists()
    assert [name for name in BY_HAND if not (tmp_path / name).is_file()] == []


@pytest.mark.parametrize("arguments", [[], ["--check"]])
def test_nothing_is_written_where_the_bytes_cannot_be_made(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "HERE", tmp_path)
    monkeypatch.setattr(generate, "all_cases", few)
    monkeypatch.setattr(deflate, "USUAL", "another")
    assert generate.main(arguments) == 1
    assert "zlib" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
