"""Batches: a list is checked and stored; operators submit, approve or reject it; anyone in the office looks at it.

checked = batches.check(opened, actor, ListFile(name="results.xlsx", data=data), authority="sf-hrss", photos=photos)
made = batches.draft(opened, "clerk1", Act.SUBMIT, checked.batch)
batches.accept(opened, token)                                  # signed somewhere
batches.act_here(opened, "chief1", Act.APPROVE, checked.batch) # or with a key of this home
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final

from credential.catalogue import Catalogue
from credential.days import day_of
from credential.history import Act
from issuer import intake
from issuer.auditing.opened import CHECK, ROWS, note
from issuer.batches import approval, rows, taking_back
from issuer.batches.context import intake_context
from issuer.batches.overview import Counted, OpenedRow, Overview, overview, same_phrase
from issuer.batches.overview import opened as opened_rows
from issuer.batches.plain import HAS_PHOTO, PHOTO
from issuer.batches.plain import NAMES as FIELDS
from issuer.batches.plain import texts_of as row_texts
from issuer.batches.rows import Batch, Said
from issuer.batches.sheets import KIND_NAMES, STATE_NAMES, workbook_of
from issuer.batches.spool import Spool
from issuer.batches.store import require_new, store_checked
from issuer.db.again import again
from issuer.db.sessions import ReadSession, WriteSession
from issuer.errors import ConflictError, InputError, IssuerError
from issuer.garbage import seldom
from issuer.home.opened import Actor, Opened
from issuer.identifiers import mask_name
from issuer.intake import (
    FINDING_HEADS,
    NO_FINDINGS,
    CheckedBatch,
    Finding,
    HiddenRows,
    IntakeResult,
    ListFile,
    findings_json,
    findings_rows,
)
from issuer.intake.model import AwardDraft, RawRow, Reading
from issuer.intake.photos import PhotoFile, Photos, Step, with_photos
from issuer.intake.said import columns_said, field_name, values_said
from issuer.integrity.reading import read_standings
from issuer.issuing.numbers import NumberTemplate
from issuer.issuing.size import Room
from issuer.office import lists
from issuer.office.reading import read_operators
from issuer.photos.apart import PhotoReader
from issuer.sequencer import chain_soon
from issuer.services.signing import sign_here
from issuer.sheets.apart import read_apart
from issuer.statements import Draft
from issuer.trust.lists import status_uri

__all__ = [
    "FIELDS",
    "FINDING_HEADS",
    "HAS_PHOTO",
    "KIND_NAMES",
    "NO_FINDINGS",
    "PHOTO",
    "STATE_NAMES",
    "Act",
    "Batch",
    "Catalogue",
    "CheckedList",
    "Counted",
    "Finding",
    "HiddenRows",
    "ListFile",
    "Overview",
    "PhotoFile",
    "Photos",
    "Reading",
    "StoredRow",
    "accept",
    "accept_taking_back",
    "act_here",
    "annotated",
    "check",
    "columns_said",
    "draft",
    "draft_taking_back",
    "field_name",
    "findings_json",
    "findings_rows",
    "listed",
    "overviewed",
    "row_texts",
    "same_phrase",
    "shown",
    "shown_rows",
    "take_back_here",
    "values_said",
    "workbook",
]

_NO_FILE: Final = IntakeResult(rows=(), findings=(), columns=(), sheet=None, header_row=None)
"""What was read where rows came from no file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedList:
    """What a check found, and the batch that it became, if it did."""

    authority: str
    good: int
    """Rows that can be issued."""
    rejected: int
    findings: tuple[Finding, ...] = field(repr=False)
    batch: str | None
    """None: nothing was stored."""
    photos: int | None = None
    """Good rows that have a photo; None where none came with the list."""
    read: IntakeResult = field(default=_NO_FILE, repr=False)
    """The list as it was read, which a marked copy is made of."""

    @property
    def errors(self) -> int:
        """How many findings keep a row from being issued."""
        return sum(each.severity.value == "error" for each in self.findings)


_CLOSED: Final = "此行打不开：内容被改动过，或其密钥已不在"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRow:
    """A row of a stored batch."""

    sheet_row: int
    state: str
    name: str
    """Masked; empty where nothing of the row is kept."""
    award: AwardDraft | None = field(repr=False)
    """The row in full; None where it was rejected, or does not open."""
    findings: tuple[Said, ...] = field(repr=False)


