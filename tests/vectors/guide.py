"""The page that strangers read first: ``tests/vectors/README.md``, made from the cases so that its counts are right.

files["README.md"] = guide(cases)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from credential.outcomes import Outcome, Reason
from tests.vectors.model import SECTIONS, Case, Kind, main_section

USE: Final = """
# Conformance vectors

Questions to a program that checks certificates, each with the answer that it must give. They are JSON and plain bytes:
you need them, this page and [FORMAT.md](../../docs/FORMAT.md), and none of our code.

## Layout

| path | what it holds |
|---|---|
| `cases/SECTION/NAME/README.md` | why the answer is what it is, and the rule of FORMAT.md that says so |
| `cases/SECTION/NAME/case.json` | the question; [case.schema.json](case.schema.json) describes every member |
| `cases/SECTION/NAME/expected.json` | the answer; [expected.schema.json](expected.schema.json) describes every member |
| `publications/ID.json` | the files of one publication: path -> digest |
| `files/DIGEST` | bytes, named by their SHA-256 in hexadecimal |

SECTION is the section of FORMAT.md that holds the rule: two digits and its title. NAME is unique among all cases.

## Use

```python
import json
from pathlib import Path

VECTORS = Path("tests/vectors")


def load(path):
    return json.loads(path.read_text("utf-8"))


def stored(digest):
    return (VECTORS / "files" / digest).read_bytes()


def published(name):
    return {path: stored(digest) for path, digest in load(VECTORS / "publications" / f"{name}.json").items()}


for folder in sorted(VECTORS.glob("cases/*/*")):
    case, expected = load(folder / "case.json"), load(folder / "expected.json")
    asked = [("qr_text", text) for text in case.get("qr_texts", [])]
    asked += [("check_code", code) for code in case.get("check_codes", [])]
    asked += [("document", stored(case["document"]))] if "document" in case else []
    for form, value in asked:
        reader = Reader(stored(case["root"]), offline=case["kind"] == "offline")
        for look in case["seen"]:
            reader.look(published(look["publication"]), now=look["now"])
        verdict = reader.check(form, value, published(case["publication"]), now=case["now"], at=case["at"])
        assert verdict == expected, folder
```

`Reader` is yours. It pins the root that it is given and begins with an empty memory, for each text, code and file anew.
`look` reads a publication as it was at that instant and keeps what section 10 says is remembered. The publication may
be refused: go on, because what is remembered all the same is the point of the case. `check` gives the object of
section 12.1. A path that a publication does not hold is a file that cannot be fetched. All time comes from the case:
ask no clock and no network.

A reader of the kind `offline` has the file `trust/list/1` of the publication and the root, and nothing else.

## How a case must fail

`_fail` at the end of NAME means that no statement about a certificate may come of it: the outcome is `not_authentic`,
`not_authorised`, `malformed` or `indeterminate`. Without `_fail` the certificate is genuine, and the outcome is its
state: `valid`, `suspended`, `withdrawn`, `cancelled` or `superseded`, or `not_yet_issued`.

To be refused is not enough. `expected.json` holds the `outcome`, the `reason` and the `step` that decided, and in
`steps` the result of every step; README.md of the case says why in a sentence. Compare these four first, then the whole
object, types included: `true` is not 1. An answer at another step, or for another reason, is a fault: most cases are in
order but for one rule, and the reason shows whether that rule was found.

A program that does less can leave out what it does not do: `check_codes`, or the cases of the kinds `document` and
`offline`. A program without publications can ask the `qr_texts` of the cases that end at step 1.
"""
"""What does not depend on the cases."""


def guide(cases: Sequence[Case]) -> bytes:
    """The whole page."""
    lines = [
        *USE.strip().splitlines(),
        "",
        "## Counts",
        "",
        f"{len(cases)} cases: {_failing(cases)} must fail.",
        "",
        *_by_section(cases),
        "",
        *_by_outcome(cases),
        "",
        *_by_reason(cases),
        "",
        f"{_not_for_pages(cases)} cases are of the kinds `offline` and `document`. They are asked of Python alone:",
        "pages take no files and are never without a publication.",
        "",
        "## Origin",
        "",
        "`python -m tests.vectors.generate` makes every file here but the two schemas; nothing is changed by hand.",
        "Keys are fixed and worthless, and the people do not exist. Our own runners are in `tests/conformance`:",
        "Python and JavaScript, in Node and in Chromium, give the same verdict to every case.",
    ]
    return ("\n".join(lines) + "\n").encode()


def _by_section(cases: Sequence[Case]) -> Iterator[str]:
    count = Counter(main_section(case.section) for case in cases)
    failing = Counter(main_section(case.section) for case in cases if _must_fail(case))
    yield from ("| section | folder | cases | must fail |", "|---|---|---|---|")
    for section, folder in SECTIONS.items():
        yield f"| {section} | [{folder}](cases/{folder}) | {count[section]} | {failing[section]} |"


def _by_outcome(cases: Sequence[Case]) -> Iterator[str]:
    count = Counter(case.outcome for case in cases)
    yield from ("| outcome | cases |", "|---|---|")
    yield from (f"| `{outcome}` | {count[outcome]} |" for outcome in Outcome)


def _by_reason(cases: Sequence[Case]) -> Iterator[str]:
    count, outcomes = Counter(case.reason for case in cases), list(Outcome)
    yield from ("| outcome | reason | cases |", "|---|---|---|")
    for reason in sorted(Reason, key=lambda reason: outcomes.index(reason.outcome)):
        yield f"| `{reason.outcome}` | `{reason}` | {count[reason]} |"


def _failing(cases: Sequence[Case]) -> int:
    return sum(map(_must_fail, cases))


def _must_fail(case: Case) -> bool:
    return case.name.endswith("_fail")


def _not_for_pages(cases: Sequence[Case]) -> int:
    return sum(case.kind is not Kind.VERDICT for case in cases)
