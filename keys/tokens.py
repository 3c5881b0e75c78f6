"""Signing keys in tokens: what the home keeps of one, and the signer that asks the token (PKCS#11).

Rules: the private key is made in the token and never leaves it. The home keeps a file that says which key of which
token it is, with its public half; no PIN stands in it. Before the first use the token proves that it holds the private
half of that very key. Half of a token's signatures have a high s, so every one is normalised. Signatures of a token are
not deterministic: what was signed is stored, and not signed again. A token is opened once, and its PIN asked for then.

    store = TokenStore(home / "keys", pins=ask)
    record = store.create(KeyUse.DOCUMENT, uri, now, "document sf-hrss")
    signer = store.signer(record, use=KeyUse.DOCUMENT)
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from cryptography.hazmat.primitives.asymmetric import ec

from credential import durable
from credential.algorithms import ES256
from credential.errors import CredentialError
from credential.signing import KeyId, KeyUse, VerifyKey, normalise_low_s
from keys import files
from keys.errors import KeyFileError, KeyNotFoundError, KeyUriError, KeyUseError, TokenError
from keys.passphrase import Pin
from keys.store import ENDED_KEYS, checked_label, whole_seconds
from keys.uri import TokenUri, parse

if TYPE_CHECKING:
    import pkcs11

AskPin = Callable[[TokenUri], Pin]
"""Gives the PIN of the token that a URI names."""
_TYPE: Final = "titlecert-token-key"
_SUFFIX: Final = ".token.json"
_MAX_FILE: Final = 8192
"""A URI has at most 1,024 characters, a label 200."""
_OCTET_STRING: Final = 0x04
_PROBE: Final = b"titlecert: is this the key?\x00"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRecord:
    """What is known of a key in a token without asking the token."""

    key_id: KeyId
    use: KeyUse
    public: VerifyKey
    created: datetime
    """Aware, UTC, whole seconds: when the home took it."""
    label: str
    uri: TokenUri
    path: Path


class TokenSigner:
    """A key in a token, proven to be the expected one. It satisfies ``credential.signing.Signer``."""

    __slots__ = ("_private", "public", "use")

    def __init__(self, private: Any, public: VerifyKey, *, use: KeyUse) -> None:
        """Take a key object of an open session. Raises TokenError ``token_key_differs``, ``token_failed``."""
        self._private = private
        self.public = public
        self.use = use
        probe = _PROBE + os.urandom(32)
        try:
            public.verify(self.sign(probe), probe)
        except CredentialError:
            raise _differs(public) from None

    @property
    def key_id(self) -> KeyId:
        """The first 8 bytes of the key's RFC 9679 thumbprint."""
        return self.public.key_id

    def sign(self, message: bytes) -> bytes:
        """Return a low-s signature over ``message``, which is hashed here. Raises TokenError ``token_failed``."""
        with _failures():
            from pkcs11 import Mechanism  # noqa: PLC0415 - an extra

            raw = self._private.sign(hashlib.sha256(message).digest(), mechanism=Mechanism.ECDSA)
        return normalise_low_s(bytes(raw))

    def __repr__(self) -> str:
        return f"TokenSigner(use={self.use.value}, key_id={self.key_id.hex()})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a signer stays in its process")


