"""The size rules of FORMAT 3: a photocopied QR symbol must still be read."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
import qrcode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.util import MODE_8BIT_BYTE, MODE_NUMBER, QRData

from credential import claims as module
from credential import qrtext
from credential.claims import Claims, Scope, StatusReference
from tests.credential.made import claims, credential

ORIGIN = "https://certs.hrss.shifan.example"
"""A host of 25 characters, which the rules speak of."""
USUAL_BYTES, USUAL_VERSION, ANY_VERSION = 300, 14, 17
SCOPED_BYTES, SCOPED_VERSION = 340, 15
"""A scope names its district in words: some 25 bytes more than a usual certificate."""
ENGINEERING = ("示评备〔2025〕012号", 5, 502, "province")
TEACHERS = ("示评备〔2024〕107号", 22, 2202, "district")
DISTRICT = Scope(region=990101, name="示范市示范区")

SAMPLES: dict[str, dict[str, Any]] = {
    "senior": {"name": "王䶮", "specialty": "建筑施工"},
    "senior, plane 2": {"name": "陈𫍯", "specialty": "道路与桥梁"},
    "senior, three characters": {"name": "孙𫖯平", "specialty": "人工智能", "level": 1, "title": 501},
    "rare": {"name": "李𪚥", "specialty": "建筑施工"},
    "with faults, good row": {"name": "诸葛玉东", "specialty": "道路与桥梁", "level": 1},
    "foreign name": {"name": "John Ronald Smith", "specialty": "机械设计", "way": 5, "id_last4": "5678"},
    "traditional characters": {"name": "陳嘉怡", "specialty": "人工智能", "level": 1},
    "targeted": {"name": "欧阳英思", "specialty": "语文", "way": 6, "scope": DISTRICT},
    "targeted, middle dot": {"name": "阿卜杜拉·买买提", "specialty": "数学", "way": 6, "scope": DISTRICT},
    "targeted, long name": {"name": "阿依古丽·阿卜杜热合曼", "specialty": "数学", "way": 6, "scope": DISTRICT},
}


def sample(row: dict[str, Any]) -> Claims:
    """The claims of a row of the sample files, with the longest numbers that the register gives."""
    reference, series, title, issuer = TEACHERS if "scope" in row else ENGINEERING
    fixed = {"basis_reference": reference, "series": series, "title": title, "issuer": issuer, "level": 2}
    status = StatusReference(index=2**20 - 1, uri=f"{ORIGIN}/p/status/0.cwt")
    # RFC 8392 dates and days keep five bytes until 2106; nothing grows with time.
    return claims(**{**fixed, "number": "SF2026-00000001", "status": status, "award_date": date(2026, 10, 30), **row})


def symbol_version(text: str) -> int:
    """The smallest QR version at correction M for a byte segment and a numeric segment."""
    head, mark, digits = text.partition("#")
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M)
    code.add_data(QRData((head + mark).encode("ascii"), mode=MODE_8BIT_BYTE), optimize=0)
    code.add_data(QRData(digits.encode("ascii"), mode=MODE_NUMBER), optimize=0)
    return int(code.best_fit())


@pytest.mark.parametrize("row", SAMPLES.values(), ids=SAMPLES.keys())
def test_a_usual_certificate_stays_small(row: dict[str, Any]) -> None:
    assert len(ORIGIN.removeprefix("https://")) == 25
    most_bytes, most_version = (SCOPED_BYTES, SCOPED_VERSION) if "scope" in row else (USUAL_BYTES, USUAL_VERSION)
    data = credential(sample(row))
    assert len(data) <= most_bytes
    assert symbol_version(qrtext.encode(data, ORIGIN)) <= most_version


def test_a_credential_of_the_largest_size_stays_readable() -> None:
    largest = module.CredentialBytes(b"\xff" * module.MAX_BYTES)
    assert symbol_version(qrtext.encode(largest, ORIGIN)) <= ANY_VERSION


def test_the_usual_size_itself_fits_the_usual_symbol() -> None:
    assert symbol_version(qrtext.encode(module.CredentialBytes(b"\xff" * USUAL_BYTES), ORIGIN)) <= USUAL_VERSION


def test_a_long_certificate_is_within_the_largest_size() -> None:
    """A long foreign name, a long specialty, a scope and a historical reference, all at once."""
    long = claims(
        name="Maria Fernanda de Oliveira Albuquerque e Silva",
        specialty="道路与桥梁工程（市政公用方向）",
        number="SF2026-HISTORY-00000001",
        issuer="district-office",
        way=9,
        basis_kind=5,
        basis_reference="示职改字〔1998〕第1024号",
        scope=DISTRICT,
        issued_at=datetime.fromisoformat("2100-01-01T00:00:00+00:00"),
    )
    data = credential(long)
    assert USUAL_BYTES < len(data) <= module.MAX_BYTES
    assert symbol_version(qrtext.encode(data, ORIGIN)) <= ANY_VERSION
