"""Operators: the people who act. A change is drafted, signed by the administrator wherever that key is, and accepted.

Rules: the file of operators names who may act; the register lists them. A draft is the whole next edition of the file.
It is accepted if the administrator signed it, if it is the edition that follows, and if it loses nobody. Who ends, ends
at a head of the audit, and everything that the register accepted of them lies under it.

    new = NewOperator(id="clerk1", person="20210017", name="王经办", role="clerk", authority=None)
    made = operators.draft_add(opened, new, key)
    operators.accept(opened, actor, made.signed_by(administrator))
    operators.add_here(opened, actor, ...)                   # both, with keys that are made and kept in this home
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from credential import jose
from credential.days import SHANGHAI, day_of
from credential.signing import KeyUse, Signer, VerifyKey
from credential.statements import OPERATORS_TYP, OperatorRole
from issuer import audit, clock
from issuer.audit import ChainHead
from issuer.db.locks import Lock
from issuer.db.models import EntryState
from issuer.db.sessions import ReadSession
from issuer.errors import ConflictError, InputError, NotAllowedError, NotFoundError, TamperedError
from issuer.home.opened import OPERATOR_LABEL, Actor, Opened
from issuer.office import adding, lists
from issuer.office import operators as operator_files
from issuer.office.operators import OperatorEntry, Operators
from issuer.office.reading import administrator_key, read_operators
from issuer.office.schemes import schemes_to_json
from issuer.office.values import BY_JWS, Operator, Scheme
from issuer.seconding import DECIDING
from issuer.sequencer import chain_all, chain_soon

__all__ = [
    "Ending",
    "FileDraft",
    "NewOperator",
    "OperatorEntry",
    "accept",
    "add_here",
    "draft_add",
    "draft_end",
    "end_here",
    "listed",
    "plan_end",
    "schemes_to_json",
    "shown",
]

END_OPERATOR: Final = "operator.end"
"""The audit's word for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOperator:
    """Who becomes an operator."""

    id: str
    name: str
    person: str
    """Whose hand it is: a staff number, say; the same for all keys of one person."""
    role: str
    """``clerk``, ``approver`` or ``admin``."""
    authority: str | None
    """None: for every authority of the deployment."""
    schemes: tuple[Scheme, ...] = BY_JWS


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDraft:
    """The next edition of the file of operators, ready to be signed by the administrator."""

    version: int
    payload: bytes
    """The exact payload of the JWS (FORMAT 11.3)."""
    key_id: bytes
    """The administrator's key."""

    def signed_by(self, signer: Signer) -> str:
        """Return the token, where the key is at hand. Raises NotAllowedError ``other_key``."""
        if signer.key_id != self.key_id:
            raise NotAllowedError("other_key", "the administrator signs the file of operators, with another key")
        return jose.sign(self.payload, signer, typ=OPERATORS_TYP)


def listed(opened: Opened) -> tuple[OperatorEntry, ...]:
    """Return who the administrator signed for, ended ones too; nobody before the first edition."""
    with opened.register.read() as session:
        return tuple(_present(session, opened))


def shown(opened: Opened, operator_id: str) -> tuple[OperatorEntry, tuple[str, ...]]:
    """Return an operator's entry, and the ids of the other entries of the same person.

    Raises:
        NotFoundError: ``no_operator``.
    """
    entries = listed(opened)
    found = next((each for each in entries if each.operator.id == operator_id), None)
    if found is None:
        raise NotFoundError("no_operator", f"there is no operator {operator_id}", operator=operator_id)
    person = found.operator.person
    others = tuple(each.operator.id for each in entries if each.operator.person == person and each is not found)
    return found, others


def checked(opened: Opened, new: NewOperator) -> NewOperator:
    """Return who may become an operator, before anything is made for them.

    Raises:
        InputError: id, name or role.
        ConflictError: ``duplicate``: the id is taken.
        NotFoundError: ``no_authority``, ``no_key``.
    """
    with opened.register.read() as session:
        adding.check_operator_id(session, new.id)
        if new.authority is not None:
            lists.authority(session, new.authority)
    _operator(new, administrator_key(opened.custody))  # name and role; whose key stands in does not matter
    return new


