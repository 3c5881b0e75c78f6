"""The demonstration's PDFs, seen by programs that we did not write."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from credential import claims, qrtext
from credential.outcomes import Outcome
from tests.acceptance.conftest import Shown
from tests.support.clock import NOW
from tests.support.forms import Some
from tests.support.tools import require_tool
from verifier.procedure import verify_document, verify_qr_text
from verifier.settings import Settings, make_reader
from verifier.sources.pdf import read_pdf

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
"""The first test makes the demonstration and renders 24 pages; a busy machine takes minutes."""

RARE_NAMES = {"王䶮", "李㛃", "赵𬭎", "陈𫍯", "刘𬸚", "孙𫖯平"}
USUAL_BYTES, USUAL_VERSION = 300, 14
LONG_ORIGIN = "https://zhengshu.shifan-sample.cn"
"""``https://`` and a host of 25 characters."""


@pytest.fixture(scope="module")
def reader(shown: Shown):  # type: ignore[no-untyped-def]
    settings = Settings(
        publication=str(shown.publication), trust_root=shown.trust_root.read_bytes(), origin="http://127.0.0.1:8787"
    )
    return make_reader(settings)


def pages(certificates: Sequence[dict[str, Any]], directory: Path) -> list[Image.Image]:
    """Page one of their documents at 150 dpi."""
    pdftoppm = require_tool("pdftoppm")

    def render(certificate: dict[str, Any]) -> Image.Image:
        target = directory / certificate["number"]
        command = [pdftoppm, "-r", "150", "-png", "-singlefile", certificate["document"], str(target)]
        subprocess.run(command, check=True)
        return Image.open(target.with_suffix(".png"))

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(render, certificates))


def test_qr_codes_are_read_from_the_printed_page_and_verify(shown, reader, some: Some, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """The one of the certificate that was withdrawn, and one in four of the others."""
    assert len(shown.certificates) == 24
    chosen = [shown.withdrawn, *some(shown.valid, 4)]
    for certificate, page in zip(chosen, pages(chosen, tmp_path), strict=True):
        (barcode,) = zxingcpp.read_barcodes(page, zxingcpp.BarcodeFormat.QRCode)
        assert barcode.text == certificate["qr_text"]
        verdict = verify_qr_text(barcode.text, reader, now=NOW)
        assert verdict.outcome.value == certificate["status"]


def test_pdfsig_trusts_three_documents_under_our_root_alone(shown: Shown, tmp_path: Path) -> None:
    certutil, pdfsig = require_tool("certutil"), require_tool("pdfsig")
    database = f"sql:{tmp_path}"
    subprocess.run([certutil, "-N", "-d", database, "--empty-password"], check=True)
    root = shown.home / "document-roots" / "sf-hrss.pem"
    subprocess.run([certutil, "-A", "-d", database, "-n", "root", "-t", "C,C,C", "-i", root], check=True)
    for certificate in shown.certificates[:3]:
        command = [pdfsig, "-nssdir", database, certificate["document"]]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        assert "Signature is Valid." in said
        assert "Certificate is Trusted." in said
        assert "Total document signed" in said


def test_every_document_says_that_it_is_unaltered_also_the_withdrawn_one(shown, reader) -> None:  # type: ignore[no-untyped-def]
    for certificate in (*shown.valid[:3], shown.withdrawn):
        verdict = verify_document(Path(certificate["document"]).read_bytes(), reader, now=NOW, read_pdf=read_pdf)
        assert verdict.file_unaltered is True
        assert verdict.outcome.value == certificate["status"]


def test_the_rare_names_stand_in_the_text_of_the_page(shown: Shown) -> None:
    pdftotext = require_tool("pdftotext")
    found = set()
    for certificate in shown.certificates:
        if certificate["name"] in RARE_NAMES:
            command = [pdftotext, certificate["document"], "-"]
            text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            assert certificate["name"] in text
            found.add(certificate["name"])
    assert found == RARE_NAMES


def test_sizes_hold_for_every_certificate(shown: Shown) -> None:
    """As issued here, and as they would be with an https host of 25 characters."""
    here = len("http://127.0.0.1:8787")
    longer = len(LONG_ORIGIN) - here
    assert len(LONG_ORIGIN) == len("https://") + 25
    for certificate in shown.certificates:
        data = qrtext.parse(certificate["qr_text"]).data
        assert len(data) + longer <= USUAL_BYTES
        assert len(data) <= claims.MAX_BYTES
        made = zxingcpp.create_barcode(certificate["qr_text"], zxingcpp.BarcodeFormat.QRCode, ec_level="M")
        modules = made.to_image(scale=1, add_quiet_zones=False).shape[0]
        assert (modules - 17) // 4 <= USUAL_VERSION


def test_a_demonstration_says_so_on_every_document(shown: Shown) -> None:
    pdftotext = require_tool("pdftotext")
    for certificate in shown.certificates[:3]:
        command = [pdftotext, certificate["document"], "-"]
        assert "演示" in subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_one_is_withdrawn_and_the_others_stay_valid(shown: Shown, reader) -> None:  # type: ignore[no-untyped-def]
    outcomes = [verify_qr_text(each["qr_text"], reader, now=NOW) for each in shown.certificates]
    assert sum(verdict.outcome is Outcome.VALID for verdict in outcomes) == 23
    (withdrawn,) = [verdict for verdict in outcomes if verdict.outcome is Outcome.WITHDRAWN]
    assert withdrawn.genuine is True
    assert withdrawn.in_force is False
    assert withdrawn.status is not None
    assert withdrawn.status.since is not None
    assert withdrawn.status.reason == 1