@seldom()
def check(
    opened: Opened,
    actor: Actor,
    file: ListFile,
    *,
    authority: str,
    decision: str = "",
    values: Mapping[str, str] | None = None,
    take_good_rows: bool = False,
    hidden: HiddenRows | None = None,
    photos: Photos | None = None,
    step: Step | None = None,
) -> CheckedList:
    """Check a list; store it as a batch if it has no error, or if its good rows are to be taken.

    Args:
        opened: the home.
        actor: who checks.
        file: the list.
        authority: whose list it is.
        decision: the decision document of the whole list; empty when each row names its own.
        values: what every row has that names none of its own, by field (``values_said``).
        take_good_rows: store the good rows of a list that has errors.
        hidden: what to do with rows that are hidden or crossed out in the sheet; None: each is an error.
        photos: the photos that come with the list; they are read one after the other.
        step: called after each photo, with how many are done, of how many.

    Raises:
        InputError: ``said_twice``: the decision document is among the values too.
        NotFoundError: ``no_authority``, ``no_catalogue``.
        ConflictError: ``same_file``: the list is a batch already; ``reading_unrecorded``.
    """
    given = _for_all(decision, values or {})
    decision = given.get("decision_document", "")
    if photos is not None:  # looking through them takes minutes
        with opened.register.read() as session:
            require_new(session, file, file.reading.sheet)
    read = intake.read_list(file.data, name=file.name, reading=file.reading, hidden=hidden, read=read_apart)
    with Spool(opened.home.directory) as spool:
        checked = _check(opened, read, authority, given, _looking_through(photos, spool, step))
        faulty = any(each.severity.value == "error" for each in checked.findings)
        stored = None
        if checked.good and (take_good_rows or not faulty):
            [stored] = _store_each(opened, actor, [(file, checked)], spool, authority, decision)
        else:
            note(opened, actor, CHECK, [authority], details=_digest(file, checked))
        told = _told(authority, read, checked, stored)
        with_photo = sum(each.photo is not None for each in checked.good)
        return told if photos is None else replace(told, photos=with_photo)


@seldom()
def check_sheets(
    opened: Opened,
    actor: Actor,
    file: ListFile,
    *,
    authority: str,
    decision: str = "",
    values: Mapping[str, str] | None = None,
    take_good_rows: bool = False,
    hidden: HiddenRows | None = None,
) -> tuple[CheckedList, ...]:
    """Check every visible sheet that holds a list; each becomes a batch of its own, all of them or none.

    Args:
        opened: the home.
        actor: who checks.
        file: the lists; its reading names no sheet.
        authority: as ``check``, and so are the others.
        decision: of all sheets.
        values: of all sheets.
        take_good_rows: store the good rows of lists that have errors; a sheet without a good row is left out.
        hidden: for all sheets.

    Raises:
        As ``check``.
    """
    given = _for_all(decision, values or {})
    read = intake.read_list(file.data, name=file.name, reading=file.reading, hidden=hidden, read=read_apart)
    names = intake.sheets_with_lists(read.sheets, file.reading)
    if len(names) < 2:
        only = _check(opened, read, authority, given, _nothing_else)
        parts = [(file, read, only)]
    else:
        files = {name: replace(file, reading=replace(file.reading, sheet=name)) for name in names}
        found = {
            name: intake.find_list(read.sheets, name=file.name, reading=one.reading, hidden=hidden)
            for name, one in files.items()
        }
        alone = {
            name: (_check(opened, each, authority, given, _nothing_else), each.rows) for name, each in found.items()
        }
        parts = [(files[name], found[name], checked) for name, checked in intake.once_each(alone).items()]
    faulty = any(each.severity.value == "error" for _, _, checked in parts for each in checked.findings)
    if faulty and not take_good_rows:
        for one, _, checked in parts:
            note(opened, actor, CHECK, [authority], details=_digest(one, checked))
        return tuple(_told(authority, each, checked, None) for _, each, checked in parts)
    decided = given.get("decision_document", "")
    with Spool(opened.home.directory) as none:
        lists_of = [(one, checked) for one, _, checked in parts]
        stored = _store_each(opened, actor, lists_of, none, authority, decided)
    return tuple(_told(authority, each, checked, id_) for (_, each, checked), id_ in zip(parts, stored, strict=True))


def annotated(found: CheckedList) -> bytes:
    """Return a copy of the list that was checked, a workbook with the findings beside the rows."""
    return intake.annotate(found.read, found.findings)


def draft(opened: Opened, operator_id: str, act: Act, batch_id: str) -> Draft:
    """Lay out an operator's statement to submit, approve or reject a batch. Raises as ``approval.draft``."""
    with opened.register.read() as session:
        operators = read_operators(session, opened)
        entry = operators.by_id(operator_id)
        return approval.draft(session, opened.vault, batch_id, act, entry, operators=operators, now=opened.clock())