def draft_add(opened: Opened, new: NewOperator, key: VerifyKey) -> FileDraft:
    """Lay out the edition that names a new operator.

    Args:
        opened: the home.
        new: who.
        key: the operator's public key; the private half may be anywhere.

    Raises:
        InputError: id, name or role.
        ConflictError: ``duplicate``: the id is taken; ``newer_operators``: a newer program made the present file.
        NotFoundError: ``no_authority``.
        TamperedError: the present file does not verify.
    """
    with opened.register.read() as session:
        operator = _operator(new, key)
        adding.check_operator(session, operator)
        entry = OperatorEntry(operator=operator, valid_from=opened.clock().replace(microsecond=0))
        # A run that died before its commit left the operator in the file, with a key that nobody will use.
        others = [each for each in _present(session, opened) if each.operator.id != new.id]
        return _edition(session, opened, [*others, entry])


def draft_end(opened: Opened, operator_id: str, first: date | None = None) -> FileDraft:
    """Lay out the edition in which an operator has ended, at the audit's present head: what is accepted by now counts.

    Every act that is committed is chained first, so that it lies under that head.

    Args:
        opened: the home.
        operator_id: who.
        first: the first day on which they act no more; None and today end them now. A later day is a term only: on
            that day they are ended.

    Raises:
        NotFoundError: ``no_operator``, ``no_operators``.
        ConflictError: ``newer_operators``; ``entry_ended``: they act no longer than that anyway.
        InputError: ``end_in_past``.
    """
    _check_day(opened, operator_id, first)
    if first is not None and first > day_of(opened.clock()):
        return _draft_term(opened, operator_id, first)
    head = chain_all(opened.register)
    with opened.register.read() as session:
        ending = read_operators(session, opened).by_id(operator_id)
        # Who has ended stays as they ended: a run that died behind the file is done again.
        ended = ending if ending.state is EntryState.ENDED else _ended(ending, head, opened.clock())
        entries = [ended if each.operator.id == operator_id else each for each in _present(session, opened)]
        return _edition(session, opened, entries)


def _check_day(opened: Opened, operator_id: str, first: date | None) -> None:
    today = day_of(opened.clock())
    if first is not None and first < today:
        message = f"operator {operator_id} does not end from {first}: what was accepted of them before {today} counts"
        raise InputError("end_in_past", message, operator=operator_id, first=first)


def _draft_term(opened: Opened, operator_id: str, first: date) -> FileDraft:
    last = datetime.combine(first, time(), SHANGHAI).astimezone(UTC) - timedelta(seconds=1)
    with opened.register.read() as session:
        ending = read_operators(session, opened).by_id(operator_id)
        if ending.state is EntryState.ENDED or (ending.valid_until is not None and ending.valid_until <= last):
            fields = {"kind": "operator", "entry": operator_id, "first": ending.valid_until, "basis": "-"}
            raise ConflictError("entry_ended", f"operator {operator_id} has ended by then", **fields)
        entry = replace(ending, valid_until=last)
        entries = [entry if each.operator.id == operator_id else each for each in _present(session, opened)]
        return _edition(session, opened, entries)


def draft_same(opened: Opened) -> FileDraft | None:
    """Lay out the next edition with the same people in it, for another administrator's key; None before the first.

    Raises:
        ConflictError: ``newer_operators``.
        TamperedError: the present file does not verify.
    """
    with opened.register.read() as session:
        return None if _before_first(session, opened) else _edition(session, opened, _present(session, opened))


def accept(opened: Opened, actor: Actor, token: str, *, basis: str = "") -> Operators:
    """Take a signed edition into use: its file, the register's list, and the audit.

    Args:
        opened: the home.
        actor: who takes it into use.
        token: the edition, as the administrator signed it.
        basis: why somebody ends with it, for the audit.

    Raises:
        TamperedError: ``operators_file``: the administrator did not sign it.
        ConflictError: ``operators_not_next``: another edition came meanwhile; ``operators_removed``: it loses someone;
            ``other_audit``: someone ends at a head that is none of this register's; ``operator_acted``: who ends has
            acted since the edition was drafted.
    """
    administrator, now = administrator_key(opened.custody), opened.clock()
    edition = operator_files.verify(token, administrator=administrator, deployment=opened.home.settings.deployment)
    with opened.register.write(Lock.OFFICE, Lock.OPERATORS) as session:
        expected = _next_version(session, opened)
        if edition.version != expected:
            message = f"edition {expected} of the file of operators is the next one, this is {edition.version}"
            raise ConflictError("operators_not_next", f"{message}; draft it anew", expected=expected)
        known = {each.id for each in lists.operators(session)}
        present = _present(session, opened)
        _check_nobody_lost(present, edition.entries, known)
        _check_heads(session, present, edition.entries)
        for entry in edition.entries:
            if entry.operator.id not in known:
                adding.add_operator(session, entry.operator, actor=actor, now=now)
        for ended in _ends_to_audit(session, edition.entries):
            details = {"basis": basis} if basis else None
            audit.append(session, actor=actor, act=END_OPERATOR, subject=ended, now=now, details=details)
        # The file first, then the commit that knows it: a crash between leaves a newer file, which is accepted.
        operator_files.write(opened.home.operators, token)
        operator_files.accept(session, edition, actor=actor, now=now, administrator=administrator)
    chain_soon(opened.register)
    return edition


