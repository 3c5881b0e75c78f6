"""Key files: sealed, private, one use each; the root apart; nothing secret is ever shown."""

from __future__ import annotations

import json
import os
import pickle
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from credential.algorithms import ES256
from credential.signing import KeyUse
from keys import envelope, files
from keys.envelope import INTERACTIVE_COST, SERVICE_COST, ScryptCost
from keys.errors import KeyFileError, KeyNotFoundError, KeysError, KeyUseError, PassphraseError
from keys.passphrase import Passphrase
from keys.secretstore import SecretStore, SecretUse
from keys.store import KeyRecord, KeyStore, RootFile

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
FAST = ScryptCost(n=1 << 10)
PASS = Passphrase("a correct passphrase")
WRONG = Passphrase("another passphrase")


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys", cost=FAST)


@pytest.fixture
def record(store: KeyStore) -> KeyRecord:
    return store.create(KeyUse.STATUS, PASS, NOW, "状态 2026")


def edit(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def test_a_created_key_is_listed_opens_and_signs(store: KeyStore, record: KeyRecord) -> None:
    assert store.records() == [record]
    assert (record.use, record.created, record.label) == (KeyUse.STATUS, NOW, "状态 2026")
    signer = store.signer(record.key_id, PASS, use=KeyUse.STATUS)
    assert signer.key_id == record.key_id
    store.public(record.key_id).verify(signer.sign(b"message"), b"message")


def test_signatures_are_deterministic_and_low_s(store: KeyStore, record: KeyRecord) -> None:
    signer = store.signer(record.key_id, PASS, use=KeyUse.STATUS)
    for number in range(16):
        message = b"%d" % number
        signature = signer.sign(message)
        assert signature == signer.sign(message)
        assert int.from_bytes(signature[32:]) <= ES256.half_order


def test_a_key_serves_no_other_use(store: KeyStore, record: KeyRecord) -> None:
    for use in set(KeyUse) - {KeyUse.STATUS}:
        with pytest.raises(KeyUseError) as caught:
            store.signer(record.key_id, PASS, use=use)
        assert caught.value.code == "wrong_use"


def test_a_wrong_passphrase_names_the_file_and_chains_nothing(store: KeyStore, record: KeyRecord) -> None:
    with pytest.raises(PassphraseError) as caught:
        store.signer(record.key_id, WRONG, use=KeyUse.STATUS)
    assert caught.value.code == "wrong_passphrase"
    assert str(record.path) in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_unknown_key_is_said_to_be_unknown(store: KeyStore) -> None:
    with pytest.raises(KeyNotFoundError) as caught:
        store.signer(bytes(8), PASS, use=KeyUse.STATUS)
    assert caught.value.code == "no_key"


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.update(use="publisher"),
        lambda document: document.update(label="another label"),
        lambda document: document.update(created="2020-01-01T00:00:00Z"),
        lambda document: document["kdf"].update(n=1 << 11),
        lambda document: document.update(extra=1),
    ],
)
def test_an_edited_header_does_not_open(
    store: KeyStore, record: KeyRecord, change: Callable[[dict[str, Any]], None]
) -> None:
    edit(record.path, change)
    with pytest.raises(PassphraseError) as caught:
        store.signer(record.key_id, PASS, use=store.record(record.key_id).use)
    assert caught.value.code == "wrong_passphrase"


def test_the_body_of_another_key_does_not_open_under_this_header(store: KeyStore, record: KeyRecord) -> None:
    other = json.loads(store.create(KeyUse.STATUS, PASS, NOW, "b").path.read_text())
    edit(record.path, lambda document: document.update(cipher=other["cipher"], kdf=other["kdf"]))
    with pytest.raises(PassphraseError):
        store.signer(record.key_id, PASS, use=KeyUse.STATUS)


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.update(v=2),
        lambda document: document.update(use="emperor"),
        lambda document: document.update(kid="00" * 8),
        lambda document: document.update(type="titlecert-secret"),
        lambda document: document.pop("jwk"),
        lambda document: document["kdf"].update(n=1 << 30),
        lambda document: document["kdf"].update(n=1 << 9),
        lambda document: document["kdf"].update(n="many"),
        lambda document: document["kdf"].update(salt="AAAA"),
        lambda document: document["cipher"].update(name="none"),
        lambda document: document["cipher"].update(sealed="***"),
    ],
)
def test_a_file_out_of_form_is_refused_by_name(
    store: KeyStore, record: KeyRecord, change: Callable[[dict[str, Any]], None]
) -> None:
    edit(record.path, change)
    with pytest.raises(KeyFileError) as caught:
        store.records()
    assert caught.value.code == "form"
    assert str(record.path) in str(caught.value)


