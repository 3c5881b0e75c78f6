"""Passphrases: from a prompt or a private file, the same characters whatever composed them."""

from __future__ import annotations

from pathlib import Path

import pytest

from keys.errors import KeyFileError, PassphraseError
from keys.passphrase import Passphrase, prompt_passphrase, read_passphrase_file


def private(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("content", [b"correct horse\n", b"correct horse", b"correct horse\r\n"])
def test_a_private_file_of_one_line_is_read_without_its_line_end(tmp_path: Path, content: bytes) -> None:
    assert read_passphrase_file(private(tmp_path / "p", content)).reveal() == b"correct horse"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\n", "empty"),
        (b"short\n", "too_short"),
        (b"first line\nsecond line\n", "several_lines"),
        (b"\xff\xfe\xfd" * 4, "not_text"),
    ],
)
def test_a_file_that_holds_no_passphrase_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(PassphraseError) as caught:
        read_passphrase_file(private(tmp_path / "p", content))
    assert caught.value.code == code


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_file_open_to_others_is_refused_with_the_cure(tmp_path: Path, mode: int) -> None:
    path = private(tmp_path / "p", b"correct horse\n", mode)
    with pytest.raises(KeyFileError) as caught:
        read_passphrase_file(path)
    assert caught.value.code == "mode"
    assert f"chmod 600 {path}" in str(caught.value)


def test_missing_and_oversized_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError) as missing:
        read_passphrase_file(tmp_path / "none")
    assert missing.value.code == "missing"
    with pytest.raises(KeyFileError) as large:
        read_passphrase_file(private(tmp_path / "p", b"x" * 5000))
    assert large.value.code == "form"


def test_composed_and_decomposed_characters_are_the_same_passphrase() -> None:
    assert Passphrase("caf\u00e9 caf\u00e9").reveal() == Passphrase("cafe\u0301 cafe\u0301").reveal()


def test_the_prompt_asks_again_for_a_new_one() -> None:
    answers = iter(["correct horse", "correct horse", "correct horse", "wrong horse"])
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return next(answers)

    assert prompt_passphrase("Passphrase", repeat=True, ask=ask).reveal() == b"correct horse"
    assert asked == ["Passphrase: ", "Passphrase, again: "]
    with pytest.raises(PassphraseError) as caught:
        prompt_passphrase("Passphrase", repeat=True, ask=ask)
    assert caught.value.code == "not_repeated"