def add_here(opened: Opened, actor: Actor, new: NewOperator) -> Operator:
    """Add an operator whose key is made and kept in this home, with the administrator's key of this home.

    What fails leaves no key. A run that was killed leaves one, which the next run puts out of use.

    Raises:
        As ``draft_add`` and ``accept``, and what the custody raises.
    """
    clock.check(opened)
    checked(opened, new)  # before a key is made
    administrator = opened.custody.signer(KeyUse.ADMINISTRATOR, administrator_key(opened.custody).key_id)
    label = f"{OPERATOR_LABEL}{new.id}"
    for left in opened.custody.held():
        if (left.use, left.label) == (KeyUse.OPERATOR, label):  # the id is not taken, so nobody acts with it
            opened.custody.end(left.key_id)
    key = opened.custody.make(KeyUse.OPERATOR, label=label, owner=new.id)
    try:
        accept(opened, actor, draft_add(opened, new, key).signed_by(administrator))
    except BaseException:
        _take_back(opened, new.id, key)
        raise
    return _operator(new, key)


def _take_back(opened: Opened, operator_id: str, key: VerifyKey) -> None:
    """Destroy a key that was made in vain; where the register cannot say that it was, it stays for the next run."""
    with suppress(Exception):
        with opened.register.read() as session:
            known = {each.id for each in lists.operators(session)}
        if operator_id not in known:
            opened.custody.discard(key.key_id)


DECIDERS: Final = 2
"""Persons that it takes to withdraw, to erase, and for acts on many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What the end of an operator would mean."""

    ends: OperatorEntry
    left: tuple[OperatorEntry, ...]
    """Who can act afterwards."""
    nobody: tuple[OperatorRole, ...]
    """The roles that nobody has afterwards who could stand in for who ends."""
    deciders: int | None
    """Where who ends may decide on certificates: how many other persons may for that authority; some acts take two."""


def plan_end(opened: Opened, operator_id: str) -> Ending:
    """Return what the end of an operator would mean; nothing is changed.

    Raises:
        NotFoundError: ``no_operator``, ``no_operators``.
    """
    ends, _ = shown(opened, operator_id)
    now = opened.clock()
    left = tuple(each for each in listed(opened) if each.operator.id != operator_id and _acts(each, now))
    stand_in = [each for each in left if each.operator.authority in {None, ends.operator.authority}]
    roles = {ends.operator.role} - {each.operator.role for each in stand_in}
    persons = {each.operator.person for each in stand_in if each.operator.role in DECIDING}
    deciders = len(persons) if ends.operator.role in DECIDING else None
    return Ending(ends=ends, left=left, nobody=tuple(sorted(roles)), deciders=deciders)


def _acts(entry: OperatorEntry, now: datetime) -> bool:
    over = entry.valid_until is not None and entry.valid_until < now
    return entry.state is EntryState.ACTIVE and entry.valid_from <= now and not over


def end_here(
    opened: Opened, actor: Actor, operator_id: str, *, first: date | None = None, basis: str = ""
) -> OperatorEntry:
    """End an operator with the administrator's key of this home, and put the operator's key out of use if it is here.

    Args:
        opened: the home.
        actor: who ends them.
        operator_id: who.
        first: as ``draft_end``; a later day leaves the key where it is.
        basis: why, for the audit.

    Raises:
        As ``draft_end`` and ``accept``, and what the custody raises.
    """
    draft = draft_end(opened, operator_id, first)
    administrator = opened.custody.signer(KeyUse.ADMINISTRATOR, draft.key_id)
    ended = accept(opened, actor, draft.signed_by(administrator), basis=basis).by_id(operator_id)
    key_id = ended.operator.key.key_id
    if ended.state is EntryState.ENDED and any(held.key_id == key_id for held in opened.custody.held()):
        opened.custody.end(key_id)
    return ended


