"""What was asked of certification services and what they returned, until an authority takes it into use.

Rules: they are files of a home. One order for an authority at a time, in a file of its own; the same order again is the
same request. A trust anchor that an administrator named once stays trusted in this home. The files hold nothing secret,
and nothing that is believed without asking: a chain is checked again when it is taken into use.

    orders = Orders(home.certificates)
    orders.keep(order)
    orders.find("sf-hrss")
    orders.pin(root)
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from credential import durable
from credential.claims import AUTHORITY_ID
from credential.errors import CredentialError
from credential.signing import VerifyKey
from issuer.errors import InputError
from issuer.trust.accredited import Owner
from issuer.trust.alone import alone

_VERSION: Final = 1
_MAX_FILE: Final = 1 << 20
_ANCHORS: Final = "anchors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A document certificate that was asked for."""

    authority: str
    owner: Owner
    key: VerifyKey
    uri: str
    """Where the key is."""
    request: bytes
    """The certificate request, PEM; empty where the key came with its certificate."""
    made: datetime
    """Aware, UTC."""
    chain: tuple[x509.Certificate, ...] = ()
    """What came back, the certificate first and the root last; empty until then."""


class Orders:
    """The orders and trust anchors under one directory, which is made when it is needed."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def alone(self) -> AbstractContextManager[None]:
        """Have the orders to ourselves in a block: of two who ask for an authority at once, one makes its key."""
        return alone(self._directory)

    def find(self, authority: str) -> Order | None:
        """Return the order of an authority, if there is one. Raises InputError ``order_file``."""
        path = self._path(authority)
        if path is None or not path.exists():
            return None
        try:
            return _read(json.loads(path.read_bytes()[:_MAX_FILE]), authority)
        except (ValueError, KeyError, TypeError, AttributeError, CredentialError) as error:
            message = f"{path} does not hold an order ({type(error).__name__}); restore it from a backup"
            raise InputError("order_file", message, path=str(path)) from error

    def keep(self, order: Order) -> None:
        """Write an order in the place of the authority's last one."""
        path = self._path(order.authority)
        if path is None:
            raise InputError("authority_id", f"{order.authority!r} is no authority id")
        self._directory.mkdir(mode=0o700, exist_ok=True)
        durable.replace(path, _written(order), mode=0o600)

    def drop(self, authority: str) -> None:
        """Forget an order that was taken into use; none is fine."""
        path = self._path(authority)
        if path is not None:
            path.unlink(missing_ok=True)

    def pin(self, root: x509.Certificate) -> None:
        """Trust a root from now on, as an administrator says."""
        folder = self._directory / _ANCHORS
        self._directory.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        name = f"{sha256(root.public_bytes(Encoding.DER)).hexdigest()}.pem"
        durable.replace(folder / name, root.public_bytes(Encoding.PEM), mode=0o600)

    def roots(self) -> tuple[x509.Certificate, ...]:
        """Return the pinned roots. Raises InputError ``order_file``: one does not read."""
        found: list[x509.Certificate] = []
        for path in sorted((self._directory / _ANCHORS).glob("*.pem")):
            try:
                found.append(x509.load_pem_x509_certificate(path.read_bytes()))
            except ValueError as error:
                message = f"{path} holds no certificate; restore it from a backup, or name the root again"
                raise InputError("order_file", message, path=str(path)) from error
        return tuple(found)

    def _path(self, authority: str) -> Path | None:
        return self._directory / f"{authority}.json" if AUTHORITY_ID.fullmatch(authority) else None


def _written(order: Order) -> bytes:
    document = {
        "v": _VERSION,
        "authority": order.authority,
        "name": order.owner.name,
        "code": order.owner.credit_code,
        "jwk": order.key.to_jwk(),
        "uri": order.uri,
        "request": order.request.decode("ascii"),
        "made": order.made.astimezone(UTC).isoformat(),
        "chain": "".join(each.public_bytes(Encoding.PEM).decode("ascii") for each in order.chain),
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def _read(said: dict[str, Any], authority: str) -> Order:
    if said["v"] != _VERSION or said["authority"] != authority:
        raise ValueError("another order")
    chain: Sequence[x509.Certificate] = ()
    if said["chain"]:
        chain = x509.load_pem_x509_certificates(said["chain"].encode("ascii"))
    return Order(
        authority=authority,
        owner=Owner(name=said["name"], credit_code=said["code"]),
        key=VerifyKey.from_jwk(said["jwk"]),
        uri=said["uri"],
        request=said["request"].encode("ascii"),
        made=datetime.fromisoformat(said["made"]),
        chain=tuple(chain),
    )
