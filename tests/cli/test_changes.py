"""What the root is about to sign, in words: every kind of entry and every member has some, in both languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from cli import changes
from cli.console import Console
from cli.tool import Tool
from credential.catalogue import Catalogue
from credential.trustform import DocumentCertificate, KeyState, TrustList, encode_trust_list
from issuer.services.trust import Change
from issuer.trust.changes import TRUST_LIST, compare
from tests.services.test_changes import FILES, WORLD
from tests.support.world import NOW, PROVINCE, START, wide_grant

SEAL = DocumentCertificate(
    authority=PROVINCE, alg="ES256", params={}, certificate=b"der", begins=START, ends=None, state=KeyState.ACTIVE
)


def told(language: str, newer: TrustList) -> str:
    """What a person reads of a list that is to follow the world's."""
    tool = Tool(console=Console(language=language, json=False))
    found = compare(FILES["list"][0], encode_trust_list(newer), TRUST_LIST)
    return changes.told(tool, found, Catalogue.load_builtin())


def test_every_kind_and_every_member_has_words() -> None:
    sealed = encode_trust_list(replace(WORLD.trust, document_certificates=(SEAL,)))
    found = [each for data, kind in FILES.values() for each in compare(None, data, kind)]
    found += compare(None, sealed, TRUST_LIST)
    assert {each.what for each in found} <= changes._KINDS.keys()
    assert {each.member for each in found} <= changes._MEMBERS.keys()


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "zh",
            [
                "新增 授权 demo-hrss: 示人社规〔2026〕9号 (2020-01-01)",
                "  可办事项: withdraw 撤销",
                "  系列: 5 工程技术人员, 22 中小学教师",
                "  级别: 全部",
                "  取得方式: 全部（不含 9）",
                "  截止: 2026-12-31",
                "  必须写明适用区划: 否",
            ],
        ),
        (
            "en",
            [
                "new grant demo-hrss: 示人社规〔2026〕9号 (2020-01-01)",
                "  acts: withdraw",
                "  series: 5 Engineering professionals, 22 Primary and secondary school teachers",
                "  levels: all",
                "  ways: all but 9",
                "  until: 2026-12-31",
                "  scope required: no",
            ],
        ),
    ],
)
def test_a_new_grant_in_words(language: str, lines: list[str]) -> None:
    first, *others = WORLD.trust.authorities
    added = wide_grant(
        legal_basis="示人社规〔2026〕9号",
        acts=frozenset({"withdraw"}),
        series=frozenset({5, 22}),
        first=date(2020, 1, 1),
        last=date(2026, 12, 31),
        scope_required=False,
    )
    shown = told(language, replace(WORLD.trust, authorities=(replace(first, grants=(*first.grants, added)), *others)))
    missing = [each for each in lines if each.replace("demo-hrss", PROVINCE) not in shown.splitlines()]
    assert missing == []


def test_what_changes_is_told_with_what_it_was() -> None:
    first, *others = WORLD.trust.keys
    ended = replace(first, state=KeyState.COMPROMISED, ends=NOW, compromised_since=NOW)
    shown = told("zh", replace(WORLD.trust, keys=(ended, *others))).splitlines()
    local = f"{NOW.astimezone(datetime.fromisoformat('2026-01-01T00:00:00+08:00').tzinfo):%Y-%m-%d %H:%M}"
    assert shown == [
        f"修改 密钥 {first.key.key_id.hex()}",
        f"  泄露起始时间: 无 → {local}",
        "  状态: active 在用 → compromised 已失密",
        f"  截止: 无 → {local}",
    ]


def test_an_entry_that_is_gone_is_told_with_what_it_was() -> None:
    shown = told("en", replace(WORLD.trust, keys=WORLD.trust.keys[1:]))
    assert f"gone key {WORLD.trust.keys[0].key.key_id.hex()}" in shown
    assert "  state: active" in shown.splitlines()


def test_what_has_no_words_is_told_by_its_name_in_the_file() -> None:
    tool = Tool(console=Console(language="zh", json=False))
    strange = Change(step="new", what="moon", which="1", member="phase", before=None, after={"full": True})  # type: ignore[arg-type]
    assert changes.told(tool, [strange], Catalogue.load_builtin()) == "新增 moon 1\n  phase: {'full': True}"
