"""The schemas: every stored case keeps to them, every member is described, and what is wrong is refused."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from credential.outcomes import Outcome, Reason, StepResult, Warn
from tests.conformance.stored import HERE, vectors
from tests.vectors.model import Kind

NAMES = ("case", "expected")
Item = dict[str, Any]


def schema(name: str) -> Item:
    loaded: Item = json.loads((HERE / f"{name}.schema.json").read_text("utf-8"))
    return loaded


def faults(name: str, item: object) -> list[str]:
    return [f"{fault.json_path}: {fault.message}" for fault in Draft202012Validator(schema(name)).iter_errors(item)]


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))
    assert schema(name)["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


@pytest.mark.slow
def test_every_case_keeps_to_them() -> None:
    question, answer = (Draft202012Validator(schema(name)) for name in NAMES)
    assert [vector.name for vector in vectors() if not question.is_valid(vector.question)] == []
    assert [vector.name for vector in vectors() if not answer.is_valid(vector.expected)] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_object_is_closed_and_every_member_described(name: str) -> None:
    found = list(objects(schema(name)))
    assert len(found) > 1
    for each in found:
        assert each["additionalProperties"] is False
        assert [member for member, rule in each["properties"].items() if not rule["description"].endswith(".")] == []
        assert set(each["required"]) <= each["properties"].keys()


def objects(rule: object) -> Iterator[Item]:
    """Every rule for an object with members, however deep; the rules of single kinds and outcomes only narrow."""
    if isinstance(rule, dict):
        if "object" in rule.get("type", ()):
            yield rule
        rule = list(rule.values())
    if isinstance(rule, list):
        for part in rule:
            yield from objects(part)


def test_they_name_the_words_of_the_code_and_no_others() -> None:
    members = schema("expected")["properties"]
    assert schema("case")["properties"]["kind"]["enum"] == list(Kind)
    assert members["outcome"]["enum"] == list(Outcome)
    assert members["reason"]["enum"] == list(Reason)
    assert members["warnings"]["items"]["enum"] == list(Warn)
    assert members["steps"]["items"]["properties"]["result"]["enum"] == list(StepResult)


def one(kind: Kind) -> Item:
    return next(copy.deepcopy(each.question) for each in vectors() if each.question["kind"] == kind)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize(
    "change",
    [
        lambda item: item.update(more=1),
        lambda item: item.update(now=str(item["now"])),
        lambda item: item.update(now=True),
        lambda item: item.update(at="2026-7-1"),
        lambda item: item.update(root=item["root"].upper()),
        lambda item: item.update(kind="question"),
        lambda item: item.update(seen=[{"publication": item["publication"]}]),
        lambda item: item.update(qr_texts=["x"], document=item["root"]),
        lambda item: [item.pop(name, None) for name in ("qr_texts", "check_codes", "document")],
        lambda item: item.pop("publication"),
    ],
)
def test_a_wrong_question_is_refused(kind: Kind, change: Callable[[Item], object]) -> None:
    item = one(kind)
    assert faults("case", item) == []
    change(item)
    assert faults("case", item) != []


@pytest.mark.parametrize(
    "change",
    [
        lambda item: item.update(more=1),
        lambda item: item.update(in_force=1),
        lambda item: item.update(step=10),
        lambda item: item.update(outcome="not_authentic"),
        lambda item: item["certificate"].update(more=1),
        lambda item: item["certificate"].pop("issued_on"),
        lambda item: item["status"].update(reason="1"),
        lambda item: item["steps"].pop(),
        lambda item: item.pop("host"),
    ],
)
def test_a_wrong_verdict_is_refused(change: Callable[[Item], object]) -> None:
    item = next(copy.deepcopy(each.expected) for each in vectors() if each.name == "withdrawn")
    assert faults("expected", item) == []
    change(item)
    assert faults("expected", item) != []
