"""A provider of OpenID Connect, as the unlock service knows it: what it publishes, fetched and kept for a while.

Rules: the address of the provider is this service's own configuration, and all that it names is fetched by this service
itself: by https, or from this machine; at most 256 KiB in ten seconds; no redirect is followed. What it publishes of
itself must name the issuer that was configured (OpenID Connect Discovery 4.3). Keys are kept for an hour; a key that is
not known is looked for again once a minute at most, so that a rolled key is found and nobody makes us ask often.

    published = Published(settings, clock=clock)
    published.endpoints().authorization
    published.key("kid-1")
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import httpx

from issuer.errors import MachineError
from issuer.home.addresses import is_secure
from issuer.home.holders import OidcSettings
from issuer.home.opened import Clock

KEPT_FOR: Final = timedelta(hours=1)
LOOK_AGAIN: Final = timedelta(minutes=1)
MOST_BYTES: Final = 256 << 10
FETCH_SECONDS: Final = 10.0
_MOST_KEYS: Final = 64
_STEP_SECONDS: Final = 5.0
Fetch = Callable[[str], bytes]
"""Gives the bytes at an address. Raises MachineError ``provider_unreachable``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """What a provider publishes of itself, as far as it is used."""

    issuer: str
    authorization: str
    token: str
    keys: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    at: datetime
    endpoints: Endpoints
    keys: tuple[Mapping[str, Any], ...]


class Published:
    """What the provider of these settings publishes; good for several threads."""

    def __init__(self, settings: OidcSettings, *, clock: Clock, fetch: Fetch | None = None) -> None:
        """Take the settings; nothing is fetched yet.

        Args:
            settings: name the provider.
            clock: gives aware instants.
            fetch: for tests; None fetches.
        """
        self._settings = settings
        self._clock = clock
        self._fetch = fetched if fetch is None else fetch
        self._lock = threading.Lock()
        self._kept: _Kept | None = None

    def endpoints(self) -> Endpoints:
        """Return where the provider is asked. Raises MachineError ``provider_unreachable``."""
        with self._lock:
            return self._fresh(KEPT_FOR).endpoints

    def key(self, kid: str | None) -> Mapping[str, Any] | None:
        """Return the public key (JWK) of an id, or the only one where no id is given; None: there is none.

        Raises:
            MachineError: ``provider_unreachable``.
        """
        with self._lock:
            found = _picked(self._fresh(KEPT_FOR).keys, kid)
            return found if found is not None else _picked(self._fresh(LOOK_AGAIN).keys, kid)

    def _fresh(self, age: timedelta) -> _Kept:
        now = self._clock()
        if self._kept is None or not self._kept.at <= now < self._kept.at + age:
            endpoints = self._endpoints()
            self._kept = _Kept(at=now, endpoints=endpoints, keys=self._keys(endpoints.keys))
        return self._kept

    def _endpoints(self) -> Endpoints:
        issuer = self._settings.issuer
        said = _object(self._fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration"))
        if said.get("issuer") != issuer:
            raise unreachable("issuer", "it names itself otherwise than holders.toml does")
        return Endpoints(
            issuer=issuer,
            authorization=_address(said, "authorization_endpoint"),
            token=_address(said, "token_endpoint"),
            keys=_address(said, "jwks_uri"),
        )

    def _keys(self, address: str) -> tuple[Mapping[str, Any], ...]:
        keys = _object(self._fetch(address)).get("keys")
        if not isinstance(keys, list):
            raise unreachable("keys", "it publishes no set of keys")
        return tuple(each for each in keys[:_MOST_KEYS] if isinstance(each, dict) and _signs(each))


def fetched(address: str) -> bytes:
    """Return what is published at an address. Raises MachineError ``provider_unreachable``."""
    ends, found = time.monotonic() + FETCH_SECONDS, b""
    try:
        with (
            httpx.Client(timeout=_STEP_SECONDS, follow_redirects=False, trust_env=False) as client,
            client.stream("GET", address, headers={"Accept": "application/json"}) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise unreachable("status", f"it answered {answer.status_code}")
            for part in answer.iter_bytes():
                found += part
                if len(found) > MOST_BYTES or time.monotonic() > ends:
                    raise unreachable("size", "its answer is too large, or comes too slowly")
    except httpx.HTTPError as error:
        raise unreachable("network", type(error).__name__) from error
    return found


def unreachable(why: str, said: str) -> MachineError:
    """Return the error of a provider that cannot be used now; for raising."""
    return MachineError("provider_unreachable", f"the provider of accounts cannot be used now: {said}", why=why)


def _picked(keys: Sequence[Mapping[str, Any]], kid: str | None) -> Mapping[str, Any] | None:
    if kid is None:
        return keys[0] if len(keys) == 1 else None
    return next((each for each in keys if each.get("kid") == kid), None)


def _signs(key: Mapping[str, Any]) -> bool:
    """Whether it is a public key for signatures; a symmetric one would be one that others have too."""
    return key.get("kty") in {"RSA", "EC", "OKP"} and key.get("use", "sig") == "sig"


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise unreachable("json", "its answer is no JSON") from error
    if not isinstance(found, dict):
        raise unreachable("json", "its answer is no object of JSON")
    return found


def _address(said: Mapping[str, Any], name: str) -> str:
    found = said.get(name)
    if not isinstance(found, str) or not is_secure(found):
        raise unreachable(name, f"its {name} is no address that begins with https://")
    return found
