"""Letters as files: for a deployment that sends them by a program of its own, and for tests.

Rules: a file is 0600, complete under its name or not there, and named by the letter, so that the same letter is one
file. Whoever takes a file away has sent the letter.

    FileTransport(home.outgoing).send(letter)       # outgoing/ID.txt
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from credential import durable
from issuer.delivering.model import Letter, Way

_LABELS: Final = {Way.EMAIL: "To", Way.MOBILE: "Mobile"}


@dataclass(frozen=True, slots=True)
class FileTransport:
    """Writes letters below a folder."""

    folder: Path
    ways: tuple[Way, ...] = (Way.EMAIL, Way.MOBILE)

    def send(self, letter: Letter) -> None:
        """Write a letter as a file. Raises OSError."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        text = f"{_LABELS[letter.way]}: {letter.to}\nSubject: {letter.subject}\n\n{letter.text}"
        durable.replace(self.folder / f"{letter.id}.txt", text.encode(), mode=0o600)
