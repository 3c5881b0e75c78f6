"""A holder signs in at a real provider of OpenID Connect, run here, and the unlock service proves its token."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from issuer.errors import IssuerError
from issuer.home.holders import read_settings
from issuer.unlock.model import Begun
from issuer.unlock.running import service_of
from issuer.unlock.service import Provider, Service
from tests.support.office import APPROVED, DemoOffice, batch_drafts
from tests.support.ports import free_port
from tests.support.tools import NPM, require_npm_packages

pytestmark = [pytest.mark.outsider, pytest.mark.slow]

REDIRECT = "http://127.0.0.1:1/back"
"""Where nobody listens: the test reads the address and does not go there."""


@contextmanager
def running(accounts: dict[str, dict[str, str]], account: str) -> Iterator[str]:
    """A provider at which one account signs in; its issuer."""
    port = free_port()
    client = {"id": "titlecert", "redirect": REDIRECT}
    given = json.dumps({"port": port, "client": client, "accounts": accounts, "account": account})
    command = [require_npm_packages(), str(NPM / "provider.mjs"), given]
    with subprocess.Popen(
        command, cwd=NPM, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            said = iter(process.stdout.readline, "")
            assert any("ready" in line for line in said)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def id_token(begun: Begun) -> str:
    """What a browser and the desk do: the code flow with PKCE."""
    verifier = secrets.token_urlsafe(32)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "client_id": begun.client_id,
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "scope": " ".join(begun.scopes),
        "state": secrets.token_urlsafe(16),
        "nonce": begun.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    with httpx.Client(trust_env=False) as browser:
        address = f"{begun.authorization_endpoint}?{urlencode(query)}"
        for _ in range(8):
            if address.startswith(REDIRECT):
                break
            answer = browser.get(address)
            assert answer.is_redirect, answer.text
            address = str(answer.url.join(answer.headers["location"]))
        came_back: dict[str, Any] = parse_qs(urlsplit(address).query)
        assert came_back["state"] == [query["state"]]
        exchanged = browser.post(
            begun.token_endpoint,
            data={
                "grant_type": "authorization_code",
                "code": came_back["code"][0],
                "redirect_uri": REDIRECT,
                "client_id": begun.client_id,
                "code_verifier": verifier,
            },
        )
        return str(exchanged.raise_for_status().json()["id_token"])


def service_at(office: DemoOffice, issuer: str) -> Service:
    office.clock.now = datetime.now(UTC)
    text = f'[oidc]\nissuer = "{issuer}"\nclient_id = "titlecert"\nid_type = "citizen"\n'
    office.home.holders.write_text(text, encoding="utf-8")
    return service_of(office.opened, read_settings(office.home))


def provider_of(service: Service) -> Provider:
    assert service.provider is not None
    return service.provider


def test_a_holder_signs_in_at_a_real_provider(issued: DemoOffice) -> None:
    draft = batch_drafts(issued, APPROVED)[0]
    accounts = {"a": {"name": draft.name, "id_number": draft.id_number}}
    with running(accounts, "a") as issuer:
        service = service_at(issued, issuer)
        begun = provider_of(service).begin()
        assert begun.issuer == issuer
        token = id_token(begun)
        signed_in = provider_of(service).with_token(token, begun.nonce)
        view = service.asked("view", {"ticket": signed_in.ticket})
        assert isinstance(view, dict)
        assert view["name"] == draft.name
        with pytest.raises(IssuerError) as again:
            provider_of(service).with_token(token, begun.nonce)
        assert again.value.code == "not_recognised"


def test_a_real_token_of_a_stranger_or_with_another_nonce_lets_nobody_in(issued: DemoOffice) -> None:
    draft = batch_drafts(issued, APPROVED)[0]
    accounts = {"b": {"name": "钱乙丙", "id_number": "110105194912310029"}}
    with running(accounts, "b") as issuer:
        service = service_at(issued, issuer)
        begun = provider_of(service).begin()
        with pytest.raises(IssuerError) as stranger:
            provider_of(service).with_token(id_token(begun), begun.nonce)
    accounts = {"a": {"name": draft.name, "id_number": draft.id_number}}
    with running(accounts, "a") as issuer:
        service = service_at(issued, issuer)
        first, second = provider_of(service).begin(), provider_of(service).begin()
        with pytest.raises(IssuerError) as other:
            provider_of(service).with_token(id_token(first), second.nonce)
    assert stranger.value.code == other.value.code == "not_recognised"
