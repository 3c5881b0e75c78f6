"""What a vector is, and the book in which the subjects write theirs down.

Rules: a person writes name, reason, step and the sentence why; the generator asks the Python verifier and stops when it
says something else; so ``expected.json`` holds what both said. Only the rest of the verdict (facts, ages, steps) is the
verifier's alone. The name of a case that must fail ends with ``_fail``: no statement about a certificate comes of it.

    book = Book()
    scene = book.scene(World())
    certificate = scene.world.issue()
    scene.case("in_force", "valid/in_force", "Nothing is wrong with it.", "12", certificate)
    cases = book.finish()
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from credential.outcomes import Outcome, Reason
from tests.support.clock import NOW
from tests.support.world import Certificate, World

Files = Mapping[str, bytes]

MORE_STEPS: Final = {"history_untrusted": 5, "history_unreachable": 5}
"""Reasons that occur at two steps; a check code that does not lead to its record stops at step 1 already."""
STEPS: Final = {
    1: "too_large not_recognised not_canonical bad_header high_s bad_code bad_file unknown_code document_altered "
    "document_not_sealed",
    2: "unknown_key key_use trust_expired publication_unreachable publication_expired publication_untrusted rollback "
    "document_seal_unknown",
    3: "bad_signature",
    4: "bad_claims newer_format wrong_issuer",
    5: "unregistered other_credential key_not_good history_unreachable history_untrusted registration_not_checked",
    6: "no_grant scope no_right_to_issue late award_after_issue",
    7: "committee_not_on_file committee_expired committee_scope basis_kind no_recording_grant filings_unreachable",
    8: "status_unreachable status_expired status_untrusted status_unassigned",
    9: "status_disagrees in_force under_review withdrawn cancelled superseded award_not_made awarded_not_issued",
}
"""The table of FORMAT 12, typed from there and not taken from the code."""
STEP_OF: Final = {reason: step for step, reasons in STEPS.items() for reason in reasons.split()}
SECTIONS: Final[Mapping[str, str]] = {
    "1": "01-conventions",
    "2": "02-credential",
    "3": "03-qr-text",
    "4": "04-check-code",
    "5": "05-sealed-records-and-shards",
    "6": "06-history",
    "7": "07-status-list",
    "8": "08-roots",
    "9": "09-trust-list",
    "10": "10-snapshot",
    "12": "12-verdict",
}
"""Section of docs/FORMAT.md -> its folder below ``cases/``: two digits, then the title. Readers never see section 11,
and section 13 holds no rules."""
STATEMENTS: Final = frozenset({"valid", "suspended", "withdrawn", "cancelled", "superseded", "not_yet_issued"})
"""Outcomes that say something about a genuine certificate; every other one is a failure."""


class Kind(StrEnum):
    """How a case is asked."""

    VERDICT = "verdict"
    """Texts of QR codes or check codes, a publication, what was seen before."""
    OFFLINE = "offline"
    """A QR text and a trust list that was carried along; pages are never without a publication."""
    DOCUMENT = "document"
    """A file and a publication; pages take no files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A publication that a reader has looked at before, and when."""

    files: Files
    now: datetime = NOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One vector."""

    name: str
    kind: Kind
    outcome: Outcome
    reason: Reason
    step: int
    why: str
    section: str
    """Of docs/FORMAT.md."""
    root: bytes
    """The pinned root container."""
    qr_texts: tuple[str, ...] = ()
    check_codes: tuple[str, ...] = ()
    """Every one of the texts and codes has the same verdict."""
    document: bytes = b""
    files: Files = field(default_factory=dict)
    seen: tuple[Look, ...] = ()
    now: datetime = NOW
    at: date | None = None
    told: Mapping[str, object] = field(default_factory=dict)
    """Further members of the verdict that a person expects, where the case is about them."""

    @property
    def folder(self) -> str:
        """Where the case is stored, relative to ``tests/vectors``."""
        return f"cases/{SECTIONS[main_section(self.section)]}/{self.name}"


def main_section(section: str) -> str:
    """The main section: ``9`` of ``9.1``."""
    return section.partition(".")[0]


@dataclass(slots=True)
class Scene:
    """One world whose publication several cases share; it is published when the book is finished."""

    book: Book
    world: World
    changes: Mapping[str, Any]
    tamper: Callable[[dict[str, bytes]], None] | None

    def case(
        self, name: str, expect: str, why: str, section: str, certificate: Certificate | None = None, **question: Any
    ) -> None:
        """Write a case down; ``certificate`` is asked about by its QR text unless the question says otherwise."""
        if certificate is not None:
            question.setdefault("qr_texts", (lambda: certificate.qr_text,))
        self.book.note(name, expect, why, section, self, question)

    def publish(self) -> dict[str, bytes]:
        """The files as they are served."""
        files = self.world.publish(**self.changes)
        if self.tamper is not None:
            self.tamper(files)
        return files


@dataclass(slots=True)
class Book:
    """All cases, in the order in which they were written down."""

    _noted: dict[str, tuple[Case, Scene]] = field(default_factory=dict)

    def scene(
        self, world: World | None = None, *, tamper: Callable[[dict[str, bytes]], None] | None = None, **changes: Any
    ) -> Scene:
        """Begin a scene; ``changes`` replace members of its snapshot, ``tamper`` changes files behind the writer."""
        return Scene(self, World() if world is None else world, changes, tamper)

    def note(self, name: str, expect: str, why: str, section: str, scene: Scene, question: Mapping[str, Any]) -> None:
        """Take a case down after checking its name."""
        outcome, _, reason = expect.partition("/")
        if (outcome not in STATEMENTS) != name.endswith("_fail"):
            raise ValueError(f"{name}: the name of a case that must fail ends with _fail, and of no other")
        if not name.replace("_", "").isalnum() or not name.islower() or name in self._noted:
            raise ValueError(f"{name}: a name is in small letters, and there once")
        if main_section(section) not in SECTIONS:
            raise ValueError(f"{name}: section {section} of FORMAT has no folder of cases")
        case = Case(
            name=name,
            kind=question.get("kind", Kind.VERDICT),
            outcome=Outcome(outcome),
            reason=Reason(reason),
            step=question.get("step", STEP_OF[reason]),
            why=why,
            section=section,
            root=question.get("root", scene.world.pinned_root),
            **{key: value for key, value in question.items() if key not in {"kind", "step", "root"}},
        )
        if case.reason.outcome is not case.outcome:
            raise ValueError(f"{name}: {reason} is no reason of {outcome}")
        self._noted[name] = (case, scene)

    def finish(self) -> list[Case]:
        """Publish every scene once and return the cases with their files."""
        published: dict[int, dict[str, bytes]] = {}
        cases = []
        for case, scene in self._noted.values():
            if id(scene) not in published:
                published[id(scene)] = scene.publish()
            files = case.files or published[id(scene)]
            texts = tuple(text() if callable(text) else text for text in case.qr_texts)
            codes = tuple(code() if callable(code) else code for code in case.check_codes)
            cases.append(replace(case, files=files, qr_texts=texts, check_codes=codes))
        return cases