def _present(session: ReadSession, opened: Opened) -> Sequence[OperatorEntry]:
    return () if _before_first(session, opened) else read_operators(session, opened).entries


def _before_first(session: ReadSession, opened: Opened) -> bool:
    """Whether there was no edition yet. A file that is gone is something else: without it everybody would be lost."""
    return not lists.deployment(session).operators_version and not opened.home.operators.exists()


def _next_version(session: ReadSession, opened: Opened) -> int:
    """The one after the file's: a run that died may have written one that the register does not know."""
    return 1 if _before_first(session, opened) else read_operators(session, opened).version + 1


def _edition(session: ReadSession, opened: Opened, entries: Sequence[OperatorEntry]) -> FileDraft:
    version = _next_version(session, opened)
    if version > 1:
        _check_present_known(read_operators(session, opened))
    payload = operator_files.edition(entries, deployment=opened.home.settings.deployment, version=version)
    return FileDraft(version=version, payload=payload, key_id=administrator_key(opened.custody).key_id)


def _check_present_known(present: Operators) -> None:
    try:
        operator_files.check_known(present.entries, present.ext)
    except InputError as error:
        message = f"version {present.version} of the file of operators was made by a newer program ({error})"
        raise ConflictError("newer_operators", message, version=present.version) from error


def _check_nobody_lost(before: Sequence[OperatorEntry], after: Sequence[OperatorEntry], known: set[str]) -> None:
    """Entries are ended, never removed or changed; those that the register does not know came of a run that died."""
    later = {each.operator.id: each for each in after}
    for entry in before:
        name = entry.operator.id
        if name in known and (name not in later or later[name].operator != entry.operator):
            message = f"the new edition loses or changes operator {name}; an operator is ended, never removed"
            raise ConflictError("operators_removed", message, operator=name)
        if name in known and entry.state is EntryState.ENDED and later[name] != entry:
            raise TamperedError("operators_removed", f"operator {name} has ended and does not come back", operator=name)


def _check_heads(session: ReadSession, before: Sequence[OperatorEntry], after: Sequence[OperatorEntry]) -> None:
    """A person who ends now, ends where this audit was, and behind everything that was accepted of them."""
    ended = {each.operator.id for each in before if each.state is EntryState.ENDED}
    for entry in after:
        name, head = entry.operator.id, entry.audit
        if head is None or name in ended:
            continue
        if not audit.is_head(session, head):
            message = f"the new edition ends operator {name} at audit entry {head.length}, which is not this register's"
            raise ConflictError("other_audit", f"{message}; draft it anew", operator=name)
        acted = audit.accepted_after(session, head.length, actor=name)
        if acted is not None:
            message = f"operator {name} has acted since the new edition was drafted ({acted.act} of {acted.subject})"
            raise ConflictError("operator_acted", f"{message}; draft it anew", operator=name, entry=acted.ordinal)


def _ended(entry: OperatorEntry, head: ChainHead, now: datetime) -> OperatorEntry:
    last = now.replace(microsecond=0)
    until = last if entry.valid_until is None else min(last, entry.valid_until)
    return replace(entry, valid_until=until, state=EntryState.ENDED, audit=head)


def _ends_to_audit(session: ReadSession, after: Sequence[OperatorEntry]) -> list[str]:
    """Who has ended and stands in no entry: the file may be newer than the register, so the audit is asked."""
    ended = [each.operator.id for each in after if each.state is EntryState.ENDED]
    known = audit.subjects(session, act=END_OPERATOR) if ended else frozenset()
    return [each for each in ended if each not in known]


def _operator(new: NewOperator, key: VerifyKey) -> Operator:
    return Operator(
        id=new.id,
        person=new.person,
        name=new.name,
        role=_role(new.role),
        authority=new.authority,
        key=key,
        schemes=new.schemes,
    )


def _role(text: str) -> OperatorRole:
    try:
        return OperatorRole(text)
    except ValueError as error:
        names = ", ".join(role.value for role in OperatorRole)
        raise InputError("role", f"{text!r} is no role; take one of {names}") from error
