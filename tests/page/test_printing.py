"""The printed answer: one page, which says that it proves nothing and carries a code to check again."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from credential.face import Members
from credential.history import EventKind, Reason
from tests.page.conftest import NAME, Stand, assert_private, digits_of
from tests.page.gallery import CONTACT
from tests.support.tools import require_tool
from tests.support.world import PROVINCE

pytestmark = pytest.mark.browser

PRESSED = "window.print = () => { window.printed = true; };"


def printed(stand: Stand, tmp_path: Path) -> list[Image.Image]:
    """The pages that come out of the printer after a press of the button."""
    stand.page.evaluate("[...document.querySelectorAll('.tools .button')].pop().click()")
    stand.page.wait_for("window.printed")
    answer = stand.page._call("Page.printToPDF", preferCSSPageSize=True, paperWidth=8.27, paperHeight=11.69)
    (tmp_path / "printed.pdf").write_bytes(base64.b64decode(answer["data"]))
    command = [require_tool("pdftoppm"), "-r", "150", "-png", str(tmp_path / "printed.pdf"), str(tmp_path / "page")]
    subprocess.run(command, check=True, timeout=60)
    return [Image.open(path) for path in sorted(tmp_path.glob("page*.png"))]


@pytest.mark.parametrize(("state", "language"), [("valid", "zh"), ("withdrawn", "zh"), ("withdrawn", "en")])
def test_a_printed_answer_is_one_page_that_can_be_checked_again(
    stand: Stand, tmp_path: Path, state: str, language: str
) -> None:
    stand.languages(language)
    stand.world.change_authority(PROVINCE, contact=CONTACT)
    certificate = stand.world.issue(name=NAME)
    printed_too = tuple((label, "示范" * 12) for label in ("居民身份证", "批准文号", "证书用途"))
    stand.world.put_face(certificate, Members(sex=1, employer="示范省第一建筑设计研究院有限公司", printed=printed_too))
    if state == "withdrawn":
        stand.world.append(certificate, EventKind.WITHDRAWN, reason=Reason.FRAUD, document="示人社撤〔2026〕1号")
    stand.publish()
    stand.script(PRESSED)
    stand.open(f"{stand.origin}/v/")
    stand.page.wait_for("document.querySelector('#code')")
    stand.type(certificate.grouped_code)
    stand.press_enter()
    stand.page.wait_for(f"document.querySelector('[data-outcome={state}]')")
    assert stand.page.evaluate("getComputedStyle(document.querySelector('.printed')).display") == "none"
    (page,) = printed(stand, tmp_path)
    (code,) = zxingcpp.read_barcodes(page)
    assert code.text == f"{stand.origin}/v/#{digits_of(certificate)}"
    said = stand.page.evaluate("document.querySelector('.printed').textContent")
    forged = {"zh": "打印件可以伪造", "en": "A printout can be forged"}[language]
    for part in (forged, f"{stand.origin}/v/", certificate.grouped_code, f"{state}/"):
        assert part in said
    assert_private(stand, certificate)


def test_without_the_script_of_the_code_the_answer_is_printed_all_the_same(stand: Stand, tmp_path: Path) -> None:
    certificate = stand.world.issue()
    stand.publish()
    stand.script(PRESSED)
    stand.check(certificate)
    stand.page._call("Network.setBlockedURLs", urls=["*print-*"])
    try:
        (page,) = printed(stand, tmp_path)
    finally:
        stand.page._call("Network.setBlockedURLs", urls=[])
    assert zxingcpp.read_barcodes(page) == []
    assert "打印件可以伪造" in stand.page.evaluate("document.querySelector('.printed').textContent")
