"""The vault: values open in their own place only; the file shows nothing of anybody."""

from __future__ import annotations

import pickle
from datetime import date

import pytest
from sqlalchemy import text

from issuer.batches.rows import Said, file_name, findings_of, open_rows
from issuer.db import certificates
from issuer.errors import InputError, NotAllowedError, TamperedError
from issuer.vault import Vault
from tests.register.conftest import FINDING, NAMES, NUMBERS, Office, laid
from tests.support.clock import NOW
from tests.support.databases import stored
from tests.support.registered import store_signed

pytestmark = pytest.mark.postgres

PLACE = {"table": "awards", "column": "payload", "row": "r1"}
CREDENTIAL = bytes(range(64, 128)) * 3
CHECK_CODE = "2ABCDEFGHJKLMNPQRSTU"


def test_a_value_opens_in_its_place_only(vault: Vault) -> None:
    key, wrapped = vault.new_key(table="holders", row="h1")
    sealed = key.seal(b"secret", **PLACE)
    assert vault.unwrap(wrapped, table="holders", row="h1").open(sealed, **PLACE) == b"secret"
    for change in ({"table": "holders"}, {"column": "findings"}, {"row": "r2"}):
        with pytest.raises(TamperedError):
            key.open(sealed, **{**PLACE, **change})
    with pytest.raises(TamperedError):
        vault.unwrap(wrapped, table="holders", row="h2")


def test_any_flipped_bit_is_found(vault: Vault) -> None:
    key, _ = vault.new_key(table="holders", row="h1")
    sealed = key.seal(b"secret", **PLACE)
    for place in range(len(sealed)):
        altered = bytearray(sealed)
        altered[place] ^= 0x80
        with pytest.raises(TamperedError):
            key.open(bytes(altered), **PLACE)
    for length in range(len(sealed)):
        with pytest.raises(TamperedError):
            key.open(sealed[:length], **PLACE)


def test_equal_plaintexts_look_different(vault: Vault) -> None:
    key, _ = vault.new_key(table="holders", row="h1")
    assert key.seal(b"secret", **PLACE) != key.seal(b"secret", **PLACE)


def test_another_kek_and_an_erased_holder_are_said(vault: Vault) -> None:
    _, wrapped = vault.new_key(table="holders", row="h1")
    with pytest.raises(NotAllowedError) as other:
        Vault(kek=b"\x09" * 32, index_key=b"\x02" * 32).unwrap(wrapped, table="holders", row="h1")
    assert other.value.code == "wrong_kek"
    with pytest.raises(NotAllowedError) as erased:
        vault.unwrap(None, table="holders", row="h1")
    assert erased.value.code == "erased"


def test_the_blind_index_is_keyed_and_folds_what_people_type(vault: Vault) -> None:
    index = vault.blind_index("citizen", NUMBERS[0])
    assert index == vault.blind_index("citizen", f" {NUMBERS[0].lower()} ")
    assert index == vault.blind_index("citizen", "１１０１０５１９４９１２３１００２Ｘ")
    others = {
        Vault(kek=b"\x01" * 32, index_key=b"\x03" * 32).blind_index("citizen", NUMBERS[0]),
        vault.blind_index("passport", NUMBERS[0]),
        vault.blind_index("citizen", NUMBERS[1]),
        vault.blind_index("citizen1", NUMBERS[0][1:]),
    }
    assert index not in others
    assert len(others) == 4
    with pytest.raises(InputError):
        vault.blind_index("citizen", " ")


def test_nothing_secret_is_shown_or_pickled(vault: Vault) -> None:
    key, _ = vault.new_key(table="holders", row="h1")
    assert repr(key) == "DataKey(hidden)"
    assert "01" * 8 not in repr(vault)
    for thing in (vault, key):
        with pytest.raises(TypeError):
            pickle.dumps(thing)


@pytest.mark.parametrize(("kek", "index"), [(b"\x01" * 31, b"\x02" * 32), (b"\x01" * 32, b"\x01" * 32)])
def test_unfit_keys_are_refused(kek: bytes, index: bytes) -> None:
    with pytest.raises(ValueError, match="different keys of 32 bytes"):
        Vault(kek=kek, index_key=index)


def reserve_and_sign(office: Office, batch_id: str) -> None:
    with office.register.write() as session:
        row = open_rows(session, office.vault, batch_id)[0]
        wrapped = session.execute(
            text("SELECT wrapped_key FROM holders WHERE id = :id"), {"id": row.holder}
        ).scalar_one()
        key = office.vault.unwrap(wrapped, table="holders", row=row.holder)
        made = laid(row, 1, cti=b"\x07" * 16, to_sign=CREDENTIAL[:100], check_code=CHECK_CODE)
        made.reserve(session, key)
        assert store_signed(session, key, "c1", credential=CREDENTIAL, issued_on=date(2026, 11, 21), now=NOW)


@pytest.mark.slow
def test_the_raw_files_show_no_name_number_credential_or_check_code(office: Office) -> None:
    batch_id = office.store()
    reserve_and_sign(office, batch_id)
    raw = stored(office.place)
    assert b"99000020262000001" in raw  # the search finds what is there
    hidden = [*NAMES, *NUMBERS, CHECK_CODE, "孙某某", "赵䶮等三人"]
    for encoding in ("utf-8", "utf-16-le", "gb18030"):
        for word in hidden:
            assert word.encode(encoding) not in raw, word
    for word in (*NUMBERS, CHECK_CODE):
        assert word.encode().hex().encode() not in raw
    assert CREDENTIAL[:32] not in raw
    assert CREDENTIAL[:32].hex().encode() not in raw


def test_the_vault_brings_everything_back(office: Office) -> None:
    batch_id = office.store()
    reserve_and_sign(office, batch_id)
    with office.register.read() as session:
        found = certificates.content(session, office.vault, "c1")
        assert (found.credential, found.check_code, found.to_sign) == (CREDENTIAL, CHECK_CODE, CREDENTIAL[:100])
        assert file_name(session, office.vault, batch_id) == "赵䶮等三人.xlsx"
        assert findings_of(session, office.vault, batch_id)[0].findings == (
            Said(code="id_check_character", zh="证件号码校验位错误: 孙某某", en=FINDING.line_en()),
        )


def test_erasing_the_data_key_ends_reading(office: Office) -> None:
    reserve_and_sign(office, office.store())
    office.raw("UPDATE holders SET wrapped_key = NULL, blind_index = NULL, erased = '2026-11-21 02:00:00.000000'")
    with office.register.read() as session, pytest.raises(NotAllowedError) as caught:
        certificates.content(session, office.vault, "c1")
    assert caught.value.code == "erased"
