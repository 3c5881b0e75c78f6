"""Setting up a home: keys, register, root, trust; authorities with their keys; operators with theirs.

Rules: each private key is made in the store and never leaves it; the root is in a file of its own; the administrator's
key signs the file of operators, which names who may act. Each step is written so that a run that died is continued:
what exists is checked and kept.

    founded = found(home, passphrases, now=now)
    add_authority(home, authority, service_passphrase, actor="administrator", now=now)
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select

from credential import durable
from credential.catalogue import Catalogue
from credential.days import day_of
from credential.roots import Root
from credential.signing import KeyUse
from credential.statements import OperatorRole
from issuer import audit
from issuer.db.models import CatalogueVersionRow, EntryState
from issuer.db.sessions import Register, WriteSession
from issuer.errors import ConflictError, InputError, NotFoundError
from issuer.home.paths import Home
from issuer.office import lists
from issuer.office import operators as operator_files
from issuer.office import service as office
from issuer.office.operators import OperatorEntry, Operators
from issuer.office.succession import check_successor
from issuer.office.values import Authority, Operator
from issuer.trust.entries import SealCertificate, add_certificate, add_key
from issuer.trust.lists import publish_first_root
from keys.envelope import ScryptCost
from keys.passphrase import Passphrase
from keys.secretstore import SecretStore, SecretUse
from keys.signers import FileSigner
from keys.store import KeyRecord, KeyStore, RootFile
from keys.x509 import make_demonstration_chain

ROOT_FILE: Final = "root.key.json"
SETUP: Final = "administrator"
"""The actor that the audit names for what the administrator sets up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupPassphrases:
    """The three passphrases of a home. Give three different ones."""

    root: Passphrase
    administrator: Passphrase
    service: Passphrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """What ``found`` made."""

    root_kid: bytes
    administrator_kid: bytes
    publisher_kid: bytes
    status_kid: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityKeys:
    """The keys that an authority got."""

    credential_kid: bytes
    document_kid: bytes
    certificate: Path
    """The X.509 root that PDF readers may be told to trust, as PEM."""


def key_store(home: Home, cost: ScryptCost | None = None) -> KeyStore:
    """Return the store of service, operator and administrator keys."""
    return KeyStore(home.keys, cost=cost)


def root_file(home: Home, cost: ScryptCost | None = None) -> RootFile:
    """Return the file of the root key."""
    return RootFile(home.root / ROOT_FILE, cost=cost)


def secret_store(home: Home, cost: ScryptCost | None = None) -> SecretStore:
    """Return the store of the register's two secrets."""
    return SecretStore(home.keys) if cost is None else SecretStore(home.keys, cost=cost)


def found(home: Home, passphrases: SetupPassphrases, *, now: datetime, cost: ScryptCost | None = None) -> Founded:
    """Make everything that a deployment has once.

    Args:
        home: made with ``Home.create``.
        passphrases: root, administrator, service.
        now: aware instant.
        cost: scrypt numbers, for tests only; None takes the strong defaults.

    Raises:
        KeyFileError: a key of this home exists already; nothing is overwritten.
        ConflictError: ``duplicate``: the register belongs to a deployment already.
    """
    store = key_store(home, cost)
    secrets = secret_store(home, cost)
    for use in (SecretUse.KEK, SecretUse.INDEX):
        secrets.create(use, passphrases.service, now, f"{use.value} of {home.settings.deployment}")
    root = root_file(home, cost).create(passphrases.root, now, f"root of {home.settings.deployment}")
    administrator = store.create(KeyUse.ADMINISTRATOR, passphrases.administrator, now, "administrator")
    publisher = store.create(KeyUse.PUBLISHER, passphrases.service, now, "publisher")
    status = store.create(KeyUse.STATUS, passphrases.service, now, "status lists and histories")
    register = Register.create(home.database(os.environ))
    try:
        with register.write() as session:
            _found_register(session, home, administrator, publisher, status, now=now)
    finally:
        register.close()
    _publish_root(home, root, passphrases.root, now, cost)
    return Founded(
        root_kid=root.key_id,
        administrator_kid=administrator.key_id,
        publisher_kid=publisher.key_id,
        status_kid=status.key_id,
    )