@again
def accept(opened: Opened, token: str) -> Batch:
    """Accept a signed statement and move its batch. Raises as ``issuer.batches.approval.move``."""
    vault = opened.vault  # its passphrase is asked for before the transaction begins
    with opened.register.write() as session:
        operators = read_operators(session, opened)
        moved = approval.move(session, vault, token, operators=operators, now=opened.clock())
    chain_soon(opened.register)
    return moved


def act_here(opened: Opened, operator_id: str, act: Act, batch_id: str, *, seen: bytes | None = None) -> Batch:
    """Draft, sign with the operator's key of this home, and accept.

    Args:
        opened: the home.
        operator_id: who signs.
        act: submit, approve or reject.
        batch_id: the batch.
        seen: the root over the rows that the operator was shown; None where nothing was.

    Raises:
        ConflictError: ``moved_on``: the root is another now; nothing was signed.
        As ``draft``, ``accept`` and the custody.
    """
    made = draft(opened, operator_id, act, batch_id)
    if seen is not None and made.statement.digests["rows_root"] != seen.hex():
        message = f"the rows of batch {batch_id} are not those that were shown; look again, nothing was signed"
        raise ConflictError("moved_on", message, batch=batch_id)
    return accept(opened, sign_here(opened, made))


def draft_taking_back(opened: Opened, operator_id: str, batch_id: str, *, row: int | None = None) -> Draft:
    """Lay out a statement that takes back an approved batch, or a row by its number in the sheet.

    Raises as ``taking_back.draft``.
    """
    vault = opened.vault
    with opened.register.read() as session:
        operators = read_operators(session, opened)
        entry = operators.by_id(operator_id)
        now = opened.clock()
        return taking_back.draft(session, vault, batch_id, entry, row=row, operators=operators, now=now)


@again
def accept_taking_back(opened: Opened, token: str) -> Batch:
    """Accept a signed statement and take back what it names. Raises as ``issuer.batches.taking_back.take_back``."""
    with opened.register.write() as session:
        operators = read_operators(session, opened)
        taken = taking_back.take_back(session, token, operators=operators, now=opened.clock())
    chain_soon(opened.register)
    return taken


def take_back_here(opened: Opened, operator_id: str, batch_id: str, *, row: int | None = None) -> Batch:
    """Draft, sign with the operator's key of this home, and accept. Raises as both, and the custody."""
    made = draft_taking_back(opened, operator_id, batch_id, row=row)
    return accept_taking_back(opened, sign_here(opened, made))


def listed(opened: Opened) -> tuple[Batch, ...]:
    """Return all batches, oldest first."""
    with opened.register.read() as session:
        return tuple(rows.batches(session))


def shown(opened: Opened, batch_id: str) -> Batch:
    """Return where a batch stands. Raises NotFoundError ``no_batch``."""
    with opened.register.read() as session:
        return rows.batch(session, batch_id)


def overviewed(opened: Opened, batch_id: str) -> Overview:
    """Return what is signed with a batch: counts, findings, and the phrase. Nobody's data is in it but in findings.

    Raises:
        NotFoundError: ``no_batch``.
    """
    vault = opened.vault
    with opened.register.read() as session:
        return overview(session, vault, batch_id)


def shown_rows(opened: Opened, actor: Actor, batch_id: str) -> tuple[StoredRow, ...]:
    """Return the rows of a stored batch in the order of the sheet, after the audit noted who looks.

    Raises:
        NotFoundError: ``no_batch``.
        ConflictError: ``reading_unrecorded``.
    """
    with opened.register.read() as session:
        found = rows.batch(session, batch_id)
        note(opened, actor, ROWS, [batch_id], details={"rows": found.rows_total})
        return tuple(_rows(session, opened, batch_id))


def _for_all(decision: str, values: Mapping[str, str]) -> dict[str, str]:
    if decision and "decision_document" in values:
        raise InputError("said_twice", "the decision document is given twice", name="decision_document")
    return {**values, **({"decision_document": decision} if decision else {})}


def workbook(opened: Opened, actor: Actor, batch_id: str) -> bytes:
    """Return a stored batch as a workbook: rows in full with findings, counts and phrase; noted as by ``shown_rows``.

    Raises:
        As ``shown_rows``.
    """
    vault = opened.vault
    listed = shown_rows(opened, actor, batch_id)
    with opened.register.read() as session:
        return workbook_of(listed, overview(session, vault, batch_id), lists.catalogue(session))


_Look = Callable[[CheckedBatch, Sequence[RawRow]], CheckedBatch]


