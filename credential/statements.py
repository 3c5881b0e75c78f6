"""Operators' statements and the file of operators' keys (FORMAT 11): who did what, provable without the database.

The worker that signs certificates believes no database column that says ``approved``; it checks these. A statement has
one size, however much it is about: it names a list by its root (``credential/merkle.py``).

    token = sign(Statement(act=Act.APPROVE, ...), operator_signer)
    statement = verify(token, {key.key_id: key})
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from credential import days, jose, jsonform, merkle
from credential.characters import is_plain
from credential.claims import NUMBER
from credential.errors import CredentialError, MalformedError, NotTrustedError
from credential.history import MAX_BASIS, MAX_DETAIL, MAX_DOCUMENT, Act, Reason
from credential.signing import AnyKey, Signer
from credential.statuslist import Status

TYP: Final = "titlecert-statement+jwt"
OPERATORS_TYP: Final = "titlecert-operators+jwt"
VERSION: Final = 1
MAX_BYTES: Final = 64 << 10
"""What a person signs and can look through; whatever is long is named by its root."""
NONCE_LENGTH: Final = 16
"""Random bytes of a statement: no two statements are the same."""
MAX_STATED: Final = merkle.MAX_SIZE
_NONCE = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
_ACT = re.compile(r"[a-z][a-z_]{0,31}", re.ASCII)
_ROW_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_PLACE = re.compile(r"0|[1-9][0-9]{0,6}", re.ASCII)
_REASONS: Final = frozenset(reason.word for reason in Reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """What statements about one kind of thing hold (FORMAT 11.1, 11.2)."""

    object: frozenset[str]
    """Its members, all of them texts."""
    optional: frozenset[str] = frozenset()
    """Members that may be there beside these."""
    counts: frozenset[str]
    digests: frozenset[str]


_BATCH: Final = _Form(
    object=frozenset({"authority", "batch", "decision_document"}),
    counts=frozenset({"rows", "rejected", "waiting"}),
    digests=frozenset({"file", "rows_root"}),
)
_TAKEN_BACK: Final = _Form(object=_BATCH.object | {"row"}, counts=_BATCH.counts, digests=_BATCH.digests)
_CERTIFICATES: Final = _Form(
    object=frozenset({"authority", "basis", "document", "effective", "reason"}),
    counts=frozenset({"certificates"}),
    digests=frozenset({"certificates_root"}),
)
_SUSPENDED: Final = replace(_CERTIFICATES, optional=frozenset({"review_by"}))
_ANNOTATED: Final = replace(_CERTIFICATES, object=_CERTIFICATES.object | {"note"})
_MERGED: Final = _Form(
    object=frozenset({"authority", "document", "holder", "into"}),
    counts=frozenset({"certificates"}),
    digests=frozenset({"certificates_root"}),
)
_INTEGRITY: Final = _Form(
    object=frozenset({"authority", "document"}),
    counts=frozenset({"records"}),
    digests=frozenset({"records_root"}),
)
_CASE: Final = _Form(
    object=frozenset({"authority", "case", "document", "said"}),
    counts=frozenset({"certificates", "steps"}),
    digests=frozenset({"certificates", "text"}),
)
BATCH_ACTS: Final = frozenset({Act.SUBMIT, Act.APPROVE, Act.REJECT, Act.TAKE_BACK})
CERTIFICATE_ACTS: Final = frozenset({Act.SUSPEND, Act.REINSTATE, Act.WITHDRAW, Act.CANCEL, Act.ANNOTATE, Act.ERASE})
"""Issuing is nobody's statement: the worker issues what was submitted and approved. Superseding is an approval's."""
ANSWERS: Final = frozenset({Act.SECOND, Act.REFUSE, Act.RECALL})
"""Acts on another statement that waits for a second operator (FORMAT 11.2)."""
SECONDED: Final = frozenset({Act.WITHDRAW, Act.ERASE})
"""What never happens by one operator's statement alone."""
ALONE: Final = 20
"""On how many certificates one operator acts alone where the settings say nothing else."""
MAX_ALONE: Final = 1000
MAX_WAIT: Final = timedelta(days=30)
"""A second statement is accepted at most so long after the first one was drafted."""
WAITING: Final = "waiting"
"""What the second operator saw of the first statement."""
ANSWERED_ACT: Final = "act"
"""The member of an answer's object that names the act of the statement that it answers."""
FIRST_DIGEST: Final = "first"
"""The digest by which an answer names the statement that it answers: SHA-256 of its evidence."""
INTEGRITY_ACTS: Final = frozenset(
    {Act.INTEGRITY_ADD, Act.INTEGRITY_OBJECT, Act.INTEGRITY_CORRECT, Act.INTEGRITY_END, Act.INTEGRITY_EXPIRE}
)
CASE_ACTS: Final = frozenset({Act.CASE_OPEN, Act.CASE_LINK, Act.CASE_DECIDE, Act.CASE_APPEAL})
_FORMS: Final[Mapping[Act, _Form]] = MappingProxyType(
    {
        **dict.fromkeys(BATCH_ACTS, _BATCH),
        Act.TAKE_BACK: _TAKEN_BACK,
        **dict.fromkeys(CERTIFICATE_ACTS, _CERTIFICATES),
        Act.SUSPEND: _SUSPENDED,
        Act.ANNOTATE: _ANNOTATED,
        Act.MERGE_HOLDERS: _MERGED,
        **dict.fromkeys(INTEGRITY_ACTS, _INTEGRITY),
        **dict.fromkeys(CASE_ACTS, _CASE),
    }
)


