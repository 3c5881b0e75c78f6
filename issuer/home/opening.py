"""Opening a home whose keys are in files: the one module of the issuer that imports ``keys``.

Rules: only processes (the worker's, later the unlock service's) and the command line import this. A passphrase is asked
for by name, when it is first needed: ``service`` opens the register's secrets and the service keys, ``root`` and
``administrator`` their one key each, an operator's id that operator's key. A home appears under its name complete or
not at all.

    with open_home(Home.open(path), passphrases, clock=clock) as opened:
        regions.add(opened, actor, Region(code="990000", name="示范省"))
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Final, Protocol, Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from credential import durable
from credential.algorithms import ES256
from credential.signing import KeyUse, VerifyKey
from issuer.db.engine import open_engine
from issuer.db.migrate import Versions, downgrade, upgrade, versions
from issuer.db.sessions import Register
from issuer.errors import ConflictError, NotFoundError
from issuer.home.opened import OPERATOR_LABEL, Clock, HeldKey
from issuer.home.paths import FILE, Home
from issuer.home.settings import HomeSettings
from issuer.vault import Vault
from keys import changing
from keys.envelope import SERVICE_COST, ScryptCost
from keys.errors import KeyNotFoundError
from keys.passphrase import Passphrase
from keys.pkcs12 import read_pkcs12
from keys.ring import KeyRing, uri_of
from keys.secretstore import Secret, SecretRecord, SecretStore, SecretUse
from keys.signers import FileSigner
from keys.store import KeyRecord, RootFile
from keys.tokens import AskPin, TokenRecord, TokenSigner
from keys.uri import STORE
from keys.x509 import Mark, make_demonstration_chain

ROOT_FILE: Final = "root.key.json"
OF_SERVICES: Final = "service"
"""The name of the one that opens the register's secrets and every service key."""
NO_ENVIRONMENT: Final[Mapping[str, str]] = MappingProxyType({})
"""Where only the home's own settings count."""
_NAMED: Final = {KeyUse.ROOT: "root", KeyUse.ADMINISTRATOR: "administrator"}
"""Keys that a person opens, by the name of their passphrase; an operator's is the operator's id."""


class Passphrases(Protocol):
    """Where passphrases come from: a terminal, a private file, a test."""

    def __call__(self, name: str, *, new: bool = False) -> Passphrase:
        """Return the passphrase of ``name``; ``new``: it is being chosen, so a person is asked twice."""
        ...


