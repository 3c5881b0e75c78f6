"""The vectors as they lie on the disk: what every runner is given, whoever made them.

for vector in vectors():
    vector.name, vector.case, vector.expected
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from credential.days import from_seconds
from credential.verdict import Outcome, Reason
from tests.vectors.model import Case, Files, Kind, Look

HERE: Final = Path(__file__).resolve().parents[1] / "vectors"


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


@cache
def vectors() -> tuple[Vector, ...]:
    """Every vector, by name."""
    return tuple(
        Vector(
            name=folder.name,
            question=json.loads((folder / "case.json").read_text("utf-8")),
            expected=json.loads((folder / "expected.json").read_text("utf-8")),
        )
        for folder in sorted(HERE.iterdir())
        if (folder / "case.json").is_file()
    )


@cache
def file(digest: str) -> bytes:
    """The bytes of a digest, compared with it."""
    data = (HERE / "_files" / digest).read_bytes()
    assert sha256(data).hexdigest() == digest
    return data


@cache
def publication(name: str) -> Files:
    """The files of a publication."""
    listed = json.loads((HERE / "_publications" / f"{name}.json").read_text("utf-8"))
    return {path: file(digest) for path, digest in listed.items()}


def for_pages() -> tuple[Vector, ...]:
    """The vectors that a page can be asked: it takes no files and is never without a publication."""
    return tuple(vector for vector in vectors() if vector.question["kind"] == Kind.VERDICT)


def bundle() -> str:
    """What the JavaScript runner wants: cases without their answers, publications, files in base64."""
    return json.dumps(
        {
            "cases": [{"name": vector.name, **vector.question} for vector in for_pages()],
            "publications": {
                path.stem: json.loads(path.read_text("utf-8")) for path in (HERE / "_publications").iterdir()
            },
            "files": {
                path.name: base64.b64encode(path.read_bytes()).decode("ascii") for path in (HERE / "_files").iterdir()
            },
        }
    )