class OperatorRole(StrEnum):
    """What an operator may do: a clerk submits, an approver approves, an administrator manages."""

    CLERK = "clerk"
    APPROVER = "approver"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One act of one operator."""

    act: Act
    deployment: str
    operator: str
    """Operator id."""
    object: Mapping[str, str]
    """What it is about: a batch, or what is to happen to certificates."""
    previous: str
    """The state that the operator saw: an act on something that has moved on is refused."""
    counts: Mapping[str, int]
    """How many: of certificates, and of rows those that wait, is how many leaves the root's tree has."""
    digests: Mapping[str, str]
    """Name to lower-case hex SHA-256: ``rows_root`` or ``certificates_root``, and of a batch ``file``."""
    issued_at: datetime
    nonce: str
    """16 random bytes in base64url: no statement counts twice."""

    def encode(self) -> bytes:
        """Return the canonical payload."""
        return jsonform.encode(
            {
                "v": VERSION,
                "act": self.act.value,
                "deployment": self.deployment,
                "operator": self.operator,
                "object": dict(self.object),
                "previous": self.previous,
                "counts": dict(self.counts),
                "digests": dict(self.digests),
                "iat": days.to_seconds(self.issued_at),
                "nonce": self.nonce,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCertificate:
    """A certificate as an operator saw it: a leaf under ``certificates_root`` (FORMAT 11.2)."""

    number: str
    state: Status
    events: int
    """How many events it has: one that was suspended and reinstated meanwhile is not the one that was seen."""

    def encode(self) -> bytes:
        """Return the leaf."""
        return jsonform.encode([self.number, self.state.word, self.events])


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedRecord:
    """An integrity record as an operator signs for it: a leaf under ``records_root`` (FORMAT 11.2)."""

    record: str
    """32 lower-case hexadecimal digits."""
    acts: int
    """How many acts it has had: 0 for the one that adds it."""
    person: bytes
    """The keyed index of the ID document: only the deployment's vault can tell whose it is."""
    basis: str
    document: str
    term_from: date
    term_until: date | None
    """The last day, included; None until further notice."""
    note: bytes | None = None
    """SHA-256 of a text that the register keeps sealed."""

    def encode(self) -> bytes:
        """Return the leaf."""
        return jsonform.encode(
            [
                self.record,
                self.acts,
                self.person.hex(),
                self.basis,
                self.document,
                self.term_from.isoformat(),
                "" if self.term_until is None else self.term_until.isoformat(),
                "" if self.note is None else self.note.hex(),
            ]
        )


def records_root(stated: Iterable[StatedRecord]) -> str:
    """Return the root over integrity records in the order of the list, as ``digests`` hold it."""
    return merkle.root_of(each.encode() for each in stated).hex()


def certificates_root(seen: Iterable[SeenCertificate]) -> str:
    """Return the root over certificates in the order of the list, as ``digests`` hold it."""
    return merkle.root_of(each.encode() for each in seen).hex()


def sign(statement: Statement, signer: Signer) -> str:
    """Return the statement as a JWS by an operator's key."""
    return jose.sign(statement.encode(), signer, typ=TYP)


def verify(token: str, keys: Mapping[bytes, AnyKey]) -> Statement:
    """Return the statement of a token signed by one of ``keys``.

    Raises:
        CannotKnowError: ``newer_format``: the key is of a suite that this program does not know.
        MalformedError: form, or ``bad_statement``.
        NotTrustedError: ``unknown_key``, or the signature does not hold; ``unknown_act``: it may be in order, and
            proves nothing to a program that does not know its act.
    """
    return _decode(jose.verify(token, keys, typ=TYP, max_bytes=MAX_BYTES))


def _decode(payload: bytes) -> Statement:
    match jsonform.decode_object(payload, max_bytes=MAX_BYTES):
        case {
            "v": int(version),
            "act": str(act),
            "deployment": str(deployment),
            "operator": str(operator),
            "object": dict(target),
            "previous": str(previous),
            "counts": dict(counts),
            "digests": dict(digests),
            "iat": int(iat),
            "nonce": str(nonce),
            **more,
        } if not more and _ACT.fullmatch(act) and _NONCE.fullmatch(nonce):
            if isinstance(version, bool) or version != VERSION or isinstance(iat, bool):
                raise MalformedError("bad_statement", "statement: v is 1 and iat an instant")
        case _:
            raise MalformedError("bad_statement", "statement: not the members of FORMAT 11")
    known = _known(act)
    statement = Statement(
        act=known,
        deployment=deployment,
        operator=operator,
        object={name: _text(value) for name, value in target.items()},
        previous=previous,
        counts={name: _count(value) for name, value in counts.items()},
        digests={name: _digest(value) for name, value in digests.items()},
        issued_at=days.from_seconds(iat),
        nonce=nonce,
    )
    _check_form(statement)
    return statement


def takes_second(statement: Statement, *, alone: int) -> bool:
    """Whether what a statement says takes a second operator's (FORMAT 11.2).

    Args:
        statement: the first one.
        alone: on how many certificates one operator acts alone.
    """
    return statement.act in SECONDED or statement.counts.get("certificates", 0) > alone


def _known(act: str) -> Act:
    if act not in _FORMS and act not in ANSWERS:
        raise NotTrustedError("unknown_act", f"statement: this program makes no act {act} of one", act=act)
    return Act(act)


def _check_form(statement: Statement) -> None:
    form = _form_of(statement)
    wanted = form
    if statement.act in ANSWERS:
        wanted = replace(form, object=form.object | {ANSWERED_ACT}, digests=form.digests | {FIRST_DIGEST})
    found = _Form(
        object=frozenset(statement.object) - form.optional,
        optional=form.optional,
        counts=frozenset(statement.counts),
        digests=frozenset(statement.digests),
    )
    if found != wanted:
        message = f"statement: not the object, counts and digests of one to {statement.act.value} (FORMAT 11.1, 11.2)"
        raise MalformedError("bad_statement", message)
    if form.object >= _CERTIFICATES.object:
        _check_certificates(statement)
    elif form is _MERGED:
        _check_merged(statement)
    elif form is _INTEGRITY:
        _check_integrity(statement)
    elif form is _CASE:
        _check_case(statement)
    elif statement.counts["rows"] != statement.counts["rejected"] + statement.counts["waiting"]:
        raise MalformedError("bad_statement", "statement: every row of a batch waits or is rejected")
    if form is _TAKEN_BACK:
        _check_row(statement)


def _form_of(statement: Statement) -> _Form:
    """The form of a statement, of an answer that of the statement which it answers."""
    if statement.act not in ANSWERS:
        return _FORMS[statement.act]
    answered = statement.object.get(ANSWERED_ACT, "")
    if answered in ANSWERS or not _ACT.fullmatch(answered):
        raise MalformedError("bad_statement", "statement: an answer names the act of the statement that waits")
    return _FORMS[_known(answered)]


def _check_row(statement: Statement) -> None:
    row = statement.object["row"]
    if row and not (_PLACE.fullmatch(row) and int(row) < statement.counts["waiting"]):
        raise MalformedError("bad_statement", "statement: a row is named by its place under the root (FORMAT 11.2)")


def _check_certificates(statement: Statement) -> None:
    if not 1 <= statement.counts["certificates"] <= MAX_STATED:
        raise MalformedError("bad_statement", f"statement: it names 1 to {MAX_STATED} certificates")
    said = statement.object
    if said["reason"] not in _REASONS:
        raise MalformedError("bad_statement", "statement: the reason is one of those of FORMAT 11.1, by its name")
    for name, most in (("basis", MAX_BASIS), ("document", MAX_DOCUMENT)):
        if len(said[name]) > most or not is_plain(said[name]):
            raise MalformedError("bad_statement", f"statement: {name} is a text of at most {most} characters")
    if "note" in said and not (1 <= len(said["note"]) <= MAX_DETAIL and is_plain(said["note"])):
        raise MalformedError("bad_statement", f"statement: note is a text of 1 to {MAX_DETAIL} characters")
    try:
        for name in {"effective", "review_by"} & set(said):
            days.parse_date(said[name])
    except CredentialError as error:
        raise MalformedError("bad_statement", f"statement: a day is a date of the calendar: {error}") from error


def _check_merged(statement: Statement) -> None:
    said = statement.object
    if statement.counts["certificates"] != 2 or said["holder"] == said["into"]:
        raise MalformedError("bad_statement", "statement: two holders are named by a certificate each (FORMAT 11.1)")
    if not all(NUMBER.fullmatch(said[name]) for name in ("holder", "into")):
        raise MalformedError("bad_statement", "statement: a holder is named by the number of a certificate")
    if len(said["document"]) > MAX_DOCUMENT or not is_plain(said["document"]):
        raise MalformedError("bad_statement", f"statement: document is a text of at most {MAX_DOCUMENT} characters")


def _check_integrity(statement: Statement) -> None:
    if not 1 <= statement.counts["records"] <= MAX_STATED:
        raise MalformedError("bad_statement", f"statement: it names 1 to {MAX_STATED} integrity records")
    _check_document(statement)


def _check_case(statement: Statement) -> None:
    if not _ROW_ID.fullmatch(statement.object["case"]):
        raise MalformedError("bad_statement", "statement: a case is named by 32 lower-case hexadecimal digits")
    if statement.object["said"] and not _ACT.fullmatch(statement.object["said"]):
        raise MalformedError("bad_statement", "statement: what is said of a case is one word, or none")
    _check_document(statement)


def _check_document(statement: Statement) -> None:
    document = statement.object["document"]
    if len(document) > MAX_DOCUMENT or not is_plain(document):
        raise MalformedError("bad_statement", f"statement: document is a text of at most {MAX_DOCUMENT} characters")


def _text(value: jsonform.Value) -> str:
    if not isinstance(value, str):
        raise MalformedError("bad_statement", "statement: what it is about is told in texts")
    return value


def _count(value: jsonform.Value) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise MalformedError("bad_statement", "statement: a count is a whole number")
    return value


def _digest(value: jsonform.Value) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value, re.ASCII):
        raise MalformedError("bad_statement", "statement: a digest is 64 lower-case hexadecimal digits")
    return value
