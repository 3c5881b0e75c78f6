"""`python -m tools.sizes` runs, and counts what it says it counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import sizes

FIRST = '''"""A file."""

from small_room import second


def short() -> int:
    """Says more.

    In four lines.
    """
    # Why it is one.

    return 1


class Holder:
    async def longer(self) -> str:
        def inside() -> str:
            """No code."""
            return second.text

        return (
            # Not code either.
            inside()
        )
'''
SECOND = 'text = """three\nlines\n"""\n\n\ndef late() -> None:\n    from small_room import first, third  # noqa\n'
THIRD = "from small_room import second\n"
MIGRATION = "def upgrade() -> None:\n    pass\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "small_room" / "migrations").mkdir(parents=True)
    for name, text in {
        "__init__.py": "",
        "first.py": FIRST,
        "second.py": SECOND,
        "third.py": THIRD,
        "migrations/__init__.py": "",
        "migrations/first.py": MIGRATION,
    }.items():
        (tmp_path / "small_room" / name).write_text(text, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_lines_of_code_are_counted_without_docstrings_comments_and_blanks(root: Path) -> None:
    files = {
        file.path.name: file for file in sizes.measured(root, "small_room") if file.path.parent.name != "migrations"
    }
    assert {name: file.lines for name, file in files.items()} == {
        "__init__.py": 0,
        "first.py": 25,
        "second.py": 7,
        "third.py": 1,
    }
    lengths = {function.name: function.lines for file in files.values() for function in file.functions}
    assert lengths == {"short": 1, "longer": 5, "inside": 1, "late": 1}


def test_the_report_adds_up(root: Path) -> None:
    lines = list(sizes.report(root, ["small_room"]))
    assert [line.split() for line in lines[:3]] == [
        ["room", "files", "lines", "functions", "median", "95th"],
        ["small_room", "6", "35", "4", "1", "5"],
        ["all", "6", "35", "4", "1", "5"],
    ]
    assert lines[lines.index("longest files, lines") + 1].split() == ["25", "small_room/first.py"]
    head = lines[lines.index("longest functions, lines of code") + 1]
    assert head.split() == ["5", "small_room/first.py:17", "longer"]
    assert lines[-3] == "circles of imports: 2"
    assert [set(line.split()) - {"<-"} for line in sorted(lines[-2:])] == [
        {"small_room.first", "small_room.second"},
        {"small_room.second", "small_room.third"},
    ]


@pytest.mark.parametrize(("values", "expected"), [([], 0), ([3], 3), (range(1, 21), 19), (range(1, 101), 95)])
def test_at_least_that_many_do_not_exceed_the_percentile(values: list[int], expected: int) -> None:
    assert sizes.percentile(values, 95) == expected


def test_the_command_reports_on_our_rooms_and_refuses_others(capsys: pytest.CaptureFixture[str]) -> None:
    assert sizes.main(["tools"]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("tools ")
    assert sizes.main(["attic"]) == 2
    assert "no room 'attic'" in capsys.readouterr().err
