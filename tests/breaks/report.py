"""The table of what was found: a row for each break, and the page ``tests/breaks/README.md``.

page([Found.by(result) for result in results])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from tests.breaks.model import Break, Room
from tests.breaks.running import Result, State

README: Final = Path(__file__).with_name("README.md")
HEAD: Final = """# Breaks

For each rule of `docs/FORMAT.md`, and for the rules by which the register is kept, the code is broken in one place, on
purpose, and a test fails: the rule is not only written down, it is held. Written by `python -m tests.breaks --write`,
never by hand. Where two places check the same rule, both are broken, and the row names the first of them. A break that
no test notices makes the run fail.

"""


def row(result: Result) -> str:
    """One row of the table that a run prints."""
    return f"{result.broken.rule} | {place(result.broken)} | {_found(result)}"


def place(broken: Break) -> str:
    """Where a break is made."""
    return f"{broken.file}:{broken.edits[0].line()}"


@dataclass(frozen=True, slots=True)
class Found:
    """A break with what the page says of it."""

    broken: Break
    said: str

    @classmethod
    def by(cls, result: Result) -> Self:
        """What a run found."""
        said = f"`{_cell(result.told)}`" if result.state is State.CAUGHT else f"**{result.state}**"
        return cls(result.broken, said)


def page(rows: Sequence[Found]) -> str:
    """The text of README.md: the format, in each language, and the rooms of the register."""
    kept = {room: [each for each in rows if each.broken.place is room] for room in Room}
    held = [each for each in rows if not isinstance(each.broken.place, Room)]
    python = [each for each in held if not each.broken.is_page]
    javascript = [each for each in held if each.broken.is_page]
    tables = [_table("Format: Python", python), _table("Format: the page's modules", javascript)]
    tables += [_table(f"Register: {room}", found) for room, found in kept.items()]
    return HEAD + _sums(python, javascript, kept) + "".join(tables)


def _sums(python: Sequence[Found], javascript: Sequence[Found], kept: Mapping[Room, Sequence[Found]]) -> str:
    rooms = ", ".join(f"{room} {len(found)}" for room, found in kept.items())
    register = sum(map(len, kept.values()))
    return (
        f"{len(python) + len(javascript) + register} breaks.\n\n"
        f"- Format: {len(python)} in Python, {len(javascript)} in JavaScript.\n"
        f"- Register: {register}, namely {rooms}.\n"
    )


def _table(title: str, found: Sequence[Found]) -> str:
    # Without line numbers, which would be old by the next change.
    rows = "".join(f"| {_cell(each.broken.rule)} | `{each.broken.file}` | {each.said} |\n" for each in found)
    return f"\n## {title}\n\n| rule | broken in | what fails |\n|---|---|---|\n{rows}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _found(result: Result) -> str:
    return result.told if result.state is State.CAUGHT else f"{result.state.value.upper()}: {result.told}"


def said_on(text: str) -> dict[tuple[str, str], str]:
    """What a page says of each rule and its file, in the order of the page."""
    rows = [line.strip("| \n").replace("\\|", "\0").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return {
        (rule.replace("\0", "|"), file.strip("`")): said.replace("\0", "\\|")
        for rule, file, said in rows
        if rule != "rule"
    }
