"""What a break is: one rule of docs/FORMAT.md or of a room of the register, made not to hold in one place of the code.

Rules: a rule of the format begins with the number of its section, a rule of the register with its room and a colon.
``old`` stands exactly once in its file and ``new`` differs from it, so that a break whose place has changed is
found by a test and not by a run that breaks nothing. Where a rule is checked twice on purpose, ``also`` breaks the
second place, and the name of the rule says so.

    Break("1.3 no byte behind the item", CBOR, "if reader.position != len(data):", "if False:", "test_cbor.py")
    Break("audit: an entry names who acted", AUDIT, '"actor": row.actor,', '"actor": "",', "register/test_audit.py")
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from tests.support.tools import ROOT

VECTORS: Final = "vectors "
_RULE: Final = re.compile(r"(?:(?P<section>[0-9]{1,2}(?:\.[0-9])?)|(?P<room>[a-z]+):) \S.*")


class Room(StrEnum):
    """A part of the register that has rules of its own."""

    APPROVAL = "approval"
    """Statements, batches and the file of operators: who may have something signed."""
    WORKER = "worker"
    """The lock, the outbox and issuing: what is done once, in which order, and again after a crash."""
    DOCUMENTS = "documents"
    """Sealed PDFs: when they are made, by which processes, and where there is room."""
    STATUS = "status"
    """Events and histories: what becomes of a certificate, and by whose order."""
    AUDIT = "audit"
    """The chain of what was done, and the vault that keeps people out of it."""
    DATABASE = "database"
    """What the register asks of the database it is in, and how it gets to another one."""
    INTAKE = "intake"
    """From an office's list to rows that may be issued."""
    HOLDERS = "holders"
    """Claim codes, accounts and letters: who gets in, and what is told to those who do not."""
    FOUNDING = "founding"
    """A real office: document certificates, marks, keys in tokens, the root's ceremony."""
    SHOWN = "shown"
    """What a person sees in a terminal: nothing that matters is cut, and it is in one language."""
    DESK = "desk"
    """The holder's desk: what a session opens, what another site can do, and what the worker does for a ticket."""
    STANDING = "standing"
    """How the home stands, and what those who watch are told: the worst is found, and nobody is named."""
    RECOVERY = "recovery"
    """Backups, the journal, restoring and proving: what is lost, and what is said of it."""
    PAGE = "page"
    """What the service gives a browser: the files of the page, its policy, and the answer of the plain form."""


class BadBreakError(Exception):
    """A break that says nothing: it does not apply, or the broken code is no program."""


class Edit(NamedTuple):
    """One replacement in one file."""

    file: str
    """Relative to the top of the checkout."""
    old: str
    new: str

    def applied(self, text: str) -> str:
        """Return the broken text. Raises BadBreakError unless ``old`` stands in it exactly once."""
        found = text.count(self.old)
        if found != 1 or self.new == self.old:
            raise BadBreakError(f"{self.file}: {self.old!r} stands there {found} times, and is to be replaced once")
        return text.replace(self.old, self.new)

    def line(self) -> int:
        """Where ``old`` begins in the checkout, counted from 1."""
        text = (ROOT / self.file).read_text("utf-8")
        return text[: text.index(self.old)].count("\n") + 1


@dataclass(frozen=True, slots=True)
class Break:
    """One rule, how it is broken, and which tests are asked."""

    rule: str
    """Number of the section or room and colon, a blank, the rule in a few words. Unique among the breaks of one
    language."""
    file: str
    old: str
    new: str
    caught_by: str
    """A test file or test below ``tests/`` (in ``tests/credential`` when there is no slash), or ``vectors`` and words,
    one of which stands in the name of the vector."""
    also: tuple[Edit, ...] = ()
    """The other places that check the same rule."""

    @property
    def edits(self) -> tuple[Edit, ...]:
        """Every replacement."""
        return (Edit(self.file, self.old, self.new), *self.also)

    @property
    def place(self) -> str | Room:
        """The section of docs/FORMAT.md or the room of the register. Raises BadBreakError when the rule names none."""
        found = _RULE.fullmatch(self.rule)
        if found is None or (found["room"] is not None and found["room"] not in list(Room)):
            raise BadBreakError(f"{self.rule!r} does not begin with the number of a section or a room")
        return Room(found["room"]) if found["room"] is not None else str(found["section"])

    @property
    def is_page(self) -> bool:
        """Whether it breaks the page's JavaScript."""
        return self.file.endswith(".js")

    @property
    def words(self) -> tuple[str, ...]:
        """Parts of the names of the vectors that are asked; empty when a test file is."""
        return tuple(self.caught_by.removeprefix(VECTORS).split()) if self.caught_by.startswith(VECTORS) else ()

    def broken(self, root: Path) -> Iterator[tuple[str, str]]:
        """Give each file and its broken text, from the sources below ``root``. Raises BadBreakError."""
        texts: dict[str, str] = {}
        for edit in self.edits:
            text = texts.get(edit.file) or (root / edit.file).read_text("utf-8")
            texts[edit.file] = edit.applied(text)
        for file, text in texts.items():
            if not self.is_page:
                try:
                    compile(text, file, "exec")
                except SyntaxError as error:
                    raise BadBreakError(f"{file}: {error}") from error
            yield file, text