class FileCustody:
    """Keys in encrypted files under one home, and in tokens. It satisfies ``issuer.home.opened.Custody``."""

    def __init__(
        self,
        home: Home,
        passphrases: Passphrases,
        *,
        clock: Clock,
        cost: ScryptCost | None = None,
        pins: AskPin | None = None,
    ) -> None:
        self._home = home
        self._passphrases = passphrases
        self._clock = clock
        self._ring = KeyRing(home.keys, cost=cost, module=home.settings.pkcs11_module, pins=pins)
        self._secrets = SecretStore(home.keys, cost=cost or SERVICE_COST)
        self._root = RootFile(home.root / ROOT_FILE, cost=cost)
        self._service: tuple[Passphrase, Secret] | None = None
        changing.finish(home.keys)

    def make(self, use: KeyUse, *, label: str, owner: str = "", uri: str = STORE) -> VerifyKey:
        """Make a key in a file of its own, or where ``uri`` says.

        Raises:
            PassphraseError, KeyUriError, TokenError.
            KeyFileError: there is one root and no other; ``no_key_file``.
        """
        if use is KeyUse.ROOT:
            return self._root.create(self._passphrases(_name(use, owner), new=True), self._clock(), label).public
        return self._ring.make(use, uri, lambda: self._passphrase(use, owner, new=True), self._clock(), label)

    def take(
        self, use: KeyUse, container: bytes, password: bytes, *, label: str
    ) -> tuple[VerifyKey, tuple[x509.Certificate, ...]]:
        """Store the key of a PKCS #12 file; returns it and the file's certificates, the key's own first.

        Raises:
            ContainerError: ``pkcs12_form``, ``pkcs12_password``, ``pkcs12_key``.
            KeyFileError: ``exists``: the key is here already.
        """
        content = read_pkcs12(container, password)
        passphrase = self._service_passphrase
        return self._ring.take(use, content, passphrase, self._clock(), label), content.certificates

    def make_secrets(self, label: str) -> None:
        """Make the two secrets of a new register under a new service passphrase. Raises KeyFileError ``exists``."""
        chosen = self._passphrases(OF_SERVICES, new=True)
        for use in SecretUse:
            self._secrets.create(use, chosen, self._clock(), f"{use.value} of {label}")
        self._service = (chosen, self._secrets.open(SecretUse.INDEX, chosen))

    def held(self) -> Sequence[HeldKey]:
        """Return all keys and secrets. Raises KeyFileError for a file that is not in order."""
        records: list[KeyRecord | TokenRecord] = []
        with suppress(KeyNotFoundError):  # the root may be on a medium of its own, as it should be
            records.append(self._root.record())
        records += self._ring.records()
        held = [replace(_held(each.use.value, each.key_id, each.public, each), uri=uri_of(each)) for each in records]
        return [*held, *(_held(each.use.value, each.secret_id, None, each) for each in self._secrets.records())]

    def end(self, key_id: bytes) -> None:
        """Move a key's file where nothing opens it. Raises KeyNotFoundError."""
        self._ring.end(key_id)

    def discard(self, key_id: bytes) -> None:
        """Destroy the file of a key that came to nothing. Raises KeyNotFoundError."""
        self._ring.discard(key_id)

    def signer(self, use: KeyUse, key_id: bytes, *, owner: str = "") -> FileSigner | TokenSigner:
        """Open a key. Raises KeyNotFoundError, KeyUseError, PassphraseError, TokenError."""
        if use is KeyUse.ROOT:
            found = self._root.record()
            if found.key_id != key_id:
                message = f"the root key at {found.path} is {found.key_id.hex()}, another one than was asked for"
                raise KeyNotFoundError("no_key", message, key_id=key_id.hex())
            return self._root.signer(self._passphrases(_name(use, owner)))
        return self._ring.signer(key_id, lambda: self._passphrase(use, owner), use=use)

    def handed_on(self) -> bytes | None:
        """Return the service passphrase, proven; None where a token asks a person for its PIN.

        Raises:
            PassphraseError, KeyNotFoundError.
        """
        return None if self._ring.asks_for_pins() else self._service_passphrase().reveal()

    def certify_demonstration(
        self, document_key: VerifyKey, *, authority_name: str, credit_code: str
    ) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
        """Certify a document key with a key that signs once and is forgotten: nothing is left to be stolen."""
        above = ec.generate_private_key(ES256.curve)
        root, leaf = make_demonstration_chain(
            above,
            document_key.public_key,
            authority_name=authority_name,
            credit_code=credit_code,
            now=self._clock(),
            mark=Mark.TRAINING if self._home.settings.training else Mark.DEMONSTRATION,
        )
        return leaf, (root,)

    def open_vault(self) -> Vault:
        """Open the register's two secrets. Raises PassphraseError, KeyNotFoundError."""
        chosen, index = self._opened_service()
        kek, *older = self._secrets.open_all(SecretUse.KEK, chosen)
        return Vault(kek=kek.reveal(), index_key=index.reveal(), older=[each.reveal() for each in older])

    def next_vault(self) -> Vault:
        """Make the next key-encryption key, where none is waiting, and open the vault with all of them.

        Raises:
            KeyFileError: ``same_second``. As ``open_vault``.
        """
        chosen, _ = self._opened_service()
        found = self._secrets.newest_first(SecretUse.KEK)
        if len(found) == 1:
            self._secrets.create_next(SecretUse.KEK, chosen, self._clock(), found[0].label)
        return self.open_vault()

    def end_older_vault(self) -> None:
        """Put every key-encryption key but the newest out of use: nothing is wrapped under them any more."""
        for record in self._secrets.newest_first(SecretUse.KEK)[1:]:
            self._secrets.end(record)

    def change_passphrase(self, name: str) -> int:
        """Seal everything that the passphrase of ``name`` opens under a new one; return how many files.

        All files change together, with the file in ``secrets`` that keeps the passphrase, if there is one. Copies of
        before still open with the old one.

        Args:
            name: ``service``, ``root``, ``administrator``, or an operator's id.

        Raises:
            KeyNotFoundError: nothing here is opened by it.
            PassphraseError: the old one does not open it, or the new one is none.
        """
        old = self._service_passphrase() if name == OF_SERVICES else self._passphrases(name)
        held = [each.key_id for each in self._ring.records() if self._opened_by(each.use, each.label) == name]
        root = name == _NAMED[KeyUse.ROOT]
        if not (held or root or name == OF_SERVICES):
            raise KeyNotFoundError("no_key", f"no key in this home is opened by the passphrase of {name}", name=name)
        new = self._passphrases(name, new=True)
        contents = dict([self._root.resealed(old, new)]) if root else self._ring.resealed(held, old, new)
        contents |= self._secrets.resealed(old, new) if name == OF_SERVICES else {}
        sealed, kept = len(contents), self._home.secrets / f"{name}.passphrase"
        if kept.is_file():
            contents[kept] = new.reveal() + b"\n"
        changing.stage(self._home.keys, contents)
        changing.finish(self._home.keys)
        self._service = None
        return sealed

    def _opened_by(self, use: KeyUse, label: str) -> str:
        """The name of the passphrase that opens a key in a file."""
        if self._is_service(use):
            return OF_SERVICES
        return label.removeprefix(OPERATOR_LABEL) if use is KeyUse.OPERATOR else _NAMED[use]

    def _passphrase(self, use: KeyUse, owner: str, *, new: bool = False) -> Passphrase:
        """What opens a key in a file, or is to open it."""
        return self._service_passphrase() if self._is_service(use) else self._passphrases(_name(use, owner), new=new)

    def _service_passphrase(self) -> Passphrase:
        return self._opened_service()[0]

    def _opened_service(self) -> tuple[Passphrase, Secret]:
        """The service passphrase with the secret that proves it, before it seals or opens anything else."""
        if self._service is None:
            asked = self._passphrases(OF_SERVICES)
            self._service = (asked, self._secrets.open(SecretUse.INDEX, asked))
        return self._service

    @staticmethod
    def _is_service(use: KeyUse) -> bool:
        return use is not KeyUse.OPERATOR and use not in _NAMED


