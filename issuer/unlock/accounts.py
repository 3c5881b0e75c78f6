"""Signing in by OpenID Connect: the ID token is proven here, against a nonce that was issued here.

Rules: the desk brings a token and says nothing about it that is believed. Proven are: the signature, by a key that the
provider publishes and with an algorithm that the settings name; issuer, audience and ``azp``; the times; and that the
nonce was issued here, is not over, and was not used before. The nonce is used up before anything else is looked at, so
a token is tried once. Who it is, is read from that token alone (OpenID Connect Core 3.1.3.7).

    accounts = Accounts(entrance, settings, Published(settings, clock=clock))
    begun = accounts.begin()
    signed_in = accounts.with_token(id_token, begun.nonce)
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from joserfc import jwk, jws
from joserfc.errors import JoseError

from credential.errors import CredentialError
from credential.text import from_base64url, to_base64url
from issuer.db import tries
from issuer.home.holders import OidcSettings
from issuer.unlock.entering import Entrance, not_recognised
from issuer.unlock.model import Begun, SignedIn
from issuer.unlock.provider import Published

MAX_ID_TOKEN: Final = 16 << 10
"""Bytes; one with a picture in it is none of ours."""
LEEWAY: Final = timedelta(seconds=60)
"""Between two clocks."""
_NONCE_BYTES: Final = 32
_BETWEEN_NAMES: Final = re.compile(r"[\s·・‧•.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Signs holders in with accounts of one provider. It satisfies ``issuer.unlock.service.Provider``."""

    entrance: Entrance = field(repr=False)
    settings: OidcSettings
    published: Published = field(repr=False)

    def begin(self) -> Begun:
        """Begin a sign-in. Raises MachineError ``provider_unreachable``."""
        endpoints, now = self.published.endpoints(), self.entrance.clock()
        nonce = to_base64url(secrets.token_bytes(_NONCE_BYTES))
        expires = (now + timedelta(minutes=self.settings.sign_in_minutes)).replace(microsecond=0)
        with self.entrance.register.write() as session:
            tries.begin_sign_in(session, _digest(nonce), now=now, expires=expires)
        return Begun(
            nonce=nonce,
            expires=expires,
            issuer=endpoints.issuer,
            authorization_endpoint=endpoints.authorization,
            token_endpoint=endpoints.token,
            client_id=self.settings.client_id,
            scopes=self.settings.scopes,
        )

    def with_token(self, id_token: str, nonce: str) -> SignedIn:
        """Sign in whoever an ID token names.

        Raises:
            NotAllowedError: ``not_recognised``: whatever is wrong.
            MachineError: ``provider_unreachable``: its keys cannot be fetched.
        """
        now = self.entrance.clock()
        with self.entrance.register.write() as session:
            is_ours = tries.use_sign_in(session, _digest(nonce), now=now)
        claims = self._proven(id_token) if is_ours else None
        if claims is None or not self._holds(claims, nonce, now):
            raise not_recognised()
        id_type, id_number, name = self._named(claims)
        return self.entrance.with_document(id_type, id_number, is_called=lambda held: name is None or _same(name, held))

    def _proven(self, token: str) -> Mapping[str, Any] | None:
        """The claims of a token whose signature holds; None for any other."""
        if len(token) > MAX_ID_TOKEN or not token.isascii() or token.count(".") != 2:
            return None
        head = _object(token.split(".", maxsplit=1)[0])
        if head is None or head.get("alg") not in self.settings.algorithms or "crit" in head:
            return None
        kid = head.get("kid")
        key = self.published.key(kid) if kid is None or isinstance(kid, str) else None
        # The key pins the algorithm, where it names one.
        if key is None or key.get("alg", head["alg"]) != head["alg"]:
            return None
        try:
            signed = jws.deserialize_compact(token, jwk.import_key(dict(key)), algorithms=[head["alg"]])
        except (JoseError, ValueError):
            return None
        return _plain(signed.payload)

    def _holds(self, claims: Mapping[str, Any], nonce: str, now: datetime) -> bool:
        settings = self.settings
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        said = claims.get("nonce")
        return (
            claims.get("iss") == settings.issuer
            and settings.client_id in audiences
            and claims.get("azp", settings.client_id) == settings.client_id
            and (len(audiences) == 1 or "azp" in claims)
            and isinstance(said, str)
            and hmac.compare_digest(said.encode(), nonce.encode())
            and self._in_time(claims, now)
        )

    def _in_time(self, claims: Mapping[str, Any], now: datetime) -> bool:
        begun = now - timedelta(minutes=self.settings.sign_in_minutes) - LEEWAY
        until, since, before = (_seconds(claims.get(name)) for name in ("exp", "iat", "nbf"))
        return (
            until is not None
            and now.timestamp() < until + LEEWAY.total_seconds()
            and since is not None
            and begun.timestamp() <= since <= (now + LEEWAY).timestamp()
            and ("nbf" not in claims or (before is not None and before <= (now + LEEWAY).timestamp()))
        )

    def _named(self, claims: Mapping[str, Any]) -> tuple[str, str, str | None]:
        """Type and number of the ID document, and the name where it is compared. Raises NotAllowedError."""
        settings = self.settings
        id_type = settings.id_type or _text(claims, settings.id_type_claim)
        name = _text(claims, settings.name_claim) if settings.name_claim else None
        return settings.id_types.get(id_type, id_type), _text(claims, settings.id_number_claim), name


def _text(claims: Mapping[str, Any], name: str) -> str:
    found = claims.get(name)
    if not isinstance(found, str) or not found.strip():
        raise not_recognised()
    return found


def _same(name: str, held: str) -> bool:
    """Whether two names are one, however wide, and whatever stands between their parts."""
    return _folded(name) == _folded(held)


def _folded(name: str) -> str:
    return _BETWEEN_NAMES.sub("", unicodedata.normalize("NFKC", name)).casefold()


def _digest(nonce: str) -> bytes:
    return sha256(nonce.encode()).digest()


def _seconds(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _object(part: str) -> Mapping[str, Any] | None:
    try:
        return _plain(from_base64url(part))
    except CredentialError:
        return None


def _plain(data: bytes) -> Mapping[str, Any] | None:
    """An object of JSON with no name twice; None for anything else."""
    try:
        found = json.loads(data, object_pairs_hook=_each_once, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands twice")
    return found


def _refuse(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")
