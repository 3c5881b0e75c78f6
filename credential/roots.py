"""Root key sets: who may sign trust lists, and how one set hands over to the next (FORMAT 8).

Rules: a reader begins with a pinned set and follows N+1, N+2, ...; each set is signed by enough of its own keys (they
exist and their holders agree) and by enough of its predecessor's (the old holders agree). Only ``verify_root`` makes a
``VerifiedRoot``.

    root = verify_root(pinned_bytes, None)
    root = verify_root(fetched_bytes, root)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from credential import days, jose, jsonform
from credential.errors import NotTrustedError
from credential.members import KEY_MEMBERS, Members, key_to_json, refuse, unique, unknown_kind
from credential.publication import MAX_VERSION
from credential.signing import AnyKey, UnusableKey
from credential.text import to_base64url

TYP: Final = "titlecert-root+jwt"
VERSION: Final = 1
MAX_KEYS: Final = 16
"""As many as a container has lines."""
MAX_ROOT_BYTES: Final = 256 << 10
"""Sixteen lines with sixteen keys each need 50 KB; keys and signatures of a later suite (ML-DSA) are many times as
long, and every line repeats the keys."""
_PROOF: Final = object()
"""Held by ``verify_root`` alone: whoever has a VerifiedRoot has one that was verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """One root key set, as it says of itself."""

    version: int
    iat: datetime
    demonstration: bool
    """A demonstration root signs nothing that has legal effect."""
    keys: tuple[AnyKey, ...]
    threshold: int
    """How many of the keys must sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedRoot:
    """A root key set whose signatures hold; trusted because it was pinned, or handed over by one that was."""

    root: Root
    container: bytes
    """The bytes as they were verified."""
    proof: object = field(repr=False, compare=False)
    keys: Mapping[bytes, AnyKey] = field(init=False, repr=False, compare=False)
    """The set's keys by key id."""

    def __post_init__(self) -> None:
        if self.proof is not _PROOF:
            raise TypeError("only verify_root makes a VerifiedRoot")
        object.__setattr__(self, "keys", MappingProxyType({key.key_id: key for key in self.root.keys}))

    def __hash__(self) -> int:
        return hash(self.container)

    @property
    def digest(self) -> bytes:
        """SHA-256 of the container."""
        return sha256(self.container).digest()


def encode_root(root: Root) -> bytes:
    """Return the payload that root key holders sign (canonical JSON, keys sorted by kid)."""
    keys = sorted(root.keys, key=_kid)
    return jsonform.encode(
        {
            "demonstration": root.demonstration,
            "iat": days.to_seconds(root.iat),
            "keys": [key_to_json(key) for key in keys],
            "threshold": root.threshold,
            "v": VERSION,
            "version": root.version,
        }
    )


def parse_root(payload: bytes) -> Root:
    """Read a payload strictly. What it says is not trusted.

    Raises:
        MalformedError: ``bad_member``, ``not_canonical``, ``key_form`` and their like.
    """
    value = jsonform.decode(payload, max_bytes=MAX_ROOT_BYTES)
    members = Members(value, "root", {"demonstration", "iat", "keys", "threshold", "v", "version"})
    members.constant("v", VERSION)
    keys = tuple(_read_key(entry) for entry in members.listing("keys", least=1, most=MAX_KEYS))
    kids = [to_base64url(key.key_id) for key in keys]
    unique(kids, "root.keys")
    if kids != sorted(kids):
        raise refuse("root.keys", "keys are sorted by kid")
    return Root(
        version=members.integer("version", least=1, most=MAX_VERSION),
        iat=members.instant("iat"),
        demonstration=members.boolean("demonstration"),
        keys=keys,
        threshold=members.integer("threshold", least=1, most=len(keys)),
    )


def check_known(root: Root) -> None:
    """Refuse a set with a key that whoever makes or signs it does not know (FORMAT 1.1).

    Raises:
        MalformedError: ``unknown_kind``.
    """
    for key in root.keys:
        if isinstance(key, UnusableKey):
            raise unknown_kind("root.keys", f"key {_kid(key)} signs by {key.alg}")


@lru_cache(maxsize=64)
def verify_root(container: bytes, previous: VerifiedRoot | None) -> VerifiedRoot:
    """Check a root container: against itself alone when it is the pinned one, else also against its predecessor.

    Args:
        container: the file's bytes.
        previous: None for the file that the reader was given as its trust anchor; otherwise the version before.

    Raises:
        MalformedError: not in the format.
        SignatureError: a signature of a key of this or the previous set does not hold.
        NotTrustedError: ``too_few_signatures``, ``wrong_version`` (not the next one), ``demonstration_changed``.
        CannotKnowError: ``newer_format``: enough only with signatures of a suite that this program does not know.
    """
    messages = jose.parse_container(container, typ=TYP, max_bytes=MAX_ROOT_BYTES)
    root = parse_root(messages[0].payload)
    if previous is not None:
        _check_succession(root, previous.root)
    verified = VerifiedRoot(root=root, container=container, proof=_PROOF)
    asked = [verified] if previous is None else [previous, verified]
    jose.verify_thresholds(messages, [(each.keys, each.root.threshold) for each in asked])
    return verified


def _check_succession(root: Root, previous: Root) -> None:
    if root.version != previous.version + 1:
        raise NotTrustedError(
            "wrong_version",
            f"root: version {previous.version + 1} was expected, this is {root.version}",
            expected=previous.version + 1,
            found=root.version,
        )
    if root.demonstration != previous.demonstration:
        raise NotTrustedError("demonstration_changed", "root: a demonstration never turns into the real thing")


def _read_key(entry: object) -> AnyKey:
    return Members(entry, "root.keys[]", KEY_MEMBERS).key()


def _kid(key: AnyKey) -> str:
    return to_base64url(key.key_id)
