"""The program that tests/vectors/README.md shows to strangers: it runs as printed, and a wrong verdict stops it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from credential.days import from_seconds
from credential.outcomes import Outcome, Reason
from tests.conformance.stored import HERE, folders
from tests.vectors.ask import verdicts
from tests.vectors.model import Case, Kind, Look

SHOWN = (
    "withdrawn",
    "cancelled_by_check_code",
    "code_any_two_swapped_fail",
    "asked_about_today",
    "trust_list_rolled_back_fail",
    "document_in_order",
    "offline_fail",
    "a_jws_fail",
)
"""Every kind, both forms of a question, several questions in one case, a day, and a reader with a memory."""


@dataclass
class Reader:
    """What the page asks of its reader to write, with our verifier in it."""

    root: bytes
    offline: bool
    seen: list[Look] = field(default_factory=list)

    def look(self, files: Mapping[str, bytes], *, now: int) -> None:
        self.seen.append(Look(files=files, now=from_seconds(now)))

    def check(self, form: str, value: Any, files: Mapping[str, bytes], *, now: int, at: str | None) -> object:
        kind = Kind.OFFLINE if self.offline else Kind.DOCUMENT if form == "document" else Kind.VERDICT
        case = Case(
            name="",
            kind=kind,
            outcome=Outcome.VALID,
            reason=Reason.IN_FORCE,
            step=9,
            why="",
            section="",
            root=self.root,
            qr_texts=(value,) if form == "qr_text" else (),
            check_codes=(value,) if form == "check_code" else (),
            document=value if form == "document" else b"",
            files=files,
            seen=tuple(self.seen),
            now=from_seconds(now),
            at=None if at is None else date.fromisoformat(at),
        )
        (verdict,) = verdicts(case)
        return verdict.to_json()


class Forgetful(Reader):
    """One that does not look before it is asked."""

    def look(self, files: Mapping[str, bytes], *, now: int) -> None:
        """Remember nothing."""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CodeType:
    """The program, and a folder to run it in that holds some of the cases."""
    top = tmp_path / "tests" / "vectors"
    top.mkdir(parents=True)
    for name in ("files", "publications"):
        (top / name).symlink_to(HERE / name)
    chosen = [folder for folder in folders() if folder.name in SHOWN]
    assert len(chosen) == len(SHOWN)
    for folder in chosen:
        place = top / folder.relative_to(HERE)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(folder)
    monkeypatch.chdir(tmp_path)
    (text,) = re.findall(r"^```python\n(.*?)^```$", (HERE / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return compile(text, "README.md", "exec")


def test_it_runs(program: CodeType) -> None:
    names: dict[str, object] = {"Reader": Reader}
    exec(program, names)  # noqa: S102 - our own page
    assert names["folder"] == Path("tests/vectors/cases/12-verdict/withdrawn"), "the last of them was asked"


def test_it_stops_at_a_wrong_verdict(program: CodeType) -> None:
    with pytest.raises(AssertionError, match="trust_list_rolled_back_fail"):
        exec(program, {"Reader": Forgetful})  # noqa: S102 - our own page
