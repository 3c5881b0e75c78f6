"""Every vector that a page can be asked, in Node: the whole verdict is the one that is stored."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.stored import HERE, Vector, bundle, different, for_pages
from tests.support.bundle import BUILT
from tests.support.forms import Some
from tests.support.tools import require_tool

RUNNER = Path(__file__).with_name("node.mjs")
_TOLD = ("outcome", "reason", "step", "source")


def said(asked: Sequence[Vector], *script: str) -> dict[str, list[Any]]:
    """What the modules say, or a script that was built, by the name of the vector; one process for all."""
    command = [require_tool("node"), str(RUNNER), *script]
    # Node hashes and verifies in threads: with one of them it needs a fifth less of the processor.
    env = {**os.environ, "UV_THREADPOOL_SIZE": "1"}
    done = subprocess.run(
        command, input=bundle(asked), capture_output=True, text=True, timeout=100, check=False, env=env
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return dict(json.loads(done.stdout))


@pytest.mark.slow
def test_every_verdict(some: Some) -> None:
    """A third of them in turn: Chromium is asked all of them each time (test_browser.py), and runs the same modules."""
    asked = some(for_pages(), 3)
    assert len(asked) > 500
    assert different(asked, said(asked)) == {}


@pytest.mark.slow
def test_every_verdict_of_the_bundle_in_the_repository(some: Some) -> None:
    """The file that readers get, and not one that is built for the tests."""
    asked = some(for_pages(), 3)
    (script,) = BUILT.glob("main-*.js")
    assert different(asked, said(asked, str(script))) == {}


@pytest.mark.slow
def test_one_of_each_verdict() -> None:
    """The first vector of each outcome, reason, step and source: the others say the same of other inputs."""
    asked = tuple({tuple(vector.expected[each] for each in _TOLD): vector for vector in reversed(for_pages())}.values())
    assert len(asked) > 60
    assert different(asked, said(asked)) == {}


@pytest.mark.slow
def test_a_difference_would_be_seen() -> None:
    good = _withdrawn()
    question, expected = good.question, good.expected
    asked = [
        good,
        replace(good, name="an instant later", question={**question, "now": question["now"] + 1}),
        replace(good, name="another reason", expected={**expected, "status": {**expected["status"], "reason": 0}}),
        replace(good, name="0 for false", expected={**expected, "in_force": 0}),
        replace(good, name="a member less", expected={k: v for k, v in expected.items() if k != "host"}),
        replace(good, name="another text", question={**question, "qr_texts": ["https://zc.example/v/#7"]}),
        replace(good, name="asked twice", question={**question, "qr_texts": question["qr_texts"] * 2}, expected={}),
        replace(good, name="it throws", question={**question, "root": _no_root(good)}),
    ]
    found = said(asked)
    assert different(asked, found).keys() == {vector.name for vector in asked[1:]}
    assert "thrown" in found["it throws"][0]
    assert different([good], {}) == {"withdrawn": None}
    assert different([], {"withdrawn": found["withdrawn"]}).keys() == {"withdrawn"}


@pytest.mark.slow
def test_what_json_would_hide_is_seen() -> None:
    """A JavaScript value such as NaN would come out as null."""
    with pytest.raises(AssertionError, match="NaN"):
        said([replace(_withdrawn(), question={**_withdrawn().question, "now": "today"})])


def _withdrawn() -> Vector:
    (vector,) = (vector for vector in for_pages() if vector.name == "withdrawn")
    return vector


def _no_root(vector: Vector) -> str:
    """The digest of a file that is no root."""
    listed = json.loads((HERE / "publications" / f"{vector.question['publication']}.json").read_text("utf-8"))
    digest = listed["snapshot.jwt"]
    assert isinstance(digest, str)
    return digest
