"""The file of operators: which keys may act, for whom and in which role, signed by the administrator (FORMAT 11).

Rules: the file lies outside the database, and the worker takes the administrator's key from its own settings; so
whoever owns the database makes nobody an operator. An older version than the register has accepted is refused. Entries
are ended, never removed. Only ``verify`` makes ``Operators``.

    payload = edition(entries, deployment="sf", version=2)         # signed by the administrator, anywhere
    operators = verify(token, administrator=key, deployment="sf", at_least=1)
    entry = operators.acting(key_id, now)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from credential import days, durable, jose, jsonform
from credential.errors import CredentialError
from credential.members import Members
from credential.signing import VerifyKey
from credential.statements import OPERATORS_TYP, OperatorRole
from credential.text import to_base64url
from issuer import audit
from issuer.db.models import DeploymentRow, EntryState
from issuer.db.models.office import MAX_OPERATOR_ID, MAX_OPERATOR_NAME
from issuer.db.sessions import WriteSession
from issuer.errors import ConflictError, InputError, NotAllowedError, NotFoundError, TamperedError
from issuer.office.values import Operator

MAX_BYTES: Final = 1 << 20
"""Two thousand operators of 400 bytes."""
MAX_OPERATORS: Final = 2000
_PROOF: Final = object()
_MEMBERS: Final = frozenset({"authority", "from", "id", "jwk", "kid", "name", "role", "state", "until"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorEntry:
    """One line of the file: who, in which role, for which authority, with which key, when."""

    operator: Operator
    valid_from: datetime
    valid_until: datetime | None = None
    """The first instant at which the operator acts no more (FORMAT 1.7)."""
    state: EntryState = EntryState.ACTIVE

    def covers(self, instant: datetime) -> bool:
        """Whether the entry's window holds the instant; the state is asked apart."""
        return self.valid_from <= instant and (self.valid_until is None or instant < self.valid_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operators:
    """The verified file of operators."""

    deployment: str
    version: int
    entries: tuple[OperatorEntry, ...]
    proof: object = field(repr=False, compare=False)
    _by_key: Mapping[bytes, OperatorEntry] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.proof is not _PROOF:
            raise TypeError("only verify makes Operators")
        by_key = {entry.operator.key.key_id: entry for entry in self.entries}
        object.__setattr__(self, "_by_key", MappingProxyType(by_key))

    @property
    def keys(self) -> Mapping[bytes, VerifyKey]:
        """All operators' keys by key id, ended ones too: whether they may act is ``acting``'s question."""
        return {key_id: entry.operator.key for key_id, entry in self._by_key.items()}

    def by_key(self, key_id: bytes) -> OperatorEntry:
        """Return the entry of a key, whether its operator acts or not. Raises NotAllowedError ``unknown_operator``."""
        entry = self._by_key.get(key_id)
        if entry is None:
            message = f"key {key_id.hex()} is no operator's in version {self.version} of the file of operators"
            raise NotAllowedError("unknown_operator", message, key_id=key_id.hex())
        return entry

    def by_id(self, operator_id: str) -> OperatorEntry:
        """Return the entry of an operator, who may have ended. Raises NotFoundError ``no_operator``."""
        for entry in self.entries:
            if entry.operator.id == operator_id:
                return entry
        message = f"the file of operators that the administrator signed has no {operator_id}"
        raise NotFoundError("no_operator", message, operator=operator_id)

    def acting(self, key_id: bytes, at: datetime) -> OperatorEntry:
        """Return the entry of a key whose operator acts, and did at ``at``.

        An ended entry's statements count no more, even from its time: what it began, another operator takes up.

        Raises:
            NotAllowedError: code ``unknown_operator`` or ``operator_not_in_force``.
        """
        entry = self.by_key(key_id)
        if entry.state is not EntryState.ACTIVE or not entry.covers(at):
            message = f"operator {entry.operator.id} was not in force at {at.isoformat()}; ask the administrator"
            raise NotAllowedError("operator_not_in_force", message, operator=entry.operator.id)
        return entry


def edition(entries: Sequence[OperatorEntry], *, deployment: str, version: int) -> bytes:
    """Return the payload of the file, for the administrator's key to sign as ``OPERATORS_TYP``.

    Raises:
        InputError: no entries, or an id or key twice.
    """
    listed = sorted(entries, key=lambda entry: entry.operator.id)
    _require_distinct(listed)
    payload = {
        "v": 1,
        "deployment": deployment,
        "version": version,
        "operators": [_to_json(entry) for entry in listed],
    }
    return jsonform.encode(payload)


def write(path: Path, token: str) -> None:
    """Put a signed file in the place of the one before, in one step."""
    line = token.removesuffix("\n")  # a token that comes as a file has its newline already, and takes no second one
    durable.replace(path, f"{line}\n".encode("ascii"), mode=0o600)


def verify(token: str, *, administrator: VerifyKey, deployment: str, at_least: int = 0) -> Operators:
    """Return the operators of a file that ``administrator`` signed for ``deployment``.

    Args:
        token: the content of ``operators.jwt``.
        administrator: from settings or the key store, never from the database.
        deployment: the deployment's id.
        at_least: the version accepted last (``Deployment.operators_version``).

    Raises:
        TamperedError: not signed by the administrator, for another deployment, not in form, or older.
    """
    text = token.removesuffix("\n")
    try:
        payload = jose.verify(text, {administrator.key_id: administrator}, typ=OPERATORS_TYP, max_bytes=MAX_BYTES)
        found = _read(payload)
        _require_distinct(found.entries)
    except (CredentialError, InputError) as error:
        message = f"the file of operators is not in order ({error}); restore it or have the administrator sign it again"
        raise TamperedError("operators_file", message, cause=error.code) from error
    if found.deployment != deployment:
        raise TamperedError(
            "operators_file",
            f"the file of operators is {found.deployment}'s, not {deployment}'s",
            found=found.deployment,
        )
    if found.version < at_least:
        message = f"the file of operators is version {found.version}; version {at_least} was accepted before"
        raise TamperedError("operators_rollback", message, version=found.version)
    return found


def accept(session: WriteSession, operators: Operators, *, actor: str, now: datetime) -> None:
    """Note that this version of the file is in use: an older one is refused from now on."""
    row = session.get(DeploymentRow, 1, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFoundError("no_deployment", "this register belongs to no deployment yet")
    if operators.version < row.operators_version:
        message = f"version {row.operators_version} of the file of operators is in use; {operators.version} is older"
        raise ConflictError("operators_rollback", message, version=operators.version, in_use=row.operators_version)
    if operators.version == row.operators_version:
        return
    row.operators_version = operators.version
    session.flush()
    details = {"version": operators.version, "operators": len(operators.entries)}
    audit.append(session, actor=actor, act="operators.accept", subject=operators.deployment, now=now, details=details)


def _to_json(entry: OperatorEntry) -> dict[str, object]:
    operator = entry.operator
    return {
        "id": operator.id,
        "name": operator.name,
        "role": operator.role.value,
        "authority": operator.authority,
        "kid": to_base64url(operator.key.key_id),
        "jwk": operator.key.to_jwk(),
        "from": days.to_seconds(entry.valid_from),
        "until": None if entry.valid_until is None else days.to_seconds(entry.valid_until),
        "state": entry.state.value,
    }


def _read(payload: bytes) -> Operators:
    value = jsonform.decode(payload, max_bytes=MAX_BYTES)
    members = Members(value, "operators", {"deployment", "operators", "v", "version"})
    members.constant("v", 1)
    return Operators(
        deployment=members.text("deployment", most=64),
        version=members.integer("version"),
        entries=tuple(_read_entry(each) for each in members.listing("operators", least=1, most=MAX_OPERATORS)),
        proof=_PROOF,
    )


def _read_entry(value: object) -> OperatorEntry:
    members = Members(value, "operator", _MEMBERS)
    key = members.jwk("jwk", members.kid("kid"))
    return OperatorEntry(
        operator=Operator(
            id=members.text("id", most=MAX_OPERATOR_ID),
            name=members.text("name", most=MAX_OPERATOR_NAME),
            role=OperatorRole(members.choice("role", list(OperatorRole))),
            authority=members.optional("authority", members.identifier),
            key=key,
        ),
        valid_from=members.instant("from"),
        valid_until=members.optional("until", members.instant),
        state=EntryState(members.choice("state", list(EntryState))),
    )


def _require_distinct(entries: Sequence[OperatorEntry]) -> None:
    if not entries:
        raise InputError("no_operators", "a file of operators without operators lets nobody act; add one first")
    ids = [entry.operator.id for entry in entries]
    keys = {entry.operator.key.key_id for entry in entries}
    if ids != sorted(set(ids)) or len(keys) != len(ids):
        raise InputError("duplicate", "an operator's id or key stands twice in the file, or ids are not in order")
