"""Files for the credit platform (信用平台), and what it answers: what was sent, accepted, refused, and what is missing.

Rules: a file has the fewest fields that the platform needs: whose record, which, by what decision, from when to when,
and whether it stands or has ended. It has a record anew when somebody acted on it since. An answer names the file and
the record. The files hold personal data, and are for that platform alone.

    lines = lines_of(due, opened_people)
    as_json_lines(export, lines), as_workbook(export, lines)
    read_answers(data)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from issuer.db.integrity import Receipt, Sent
from issuer.errors import InputError
from issuer.identifiers import ID_TYPE_NAMES
from issuer.intake.workbook import Page, write
from issuer.integrity.standing import RecordState, Standing
from issuer.integrity.stating import Person
from issuer.sheets.apart import read_apart
from issuer.sheets.cells import Cell

MAX_ANSWERS: Final = 20 << 20
"""Bytes of a file of answers: as much as a list."""
MAX_REASON: Final = 200
WAS_ACCEPTED: Final = "accepted"
WAS_REFUSED: Final = "refused"
_OUTCOMES: Final[Mapping[str, str]] = {
    WAS_ACCEPTED: WAS_ACCEPTED,
    "已接收": WAS_ACCEPTED,
    "接收": WAS_ACCEPTED,
    WAS_REFUSED: WAS_REFUSED,
    "已退回": WAS_REFUSED,
    "退回": WAS_REFUSED,
}
_HEADS: Final[Mapping[str, tuple[str, ...]]] = {
    "export": ("文件编号", "export"),
    "record": ("记录编号", "record"),
    "outcome": ("结果", "outcome"),
    "reason": ("原因", "reason"),
}
_NEEDED: Final = ("export", "record", "outcome")


class Reported(StrEnum):
    """Where a record stands with the credit platform."""

    UNSENT = "unsent"
    """It was never in a file, or somebody acted on it since."""
    MISSING = "missing"
    """It was sent as it is, and nothing came back."""
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A record in a file."""

    record: str
    state: str
    """``running``, or ``ended``: the platform takes it off."""
    name: str = field(repr=False)
    id_type: str
    id_number: str = field(repr=False)
    authority: str
    """Name of the authority."""
    basis: str
    document: str
    term_from: str
    term_until: str


_LABELS: Final[Mapping[str, str]] = {
    "record": "记录编号",
    "state": "状态",
    "name": "姓名",
    "id_type": "证件类型",
    "id_number": "证件号码",
    "authority": "认定机关",
    "basis": "依据",
    "document": "文号",
    "term_from": "起始日期",
    "term_until": "截止日期",
}
_STATE_WORDS: Final = {"running": "列入", "ended": "移出"}


def line_of(standing: Standing, person: Person, authority: str, state: RecordState) -> Line:
    """Return what is reported of a record."""
    record = standing.record
    stands = state in {RecordState.AHEAD, RecordState.RUNNING}
    return Line(
        record=record.id,
        state="running" if stands else "ended",
        name=person.name,
        id_type=ID_TYPE_NAMES[person.id_type][0],
        id_number=person.id_number,
        authority=authority,
        basis=record.basis,
        document=record.document,
        term_from=record.term_from.isoformat(),
        term_until="" if record.term_until is None else record.term_until.isoformat(),
    )


def as_json_lines(export: str, lines: Sequence[Line]) -> bytes:
    """Return the file as JSON Lines: an object for each record, with the id of the file."""
    plain = ({"export": export} | {name: getattr(line, name) for name in _LABELS} for line in lines)
    return "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in plain).encode()


def as_workbook(export: str, lines: Sequence[Line]) -> bytes:
    """Return the file as a workbook of one sheet."""
    rows: dict[int, Sequence[Cell]] = {1: ["文件编号", *_LABELS.values()]}
    for number, line in enumerate(lines, start=2):
        values = {name: getattr(line, name) for name in _LABELS} | {"state": _STATE_WORDS[line.state]}
        rows[number] = [export, *values.values()]
    return write([Page(name="诚信档案", rows=rows, heading=1)])


def reported(acts: int, sent: Iterable[Sent]) -> tuple[Reported, Sent | None]:
    """Return where a record stands with the platform, and in which file it was last.

    Args:
        acts: how many acts the record has had.
        sent: what of it was sent, oldest first.
    """
    last = next(reversed(list(sent)), None)
    if last is None or last.acts != acts:
        return Reported.UNSENT, last
    if last.answer is None:
        return Reported.MISSING, last
    return (Reported.ACCEPTED if last.answer.outcome == WAS_ACCEPTED else Reported.REFUSED), last


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the platform answered to one record."""

    export: str
    record: str
    outcome: str
    reason: str


def read_answers(data: bytes) -> tuple[Answer, ...]:
    """Read a file of answers: JSON Lines, or a list with a heading.

    Raises:
        InputError: ``bad_answers``: the field ``row`` says where.
        UnreadableError: it is neither.
    """
    if len(data) > MAX_ANSWERS:
        raise InputError("bad_answers", f"a file of answers has at most {MAX_ANSWERS} bytes", row=0)
    rows = _json_rows(data) if data.lstrip()[:1] == b"{" else _sheet_rows(data)
    found = tuple(_answer(number, row) for number, row in rows)
    if not found:
        raise InputError("bad_answers", "the file holds no answer", row=0)
    return found


def _json_rows(data: bytes) -> Iterable[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(data.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except ValueError as error:
            raise InputError("bad_answers", f"line {number} is no JSON", row=number) from error
        if not isinstance(found, dict):
            raise InputError("bad_answers", f"line {number} is no object", row=number)
        yield number, found


def _sheet_rows(data: bytes) -> Iterable[tuple[int, Mapping[str, Any]]]:
    rows = read_apart(data)[0].rows
    heads = [str(cell or "").strip().lower() for cell in rows[0].cells] if rows else []
    places = {name: heads.index(said) for name, spellings in _HEADS.items() for said in spellings if said in heads}
    if not all(name in places for name in _NEEDED):
        raise InputError("bad_answers", "the first row is no heading with 文件编号, 记录编号 and 结果", row=1)
    for row in rows[1:]:
        cells = {name: row.cells[place] if place < len(row.cells) else None for name, place in places.items()}
        yield row.number, {name: str(cell or "").strip() for name, cell in cells.items()}


def _answer(number: int, row: Mapping[str, Any]) -> Answer:
    texts = {name: row.get(name, "") for name in _HEADS}
    if not all(isinstance(each, str) for each in texts.values()):
        raise InputError("bad_answers", f"line {number}: members are texts", row=number)
    outcome = _OUTCOMES.get(texts["outcome"].strip())
    if outcome is None or not texts["export"] or not texts["record"]:
        message = f"line {number}: an answer names the file, the record, and accepted or refused"
        raise InputError("bad_answers", message, row=number)
    return Answer(export=texts["export"], record=texts["record"], outcome=outcome, reason=texts["reason"][:MAX_REASON])


def receipts_of(answers: Sequence[Answer], received: datetime) -> list[Receipt]:
    """Return answers as they are stored."""
    return [
        Receipt(export=each.export, record=each.record, outcome=each.outcome, reason=each.reason, received=received)
        for each in answers
    ]