def test_a_file_whose_body_is_another_key_than_its_header_names_is_refused(store: KeyStore, record: KeyRecord) -> None:
    other = store.signer(store.create(KeyUse.STATUS, PASS, NOW, "b").key_id, PASS, use=KeyUse.STATUS)
    header = envelope.read(record.path.read_bytes(), where="x").header
    body = other.private_key().private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    record.path.write_bytes(envelope.seal(header, body, passphrase=PASS, cost=FAST))
    with pytest.raises(KeyFileError) as caught:
        store.signer(record.key_id, PASS, use=KeyUse.STATUS)
    assert caught.value.code == "form"


def test_a_file_whose_body_is_another_secret_than_its_header_names_is_refused(tmp_path: Path) -> None:
    secrets = SecretStore(tmp_path / "keys", cost=FAST)
    made = secrets.create(SecretUse.KEK, PASS, NOW, "kek")
    header = envelope.read(made.path.read_bytes(), where="x").header
    made.path.write_bytes(envelope.seal(header, bytes(32), passphrase=PASS, cost=FAST))
    with pytest.raises(KeyFileError) as caught:
        secrets.open(SecretUse.KEK, PASS)
    assert caught.value.code == "form"


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"v":1,"v":1}', b"[" * 9000, b" " * 20000])
def test_rubbish_is_refused(store: KeyStore, record: KeyRecord, content: bytes) -> None:
    record.path.write_bytes(content)
    with pytest.raises(KeyFileError):
        store.records()


