"""An opened home: register, vault, operators, keys and trust, as the commands of the office use them.

with Office.open(Home.open(path), service_passphrase, clock=clock) as office:
    office.register, office.vault, office.operators()
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import select

from credential import publication
from credential.catalogue import Catalogue
from credential.filings import VerifiedFilings, verify_filings
from credential.signing import KeyUse, Signer
from credential.trustlist import VerifiedTrustList
from issuer.db.models import CatalogueVersionRow
from issuer.db.sessions import ReadSession, Register
from issuer.documents.fonts import FontSet
from issuer.errors import NotFoundError
from issuer.home.paths import Home
from issuer.office import lists
from issuer.office.operators import Operators
from issuer.publishing.chain import named_trust, newest_trust
from issuer.trust.lists import Draft, draft_trust_list, publish_trust_list
from issuer.vault import Vault
from issuer.worker import setup
from keys.envelope import ScryptCost
from keys.passphrase import Passphrase
from keys.secretstore import SecretUse
from keys.signers import FileSigner

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What a command of the office works with. Close it, or use it in a ``with`` block."""

    home: Home
    register: Register
    vault: Vault
    clock: Clock
    cost: ScryptCost | None = field(default=None, repr=False)

    @classmethod
    def open(cls, home: Home, passphrase: Passphrase, *, clock: Clock, cost: ScryptCost | None = None) -> Self:
        """Open the register and the vault with the service passphrase.

        Raises:
            PassphraseError: it does not open the vault's secrets.
            ConflictError: the register is of another program version.
        """
        secrets = setup.secret_store(home, cost)
        kek = secrets.open(SecretUse.KEK, passphrase)
        index = secrets.open(SecretUse.INDEX, passphrase)
        register = Register.open(home.database(os.environ))
        vault = Vault(kek=kek.reveal(), index_key=index.reveal())
        return cls(home=home, register=register, vault=vault, clock=clock, cost=cost)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the register."""
        self.register.close()

    def operators(self) -> Operators:
        """Return the operators that the administrator signed for. Raises NotFoundError, TamperedError."""
        with self.register.read() as session:
            version = lists.deployment(session).operators_version
        return setup.read_operators(self.home, version)

    def operator_signer(self, operator_id: str, passphrase: Passphrase) -> FileSigner:
        """Open the key of an operator.

        Raises:
            NotFoundError: ``no_operator``.
            PassphraseError: it is not this operator's passphrase.
        """
        for entry in self.operators().entries:
            if entry.operator.id == operator_id:
                store = setup.key_store(self.home, self.cost)
                return store.signer(entry.operator.key.key_id, passphrase, use=KeyUse.OPERATOR)
        message = f"there is no operator {operator_id}"
        raise NotFoundError("no_operator", message, operator=operator_id)

    def service_signer(self, key_id: bytes, use: str, passphrase: Passphrase) -> FileSigner:
        """Open a service key for its use. Raises KeyNotFoundError, KeyUseError, PassphraseError."""
        return setup.key_store(self.home, self.cost).signer(key_id, passphrase, use=KeyUse(use))

    def trust(self) -> VerifiedTrustList:
        """Return the newest published trust list, verified. Raises NotFoundError ``no_trust_list``, TamperedError."""
        with self.register.read() as session:
            return newest_trust(self.home.publication, now=self.clock(), at_least=named_trust(session))

    def filings(self, trust: VerifiedTrustList) -> VerifiedFilings:
        """Return the filings that a trust list names."""
        return verify_filings(
            self.home.publication.read(publication.filings(trust.content.filings_digest.hex())), trust
        )

    def catalogue(self, session: ReadSession) -> Catalogue:
        """Return the catalogue in use. Raises NotFoundError ``no_catalogue``."""
        row = session.scalars(select(CatalogueVersionRow).order_by(CatalogueVersionRow.version.desc()).limit(1)).first()
        if row is None:
            raise NotFoundError("no_catalogue", "no catalogue is in use")
        return Catalogue.from_json(row.content)

    def fonts(self, *, system: bool = True) -> FontSet:
        """Return the fonts that documents are printed with. Raises FontError."""
        return FontSet.default([Path(place) for place in self.home.settings.fonts], system=system)

    def draft_trust(self) -> Draft:
        """Lay out the next trust list; ``changes`` says what differs from the published one."""
        with self.register.read() as session:
            return draft_trust_list(session, self.home.trust_settings, self.home.publication, now=self.clock())

    def publish_trust(self, draft: Draft, root_passphrase: Passphrase) -> int:
        """Sign a draft with the root and write it; returns its version. The next snapshot names it.

        Raises:
            PassphraseError: it does not open the root.
        """
        signer: Signer = setup.root_file(self.home, self.cost).signer(root_passphrase)
        with self.home.publication.lock():
            return publish_trust_list(self.home.publication, draft, [signer]).version
