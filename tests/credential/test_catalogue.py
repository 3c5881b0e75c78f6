"""The catalogue: every title of the national table is there, numbers are stable, lookups say what was meant."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from credential.catalogue import (
    Catalogue,
    Specialty,
    TitleLevelError,
    UnknownEntryError,
    closest,
    find_specialty,
    suggest,
)
from credential.errors import MalformedError

BUILTIN = Catalogue.load_builtin()

# Series: one ladder a line, from 正高 down; "-" where the series has no such level.
LADDERS = """
1 教授 副教授 讲师 助教 -
2 研究员 副研究员 助理研究员 研究实习员 -
3 研究员 副研究员 助理研究员 研究实习员 -
4 主任医师 副主任医师 主治医师 医师 医士
4 - - 主管医师 - -
4 主任药师 副主任药师 主管药师 药师 药士
4 主任护师 副主任护师 主管护师 护师 护士
4 主任技师 副主任技师 主管技师 技师 技士
5 正高级工程师 高级工程师 工程师 助理工程师 技术员
6 正高级农艺师 高级农艺师 农艺师 助理农艺师 农业技术员
6 正高级畜牧师 高级畜牧师 畜牧师 助理畜牧师 农业技术员
6 正高级兽医师 高级兽医师 兽医师 助理兽医师 农业技术员
6 农业技术推广研究员 - - - -
7 高级记者 主任记者 记者 助理记者 -
7 高级编辑 主任编辑 编辑 助理编辑 -
8 编审 副编审 编辑 助理编辑 -
9 研究馆员 副研究馆员 馆员 助理馆员 管理员
10 研究馆员 副研究馆员 馆员 助理馆员 -
11 研究馆员 副研究馆员 馆员 助理馆员 -
12 正高级工艺美术师 高级工艺美术师 工艺美术师 助理工艺美术师 工艺美术员
13 正高级讲师 高级讲师 讲师 助理讲师 -
13 正高级实习指导教师 高级实习指导教师 一级实习指导教师 二级实习指导教师 三级实习指导教师
14 国家级教练 高级教练 中级教练 初级教练 -
14 正高级运动防护师 高级运动防护师 中级运动防护师 初级运动防护师 -
15 译审 一级翻译 二级翻译 三级翻译 -
16 播音指导 主任播音员主持人 一级播音员主持人 二级播音员主持人 -
17 正高级会计师 高级会计师 会计师 助理会计师 -
18 正高级统计师 高级统计师 统计师 助理统计师 -
19 正高级经济师 高级经济师 经济师 助理经济师 -
19 正高级人力资源管理师 高级人力资源管理师 人力资源管理师 助理人力资源管理师 -
19 正高级知识产权师 高级知识产权师 知识产权师 助理知识产权师 -
20 正高级实验师 高级实验师 实验师 助理实验师 实验员
21 正高级讲师 高级讲师 讲师 助理讲师 -
21 正高级实习指导教师 高级实习指导教师 一级实习指导教师 二级实习指导教师 三级实习指导教师
22 正高级教师 高级教师 一级教师 二级教师 三级教师
24 一级律师 二级律师 三级律师 四级律师 -
24 一级公证员 二级公证员 三级公证员 四级公证员 -
24 正高级司法鉴定人 副高级司法鉴定人 中级司法鉴定人 初级司法鉴定人 -
27 正高级审计师 高级审计师 审计师 助理审计师 -
"""
ARTISTS = ["演员", "演奏员", "编剧", "导演", "指挥", "作曲", "美术师"]
SHIP = ["船长", "轮机长", "电子员", "引航员"]


def _ladders() -> list[tuple[int, list[str]]]:
    lines = [line.split() for line in LADDERS.strip().splitlines()]
    ladders = [(int(series), names) for series, *names in lines]
    ladders += [(23, [f"{rank}级{artist}" for rank in "一二三四"] + ["-"]) for artist in ARTISTS]
    ladders += [(25, [f"正高级{name}", f"高级{name}", f"中级{name}", f"助理{name}", name]) for name in SHIP]
    ladders += [(26, ["正高级飞行员", "一级飞行员", "二级飞行员", "三级飞行员", "-"])]
    return ladders


@pytest.mark.parametrize(("series", "names"), _ladders())
def test_every_ladder_of_the_national_table_is_there(series: int, names: list[str]) -> None:
    for level, name in enumerate(names, start=1):
        if name != "-":
            title = BUILTIN.find_title(series, name, level)
            assert not title.abolished


def test_there_are_27_series_and_the_doubtful_ones_are_marked() -> None:
    assert [series.number for series in BUILTIN.all_series] == list(range(1, 28))
    assert [series.number for series in BUILTIN.all_series if series.checked] == list(range(1, 12))
    assert not any(title.checked for title in BUILTIN.titles if title.series > 11 or title.abolished)


def test_no_level_appears_that_the_table_does_not_have() -> None:
    for series in (1, 2, 3, 7, 10, 11, 14, 15, 17, 18, 19, 23, 24, 26, 27):
        levels = {title.level for title in BUILTIN.titles_of(series) if not title.abolished}
        assert levels == {1, 2, 3, 4}


# Once published, a number keeps its meaning: a change here breaks every certificate that carries it.
PUBLISHED = {1001: "教授", 4001: "主任医师", 5001: "正高级工程师", 5002: "高级工程师", 5003: "工程师", 9005: "管理员",
             19005: "正高级人力资源管理师", 22002: "高级教师", 23001: "一级演员", 27004: "助理审计师"}  # fmt: skip


def test_published_numbers_keep_their_meaning() -> None:
    assert {number: BUILTIN.title(number).name for number in PUBLISHED} == PUBLISHED
    assert (BUILTIN.version, len(BUILTIN.titles)) == (1, 283)


def test_numbers_are_unique_and_names_unique_within_series_and_level() -> None:
    assert len({title.number for title in BUILTIN.titles}) == len(BUILTIN.titles)
    keys = {(title.series, title.level, title.name) for title in BUILTIN.titles}
    assert len(keys) == len(BUILTIN.titles)


def test_everything_has_a_chinese_and_an_english_name() -> None:
    for entry in (*BUILTIN.levels, *BUILTIN.ways, *BUILTIN.all_series, *BUILTIN.titles):
        assert not entry.name.isascii()
        assert entry.name_en.isascii()


def test_levels_and_ways_have_the_codes_of_the_format() -> None:
    assert [level.name for level in BUILTIN.levels] == ["正高", "副高", "中级", "助理级", "员级"]
    names = ["评审", "考核认定", "以考代评", "职业资格对应", "绿色通道", "定向评价", "转评", "外地确认", "历史补录"]
    assert [(way.code, way.name) for way in BUILTIN.ways] == list(enumerate(names, start=1))


def test_an_abolished_title_is_for_historical_records_only() -> None:
    title = BUILTIN.find_title(5, "教授级高级工程师", 1)
    title.require_way(9)
    with pytest.raises(UnknownEntryError) as caught:
        title.require_way(1)
    assert caught.value.code == "title_abolished"
    assert BUILTIN.find_title(22, "中学高级教师", 2).abolished


def test_a_title_at_another_level_is_told_from_an_unknown_one() -> None:
    with pytest.raises(TitleLevelError) as caught:
        BUILTIN.find_title(5, "工程师", 2)
    assert caught.value.fields["levels"] == ("中级",)
    with pytest.raises(UnknownEntryError) as unknown:
        BUILTIN.find_title(5, "高级工程", 2)
    assert (unknown.value.code, unknown.value.fields["suggestion"]) == ("unknown_title", "高级工程师")


def test_names_are_exact_and_near_ones_are_suggested() -> None:
    assert BUILTIN.find_series("工程技术人员").number == BUILTIN.find_series("Engineering professionals").number == 5
    for near, meant in (("工程技术", "工程技术人员"), ("会计", "会计人员"), ("中小学教师系列", "中小学教师")):
        assert BUILTIN.suggest_series(near) == meant
        with pytest.raises(UnknownEntryError) as caught:
            BUILTIN.find_series(near)
        assert meant in str(caught.value)
    assert BUILTIN.suggest_series("烹饪") is None
    assert closest("", ["甲"]) is None


def test_levels_have_spellings() -> None:
    assert [BUILTIN.find_level(name).code for name in ("正高", "正高级", "副高级", "助理级", "员级")] == [1, 1, 2, 4, 5]
    with pytest.raises(UnknownEntryError):
        BUILTIN.find_level("高级")


def test_unknown_numbers_raise() -> None:
    for lookup in (BUILTIN.series, BUILTIN.title, BUILTIN.level, BUILTIN.way):
        with pytest.raises(UnknownEntryError):
            lookup(0)


def test_the_canonical_json_returns_the_same_catalogue() -> None:
    data = BUILTIN.to_json()
    assert Catalogue.from_json(data) == BUILTIN
    assert data == json.dumps(json.loads(data), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _broken(change: str) -> bytes:
    plain: dict[str, Any] = json.loads(BUILTIN.to_json())
    row = plain["titles"][0]
    changes: dict[str, Any] = {
        "number_twice": lambda: plain["titles"].append(row),
        "foreign_number": lambda: row.update(number=2999),
        "round_number": lambda: row.update(number=1000),
        "unknown_level": lambda: row.update(level=6),
        "text_level": lambda: row.update(level="1"),
        "bool_number": lambda: plain.update(version=True),
        "empty_name": lambda: row.update(name=""),
        "extra": lambda: row.update(note="x"),
        "missing": lambda: row.pop("name_en"),
        "no_series": lambda: plain.update(series=[]),
        "version": lambda: plain.update(version=0),
    }
    changes[change]()
    return json.dumps(plain).encode()


CHANGES = (
    "number_twice",
    "foreign_number",
    "round_number",
    "unknown_level",
    "text_level",
    "bool_number",
    "empty_name",
    "extra",
    "missing",
    "no_series",
    "version",
)


@pytest.mark.parametrize("change", CHANGES)
def test_a_broken_catalogue_is_refused(change: str) -> None:
    with pytest.raises(MalformedError) as caught:
        Catalogue.from_json(_broken(change))
    assert caught.value.code == "bad_catalogue"


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b'{"version":1,"version":1}', b" " * (1 << 21), b"[" * 100_000])
def test_what_is_no_catalogue_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedError):
        Catalogue.from_json(data)


def test_specialties_have_terms_and_owners() -> None:
    ours = Specialty(
        series=5, name="大数据", authority="a", valid_from=date(2020, 1, 1), valid_until=date(2025, 12, 31)
    )
    everyones = Specialty(series=5, name="道路与桥梁", valid_from=date(2020, 1, 1))
    both = [ours, everyones]
    assert find_specialty(both, series=5, name="大数据", authority="a", on=date(2025, 12, 31)) is ours
    assert find_specialty(both, series=5, name="道路与桥梁", authority="b", on=date(2026, 1, 1)) is everyones
    for facts, code, suggestion in (
        ({"name": "大数据", "authority": "a", "on": date(2026, 1, 1)}, "specialty_not_in_force", None),
        ({"name": "大数据", "authority": "b", "on": date(2025, 1, 1)}, "unknown_specialty", None),
        ({"name": "道路桥梁", "authority": "b", "on": date(2025, 1, 1)}, "unknown_specialty", "道路与桥梁"),
    ):
        with pytest.raises(UnknownEntryError) as caught:
            find_specialty(both, series=5, **facts)  # type: ignore[arg-type]
        assert (caught.value.code, caught.value.fields["suggestion"]) == (code, suggestion)
    assert suggest(both, "大数据技术", on=date(2019, 12, 31)) is None
