"""Signing in with an account elsewhere: the code flow of OpenID Connect, with PKCE and a state bound to the browser.

Rules: the nonce comes from the unlock service, which alone checks the ID token. The desk fetches the token with the
code and hands it on. A state is good once, for ten minutes, and for the browser that began: nonce and code verifier are
sealed under that browser's cookie. What comes back is not trusted: an issuer that it names must be the one that was
asked (RFC 9207).

    begun, cookie = begin(store, unlock, settings, now=now)
    token = finish(store, settings, query, cookie, now=now)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from sqlalchemy import Connection, delete, select

from issuer.desk import sealing
from issuer.desk.db.store import DeskStore
from issuer.desk.db.tables import begun as begun_table
from issuer.desk.settings import DeskSettings
from issuer.desk.unlocking import Unlocking
from issuer.errors import MachineError, NotAllowedError, TamperedError

COOKIE: Final = "desk-account"
SIGN_IN_SECONDS: Final = 600
_TIMEOUT: Final = 10.0
"""Seconds for the token: a provider that takes longer is not there."""
_MAX_ANSWER: Final = 64 << 10
"""Bytes: an ID token has a few thousand."""
_TABLE: Final = "desk_begun"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where a sign-in goes on."""

    link: str = field(repr=False)
    where: str
    """The host, for a person to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An ID token that the unlock service still has to check, with the nonce that it must carry."""

    id_token: str = field(repr=False)
    nonce: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    nonce: str
    verifier: str
    issuer: str
    token_endpoint: str
    client_id: str


def begin(store: DeskStore, unlock: Unlocking, settings: DeskSettings, *, now: datetime) -> tuple[Link, str]:
    """Begin a sign-in; return where it goes on, and the cookie that binds it to this browser.

    Raises:
        NotFoundError: ``oidc_not_configured``.
        MachineError: ``unlock_gone``.
    """
    begun = unlock.begin_oidc()
    state, cookie, verifier = sealing.new_token(), sealing.new_token(), sealing.new_token()
    url = prepare_grant_uri(
        begun.authorization_endpoint,
        client_id=begun.client_id,
        response_type="code",
        redirect_uri=_way_back(settings),
        scope=" ".join(begun.scopes),
        state=state,
        nonce=begun.nonce,
        code_challenge=create_s256_code_challenge(verifier),
        code_challenge_method="S256",
    )
    kept = _Kept(
        nonce=begun.nonce,
        verifier=verifier,
        issuer=begun.issuer,
        token_endpoint=begun.token_endpoint,
        client_id=begun.client_id,
    )
    digest = sealing.token_digest(state)
    assert digest is not None
    plain = json.dumps(asdict(kept)).encode()
    sealed = sealing.seal(sealing.session_key(cookie), plain, table=_TABLE, column="sealed", row=digest.hex())
    expires = min(begun.expires, now + timedelta(seconds=SIGN_IN_SECONDS))
    with store.write() as connection:
        connection.execute(begun_table.insert().values(state=digest, sealed=sealed, expires=expires))
    return Link(link=url, where=urlsplit(begun.authorization_endpoint).netloc), cookie


def finish(store: DeskStore, settings: DeskSettings, query: Mapping[str, str], cookie: str, *, now: datetime) -> Token:
    """Fetch the ID token for what came back.

    Raises:
        NotAllowedError: ``account_refused``: the person or the provider refused; ``account_state``: it was not begun in
            this browser, or was finished already, or took too long.
        MachineError: ``account_gone``: the provider cannot be reached.
    """
    kept = _take(store, query.get("state", ""), cookie, now)
    if query.get("iss", kept.issuer) != kept.issuer:
        raise NotAllowedError("account_state", "another provider answered than was asked")
    if "error" in query or not query.get("code"):
        raise NotAllowedError("account_refused", "the provider did not sign the person in")
    found = _fetch(settings, kept, query["code"])
    id_token = found.get("id_token") if isinstance(found, dict) else None
    if not isinstance(id_token, str):
        raise NotAllowedError("account_refused", "the provider gave no ID token")
    return Token(id_token=id_token, nonce=kept.nonce)


def sweep(connection: Connection, *, now: datetime) -> int:
    """Delete what was begun and not finished in time. Returns how many rows went."""
    return connection.execute(delete(begun_table).where(begun_table.c.expires <= now)).rowcount


def _take(store: DeskStore, state: str, cookie: str, now: datetime) -> _Kept:
    """Take what was begun under a state; it is gone then, whatever follows."""
    refused = NotAllowedError("account_state", "this sign-in was not begun here, is over, or was finished already")
    digest = sealing.token_digest(state)
    if digest is None:
        raise refused
    with store.write() as connection:
        row = connection.execute(select(begun_table).where(begun_table.c.state == digest)).one_or_none()
        connection.execute(delete(begun_table).where(begun_table.c.state == digest))
    if row is None or row.expires <= now or sealing.token_digest(cookie) is None:
        raise refused
    key = sealing.session_key(cookie)
    try:
        plain = sealing.unseal(key, row.sealed, table=_TABLE, column="sealed", row=digest.hex())
    except TamperedError:
        raise refused from None
    return _Kept(**json.loads(plain))


def _fetch(settings: DeskSettings, kept: _Kept, code: str) -> Any:
    """What the token endpoint answers to a code (RFC 6749, section 4.1.3)."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": _way_back(settings),
        "code_verifier": kept.verifier,
    }
    # A client without a secret names itself; PKCE binds the code (RFC 7636). One with a secret is asked for it in the
    # header, each part percent-encoded first (RFC 6749, section 2.3.1).
    secret = settings.client_secret
    auth = httpx.Auth() if secret is None else httpx.BasicAuth(quote(kept.client_id, safe=""), quote(secret, safe=""))
    form |= {"client_id": kept.client_id} if secret is None else {}
    try:
        with httpx.Client(timeout=_TIMEOUT, trust_env=False, follow_redirects=False) as client:
            answer = client.post(kept.token_endpoint, data=form, auth=auth, headers={"Accept": "application/json"})
    except httpx.HTTPError as error:
        raise MachineError("account_gone", "the provider of accounts cannot be reached just now") from error
    if answer.status_code >= 500:
        raise MachineError("account_gone", f"the provider of accounts answered {answer.status_code}")
    try:
        return answer.json() if answer.status_code == 200 and len(answer.content) <= _MAX_ANSWER else {}
    except ValueError:
        return {}


def _way_back(settings: DeskSettings) -> str:
    return f"{settings.origin}/sign-in/back"
