"""Keys in a token: made there, found again, proven before the first use, and signing low-s."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from pathlib import Path

import pytest

from credential.algorithms import ES256
from credential.signing import KeyUse, VerifyKey
from keys.errors import KeyFileError, KeysError, KeyUseError, PassphraseError, TokenError
from keys.passphrase import Passphrase, Pin
from keys.ring import KeyRing, uri_of
from keys.tokens import TokenSigner
from keys.uri import TokenUri, parse
from tests.support.clock import NOW
from tests.support.office import CHEAP
from tests.support.tokens import LOCKED, OTHER, PIN, Token

DOCUMENT = KeyUse.DOCUMENT
MESSAGE = b"what is signed"


def ring(directory: Path, **options: object) -> KeyRing:
    return KeyRing(directory / "keys", cost=CHEAP, **options)  # type: ignore[arg-type]


def nobody() -> Passphrase:
    raise AssertionError("a key in a token needs no passphrase")


def made(keys: KeyRing, uri: str) -> VerifyKey:
    return keys.make(DOCUMENT, uri, nobody, NOW, "document sf-hrss")


def test_a_key_is_made_in_the_token_and_signs_from_there(softhsm: Token, tmp_path: Path) -> None:
    keys = ring(tmp_path)
    key = made(keys, softhsm.uri("signs"))
    signer = ring(tmp_path).signer(key.key_id, nobody, use=DOCUMENT)
    assert signer.key_id == key.key_id
    key.verify(signer.sign(MESSAGE), MESSAGE)
    [file] = list((tmp_path / "keys").iterdir())
    said = json.loads(file.read_bytes())
    assert said["uri"] == uri_of(keys.records()[0]) == str(parse(softhsm.uri("signs")))
    assert PIN not in file.read_text(encoding="utf-8").replace(str(softhsm.pin_file), "")


def test_every_signature_is_low_s_although_the_token_makes_high_ones(softhsm: Token, tmp_path: Path) -> None:
    """Forty signatures: that the token makes none with a high s happens once in a million million."""
    keys = ring(tmp_path)
    key = made(keys, softhsm.uri("low"))
    signer = keys.signer(key.key_id, nobody, use=DOCUMENT)
    raw_high = 0
    assert isinstance(signer, TokenSigner)
    for number in range(40):
        message = b"%d" % number
        signature = signer.sign(message)
        assert int.from_bytes(signature[32:]) <= ES256.half_order
        key.verify(signature, message)
        raw_high += int.from_bytes(raw(signer, message)[32:]) > ES256.half_order
    assert raw_high, "then nothing is normalised, and this test says nothing"


def raw(signer: TokenSigner, message: bytes) -> bytes:
    """A signature as the token gives it."""
    import hashlib

    from pkcs11 import Mechanism

    return bytes(signer._private.sign(hashlib.sha256(message).digest(), mechanism=Mechanism.ECDSA))


def test_the_private_key_cannot_be_taken_out(softhsm: Token, tmp_path: Path) -> None:
    from pkcs11 import Attribute

    keys = ring(tmp_path)
    signer = keys.signer(made(keys, softhsm.uri("stays")).key_id, nobody, use=DOCUMENT)
    assert isinstance(signer, TokenSigner)
    assert signer._private[Attribute.SENSITIVE]
    assert not signer._private[Attribute.EXTRACTABLE]
    with pytest.raises(TypeError):
        pickle.dumps(signer)
    assert repr(signer) == f"TokenSigner(use=document, key_id={signer.key_id.hex()})"


def test_a_key_that_is_in_the_token_already_is_taken(softhsm: Token, tmp_path: Path) -> None:
    first, second = ring(tmp_path / "a"), ring(tmp_path / "b")
    assert made(first, softhsm.uri("shared")) == made(second, softhsm.uri("shared"))
    assert made(first, softhsm.uri("shared")) == made(second, softhsm.uri("shared")), "and stays the same"
    assert len(first.records()) == 1
    with pytest.raises(KeyUseError):
        first.make(KeyUse.STATUS, softhsm.uri("shared"), nobody, NOW, "status")
    with pytest.raises(KeyFileError) as refused:
        made(first, softhsm.uri("shared").replace("pkcs11:", "pkcs11:manufacturer=SoftHSM%20project;"))
    assert refused.value.code == "exists", "by another name"


def test_another_key_under_the_same_name_signs_nothing(
    softhsm: Token, tokens: Mapping[str, Token], tmp_path: Path
) -> None:
    """Another token takes the place of the first, with a key of the same name."""
    keys = ring(tmp_path)
    key = made(keys, softhsm.uri("replaced"))
    made(ring(tmp_path / "other"), tokens[OTHER].uri("replaced"))
    [file] = list((tmp_path / "keys").iterdir())
    file.write_text(file.read_text(encoding="utf-8").replace("token=office", "token=other"), encoding="utf-8")
    with pytest.raises(TokenError) as refused:
        ring(tmp_path).signer(key.key_id, nobody, use=DOCUMENT)
    assert refused.value.code == "token_key_differs"


def test_a_private_key_of_another_pair_signs_nothing(softhsm: Token, tmp_path: Path) -> None:
    """The public half that the token shows is the expected one, and the private half is another."""
    keys = ring(tmp_path)
    key, other = made(keys, softhsm.uri("right")), made(keys, softhsm.uri("wrong"))
    signer = keys.signer(other.key_id, nobody, use=DOCUMENT)
    assert isinstance(signer, TokenSigner)
    with pytest.raises(TokenError) as refused:
        TokenSigner(signer._private, key, use=DOCUMENT)
    assert refused.value.code == "token_key_differs"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("token=office", "token=nowhere"), "no_token"),
        (("libsofthsm2.so", "no-such-module.so"), "token_module"),
    ],
)
def test_a_token_that_is_not_there_is_told(softhsm: Token, tmp_path: Path, change: tuple[str, str], code: str) -> None:
    with pytest.raises(TokenError) as refused:
        made(ring(tmp_path), softhsm.uri("x").replace(*change))
    assert refused.value.code == code


def test_a_wrong_pin_is_told_and_is_not_shown(tokens: Mapping[str, Token], tmp_path: Path) -> None:
    locked = tokens[LOCKED]
    wrong = tmp_path / "wrong.pin"
    wrong.write_text("99999999\n", encoding="utf-8")
    wrong.chmod(0o600)
    with pytest.raises(TokenError) as refused:
        made(ring(tmp_path), locked.uri("x").replace(str(locked.pin_file), str(wrong)))
    assert refused.value.code == "token_pin"
    assert "99999999" not in str(refused.value)


def test_a_pin_is_asked_for_or_comes_from_its_file(softhsm: Token, tmp_path: Path) -> None:
    asked: list[TokenUri] = []

    def ask(uri: TokenUri) -> Pin:
        asked.append(uri)
        return Pin(PIN)

    uri = softhsm.uri("asked", pin=False)
    keys = ring(tmp_path, pins=ask)
    key = made(keys, uri)
    keys.signer(key.key_id, nobody, use=DOCUMENT)
    assert [each.label for each in asked] == ["asked"], "a token is opened once"
    assert keys.asks_for_pins()
    with pytest.raises(TokenError) as refused:
        ring(tmp_path).signer(key.key_id, nobody, use=DOCUMENT)
    assert refused.value.code == "token_pin"
    softhsm.pin_file.chmod(0o644)
    try:
        with pytest.raises(KeysError) as refused_file:
            made(ring(tmp_path / "b"), softhsm.uri("x"))
    finally:
        softhsm.pin_file.chmod(0o600)
    assert refused_file.value.code == "mode"


def test_a_key_serves_its_use_and_ends(softhsm: Token, tmp_path: Path) -> None:
    keys = ring(tmp_path)
    key = made(keys, softhsm.uri("ends"))
    with pytest.raises(KeyUseError):
        keys.signer(key.key_id, nobody, use=KeyUse.STATUS)
    keys.end(key.key_id)
    assert keys.records() == []
    assert [path.name for path in (tmp_path / "keys" / "ended").iterdir()] == [
        f"document-{key.key_id.hex()}.token.json"
    ]


def test_a_file_that_was_changed_is_refused(softhsm: Token, tmp_path: Path) -> None:
    keys = ring(tmp_path)
    made(keys, softhsm.uri("changed"))
    [file] = list((tmp_path / "keys").iterdir())
    text = file.read_text(encoding="utf-8")
    for old, new in (('"document"', '"root "'), ('"v": 1', '"v": 2'), ("pkcs11:", "file:"), ('"kid": "', '"kid": "00')):
        file.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(KeyFileError) as refused:
            ring(tmp_path).records()
        assert refused.value.code == "form"


def test_the_module_may_stand_in_the_settings(softhsm: Token, tmp_path: Path) -> None:
    uri = softhsm.uri("set").replace(f"module-path={softhsm.module}&", "")
    with pytest.raises(TokenError) as refused:
        made(ring(tmp_path), uri)
    assert refused.value.code == "token_module"
    key = made(ring(tmp_path, module=softhsm.module), uri)
    assert ring(tmp_path, module=softhsm.module).signer(key.key_id, nobody, use=DOCUMENT).key_id == key.key_id


def test_a_pin_may_be_short_and_a_passphrase_may_not() -> None:
    assert Pin("1").reveal() == b"1"
    for kind, text in ((Pin, ""), (Passphrase, "1234")):
        with pytest.raises(PassphraseError):
            kind(text)