@dataclass(slots=True, kw_only=True)
class OpenedHome:
    """An opened home. Close it, or use it in a ``with`` block. It satisfies ``issuer.home.opened.Opened``."""

    home: Home
    register: Register
    custody: FileCustody = field(repr=False)
    clock: Clock
    _vault: Vault | None = field(default=None, repr=False)

    @property
    def vault(self) -> Vault:
        """The vault, opened at the first use. Raises PassphraseError, KeyNotFoundError."""
        if self._vault is None:
            self._vault = self.custody.open_vault()
        return self._vault

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the register."""
        self.register.close()


def open_home(
    home: Home,
    passphrases: Passphrases,
    *,
    clock: Clock,
    cost: ScryptCost | None = None,
    environment: Mapping[str, str] = NO_ENVIRONMENT,
    pins: AskPin | None = None,
) -> OpenedHome:
    """Open a home's register; vault and keys are opened when they are needed.

    Args:
        home: the home.
        passphrases: where passphrases come from.
        clock: gives aware instants.
        cost: scrypt numbers, for tests only; None takes the strong defaults.
        environment: the process's, which may name the register's database.
        pins: gives PINs of tokens that no file holds; None where nobody can be asked.

    Raises:
        ConflictError: the register is of another program version.
        NotFoundError: ``no_register``, ``database_unreachable``.
    """
    custody = FileCustody(home, passphrases, clock=clock, cost=cost, pins=pins)
    return OpenedHome(home=home, register=Register.open(home.database(environment)), custody=custody, clock=clock)


def open_handed_on(
    home: Home, handed: bytes, *, clock: Clock, environment: Mapping[str, str] = NO_ENVIRONMENT
) -> OpenedHome:
    """Open a home with what ``FileCustody.handed_on`` gave; it opens service keys, and no person's.

    Raises:
        ConflictError: as ``open_home``.
    """
    return open_home(home, _HandedOn(Passphrase(handed.decode())), clock=clock, environment=environment)


@dataclass(frozen=True, slots=True)
class _HandedOn:
    """The one passphrase that a process was given. It satisfies ``Passphrases``."""

    service: Passphrase

    def __call__(self, name: str, *, new: bool = False) -> Passphrase:
        if name != OF_SERVICES or new:
            raise ConflictError("not_handed_on", f"this process was not given the passphrase of {name}", name=name)
        return self.service


def upgrade_home(home: Home, *, act: bool = False, environment: Mapping[str, str] = NO_ENVIRONMENT) -> Versions:
    """Bring the register's tables to the version of this program; return the versions that were found.

    Args:
        home: the home. The caller sees to it that nobody is its worker meanwhile.
        act: False only looks.
        environment: as ``open_home``.

    Raises:
        NotFoundError: ``no_register``.
        ConflictError: ``newer_register``, ``register_moved``.
    """
    place = home.database(environment)
    if isinstance(place, Path) and not place.exists():  # opening would make an empty one
        raise NotFoundError("no_register", f"there is no register at {place}", path=str(place))
    engine = open_engine(place)
    try:
        seen = versions(engine)
        if act:
            upgrade(engine)
    finally:
        engine.dispose()
    return seen


def downgrade_home(
    home: Home, to: str, *, act: bool = False, environment: Mapping[str, str] = NO_ENVIRONMENT
) -> Versions:
    """Bring the register's tables back to the version of an older program; return the versions that were found.

    Args:
        home: as ``upgrade_home``.
        to: the version that the older program needs.
        act: as ``upgrade_home``.
        environment: as ``open_home``.

    Raises:
        NotFoundError: ``no_register``, ``no_version``.
        ConflictError: ``no_way_back``: something would be lost; nothing was done. As ``upgrade_home``.
    """
    seen = upgrade_home(home, environment=environment)
    if act:
        engine = open_engine(home.database(environment))
        try:
            downgrade(engine, to)
        finally:
            engine.dispose()
    return seen


@contextmanager
def found(
    directory: Path,
    settings: HomeSettings,
    passphrases: Passphrases,
    *,
    clock: Clock,
    cost: ScryptCost | None = None,
    environment: Mapping[str, str] = NO_ENVIRONMENT,
) -> Iterator[OpenedHome]:
    """Make a home that is empty but for the register's tables and secrets, open, for ``services.founding``.

    It is made beside its place and gets its name at the end of the block; an error leaves nothing, and what was left of
    a run that died is thrown away. Of a register on a database elsewhere the tables stay.

    Args:
        directory: where the home will be.
        settings: what is fixed for ever.
        passphrases: gives the new ones.
        clock, cost, environment: as ``open_home``.

    Raises:
        ConflictError: ``home_exists``, ``not_empty``, ``founding_running``.
    """
    directory = directory.absolute()
    require_free(directory)
    directory.parent.mkdir(parents=True, exist_ok=True)
    with unfinished(directory) as place:
        home = Home.create(place, settings)
        custody = FileCustody(home, passphrases, clock=clock, cost=cost)
        custody.make_secrets(settings.deployment)
        register = Register.create(home.database(environment))
        with OpenedHome(home=home, register=register, custody=custody, clock=clock) as opened:
            yield opened


@contextmanager
def unfinished(directory: Path) -> Iterator[Path]:
    """Yield an empty directory beside ``directory`` that gets its name at the end; an error removes it.

    It is locked meanwhile: a second run would throw away what the first is making, or name what is half made.
    """
    place = directory.with_name(f".{directory.name}.unfinished")
    place.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _lock(descriptor, directory)
        try:
            _empty(place)
            yield place
            durable.name_directory(place, directory)
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise
    finally:
        os.close(descriptor)


def _lock(descriptor: int, directory: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        message = f"another process is making {directory} just now; nothing was changed"
        raise ConflictError("founding_running", message, directory=str(directory)) from error


def _empty(place: Path) -> None:
    for left in place.iterdir():
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()


def require_free(directory: Path) -> None:
    """Ask whether a home can be made here: nothing is written over, so the directory is new or empty.

    Raises:
        ConflictError: ``home_exists``, ``not_empty``.
    """
    if (directory / FILE).exists():
        raise ConflictError("home_exists", f"{directory} is a home already; nothing was changed", directory=directory)
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        message = f"{directory} is not an empty directory; nothing was changed"
        raise ConflictError("not_empty", message, directory=directory)


def _name(use: KeyUse, owner: str) -> str:
    """The name of the passphrase that opens a person's key."""
    if use is not KeyUse.OPERATOR:
        return _NAMED[use]
    if not owner:
        raise ValueError("an operator's key is opened for an operator, and none was named")
    return owner


def _held(use: str, key_id: bytes, public: VerifyKey | None, record: KeyRecord | TokenRecord | SecretRecord) -> HeldKey:
    return HeldKey(
        use=use, key_id=key_id, public=public, created=record.created, label=record.label, place=str(record.path)
    )
