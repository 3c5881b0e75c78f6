"""Python and the page's modules give the same verdict to content that nobody foresaw; a difference becomes a vector."""

from __future__ import annotations

import base64
import json
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conformance.mutants import mutants
from tests.conformance.stored import text_of
from tests.conformance.strange import strange
from tests.support.tools import require_tool
from tests.vectors.ask import verdicts
from tests.vectors.generate import Shelf, question
from tests.vectors.model import Case

RUNNER = Path(__file__).with_name("node.mjs")
Generator = Callable[..., Iterator[Case]]


def bundle(cases: list[Case]) -> str:
    """The cases as the JavaScript runner wants them."""
    files: dict[str, bytes] = {}
    asked = [{"name": case.name, **question(case, Shelf(files))} for case in cases]
    return json.dumps(
        {
            "cases": asked,
            "publications": {
                Path(path).stem: json.loads(data) for path, data in files.items() if path.startswith("publications/")
            },
            "files": {
                Path(path).name: base64.b64encode(data).decode("ascii")
                for path, data in files.items()
                if path.startswith("files/")
            },
        }
    )


def compare(generator: Generator, *, seed: int, count: int) -> Counter[str]:
    """Compare whole verdicts; returns how many cases had which outcome."""
    cases = list(generator(seed=seed, count=count))
    command = [require_tool("node"), str(RUNNER)]
    done = subprocess.run(command, input=bundle(cases), capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    found = dict(json.loads(done.stdout))
    outcomes: Counter[str] = Counter()
    for case in cases:
        (verdict,) = verdicts(case)
        assert text_of(found[case.name]) == text_of([verdict.to_json()]), case.name
        outcomes[verdict.outcome] += 1
    return outcomes


@pytest.mark.parametrize("generator", [mutants, pytest.param(strange, marks=pytest.mark.slow)])
def test_both_languages_say_the_same(generator: Generator) -> None:
    outcomes = compare(generator, seed=20261121, count=100)
    # Were everything refused, nothing behind the first check would have been compared.
    assert sum(outcomes[each] for each in ("valid", "suspended", "withdrawn", "cancelled", "superseded")) > 10
    assert outcomes["malformed"] > 0
    assert outcomes["indeterminate"] > 0


@pytest.mark.soak
@pytest.mark.parametrize("generator", [mutants, strange])
@pytest.mark.parametrize("seed", range(40))
def test_both_languages_say_the_same_for_long(generator: Generator, seed: int) -> None:
    compare(generator, seed=seed, count=2000)
