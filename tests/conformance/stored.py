"""The vectors as they are stored: what every runner is given, whoever made them.

for vector in vectors():
    vector.name, vector.case, vector.expected
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from credential.days import from_seconds
from credential.outcomes import Outcome, Reason
from tests.vectors.model import Case, Files, Kind, Look

HERE: Final = Path(__file__).resolve().parents[1] / "vectors"
REFUSED: Final = frozenset(
    {"publication_expired", "publication_unreachable", "publication_untrusted", "rollback", "trust_expired"}
)
"""Reasons that concern a publication as a whole."""
ANY_CODE: Final = "TVWH2VKY3J32BRCWSY2B"
"""Well formed; nobody looks it up in a publication that is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """One case with what it must give."""

    name: str
    question: dict[str, Any]
    """``case.json``."""
    expected: dict[str, Any]
    """``expected.json``: the verdict as FORMAT 12.1 has it."""

    @property
    def inputs(self) -> int:
        """How many texts, codes or files are asked about."""
        asked = len(self.question.get("qr_texts", ())) + len(self.question.get("check_codes", ()))
        return asked + ("document" in self.question)

    def case(self) -> Case:
        """The question as Python asks it."""
        question = self.question
        return Case(
            name=self.name,
            kind=Kind(question["kind"]),
            outcome=Outcome(self.expected["outcome"]),
            reason=Reason(self.expected["reason"]),
            step=self.expected["step"],
            why="",
            section="",
            root=file(question["root"]),
            qr_texts=tuple(question.get("qr_texts", ())),
            check_codes=tuple(question.get("check_codes", ())),
            document=file(question["document"]) if "document" in question else b"",
            files=publication(question["publication"]),
            seen=tuple(
                Look(files=publication(look["publication"]), now=from_seconds(look["now"])) for look in question["seen"]
            ),
            now=from_seconds(question["now"]),
            at=None if question["at"] is None else date.fromisoformat(question["at"]),
        )


def folders() -> list[Path]:
    """The folder of every case, by the case's name."""
    return sorted((HERE / "cases").glob("*/*"), key=lambda folder: folder.name)


@cache
def vectors() -> tuple[Vector, ...]:
    """Every vector, by name."""
    return tuple(
        Vector(
            name=folder.name,
            question=json.loads((folder / "case.json").read_text("utf-8")),
            expected=json.loads((folder / "expected.json").read_text("utf-8")),
        )
        for folder in folders()
        if (folder / "case.json").is_file()
    )


@cache
def file(digest: str) -> bytes:
    """The bytes of a digest, compared with it."""
    data = (HERE / "files" / digest).read_bytes()
    assert sha256(data).hexdigest() == digest
    return data


@cache
def publication(name: str) -> Files:
    """The files of a publication."""
    listed = json.loads((HERE / "publications" / f"{name}.json").read_text("utf-8"))
    return {path: file(digest) for path, digest in listed.items()}


@cache
def by_check_code() -> tuple[Vector, ...]:
    """Publications that are refused, asked by a check code: a QR text's answer, but for source and host."""
    return tuple(
        Vector(
            name=f"{vector.name}, by check code",
            question={name: value for name, value in vector.question.items() if name != "qr_texts"}
            | {"check_codes": [ANY_CODE]},
            expected=vector.expected
            | {"source": "check_code", "host": None}
            | {"steps": [{"n": 1, "result": "not_done"}, *vector.expected["steps"][1:]]},
        )
        for vector in vectors()
        if vector.question["kind"] == Kind.VERDICT
        if "qr_texts" in vector.question and vector.expected["reason"] in REFUSED
    )


def for_pages() -> tuple[Vector, ...]:
    """What a page can be asked: it takes no files and is never without a publication."""
    return (*(vector for vector in vectors() if vector.question["kind"] == Kind.VERDICT), *by_check_code())


def bundle(asked: Sequence[Vector]) -> str:
    """What the JavaScript runner wants: cases without their answers, and their publications and files in base64."""
    questions = [vector.question for vector in asked]
    names = {each["publication"] for question in questions for each in (question, *question["seen"])}
    publications = {name: json.loads((HERE / "publications" / f"{name}.json").read_text("utf-8")) for name in names}
    digests = {question["root"] for question in questions}.union(*(paths.values() for paths in publications.values()))
    return json.dumps(
        {
            "cases": [{**vector.question, "name": vector.name} for vector in asked],
            "publications": publications,
            "files": {digest: base64.b64encode(file(digest)).decode("ascii") for digest in digests},
        }
    )


def text_of(verdicts: object) -> str:
    """Verdicts as text: to Python true and 1 are equal, in a text they are not; and the order of members shows."""
    return json.dumps(verdicts, ensure_ascii=False, indent=1)


def different(asked: Sequence[Vector], found: Mapping[str, object]) -> dict[str, object]:
    """What was said otherwise than it is stored, by the name of the vector; what was not said at all is None."""
    expected = {vector.name: [vector.expected] * vector.inputs for vector in asked}
    return {
        name: found.get(name)
        for name in expected.keys() | found.keys()
        if text_of(found.get(name)) != text_of(expected.get(name))
    }
