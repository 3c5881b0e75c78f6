"""A list file of people for the integrity record: read by columns, every fault told by row and field.

Rules: the file is read in a process of its own and within the bounds of a list (``issuer.sheets``). The heading is the
first row that names a person's name and ID number. Where one row is not in order nobody is added: the faults of all
rows come back at once. An empty basis, first day or last day is what the caller gives.

    found = read_people(data, Defaults(basis="…", document="示人社信〔2026〕1号", term_from=today, years=3))
    found.people, found.faults
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final, TypeVar

from credential.characters import is_text
from credential.claims import MAX_NAME
from credential.history import MAX_BASIS, MAX_DOCUMENT
from issuer.errors import InputError
from issuer.identifiers import IdType, clean_id, find_id_type
from issuer.intake.dates import parse_date
from issuer.integrity.stating import MAX_NOTE, NewRecord, Person
from issuer.integrity.terms import years_after
from issuer.sheets.apart import read_apart
from issuer.sheets.cells import BadCell, Cell
from issuer.sheets.grid import Sheet, SheetRow

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "name": ("姓名", "name"),
        "id_type": ("证件类型", "id type"),
        "id_number": ("证件号码", "身份证号", "id number"),
        "basis": ("依据", "basis"),
        "document": ("文号", "决定文号", "document"),
        "term_from": ("起始日期", "from"),
        "term_until": ("截止日期", "until"),
        "note": ("备注", "note"),
    }
)
"""What a heading may say, by field; the first is what our own lists say."""
_NEEDED: Final = ("name", "id_number")
_T = TypeVar("_T")
_LOOKED_AT: Final = 20
"""Rows among which the heading is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What stands for an empty cell."""

    basis: str
    document: str
    term_from: date
    years: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """What is wrong with a cell."""

    row: int
    """As the spreadsheet program counts, from 1."""
    field: str
    """A name of ``COLUMNS``."""
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """What a file holds."""

    people: tuple[NewRecord, ...] = field(repr=False)
    """Of the rows without a fault, in their order."""
    rows: tuple[int, ...]
    """The row of each."""
    faults: tuple[RowFault, ...]


def read_people(data: bytes, defaults: Defaults) -> People:
    """Read a list.

    Raises:
        UnreadableError: the file as a whole cannot be read.
        InputError: ``integrity_columns``: no row names the columns that are needed; ``integrity_none``: no people.
    """
    sheet, heading, places = _heading(read_apart(data))
    people: list[NewRecord] = []
    rows: list[int] = []
    faults: list[RowFault] = []
    for row in sheet.rows:
        if row.number <= heading or not any(_filled(cell) for cell in row.cells):
            continue
        wrong: list[tuple[str, str]] = []
        person = _person(_cells(row, places), defaults, wrong)
        faults += [RowFault(row=row.number, field=name, code=code) for name, code in dict.fromkeys(wrong)]
        if person is not None:
            people.append(person)
            rows.append(row.number)
    faults += _twice(people, rows)
    if not people and not faults:
        raise InputError("integrity_none", "the list names nobody below its heading", most=0)
    return People(people=tuple(people), rows=tuple(rows), faults=tuple(sorted(faults, key=lambda each: each.row)))


def _heading(sheets: Sequence[Sheet]) -> tuple[Sheet, int, dict[str, int]]:
    for sheet in sheets:
        for row in sheet.rows[:_LOOKED_AT]:
            places = dict(_named(row))
            if all(name in places for name in _NEEDED):
                return sheet, row.number, places
    wanted = "、".join(COLUMNS[name][0] for name in _NEEDED)
    raise InputError("integrity_columns", f"no row of the list is a heading with {wanted}", columns=wanted)


def _named(row: SheetRow) -> Iterator[tuple[str, int]]:
    for place, cell in enumerate(row.titles):
        said = str(cell).strip().lower() if isinstance(cell, str) else ""
        yield from ((name, place) for name, spellings in COLUMNS.items() if said in spellings)


def _cells(row: SheetRow, places: Mapping[str, int]) -> dict[str, Cell]:
    return {name: row.cells[place] if place < len(row.cells) else None for name, place in places.items()}


def _person(cells: Mapping[str, Cell], defaults: Defaults, faults: list[tuple[str, str]]) -> NewRecord | None:
    """The person of a row; None where it has faults, which are added, each with its field."""

    def of(read: Callable[[], _T]) -> _T | None:
        try:
            return read()
        except ValueError as error:
            name, code = error.args
            faults.append((name, code))
            return None

    faults += [(name, cell.code) for name, cell in cells.items() if isinstance(cell, BadCell)]
    name = of(lambda: _plain(cells, "name", "", MAX_NAME))
    id_type = of(lambda: _id_type(_text(cells, "id_type")))
    number = None if id_type is None else of(lambda: _number(id_type, _text(cells, "id_number")))
    basis = of(lambda: _plain(cells, "basis", defaults.basis, MAX_BASIS))
    document = of(lambda: _plain(cells, "document", defaults.document, MAX_DOCUMENT))
    begins = of(lambda: _day(cells, "term_from") or defaults.term_from)
    until = None if begins is None else of(lambda: _until(cells, begins, defaults.years))
    note = of(lambda: _note(cells))
    if faults or name is None or id_type is None or number is None or basis is None or document is None:
        return None
    if begins is None or until is None or note is None:
        return None
    return NewRecord(
        person=Person(name=name, id_type=id_type, id_number=number),
        basis=basis,
        document=document,
        term_from=begins,
        term_until=until,
        note=note,
    )


def _number(id_type: IdType, text: str) -> str:
    try:
        return clean_id(id_type, text).text
    except InputError as error:
        raise ValueError("id_number", error.code) from error


def _until(cells: Mapping[str, Cell], begins: date, years: int) -> date:
    until = _day(cells, "term_until") or years_after(begins, years)
    if until < begins:
        raise ValueError("term_until", "bad_span")
    return until


def _note(cells: Mapping[str, Cell]) -> str:
    note = _text(cells, "note")
    if len(note) > MAX_NOTE:
        raise ValueError("note", "too_long")
    return note


def _id_type(text: str) -> IdType:
    if not text:
        return IdType.CITIZEN
    try:
        return find_id_type(text)
    except InputError as error:
        raise ValueError("id_type", error.code) from error


def _day(cells: Mapping[str, Cell], name: str) -> date | None:
    cell = cells.get(name)
    if not _filled(cell):
        return None
    try:
        return parse_date(cell)
    except ValueError as error:
        raise ValueError(name, "not_a_date") from error


def _plain(cells: Mapping[str, Cell], name: str, default: str, most: int) -> str:
    text = _text(cells, name) or default
    if not is_text(text, most):
        raise ValueError(name, "not_plain" if text else "empty")
    return text


def _text(cells: Mapping[str, Cell], name: str) -> str:
    cell = cells.get(name)
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else str(cell).strip()


def _filled(cell: Cell) -> bool:
    return cell is not None and str(cell).strip() != ""


def _twice(people: Sequence[NewRecord], rows: Sequence[int]) -> Iterator[RowFault]:
    seen: set[tuple[IdType, str, str]] = set()
    for person, row in zip(people, rows, strict=True):
        key = person.person.id_type, person.person.id_number, person.document
        if key in seen:
            yield RowFault(row=row, field="id_number", code="twice")
        seen.add(key)
