"""Passphrases: taken from a prompt or from a private file, never shown.

Rules: a ``Passphrase`` has no readable repr, cannot be pickled and is compared by nothing. Text is normalised to NFC
(RFC 8265 section 4.2.2), so that the same characters open the same file whatever the keyboard composed.

    passphrase = read_passphrase_file(Path("clerk.pass"))     # mode 0600, one line
    passphrase = prompt_passphrase("Passphrase of clerk1")
"""

from __future__ import annotations

import getpass
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Final, NoReturn

from keys.errors import KeyFileError, PassphraseError
from keys.files import read_private

MIN_CHARACTERS: Final = 8
"""NIST SP 800-63B section 3.1.1.2 asks for at least eight characters; scrypt carries the rest."""
MAX_BYTES: Final = 1024
"""More is a wrong file, not a passphrase."""


class Passphrase:
    """A passphrase that prints as nothing. ``Passphrase(text)`` raises PassphraseError for text that is none."""

    __slots__ = ("_utf8",)

    least: ClassVar[int] = MIN_CHARACTERS
    """Characters."""

    def __init__(self, text: str) -> None:
        if not text.strip():
            raise PassphraseError("empty", f"the passphrase is empty; give at least {self.least} characters")
        if len(text) < self.least:
            raise PassphraseError(
                "too_short", f"the passphrase has fewer than {self.least} characters", least=self.least
            )
        try:
            utf8 = unicodedata.normalize("NFC", text).encode()
        except UnicodeEncodeError:
            raise PassphraseError("not_text", "the passphrase is not Unicode text; type it again") from None
        if len(utf8) > MAX_BYTES:
            raise PassphraseError(
                "too_long", f"the passphrase is longer than {MAX_BYTES} bytes of UTF-8", most=MAX_BYTES
            )
        self._utf8 = utf8

    def reveal(self) -> bytes:
        """Return the UTF-8 bytes, for the key derivation only."""
        return self._utf8

    def __repr__(self) -> str:
        return f"{type(self).__name__}(hidden)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a passphrase is not written anywhere")


class Pin(Passphrase):
    """A PIN or password that was chosen elsewhere, by a token or a certification service: it may be short."""

    __slots__ = ()

    least: ClassVar[int] = 1


def read_passphrase_file(path: Path) -> Passphrase:
    """Read a passphrase from a private file of one line; one line end at its end is not part of it.

    Raises:
        KeyFileError: the file is missing, open to others, not ours, or a link.
        PassphraseError: it holds no passphrase, or several lines.
    """
    return Passphrase(_line(path))


def read_pin_file(path: Path) -> Pin:
    """Read a PIN from a private file of one line. Raises as ``read_passphrase_file``."""
    return Pin(_line(path))


def _line(path: Path) -> str:
    try:
        content = read_private(path, max_bytes=MAX_BYTES + 2)
    except FileNotFoundError:
        raise KeyFileError("missing", f"there is no passphrase file {path}; check the path", path=str(path)) from None
    try:
        text = content.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise PassphraseError(
            "not_text", f"{path} is not UTF-8 text; write the passphrase into it again", path=str(path)
        ) from None
    if "\n" in text or "\r" in text:
        raise PassphraseError("several_lines", f"{path} has several lines; a passphrase file has one", path=str(path))
    return text


def prompt_passphrase(prompt: str, *, repeat: bool = False, ask: Callable[[str], str] = getpass.getpass) -> Passphrase:
    """Ask on the terminal without echo; with ``repeat`` (for a new passphrase) ask twice. Raises PassphraseError."""
    passphrase = Passphrase(ask(f"{prompt}: "))
    if repeat and Passphrase(ask(f"{prompt}, again: ")).reveal() != passphrase.reveal():
        raise PassphraseError("not_repeated", "the two entries differ; nothing was made, start again")
    return passphrase


def prompt_pin(prompt: str, *, ask: Callable[[str], str] | None = None) -> Pin:
    """Ask for a PIN on the terminal without echo, or with ``ask``. Raises PassphraseError."""
    return Pin((ask or getpass.getpass)(f"{prompt}: "))
