"""Signing in by OpenID Connect: one sign-in that holds, and everything that does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwk, jws

from issuer.errors import InputError, IssuerError, MachineError
from issuer.home.holders import OidcSettings, read_settings
from issuer.unlock.accounts import Accounts
from issuer.unlock.model import Begun
from issuer.unlock.provider import Published
from issuer.unlock.running import service_of
from tests.support.office import APPROVED, DemoOffice, batch_drafts

ISSUER = "https://id.example"
CLIENT = "titlecert"
KEY = jwk.ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"})
OTHER = jwk.ECKey.generate_key("P-256", {"kid": "one"})
RSA = jwk.RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
Change = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass
class World:
    """A provider that publishes what it is told to."""

    discovery: dict[str, Any] = field(
        default_factory=lambda: {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/auth",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/jwks",
        }
    )
    keys: list[Any] = field(default_factory=lambda: [KEY.as_dict(private=False), RSA.as_dict(private=False)])
    fetched: list[str] = field(default_factory=list)

    def __call__(self, address: str) -> bytes:
        self.fetched.append(address)
        if address.endswith("/.well-known/openid-configuration"):
            return json.dumps(self.discovery).encode()
        assert address == self.discovery["jwks_uri"]
        return json.dumps({"keys": self.keys}).encode()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def accounts(issued: DemoOffice, world: World) -> Accounts:
    settings = OidcSettings(issuer=ISSUER, client_id=CLIENT, algorithms=("ES256", "PS256"), id_type="citizen")
    entrance = service_of(issued.opened, read_settings(issued.home)).entrance
    return Accounts(
        entrance=entrance, settings=settings, published=Published(settings, clock=issued.clock, fetch=world)
    )


def claims(issued: DemoOffice, begun: Begun) -> dict[str, Any]:
    """What the provider says of the first person of the list."""
    draft = batch_drafts(issued, APPROVED)[0]
    now = int(issued.clock().timestamp())
    return {
        "iss": ISSUER,
        "aud": CLIENT,
        "sub": "248289761001",
        "iat": now,
        "exp": now + 300,
        "nonce": begun.nonce,
        "name": draft.name,
        "id_number": draft.id_number,
    }


def signed(payload: dict[str, Any] | bytes, *, key: Any = KEY, alg: str = "ES256", **header: Any) -> str:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    head = {name: value for name, value in ({"alg": alg, "kid": "one"} | header).items() if value is not None}
    return jws.serialize_compact(head, data, key, algorithms=[alg])


def test_a_holder_signs_in(issued: DemoOffice, accounts: Accounts) -> None:
    begun = accounts.begin()
    assert (begun.issuer, begun.client_id, begun.token_endpoint) == (ISSUER, CLIENT, f"{ISSUER}/token")
    assert begun.expires == issued.clock() + timedelta(minutes=10)
    said = claims(issued, begun)
    signed_in = accounts.with_token(signed(said), begun.nonce)
    with issued.opened.register.read() as session:
        ticket = accounts.entrance.read(session, signed_in.ticket)
    index = issued.opened.vault.blind_index("citizen", said["id_number"])
    assert issued.raw("SELECT id FROM holders WHERE blind_index = ?", index) == [(ticket.holder,)]


def test_another_algorithm_that_is_allowed_holds_too(issued: DemoOffice, accounts: Accounts) -> None:
    begun = accounts.begin()
    token = signed(claims(issued, begun), key=RSA, alg="PS256", kid="rsa")
    assert accounts.with_token(token, begun.nonce).ticket


def later(seconds: int) -> Change:
    return lambda said: said | {name: said[name] + seconds for name in ("iat", "exp")}


WRONG: dict[str, Change] = {
    "another issuer": lambda said: said | {"iss": "https://id.example.org"},
    "no issuer": lambda said: {name: value for name, value in said.items() if name != "iss"},
    "another audience": lambda said: said | {"aud": "else"},
    "several audiences and no azp": lambda said: said | {"aud": [CLIENT, "else"]},
    "several audiences and another azp": lambda said: said | {"aud": [CLIENT, "else"], "azp": "else"},
    "another azp": lambda said: said | {"azp": "else"},
    "over": later(-361),
    "from later on": later(61),
    "issued before the sign-in could begin": lambda said: said | {"iat": said["iat"] - 661},
    "not good yet": lambda said: said | {"nbf": said["iat"] + 61},
    "no end": lambda said: said | {"exp": None},
    "an end in words": lambda said: said | {"exp": "2030"},
    "another nonce": lambda said: said | {"nonce": "A" * 43},
    "no nonce": lambda said: said | {"nonce": None},
    "another name": lambda said: said | {"name": "钱乙丙"},
    "no name": lambda said: said | {"name": ""},
    "an unknown number": lambda said: said | {"id_number": "110105194912310029"},
    "no number": lambda said: said | {"id_number": None},
    "a number that is a number": lambda said: said | {"id_number": 11010519491231002},
}


@pytest.mark.parametrize("what", WRONG)
def test_what_does_not_hold_gets_one_answer(issued: DemoOffice, accounts: Accounts, what: str) -> None:
    begun = accounts.begin()
    with pytest.raises(IssuerError) as refused:
        accounts.with_token(signed(WRONG[what](claims(issued, begun))), begun.nonce)
    assert refused.value.code == "not_recognised"


HOLDS: dict[str, Change] = {
    "several audiences and our azp": lambda said: said | {"aud": [CLIENT, "else"], "azp": CLIENT},
    "an audience in a list": lambda said: said | {"aud": [CLIENT]},
    "just over, by another clock": later(-359),
    "just from later on, by another clock": later(59),
    "a name in other spaces": lambda said: said | {"name": " ".join(said["name"])},
    "a number in small letters": lambda said: said | {"id_number": said["id_number"].lower()},
}


@pytest.mark.parametrize("what", HOLDS)
def test_what_holds_in_another_form(issued: DemoOffice, accounts: Accounts, what: str) -> None:
    begun = accounts.begin()
    assert accounts.with_token(signed(HOLDS[what](claims(issued, begun))), begun.nonce).ticket


def unsigned(said: dict[str, Any]) -> str:
    return jws.serialize_compact({"alg": "none", "kid": "one"}, json.dumps(said).encode(), KEY, algorithms=["none"])


def by_public_key(said: dict[str, Any]) -> str:
    secret = jwk.OctKey.import_key(json.dumps(KEY.as_dict(private=False)))
    return signed(said, key=secret, alg="HS256")


FORGED: dict[str, Callable[[dict[str, Any]], str]] = {
    "another key": lambda said: signed(said, key=OTHER),
    "a key that nobody knows": lambda said: signed(said, kid="two"),
    "no key and several to choose from": lambda said: signed(said, kid=None),
    "no algorithm": unsigned,
    "a secret that everybody knows": by_public_key,
    "an algorithm that is not allowed": lambda said: signed(said, key=RSA, alg="RS256", kid="rsa"),
    "a critical extension": lambda said: signed(said, crit=["b64"], b64=True),
    "a member twice": lambda said: signed(f'{json.dumps(said)[:-1]},"iss":"{said["iss"]}"}}'.encode()),
    "no object": lambda _: signed(b"[]"),
    "cut off": lambda said: signed(said)[:-2],
    "padding": lambda said: signed(said) + "==",
    "empty": lambda _: "",
    "five parts": lambda said: signed(said) + "..",
    "too large": lambda said: signed(said | {"picture": "A" * 20_000}),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("what", FORGED)
def test_what_the_provider_did_not_sign_gets_the_same_answer(issued: DemoOffice, accounts: Accounts, what: str) -> None:
    begun = accounts.begin()
    with pytest.raises(IssuerError) as refused:
        accounts.with_token(FORGED[what](claims(issued, begun)), begun.nonce)
    assert refused.value.code == "not_recognised"


def test_a_nonce_is_good_once_and_ours(issued: DemoOffice, accounts: Accounts) -> None:
    begun = accounts.begin()
    said = claims(issued, begun)
    accounts.with_token(signed(said), begun.nonce)
    other = "B" * 43
    for nonce in (begun.nonce, other):
        with pytest.raises(IssuerError) as refused:
            accounts.with_token(signed(said | {"nonce": nonce}), nonce)
        assert refused.value.code == "not_recognised"


def test_a_wrong_token_uses_the_nonce_up(issued: DemoOffice, accounts: Accounts) -> None:
    begun = accounts.begin()
    said = claims(issued, begun)
    for token in (signed(said, key=OTHER), signed(said)):
        with pytest.raises(IssuerError) as refused:
            accounts.with_token(token, begun.nonce)
        assert refused.value.code == "not_recognised"


def test_a_nonce_is_over_after_ten_minutes(issued: DemoOffice, accounts: Accounts) -> None:
    begun = accounts.begin()
    issued.clock.move(minutes=10)
    with pytest.raises(IssuerError) as refused:
        accounts.with_token(signed(claims(issued, begun)), begun.nonce)
    assert refused.value.code == "not_recognised"


def test_sign_ins_that_begin_are_bounded(
    issued: DemoOffice, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    from issuer.db import tries

    monkeypatch.setattr(tries, "MOST_SIGN_INS", 3)
    for _ in range(5):
        issued.clock.move(seconds=1)
        last = accounts.begin()
    assert issued.raw("SELECT count(*) FROM sign_ins") == [(3,)]
    assert accounts.with_token(signed(claims(issued, last)), last.nonce).ticket
    issued.clock.move(hours=1)
    accounts.begin()
    assert issued.raw("SELECT count(*) FROM sign_ins") == [(1,)]


@pytest.mark.slow
def test_what_is_published_is_kept_and_a_new_key_is_found(issued: DemoOffice, accounts: Accounts, world: World) -> None:
    for _ in range(3):
        begun = accounts.begin()
        accounts.with_token(signed(claims(issued, begun)), begun.nonce)
    assert len(world.fetched) == 2
    new = jwk.ECKey.generate_key("P-256", {"kid": "new"})
    world.keys = [new.as_dict(private=False)]
    issued.clock.move(minutes=1)
    begun = accounts.begin()
    assert accounts.with_token(signed(claims(issued, begun), key=new, kid="new"), begun.nonce).ticket
    for _ in range(20):
        begun = accounts.begin()
        with pytest.raises(IssuerError):
            accounts.with_token(signed(claims(issued, begun), kid="none"), begun.nonce)
    assert len(world.fetched) == 4, "a key that nobody has makes nobody ask"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("issuer", "https://id.example.org"),
        ("issuer", ISSUER + "/"),
        ("jwks_uri", "http://id.example/jwks"),
        ("token_endpoint", "http://10.0.0.1/token"),
        ("authorization_endpoint", None),
        ("authorization_endpoint", "javascript:alert(1)"),
        ("token_endpoint", "https://user:pass@id.example/token"),
    ],
)
def test_a_provider_that_says_otherwise_is_not_used(
    accounts: Accounts, world: World, name: str, value: str | None
) -> None:
    world.discovery[name] = value
    with pytest.raises(MachineError) as refused:
        accounts.begin()
    assert refused.value.code == "provider_unreachable"


def sign_in(issued: DemoOffice, accounts: Accounts) -> None:
    begun = accounts.begin()
    accounts.with_token(signed(claims(issued, begun)), begun.nonce)


def test_keys_of_another_use_or_kind_are_none(issued: DemoOffice, accounts: Accounts, world: World) -> None:
    public = KEY.as_dict(private=False)
    for keys in (
        [public | {"use": "enc"}],
        [public | {"alg": "ES384"}],
        [{"kty": "oct", "k": "AAAA", "kid": "one"}],
        "none",
    ):
        world.keys = keys  # type: ignore[assignment]
        issued.clock.move(hours=1)
        with pytest.raises(IssuerError):
            sign_in(issued, accounts)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ('[oidc]\nissuer = "http://id.example"\nclient_id = "x"\nid_type = "citizen"', "oidc.issuer"),
        ('[oidc]\nissuer = "https://id.example"\nclient_id = "x"', "oidc"),
        (
            '[oidc]\nissuer = "https://id.example"\nclient_id = "x"\nid_type = "citizen"\nalgorithms = ["none"]',
            "oidc.algorithms",
        ),
        (
            '[oidc]\nissuer = "https://id.example"\nclient_id = "x"\nid_type = "citizen"\nalgorithms = ["HS256"]',
            "oidc.algorithms",
        ),
        (
            '[oidc]\nissuer = "https://id.example"\nclient_id = "x"\nid_type = "citizen"\nalgorithms = []',
            "oidc.algorithms",
        ),
        ("[claims]\ndays = 0", "claims.days"),
        ("[claims]\ndaze = 3", "claims.daze"),
        (
            '[delivery]\nkind = "smtp"\nhost = "mail.example"\nsender = "a@b.example"\nsecurity = "none"',
            "delivery.smtp",
        ),
        ('[delivery]\nkind = "gateway"\naddress = "http://sms.example/"', "delivery.gateway.address"),
        ('[delivery]\nkind = "pigeon"', "delivery"),
        ("[desk]\nworked_days = [2026-10-12]", "desk.worked_days"),  # a Monday
        ("[desk]\nholidays = [2026-10-10]\nworked_days = [2026-10-10]", "desk"),
        ("claims = [", "TOML"),
    ],
)
def test_settings_that_do_not_hold_are_told_with_their_place(issued: DemoOffice, text: str, at: str) -> None:
    issued.home.holders.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_settings(issued.home)
    assert (refused.value.code, refused.value.fields["at"]) == ("holders_file", at)
