"""Several files change together: killed anywhere, all of them are as they were, or all become new."""

from __future__ import annotations

from pathlib import Path

import pytest

from credential import durable
from keys import changing, files
from keys.errors import KeyFileError

OLD = {"keys/a.key.json": b"old a", "keys/b.secret.json": b"old b", "secrets/service.passphrase": b"old p"}
NEW = {name: content.replace(b"old", b"new") for name, content in OLD.items()}
STEPS = ("replace", "create", "name_directory")


class KilledError(BaseException):
    """The process was killed here."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for folder in ("keys", "secrets"):
        files.make_private_directory(tmp_path / folder)
    for name, content in OLD.items():
        files.write_new(tmp_path / name, content)
    return tmp_path


def change(home: Path) -> None:
    changing.stage(home / "keys", {home / name: content for name, content in NEW.items()})
    changing.finish(home / "keys")


def found(home: Path) -> dict[str, bytes]:
    return {name: files.read_private(home / name, max_bytes=100) for name in OLD}


def die_at(monkeypatch: pytest.MonkeyPatch, moment: int, *, after: bool) -> None:
    """Die before or after the n-th thing that is written."""
    count = [0]
    for name in STEPS:
        real = getattr(durable, name)

        def step(*given: object, _real: object = real, **named: object) -> None:
            count[0] += 1
            if count[0] == moment and not after:
                raise KilledError
            _real(*given, **named)  # type: ignore[operator]
            if count[0] == moment:
                raise KilledError

        monkeypatch.setattr(durable, name, step)


def test_all_become_new(home: Path) -> None:
    assert changing.finish(home / "keys") is False
    change(home)
    assert found(home) == NEW
    assert sorted(path.name for path in (home / "keys").iterdir()) == ["a.key.json", "b.secret.json"]
    assert all((home / name).stat().st_mode & 0o777 == 0o600 for name in NEW)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("moment", range(1, 10))
def test_killed_anywhere_all_are_old_or_all_become_new(
    home: Path, monkeypatch: pytest.MonkeyPatch, moment: int, after: bool
) -> None:
    with monkeypatch.context() as patch:
        die_at(patch, moment, after=after)
        with pytest.raises(KilledError):
            change(home)
    made = (home / "keys" / changing.CHANGING).exists() or found(home) == NEW
    changing.finish(home / "keys")  # whoever opens the keys next
    assert found(home) == (NEW if made else OLD)
    change(home)
    assert found(home) == NEW
    assert sorted(path.name for path in (home / "keys").iterdir()) == ["a.key.json", "b.secret.json"]


def test_a_change_that_is_none_of_ours_is_told_and_kept(home: Path) -> None:
    files.make_private_directory(home / "keys" / changing.CHANGING)
    with pytest.raises(KeyFileError) as caught:
        changing.finish(home / "keys")
    assert caught.value.code == "form"
    assert (home / "keys" / changing.CHANGING).exists()
    assert found(home) == OLD