def _looking_through(photos: Photos | None, spool: Spool, step: Step | None) -> _Look:
    """What is done about photos when the rows are checked."""
    if photos is None:
        return _nothing_else

    def look(checked: CheckedBatch, rows: Sequence[RawRow]) -> CheckedBatch:
        with PhotoReader() as reader:
            return with_photos(checked, rows, photos, clean=reader.clean, keep=spool.keep, step=step)

    return look


def _nothing_else(checked: CheckedBatch, _rows: Sequence[RawRow]) -> CheckedBatch:
    return checked


def _told(authority: str, read: IntakeResult, checked: CheckedBatch, batch: str | None) -> CheckedList:
    return CheckedList(
        authority=authority,
        good=len(checked.good),
        rejected=len(checked.rejected),
        findings=checked.findings,
        batch=batch,
        read=read,
    )


def _check(opened: Opened, read: IntakeResult, authority: str, values: Mapping[str, str], look: _Look) -> CheckedBatch:
    """Return the checked rows, with what was found in reading, in checking and in photos."""
    from issuer.documents.fonts import fonts_of  # noqa: PLC0415 - who checks no list needs no fonts

    today = day_of(opened.clock())
    fonts = fonts_of(opened.home)
    with opened.register.read() as session:
        facts = intake_context(
            session,
            opened.vault,
            authority,
            catalogue=lists.catalogue(session),
            missing_glyphs=lambda text: [glyph.char for glyph in fonts.missing(text)],
            today=today,
            defaults=values,
            excess=_room(session, opened, authority).excess,
            standings=read_standings(session, opened),
        )
        checked = intake.check(read.rows, facts, today)
    checked = look(checked, read.rows)  # takes minutes, and asks nothing of the register
    return replace(checked, findings=(*read.findings, *checked.findings))


def _room(session: ReadSession, opened: Opened, authority_id: str) -> Room:
    authority = lists.authority(session, authority_id)
    last = lists.deployment(session).status_lists - 1
    return Room(
        authority=authority.id,
        region=authority.region_code,
        template=NumberTemplate.parse(authority.number_template),
        status_uri=status_uri(opened.home.trust_settings, last),
        now=opened.clock(),
    )


def _digest(file: ListFile, checked: CheckedBatch) -> dict[str, object]:
    return {"file": sha256(file.data).hexdigest(), "rows": len(checked.good) + len(checked.rejected)}


@again
def _store_each(  # noqa: PLR0917 - what is stored with each batch
    opened: Opened,
    actor: Actor,
    checked: Sequence[tuple[ListFile, CheckedBatch]],
    spool: Spool,
    authority: str,
    decision: str,
) -> list[str | None]:
    """Store lists that have a good row, in one transaction; return the batch of each. Photos can be read again."""
    with opened.register.write() as session:
        return [
            _store(session, opened, actor, file, each, spool, authority, decision) if each.good else None
            for file, each in checked
        ]


def _store(  # noqa: PLR0917 - what is stored with a batch
    session: WriteSession,
    opened: Opened,
    actor: Actor,
    file: ListFile,
    checked: CheckedBatch,
    spool: Spool,
    authority: str,
    decision: str,
) -> str:
    return store_checked(
        session,
        opened.vault,
        checked,
        file=file,
        authority=authority,
        decision_document=decision,
        actor=actor,
        now=opened.clock(),
        sheet=file.reading.sheet,
        photo_of=spool.photo,
    )


def _rows(session: ReadSession, opened: Opened, batch_id: str) -> list[StoredRow]:
    """Return all rows of a batch; one that does not open says why among its findings."""
    notes = {each.sheet_row: each for each in rows.findings_of(session, opened.vault, batch_id) if each.sheet_row}
    found = []
    for row in opened_rows(session, opened.vault, batch_id):
        note = notes.pop(row.sheet_row, None)
        found.append(_stored(row, () if note is None else note.findings))
    found += [
        StoredRow(sheet_row=sheet_row, state=str(each.state), name="", award=None, findings=each.findings)
        for sheet_row, each in notes.items()
    ]
    return sorted(found, key=lambda each: each.sheet_row)


def _stored(row: OpenedRow, findings: tuple[Said, ...]) -> StoredRow:
    content, state = row.content, row.state.value
    if isinstance(content, IssuerError):
        closed = (*findings, Said(code=content.code, zh=_CLOSED, en=str(content)))
        return StoredRow(sheet_row=row.sheet_row, state=state, name="", award=None, findings=closed)
    name = mask_name(content.draft.name)
    return StoredRow(sheet_row=row.sheet_row, state=state, name=name, award=content.draft, findings=findings)
