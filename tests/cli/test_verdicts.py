"""A verdict as lines: what was read, what was not checked, whom to ask."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from cli.verdicts import text
from credential.contacts import Contact
from credential.history import EventKind
from credential.outcomes import InputNote, Reason, Source
from credential.statuslist import Status
from credential.verdict import Host, Standing
from tests.credential.made import VERDICT, event, history


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        (
            "zh",
            [
                "【不是真实证书】",
                "签发密钥在登记前已被公布失密：签名所用的密钥自2026-07-01起被公布为失密",
                "下一步：请勿以这一份为依据。请向持证人索取编号 SF2026-90001 的证书",
                "  未核对        照片、本程序不认识的内容",
                "  向谁核实      示范省人力资源和社会保障厅",
                "  电话          0000-1234567",
                "  网站          https://hrss.example/",
                "  地址          示范市",
                "  办公时间      九时",
                "读取自：图片中的二维码；首尾空白已略去",
                "二维码中的网址：zc.example",
            ],
        ),
        (
            "en",
            [
                "[NOT AUTHENTIC]",
                "Registered after its key was reported stolen. The key that signed it is known as stolen",
                "Next: Do not rely on this one. Ask the holder for certificate SF2026-90001",
                "  Not checked   photo, content that this program does not know",
                "  Whom to ask   Demo",
                "  Telephone     0000-1234567",
                "Read from: a QR code in a picture; blanks around it were left out",
                "Address in the QR code: zc.example",
            ],
        ),
    ],
)
def test_everything_is_shown(language: str, shown: list[str]) -> None:
    told = text(VERDICT, language)
    assert [each for each in shown if each not in told] == []


@pytest.mark.parametrize(
    ("changes", "absent"),
    [
        ({"contact": None}, ("向谁核实", "电话")),
        ({"host": None}, ("二维码中的网址",)),
        ({"proven": None}, ("未核对",)),
        ({"input_notes": ()}, ("首尾空白",)),
        ({"contact": replace(VERDICT.contact, zh=Contact())} if VERDICT.contact else {}, ("电话", "办公时间")),
    ],
)
def test_what_is_not_there_takes_no_line(changes: dict[str, Any], absent: tuple[str, ...]) -> None:
    told = text(replace(VERDICT, **changes), "zh")
    assert [each for each in absent if each in told] == []


@pytest.mark.parametrize(
    ("official", "zh", "en"), [(True, "（官方网址）", " (official)"), (False, "（不是官方网址）", " (not official)")]
)
def test_an_address_is_said_to_be_official_or_not(official: bool, zh: str, en: str) -> None:
    verdict = replace(VERDICT, host=Host(found="zc.example", official=official))
    assert f"zc.example{zh}" in text(verdict, "zh")
    assert f"zc.example{en}" in text(verdict, "en")


def test_a_list_of_notes_is_told_whole() -> None:
    told = text(replace(VERDICT, source=Source.QR_TEXT, input_notes=tuple(InputNote)), "zh")
    assert "读取自：二维码；首尾空白已略去；链接中“?”后的参数已略去；数字之后的内容已略去" in told


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("zh", "当天状态有变化：先后为：有效、核查中、有效。"),
        ("en", "The state changed on that day. In this order: In force, "),
    ],
)
def test_a_day_with_several_states_is_told_with_all_of_them(language: str, line: str) -> None:
    day = date(2026, 12, 1)
    found = history(event(EventKind.SUSPENDED, day), event(EventKind.REINSTATED, day))
    standing = Standing(history=found, event=found.status_event(), authority_name="示范厅", states=found.states_of(day))
    verdict = replace(VERDICT, reason=Reason.IN_FORCE, in_force=True, standing=standing, at=day)
    assert line in text(verdict, language)
    usual = replace(standing, states=found.states_of(date(2026, 12, 2)))
    assert line[:20] not in text(replace(verdict, standing=usual), language)


def test_several_states_are_a_member_of_the_json_and_one_is_not() -> None:
    day = date(2026, 12, 1)
    found = history(event(EventKind.WITHDRAWN, day))
    standing = Standing(history=found, event=found.status_event(), authority_name="示范厅", states=found.states_of(day))
    status = replace(VERDICT, standing=standing).to_json()["status"]
    assert isinstance(status, dict)
    assert status["states"] == ["valid", "withdrawn"]
    usual = replace(VERDICT, standing=replace(standing, states=(Status.WITHDRAWN,))).to_json()["status"]
    assert isinstance(usual, dict)
    assert "states" not in usual
