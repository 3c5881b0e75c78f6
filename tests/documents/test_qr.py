"""The QR symbol: its size, that it reads back, and that it is still read from the printed page."""

from __future__ import annotations

import io
import re
import subprocess
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from credential import qrtext
from credential.claims import MAX_BYTES, CredentialBytes
from credential.errors import MalformedError
from issuer.documents.errors import QrTooLargeError
from issuer.documents.qr import MAX_QR_VERSION, QUIET_ZONE, qr_png, qr_svg, qr_symbol
from templates.loader import load_design
from tests.documents.samples import QR_TEXT, unsigned, write
from tests.support.tools import require_tool

HOST = "https://abcdefghijklm.example.org/v/#"


def _digits(size: int) -> str:
    return HOST + str(int.from_bytes(b"\xff" * size))


def test_three_hundred_bytes_and_a_host_of_25_characters_fit_version_14() -> None:
    assert len(HOST) == len("https:///v/#") + 25
    assert qr_symbol(_digits(300)).version <= 14
    assert qr_symbol(_digits(420)).version <= 17


def test_digits_are_one_numeric_segment_behind_one_byte_segment() -> None:
    # Mode 4 bits, count 8 or 16, characters: 14-M holds 2,896 bits. Bytes alone would need 723 * 8.
    prefix, digits = len(HOST), len(_digits(300)) - len(HOST)
    bits = 4 + 16 + 8 * prefix + 4 + 12 + (10 * digits + 2) // 3 + 4
    assert bits < 2896 < 8 * digits
    assert qr_symbol(_digits(300)).version <= 14


def test_the_longest_host_that_may_be_printed_beside_the_largest_credential_fits_version_17() -> None:
    origin = f"https://{'h' * 58}:65535"
    largest = CredentialBytes(b"\xff" * MAX_BYTES)
    assert qr_symbol(qrtext.encode(largest, qrtext.check_printed_origin(origin))).version == 17
    with pytest.raises(MalformedError) as refusal:
        qrtext.check_printed_origin(origin.replace("h:", "hh:"))
    assert refusal.value.code == "too_large"
    with pytest.raises(QrTooLargeError):
        qr_symbol(qrtext.encode(largest, f"https://{'h' * 70}"))


@pytest.mark.parametrize("text", [QR_TEXT, _digits(420), HOST + "7"])
def test_a_picture_reads_back(text: str) -> None:
    picture = qr_png(text, scale=3)
    with Image.open(io.BytesIO(picture.png)) as image:
        (found,) = zxingcpp.read_barcodes(image.convert("L"))
    assert found.text == text
    assert found.ec_level == "M"
    assert picture.version == (len(qr_symbol(text).rows) - 17) // 4


def test_the_finder_pattern_is_where_it_belongs() -> None:
    rows = qr_symbol(QR_TEXT).rows
    assert rows[0][:8] == b"\x00" * 7 + b"\xff"
    assert [row[0] for row in rows[-7:]] == [0] * 7


def test_every_version_allowed_prints_modules_of_at_least_0_4_mm() -> None:
    parts = (load_design().root / "parts.typ").read_text(encoding="utf-8")
    side = int(re.findall(r"#let qr-side = (\d+)mm", parts)[0])
    largest = 17 + 4 * MAX_QR_VERSION + 2 * QUIET_ZONE
    assert side / largest >= 0.4
    assert side / (len(qr_symbol(QR_TEXT).rows) + 2 * QUIET_ZONE) > 0.5


def test_the_drawing_has_every_dark_module_once() -> None:
    symbol = qr_symbol(QR_TEXT)
    runs = qr_svg(symbol).split('fill="#000" d="')[1].split('"')[0].split("M")[1:]
    covered = set()
    for run in runs:
        place, rest = run.split("h", 1)
        x, y = (int(part) for part in place.split())
        for step in range(int(rest.split("v")[0])):
            assert (x + step, y) not in covered
            covered.add((x + step, y))
    dark = {(x, y) for y, row in enumerate(symbol.rows) for x, value in enumerate(row) if not value}
    assert covered == {(x + QUIET_ZONE, y + QUIET_ZONE) for x, y in dark}


def test_four_modules_of_white_stand_around_it() -> None:
    """As the format says, and not as the constant does: scanners ask for four."""
    symbol = qr_symbol(QR_TEXT)
    side = len(symbol.rows) + 8
    drawing = qr_svg(symbol)
    assert f'viewBox="0 0 {side} {side}"' in drawing
    assert 'fill="#000" d="M4 4h7' in drawing


@pytest.mark.parametrize("text", [_digits(900), HOST + "7" * 9000])
def test_too_much_text_is_refused(text: str) -> None:
    with pytest.raises(QrTooLargeError) as caught:
        qr_symbol(text)
    assert caught.value.code == "qr_too_large"


@pytest.mark.slow
def test_the_code_is_read_from_the_page_at_150_dpi(tmp_path: Path) -> None:
    pdf = write(tmp_path, unsigned())
    subprocess.run([require_tool("pdftoppm"), "-r", "150", "-gray", "-png", pdf, tmp_path / "page"], check=True)
    with Image.open(tmp_path / "page-1.png") as image:
        (found,) = zxingcpp.read_barcodes(image)
    assert found.text == QR_TEXT