class TokenStore:
    """The files that say which keys of which tokens are this home's, and the tokens that were opened for them."""

    def __init__(self, directory: Path, *, pins: AskPin, module: str = "") -> None:
        """Take the directory of the files, who gives PINs, and the module that is used where a URI names none."""
        self._directory = directory
        self._pins = pins
        self._module = module
        self._sessions: dict[tuple[str, ...], pkcs11.Session] = {}

    def create(self, use: KeyUse, uri: TokenUri, now: datetime, label: str) -> TokenRecord:
        """Take the key that ``uri`` names, made in the token first where it is not there; sign once with it.

        Raises:
            TokenError: the token does not open, or its key is of another kind.
            KeyFileError: ``exists``: this home has that key already; ``label``.
            KeyUriError: ``uri_token``: a key can be made only under a label.
        """
        session = self._session(uri)
        public = _find_public(session, uri) or _make(session, uri)
        TokenSigner(_find_private(session, uri), public, use=use)
        record = TokenRecord(
            key_id=public.key_id,
            use=use,
            public=public,
            created=whole_seconds(now),
            label=checked_label(label),
            uri=uri,
            path=self._directory / f"{use.value}-{public.key_id.hex()}{_SUFFIX}",
        )
        if any(each.key_id == public.key_id for each in self.records()):
            message = f"key {public.key_id.hex()} of the token is this home's already"
            raise KeyFileError("exists", message, path=str(uri))
        files.make_private_directory(self._directory)
        files.write_new(record.path, _written(record))
        return record

    def records(self) -> list[TokenRecord]:
        """Return all, oldest first. Raises KeyFileError for any file that is not in order."""
        if not self._directory.exists():
            return []
        files.check_private_directory(self._directory)
        found = [_record(path) for path in self._directory.glob(f"*{_SUFFIX}")]
        return sorted(found, key=lambda record: (record.created, record.key_id))

    def find(self, key_id: bytes) -> TokenRecord | None:
        """Return one record; None: the key is in no token of this home."""
        return next((each for each in self.records() if each.key_id == key_id), None)

    def signer(self, record: TokenRecord, *, use: KeyUse) -> TokenSigner:
        """Open a key for ``use``.

        Raises:
            KeyUseError: the key was taken for another use.
            TokenError: the token does not open, or holds another key under that name.
        """
        if record.use is not use:
            message = f"key {record.key_id.hex()} is a {record.use.value} key and does not sign as {use.value}"
            raise KeyUseError("wrong_use", message, key_id=record.key_id.hex(), use=record.use.value)
        session = self._session(record.uri)
        found = _find_public(session, record.uri)
        if found is not None and found != record.public:
            raise _differs(record.public)
        return TokenSigner(_find_private(session, record.uri), record.public, use=use)

    def end(self, key_id: bytes) -> Path:
        """Move a key's file to ``ended/``; the token is left as it is. Raises KeyNotFoundError."""
        record = self._required(key_id)
        ended = self._directory / ENDED_KEYS
        files.make_private_directory(ended)
        durable.move(record.path, ended / record.path.name)
        return ended / record.path.name

    def discard(self, key_id: bytes) -> None:
        """Forget a key that signed nothing; the token is left as it is. Raises KeyNotFoundError."""
        self._required(key_id).path.unlink()

    def _required(self, key_id: bytes) -> TokenRecord:
        record = self.find(key_id)
        if record is None:
            message = f"there is no key {key_id.hex()} in {self._directory}"
            raise KeyNotFoundError("no_key", message, key_id=key_id.hex())
        return record

    def _session(self, uri: TokenUri) -> pkcs11.Session:
        module = uri.module or self._module
        name = (module, *(f"{key}={value}" for key, value in sorted(uri.token.items())))
        if name in self._sessions:
            return self._sessions[name]
        if not module:
            message = "no PKCS#11 module is named; give its path in the URI or in the settings of the home"
            raise TokenError("token_module", message, path="")
        token = _token(module, uri)
        self._sessions[name] = _opened(token, self._pins(uri))
        return self._sessions[name]


def _token(module: str, uri: TokenUri) -> pkcs11.Token:
    """The one token that the URI names. Raises TokenError ``token_module``, ``no_token``, ``several_tokens``."""
    import pkcs11  # noqa: PLC0415 - an extra

    try:
        tokens = list(pkcs11.lib(module).get_tokens())
    except (pkcs11.PKCS11Error, RuntimeError, OSError) as error:
        message = f"the PKCS#11 module {module} does not answer ({type(error).__name__})"
        raise TokenError("token_module", message, path=module) from error
    found = [each for each in tokens if all(_says(each, name, value) for name, value in uri.token.items())]
    said = ";".join(f"{name}={value}" for name, value in uri.token.items())
    if not found:
        raise TokenError("no_token", f"{module} has no token with {said}", path=module, token=said)
    if len(found) > 1:
        message = f"{module} has {len(found)} tokens with {said}, one is needed"
        raise TokenError("several_tokens", message, path=module, token=said)
    return found[0]


def _says(token: pkcs11.Token, name: str, value: str) -> bool:
    stated: dict[str, Any] = {
        "token": token.label,
        "serial": token.serial,
        "manufacturer": token.manufacturer_id,
        "model": token.model,
    }
    found = stated[name]
    text = found.decode(errors="replace") if isinstance(found, bytes) else str(found)
    return text.rstrip(" \x00") == value


def _opened(token: pkcs11.Token, pin: Pin) -> pkcs11.Session:
    import pkcs11  # noqa: PLC0415

    try:
        return token.open(rw=True, user_pin=pin.reveal().decode())
    except pkcs11.UserAlreadyLoggedIn:  # this process gave the PIN before: a token knows processes, not homes
        return token.open(rw=True)
    except (pkcs11.PinIncorrect, pkcs11.PinLocked, pkcs11.PinInvalid, pkcs11.PinLenRange) as error:
        message = f"the token {token.label} does not take the PIN ({type(error).__name__})"
        raise TokenError("token_pin", message, token=str(token.label)) from None
    except pkcs11.PKCS11Error as error:
        raise TokenError("token_failed", f"the token failed: {type(error).__name__}") from error


