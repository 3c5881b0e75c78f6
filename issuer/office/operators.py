"""The file of operators: which keys may act, for whom and in which role, signed by the administrator (FORMAT 11).

Rules: the file lies outside the database, and the worker takes the administrator's key from its own settings; so
whoever owns the database makes nobody an operator. An older version than the register has accepted is refused. Entries
are ended, never removed; an ended one names the audit's head at its end, so that nothing is dated back behind it. What
the file says that this program does not know is kept and gives nothing. Only ``verify`` makes ``Operators``.

    payload = edition(entries, deployment="sf", version=2)         # signed by the administrator, anywhere
    operators = verify(token, administrator=key, deployment="sf", at_least=1)
    entry = operators.acting(key_id, now)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from credential import days, durable, jose, jsonform
from credential.errors import CredentialError
from credential.members import KEY_MEMBERS, Members, Object, key_to_json
from credential.signing import AnyKey, UnusableKey, VerifyKey
from credential.statements import OPERATORS_TYP, OperatorRole
from issuer import audit
from issuer.audit import ChainHead
from issuer.db.models import DeploymentRow, EntryState
from issuer.db.models.office import MAX_OPERATOR_ID, MAX_OPERATOR_NAME, MAX_PERSON
from issuer.db.sessions import WriteSession
from issuer.errors import ConflictError, InputError, NotAllowedError, NotFoundError, TamperedError
from issuer.office.schemes import read_schemes, schemes_to_json, unknown_in
from issuer.office.values import Operator

MAX_BYTES: Final = 4 << 20
"""Two thousand operators of 900 bytes, in base64url."""
MAX_OPERATORS: Final = 2000
_PROOF: Final = object()
_MEMBERS: Final = KEY_MEMBERS | {
    "audit",
    "authority",
    "from",
    "id",
    "name",
    "person",
    "role",
    "schemes",
    "state",
    "until",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorEntry:
    """One line of the file: who, in which role, for which authority, with which key, when."""

    operator: Operator
    valid_from: datetime
    valid_until: datetime | None = None
    """The first instant at which the operator acts no more (FORMAT 1.7)."""
    state: EntryState = EntryState.ACTIVE
    audit: ChainHead | None = None
    """Length and head of the audit when the operator ended: what was accepted under it counts still. None before."""

    def __post_init__(self) -> None:
        if (self.state is EntryState.ENDED) != (self.audit is not None):
            message = f"operator {self.operator.id}: who has ended, and nobody else, ended at a head of the audit"
            raise InputError("audit_head", message, operator=self.operator.id)

    def covers(self, instant: datetime) -> bool:
        """Whether the entry's window holds the instant; the state is asked apart."""
        return self.valid_from <= instant and (self.valid_until is None or instant < self.valid_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operators:
    """The verified file of operators."""

    deployment: str
    version: int
    entries: tuple[OperatorEntry, ...]
    ext: Object = field(default_factory=dict)
    """What a later program put there: kept, and decided by nothing (FORMAT 1.9)."""
    proof: object = field(repr=False, compare=False)
    _by_key: Mapping[bytes, OperatorEntry] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.proof is not _PROOF:
            raise TypeError("only verify makes Operators")
        by_key = {entry.operator.key.key_id: entry for entry in self.entries}
        object.__setattr__(self, "_by_key", MappingProxyType(by_key))

    @property
    def keys(self) -> Mapping[bytes, AnyKey]:
        """All operators' keys by key id, ended ones too: whether they may act is ``acting``'s question."""
        return {key_id: entry.operator.key for key_id, entry in self._by_key.items()}

    @property
    def heads(self) -> tuple[ChainHead, ...]:
        """The heads of the audit at which somebody ended."""
        return tuple(entry.audit for entry in self.entries if entry.audit is not None)

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

        Who has ended does nothing new. What was accepted of them before counts: ``issuer.statements.require_in_force``.

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
        InputError: no entries, or an id or key twice; ``unknown_kind``: an entry says what this program does not know.
    """
    listed = sorted(entries, key=lambda entry: entry.operator.id)
    _require_distinct(listed)
    check_known(listed)
    payload = {
        "v": 1,
        "deployment": deployment,
        "version": version,
        "ext": {},
        "operators": [_to_json(entry) for entry in listed],
    }
    return jsonform.encode(payload)


def check_known(entries: Sequence[OperatorEntry], ext: Iterable[str] = ()) -> None:
    """Refuse to make a file of what this program does not know (FORMAT 1.1): it would be signed for unread.

    Raises:
        InputError: ``unknown_kind``.
    """
    unknown = [f"ext.{name}" for name in ext]
    unknown += [f"{what} of operator {each.operator.id}" for each in entries for what in _unknown_of(each.operator)]
    if unknown:
        message = f"this program does not know {', '.join(unknown)}; make this edition with the newer program"
        raise InputError("unknown_kind", message, unknown=tuple(unknown))


def _unknown_of(operator: Operator) -> Iterator[str]:
    if isinstance(operator.key, UnusableKey):
        yield f"algorithm {operator.key.alg}"
    yield from unknown_in(operator.schemes)


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
    try:
        found = _signed(token.removesuffix("\n"), administrator)
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


@lru_cache(maxsize=4)
def _signed(token: str, administrator: VerifyKey) -> Operators:
    """Kept, because one publication asks several times: of the same token and key it is the same answer."""
    payload = jose.verify(token, {administrator.key_id: administrator}, typ=OPERATORS_TYP, max_bytes=MAX_BYTES)
    found = _read(payload)
    _require_distinct(found.entries)
    return found


def accept(
    session: WriteSession, operators: Operators, *, actor: str, now: datetime, administrator: VerifyKey | None = None
) -> None:
    """Note that this version of the file is in use: an older one is refused from now on.

    Args:
        session: of the register.
        operators: the verified file.
        actor: who takes it into use.
        now: aware UTC.
        administrator: whose key signed it, for display; None leaves what is stored.
    """
    row = session.get(DeploymentRow, 1, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFoundError("no_deployment", "this register belongs to no deployment yet")
    if operators.version < row.operators_version:
        message = f"version {row.operators_version} of the file of operators is in use; {operators.version} is older"
        raise ConflictError("operators_rollback", message, version=operators.version, in_use=row.operators_version)
    if operators.version == row.operators_version:
        return
    row.operators_version = operators.version
    if administrator is not None:
        row.administrator_jwk = administrator.to_jwk()
    session.flush()
    details = {"version": operators.version, "operators": len(operators.entries)}
    audit.append(session, actor=actor, act="operators.accept", subject=operators.deployment, now=now, details=details)


def _to_json(entry: OperatorEntry) -> dict[str, object]:
    operator = entry.operator
    return {
        "id": operator.id,
        "person": operator.person,
        "name": operator.name,
        "role": operator.role.value,
        "authority": operator.authority,
        **key_to_json(operator.key),
        "schemes": schemes_to_json(operator.schemes),
        "from": days.to_seconds(entry.valid_from),
        "until": None if entry.valid_until is None else days.to_seconds(entry.valid_until),
        "state": entry.state.value,
        "audit": None if entry.audit is None else {"length": entry.audit.length, "head": entry.audit.head.hex()},
    }


def _read(payload: bytes) -> Operators:
    value = jsonform.decode(payload, max_bytes=MAX_BYTES)
    members = Members(value, "operators", {"deployment", "ext", "operators", "v", "version"})
    members.constant("v", 1)
    return Operators(
        deployment=members.text("deployment", most=64),
        version=members.integer("version"),
        ext=members.extension("ext"),
        entries=tuple(_read_entry(each) for each in members.listing("operators", least=1, most=MAX_OPERATORS)),
        proof=_PROOF,
    )


def _read_entry(value: object) -> OperatorEntry:
    members = Members(value, "operator", _MEMBERS)
    return OperatorEntry(
        operator=Operator(
            id=members.text("id", most=MAX_OPERATOR_ID),
            person=members.text("person", most=MAX_PERSON),
            name=members.text("name", most=MAX_OPERATOR_NAME),
            role=OperatorRole(members.choice("role", list(OperatorRole))),
            authority=members.optional("authority", members.identifier),
            key=members.key(),
            schemes=read_schemes(members),
        ),
        valid_from=members.instant("from"),
        valid_until=members.optional("until", members.instant),
        state=EntryState(members.choice("state", list(EntryState))),
        audit=members.optional("audit", lambda name: _read_head(members.raw(name))),
    )


def _read_head(value: object) -> ChainHead:
    members = Members(value, "operator.audit", {"head", "length"})
    return ChainHead(length=members.integer("length"), head=members.digest("head"))


def _require_distinct(entries: Sequence[OperatorEntry]) -> None:
    if not entries:
        raise InputError("no_operators", "a file of operators without operators lets nobody act; add one first")
    ids = [entry.operator.id for entry in entries]
    keys = {entry.operator.key.key_id for entry in entries}
    if ids != sorted(set(ids)) or len(keys) != len(ids):
        raise InputError("duplicate", "an operator's id or key stands twice in the file, or ids are not in order")