def add_authority(
    home: Home,
    authority: Authority,
    passphrase: Passphrase,
    *,
    actor: str,
    now: datetime,
    cost: ScryptCost | None = None,
) -> AuthorityKeys:
    """Add an authority with a credential key, a document key and, in a demonstration, a document certificate.

    The trust list names them when it is next signed (``titlecert publish --trust``).

    Raises:
        InputError: ``not_a_demonstration``: a real document certificate comes from an accredited service
            (商用密码管理条例, article 30) and is imported, not made here.
        ConflictError, NotFoundError: as ``issuer.office.service.add_authority``.
    """
    if not home.settings.demonstration:
        message = (
            "the document certificate of a real authority comes from an accredited certification service "
            "(商用密码管理条例, article 30); this version makes demonstration certificates only"
        )
        raise InputError("not_a_demonstration", message)
    store = key_store(home, cost)
    register = Register.open(home.database(os.environ))
    try:
        with register.write() as session:
            office.add_authority(session, authority, actor=actor, now=now)
            credential = store.create(KeyUse.CREDENTIAL, passphrase, now, f"credential {authority.id}")
            document = store.create(KeyUse.DOCUMENT, passphrase, now, f"document {authority.id}")
            for record in (credential, document):
                add_key(session, record.public, use=record.use.value, authority=authority.id, actor=actor, now=now)
            seal = _demonstration_seal(authority, document, now)
            add_certificate(session, seal, actor=actor, now=now)
    finally:
        register.close()
    path = home.directory / "document-roots" / f"{authority.id}.pem"
    path.parent.mkdir(mode=0o755, exist_ok=True)
    durable.replace(path, seal.chain[-1].public_bytes(Encoding.PEM), mode=0o644)
    return AuthorityKeys(credential_kid=credential.key_id, document_kid=document.key_id, certificate=path)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOperator:
    """Who becomes an operator."""

    id: str
    name: str
    role: str
    """``clerk``, ``approver`` or ``admin``."""
    authority: str | None


def add_operator(
    home: Home,
    new: NewOperator,
    *,
    passphrase: Passphrase,
    administrator: FileSigner,
    now: datetime,
    cost: ScryptCost | None = None,
) -> Operator:
    """Make an operator's key and name it in a new edition of the file of operators.

    Raises:
        InputError: id, name or role.
        ConflictError: the id is taken.
        TamperedError: the present file of operators does not verify.
    """
    store = key_store(home, cost)
    register = Register.open(home.database(os.environ))
    try:
        with register.write() as session:
            role = _role(new.role)
            if any(listed.id == new.id for listed in lists.operators(session)):
                raise ConflictError("duplicate", f"operator {new.id} exists already", id=new.id)
            record = store.create(KeyUse.OPERATOR, passphrase, now, f"operator {new.id}")
            operator = Operator(id=new.id, name=new.name, role=role, authority=new.authority, key=record.public)
            office.add_operator(session, operator, actor=SETUP, now=now)
            entry = OperatorEntry(operator=operator, valid_from=now.replace(microsecond=0))
            # A run that died before its commit left the operator in the file, with a key that nobody will use.
            others = [each for each in _entries(home, session, administrator) if each.operator.id != new.id]
            _sign_operators(home, session, (*others, entry), administrator, now)
    finally:
        register.close()
    return operator


def end_operator(home: Home, operator_id: str, *, administrator: FileSigner, now: datetime) -> None:
    """End an operator: no statement of theirs counts any more. Raises NotFoundError ``no_operator``."""
    register = Register.open(home.database(os.environ))
    try:
        with register.write() as session:
            entries = _entries(home, session, administrator)
            if operator_id not in {entry.operator.id for entry in entries}:
                message = f"there is no operator {operator_id}"
                raise NotFoundError("no_operator", message, operator=operator_id)
            ended = tuple(_ended(entry, now) if entry.operator.id == operator_id else entry for entry in entries)
            _sign_operators(home, session, ended, administrator, now)
            audit.append(session, actor=SETUP, act="operator.end", subject=operator_id, now=now)
    finally:
        register.close()


def read_operators(home: Home, session_version: int) -> Operators:
    """Verify the file of operators with the administrator's public key from the key store.

    Raises:
        NotFoundError: ``no_operators``.
        TamperedError: it does not verify, or is older than the register has accepted.
    """
    try:
        token = home.operators.read_text("ascii")
    except FileNotFoundError as error:
        message = "there are no operators yet; two are needed"
        raise NotFoundError("no_operators", message) from error
    administrator = administrator_record(home)
    return operator_files.verify(
        token, administrator=administrator.public, deployment=home.settings.deployment, at_least=session_version
    )


def administrator_record(home: Home) -> KeyRecord:
    """Return the record of the administrator's key. Raises NotFoundError ``no_administrator``."""
    found = [record for record in key_store(home).records() if record.use is KeyUse.ADMINISTRATOR]
    if not found:
        raise NotFoundError("no_administrator", f"{home.keys} holds no administrator's key; restore it from a backup")
    return found[-1]


