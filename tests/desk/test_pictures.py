"""The pictures of a holder's journey: in the handbooks, small, and what a browser shows."""

from __future__ import annotations

import re

import pytest

from tests.desk.pictures import DEVICES, FOLDER, LANGUAGES, STEPS, journeys
from tests.support.tools import ROOT

BOOKS = {"zh": ROOT / "docs" / "zh" / "持证人.md", "en": ROOT / "docs" / "en" / "holder.md"}
MOST_BYTES = 300_000
SAID = {
    "sign-in": "登录",
    "list": "您名下有 1 份证书",
    "certificate": "这份证书目前有效",
    "download": "下载 PDF",
    "asked": "申请更正",
    "answered": "已核对，将换发新证书。",
    "withdrawn": "有关这份证书的通知",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_is_in_the_handbook_of_its_language_and_small(language: str) -> None:
    book = BOOKS[language].read_text("utf-8")
    shown = re.findall(r"images/desk/([\w-]+)\.png", book)
    assert shown == [f"{device}-{language}" for device in DEVICES]
    assert len(re.findall(r"^\d\. ", book, re.MULTILINE)) == len(STEPS)
    for name in shown:
        data = (FOLDER / f"{name}.png").read_bytes()
        assert data.startswith(b"\x89PNG")
        assert len(data) < MOST_BYTES


@pytest.mark.soak
@pytest.mark.browser
def test_a_holder_walks_the_whole_way_in_a_browser() -> None:
    with journeys() as offered:
        journey = next(offered)
        for step in journey.steps("zh-CN"):
            assert SAID[step] in journey.page.text(), step
        assert journey.page.errors == []
