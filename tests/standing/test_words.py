"""Every check, level, finding and advice has its words in both languages, and takes no value that is not given."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from cli import findings, hints
from issuer.standing.model import Level, critical, good
from issuer.standing.table import CHECKS
from tests.support.tools import ROOT

MAKERS = {"good", "warning", "critical", "not_looked", "made"}
CODES_BY_TOPIC = {"changes_late", "batches_late", "documents_late", "notices_late"}
CODES_OF_WALKS = {"audit_walk_late", "certificate_walk_late"}


class Made(NamedTuple):
    """A place that makes a finding."""

    code: str
    advice: str
    fields: frozenset[str]
    any_field: bool


@cache
def made() -> tuple[Made, ...]:
    return tuple(each for path in sorted((ROOT / "issuer" / "standing").glob("*.py")) for each in _of(path))


def _of(path: Path) -> Iterator[Made]:
    if path.name == "model.py":
        return
    for call in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in MAKERS:
            given = {each.arg for each in call.keywords}
            advice = [each.value for each in call.keywords if each.arg == "advice"]
            fields = frozenset(each for each in given if each and each != "advice") | {"subject"}
            for code in _codes(call.args[0]):
                yield Made(code, _constant(advice[0]) if advice else "", fields, None in given)


def _codes(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    return sorted(CODES_BY_TOPIC if isinstance(node, ast.Subscript) else CODES_OF_WALKS)


def _constant(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ""


def test_every_code_has_words_and_no_words_stand_without_one() -> None:
    codes = {each.code for each in made()}
    assert len(codes) > 60
    assert set(findings.known()["finding"]) == codes
    assert set(findings.known()["check"]) == {each.name for each in CHECKS}
    assert set(findings.known()["level"]) == {each.value for each in Level}
    advised = {each.advice for each in made() if each.advice} | {"mend_noted", "look_at_worker"}
    assert set(findings.known()["advice"]) == advised


def test_what_is_not_good_leads_on() -> None:
    for path in sorted((ROOT / "issuer" / "standing").glob("*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                is_advised = any(each.arg == "advice" for each in call.keywords)
                if call.func.id in MAKERS and path.name != "model.py":
                    assert is_advised is (call.func.id != "good"), ast.unparse(call)


def test_what_a_text_takes_is_given_wherever_the_finding_is_made() -> None:
    for each in made():
        for kind, code in (("finding", each.code), ("advice", each.advice)):
            for text in findings.known()[kind].get(code, ()):
                needed = {name for part in hints.OPTIONAL.split(text)[::2] for name, _ in hints.FIELD.findall(part)}
                assert each.any_field or needed <= each.fields, (code, needed - each.fields)


@pytest.mark.parametrize("kind", ["level", "check", "finding", "advice"])
def test_chinese_words_are_chinese_and_english_ones_are_not(kind: str) -> None:
    for code, (zh, en) in findings.known()[kind].items():
        assert re.search(r"[\u4e00-\u9fff]", zh), code
        assert not re.search(r"[\u4e00-\u9fff]", en), code


def test_sizes_and_codes_are_shown_in_words() -> None:
    found = critical("space_ends", "/srv", advice="make_room", free=3 << 29, total=10 << 30)
    assert findings.text(found, "en") == "only 1.5 GiB are left at /srv (of 10.0 GiB)"
    why = critical("database_away", advice="mend_database", why="database_unreachable")
    assert findings.text(why, "zh").startswith("登记簿打不开：")
    assert "database_unreachable" not in findings.text(why, "zh")
    assert findings.advice(good("keys_here", held=1, active=1), "zh") == ""