def import_catalogue(session: WriteSession, data: bytes, *, actor: str, now: datetime) -> Catalogue:
    """Take a version of the catalogue into use; it is published with the next trust list.

    Raises:
        MalformedError: not in the catalogue's form; ``catalogue_breaks``: certificates would say something else.
        ConflictError: ``old_catalogue``: this version or a later one is in use.
    """
    catalogue = Catalogue.from_json(data)
    newest = session.scalar(select(CatalogueVersionRow).order_by(CatalogueVersionRow.version.desc()).limit(1))
    if newest is not None and catalogue.version <= newest.version:
        message = f"version {newest.version} of the catalogue is in use; this file is version {catalogue.version}"
        raise ConflictError("old_catalogue", message, version=catalogue.version)
    check_successor(catalogue, None if newest is None else Catalogue.from_json(newest.content))
    content = catalogue.to_json()
    session.add(
        CatalogueVersionRow(
            version=catalogue.version,
            digest=sha256(content).digest(),
            content=content,
            in_force_from=day_of(now),
            imported=now,
        )
    )
    session.flush()
    audit.append(session, actor=actor, act="catalogue.import", subject=str(catalogue.version), now=now)
    return catalogue


def _found_register(
    session: WriteSession,
    home: Home,
    administrator: KeyRecord,
    publisher: KeyRecord,
    status: KeyRecord,
    *,
    now: datetime,
) -> None:
    office.found_deployment(
        session,
        deployment=home.settings.deployment,
        status_lists=home.settings.status_lists,
        administrator=administrator.public,
        now=now,
    )
    for record in (publisher, status):
        add_key(session, record.public, use=record.use.value, authority=None, actor=SETUP, now=now)
    import_catalogue(session, Catalogue.load_builtin().to_json(), actor=SETUP, now=now)


def _publish_root(
    home: Home, record: KeyRecord, passphrase: Passphrase, now: datetime, cost: ScryptCost | None
) -> None:
    root = Root(
        version=1,
        iat=now.replace(microsecond=0),
        demonstration=home.settings.demonstration,
        keys=(record.public,),
        threshold=1,
    )
    container = publish_first_root(home.publication, root_file(home, cost).signer(passphrase), root)
    durable.replace(home.trust_root, container, mode=0o644)


def _demonstration_seal(authority: Authority, document: KeyRecord, now: datetime) -> SealCertificate:
    # The key above the certificate signs once and is forgotten: nothing is left that could be stolen.
    above = ec.generate_private_key(ec.SECP256R1())
    root, leaf = make_demonstration_chain(
        above,
        document.public.public_key,
        authority_name=authority.name,
        credit_code=authority.credit_code,
        now=now,
    )
    return SealCertificate(authority=authority.id, kid=document.key_id, certificate=leaf, chain=(root,))


def _role(text: str) -> OperatorRole:
    try:
        return OperatorRole(text)
    except ValueError as error:
        names = ", ".join(role.value for role in OperatorRole)
        raise InputError("role", f"{text!r} is no role; take one of {names}") from error


def _entries(home: Home, session: WriteSession, administrator: FileSigner) -> Sequence[OperatorEntry]:
    if not home.operators.exists():
        return ()
    deployment = lists.deployment(session)
    return operator_files.verify(
        home.operators.read_text("ascii"),
        administrator=administrator.public,
        deployment=deployment.id,
        at_least=deployment.operators_version,
    ).entries


def _sign_operators(
    home: Home, session: WriteSession, entries: Sequence[OperatorEntry], administrator: FileSigner, now: datetime
) -> None:
    """Write the next edition, then note its version: a crash between leaves a file that is newer, which is accepted."""
    deployment = lists.deployment(session)
    version = max(deployment.operators_version, _written_version(home, deployment.id, administrator)) + 1
    token = operator_files.sign(entries, deployment=deployment.id, version=version, signer=administrator)
    durable.replace(home.operators, f"{token}\n".encode("ascii"), mode=0o644)
    operators = operator_files.verify(token, administrator=administrator.public, deployment=deployment.id)
    operator_files.accept(session, operators, actor=SETUP, now=now)


def _written_version(home: Home, deployment: str, administrator: FileSigner) -> int:
    """The version of the file that lies there; a run that died may have written it without the register's knowing."""
    if not home.operators.exists():
        return 0
    token = home.operators.read_text("ascii")
    return operator_files.verify(token, administrator=administrator.public, deployment=deployment).version


def _ended(entry: OperatorEntry, now: datetime) -> OperatorEntry:
    return replace(entry, valid_until=now.replace(microsecond=0), state=EntryState.ENDED)