def test_a_file_is_read_again_only_when_it_changed(
    store: KeyStore, record: KeyRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []
    read = files.read_private

    def counted(path: Path, *, max_bytes: int) -> bytes:
        asked.append(path)
        return read(path, max_bytes=max_bytes)

    monkeypatch.setattr(files, "read_private", counted)
    store.records()
    before = len(asked)
    assert store.records() == store.records() == [record]
    assert len(asked) == before
    edit(record.path, lambda document: document.update(label="another"))
    assert [each.label for each in store.records()] == ["another"]
    assert asked[before:] == [record.path]


def test_files_are_private_and_open_ones_are_refused_with_the_cure(store: KeyStore, record: KeyRecord) -> None:
    assert stat.S_IMODE(record.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(record.path.parent.stat().st_mode) == 0o700
    record.path.chmod(0o640)
    with pytest.raises(KeyFileError) as caught:
        store.records()
    assert caught.value.code == "mode"
    assert f"chmod 600 {record.path}" in str(caught.value)
    record.path.chmod(0o600)
    record.path.parent.chmod(0o750)
    with pytest.raises(KeyFileError) as caught:
        store.create(KeyUse.STATUS, PASS, NOW, "b")
    assert f"chmod 700 {record.path.parent}" in str(caught.value)


def test_the_mode_does_not_depend_on_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = KeyStore(tmp_path / "keys", cost=FAST).create(KeyUse.SHARE, PASS, NOW, "a")
    finally:
        os.umask(before)
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.path.parent.stat().st_mode) == 0o700


def test_links_and_pipes_in_the_place_of_a_key_are_refused(store: KeyStore, record: KeyRecord) -> None:
    moved = record.path.rename(record.path.parent / "elsewhere")
    record.path.symlink_to(moved)
    with pytest.raises(KeyFileError) as caught:
        store.records()
    assert caught.value.code == "kind"
    record.path.unlink()
    os.mkfifo(record.path, 0o600)
    with pytest.raises(KeyFileError) as caught:
        store.records()
    assert caught.value.code == "kind"


def test_no_key_material_in_repr_errors_or_file(store: KeyStore, record: KeyRecord) -> None:
    signer = store.signer(record.key_id, PASS, use=KeyUse.STATUS)
    number = signer.private_key().private_numbers().private_value
    shown = f"{signer!r} {signer} {PASS!r} {PASS} {record!r}"
    for form in (str(number), f"{number:x}", "a correct passphrase"):
        assert form not in shown
    raw = record.path.read_bytes()
    assert number.to_bytes(32) not in raw
    der = signer.private_key().private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    assert der not in raw
    for thing in (signer, PASS):
        with pytest.raises(TypeError):
            pickle.dumps(thing)


def test_a_changed_passphrase_opens_and_the_old_one_no_longer_does(store: KeyStore, record: KeyRecord) -> None:
    before = store.signer(record.key_id, PASS, use=KeyUse.STATUS).sign(b"x")
    path, content = store.resealed(record.key_id, PASS, WRONG)
    files.replace(path, content)
    assert store.signer(record.key_id, WRONG, use=KeyUse.STATUS).sign(b"x") == before
    with pytest.raises(PassphraseError):
        store.signer(record.key_id, PASS, use=KeyUse.STATUS)
    assert [path.name for path in record.path.parent.iterdir()] == [record.path.name]


def test_the_store_refuses_roots_and_the_root_file_refuses_others(tmp_path: Path, store: KeyStore) -> None:
    with pytest.raises(KeyUseError) as caught:
        store.create(KeyUse.ROOT, PASS, NOW, "root")
    assert caught.value.code == "root_apart"
    other = store.create(KeyUse.STATUS, PASS, NOW, "a")
    with pytest.raises(KeyUseError) as caught:
        RootFile(other.path, cost=FAST).record()
    assert caught.value.code == "wrong_use"
    root = RootFile(tmp_path / "root" / "root.key.json", cost=FAST)
    made = root.create(PASS, NOW, "root 2026")
    made.path.rename(other.path.parent / "root-copied.key.json")
    with pytest.raises(KeyUseError) as caught:
        store.records()
    assert caught.value.code == "root_apart"


def test_the_root_opens_and_is_never_overwritten(tmp_path: Path) -> None:
    root = RootFile(tmp_path / "root" / "root.key.json", cost=FAST)
    with pytest.raises(KeyNotFoundError):
        root.record()
    made = root.create(PASS, NOW, "root 2026")
    signer = root.signer(PASS)
    root.public().verify(signer.sign(b"x"), b"x")
    with pytest.raises(KeyFileError) as caught:
        root.create(PASS, NOW, "root 2027")
    assert caught.value.code == "exists"
    assert root.record() == made
    assert sorted(path.name for path in made.path.parent.iterdir()) == ["root.key.json"]


@pytest.mark.slow
def test_default_costs_follow_who_opens_the_key(tmp_path: Path) -> None:
    store = KeyStore(tmp_path / "keys")
    service = json.loads(store.create(KeyUse.STATUS, PASS, NOW, "a").path.read_text())
    person = json.loads(store.create(KeyUse.OPERATOR, PASS, NOW, "b").path.read_text())
    assert (service["kdf"]["n"], person["kdf"]["n"]) == (SERVICE_COST.n, INTERACTIVE_COST.n) == (1 << 15, 1 << 17)


@pytest.mark.parametrize("label", ["", " ", "a\nb", "x" * 201])
def test_an_unfit_label_makes_no_file(tmp_path: Path, label: str) -> None:
    with pytest.raises(KeyFileError) as caught:
        KeyStore(tmp_path / "keys", cost=FAST).create(KeyUse.STATUS, PASS, NOW, label)
    assert caught.value.code == "label"
    assert not list((tmp_path / "keys").iterdir())


def test_a_naive_instant_is_refused(store: KeyStore) -> None:
    with pytest.raises(ValueError, match="time zone"):
        store.create(KeyUse.STATUS, PASS, datetime(2026, 11, 21), "a")


def test_secrets_come_back_and_are_made_once(tmp_path: Path, store: KeyStore, record: KeyRecord) -> None:
    secrets = SecretStore(tmp_path / "keys", cost=FAST)
    made = secrets.create(SecretUse.KEK, PASS, NOW, "kek 2026")
    secrets.create(SecretUse.INDEX, PASS, NOW, "index 2026")
    opened = secrets.open(SecretUse.KEK, PASS)
    assert opened.reveal() == secrets.open(SecretUse.KEK, PASS).reveal()
    assert opened.reveal() != secrets.open(SecretUse.INDEX, PASS).reveal()
    assert (len(opened.reveal()), opened.secret_id) == (32, made.secret_id)
    assert opened.reveal() not in made.path.read_bytes()
    assert opened.reveal().hex() not in repr(opened)
    assert store.records() == [record]
    with pytest.raises(KeyFileError) as caught:
        secrets.create(SecretUse.KEK, PASS, NOW, "again")
    assert caught.value.code == "exists"


def test_a_missing_secret_or_wrong_passphrase_is_said(tmp_path: Path) -> None:
    secrets = SecretStore(tmp_path / "keys", cost=FAST)
    with pytest.raises(KeyNotFoundError) as missing:
        secrets.open(SecretUse.KEK, PASS)
    assert missing.value.code == "no_secret"
    made = secrets.create(SecretUse.KEK, PASS, NOW, "kek")
    with pytest.raises(PassphraseError):
        secrets.open(SecretUse.KEK, WRONG)
    edit(made.path, lambda document: document.update(use="index"))
    with pytest.raises(PassphraseError):
        secrets.open(SecretUse.INDEX, PASS)


def test_every_error_here_has_one_root() -> None:
    assert all(issubclass(kind, KeysError) for kind in (KeyFileError, PassphraseError, KeyUseError, KeyNotFoundError))