@contextmanager
def _failures() -> Iterator[None]:
    import pkcs11  # noqa: PLC0415

    try:
        yield
    except pkcs11.PKCS11Error as error:
        raise TokenError("token_failed", f"the token failed: {type(error).__name__}") from error


def _objects(session: pkcs11.Session, uri: TokenUri, kind: str) -> list[Any]:
    from pkcs11 import Attribute, ObjectClass  # noqa: PLC0415

    wanted: dict[Any, Any] = {Attribute.CLASS: ObjectClass[kind]}
    wanted |= {Attribute.LABEL: uri.label} if uri.label else {}
    wanted |= {Attribute.ID: uri.id} if uri.id else {}
    with _failures():
        found = list(session.get_objects(wanted))
    if len(found) > 1:
        message = f"the token holds {len(found)} keys of that name; name one by its id"
        raise TokenError("several_token_keys", message, uri=str(uri), count=len(found))
    return found


def _find_private(session: pkcs11.Session, uri: TokenUri) -> Any:
    found = _objects(session, uri, "PRIVATE_KEY")
    if not found:
        raise TokenError("no_token_key", f"the token holds no private key {uri}", uri=str(uri))
    return found[0]


def _find_public(session: pkcs11.Session, uri: TokenUri) -> VerifyKey | None:
    """The public half as the token states it; None where there is no such object."""
    found = _objects(session, uri, "PUBLIC_KEY")
    return _public_of(found[0], uri) if found else None


def _public_of(stated: Any, uri: TokenUri) -> VerifyKey:
    from pkcs11 import Attribute  # noqa: PLC0415

    with _failures():
        point = bytes(stated[Attribute.EC_POINT])
    size = 2 * ES256.coordinate_bytes + 1
    if point[:2] == bytes((_OCTET_STRING, size)) and len(point) == size + 2:
        point = point[2:]
    try:
        return VerifyKey.from_public_key(ec.EllipticCurvePublicKey.from_encoded_point(ES256.curve, point))
    except (ValueError, CredentialError):
        message = f"the key in the token is not of {ES256.kty} on {ES256.crv}"
        raise TokenError("token_key_kind", message, uri=str(uri), curve=ES256.crv) from None


def _make(session: pkcs11.Session, uri: TokenUri) -> VerifyKey:
    """Make a key in the token, which never leaves it."""
    from pkcs11 import Attribute, KeyType  # noqa: PLC0415
    from pkcs11.util.ec import encode_named_curve_parameters  # noqa: PLC0415

    if not uri.label:
        raise KeyUriError("uri_token", "a key that is to be made in a token needs a label (object=)")
    if _objects(session, uri, "PRIVATE_KEY"):
        message = f"the token holds the private key {uri} without its public half; give it that first"
        raise TokenError("no_token_key", message, uri=str(uri))
    with _failures():
        parameters = session.create_domain_parameters(
            KeyType.EC, {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}, local=True
        )
        public, _ = parameters.generate_keypair(
            store=True,
            label=uri.label,
            id=uri.id or os.urandom(8),
            private_template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
        )
    return _public_of(public, uri)


def _differs(public: VerifyKey) -> TokenError:
    message = f"the token does not sign as key {public.key_id.hex()}; it is another token, or its key was replaced"
    return TokenError("token_key_differs", message, key_id=public.key_id.hex())


def _written(record: TokenRecord) -> bytes:
    document = {
        "type": _TYPE,
        "v": 1,
        "use": record.use.value,
        "kid": record.key_id.hex(),
        "jwk": record.public.to_jwk(),
        "created": record.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "label": record.label,
        "uri": str(record.uri),
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def _record(path: Path) -> TokenRecord:
    try:
        said = json.loads(files.read_private(path, max_bytes=_MAX_FILE))
        if (said["type"], said["v"]) != (_TYPE, 1):
            raise ValueError("another type")
        public, uri = VerifyKey.from_jwk(said["jwk"]), parse(said["uri"])
        if said["kid"] != public.key_id.hex() or not isinstance(uri, TokenUri):
            raise ValueError("key id, key or address differ")
        return TokenRecord(
            key_id=public.key_id,
            use=KeyUse(said["use"]),
            public=public,
            created=datetime.strptime(said["created"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC),
            label=said["label"],
            uri=uri,
            path=path,
        )
    except (KeyError, ValueError, TypeError, AttributeError, CredentialError, KeyUriError) as error:
        message = f"{path} does not name a key of a token ({type(error).__name__}); restore it from a backup"
        raise KeyFileError("form", message, path=str(path)) from None
