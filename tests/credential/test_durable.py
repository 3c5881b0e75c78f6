"""The one durable write: killed between any two of its steps, the old content or the new is there, and nothing else."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from credential import durable


class Killed(BaseException):
    """Nobody catches it."""


Act = Callable[[Path, bytes], None]


def replacing(path: Path, data: bytes) -> None:
    durable.replace(path, data, mode=0o600, read_back=True)


def creating(path: Path, data: bytes) -> None:
    durable.create(path, data, mode=0o600)


ACTS = pytest.mark.parametrize("act", [replacing, creating])
STEPS = ("open", "fsync", "read_bytes", "replace", "link", "fsync of the folder")


def names(directory: Path) -> list[str]:
    return sorted(each.name for each in directory.iterdir())


def kill_at(step: str, patch: pytest.MonkeyPatch, kind: type[BaseException]) -> None:
    """Let the named step be the one that never comes."""

    def die(*_: object, **__: object) -> None:
        raise kind

    if step == "open":
        patch.setattr(os, "fdopen", die)
    elif step == "read_bytes":
        patch.setattr(Path, "read_bytes", die)
    elif step == "fsync of the folder":
        real = os.fsync
        patch.setattr(os, "fsync", lambda each: die() if stat.S_ISDIR(os.fstat(each).st_mode) else real(each))
    else:
        patch.setattr(os, step, die)


@pytest.mark.parametrize("kind", [Killed, OSError])
@pytest.mark.parametrize("step", STEPS)
def test_replacing_leaves_the_old_or_the_new(
    step: str, kind: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    replacing(path, b"old")
    with monkeypatch.context() as patch:
        kill_at(step, patch, kind)
        if step == "link":
            replacing(path, b"new")
        else:
            with pytest.raises(kind):
                replacing(path, b"new")
    assert path.read_bytes() == (b"new" if step in {"link", "fsync of the folder"} else b"old")
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("kind", [Killed, OSError])
@pytest.mark.parametrize("step", STEPS)
def test_creating_leaves_nothing_or_all(
    step: str, kind: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    with monkeypatch.context() as patch:
        kill_at(step, patch, kind)
        if step in {"read_bytes", "replace"}:
            creating(path, b"new")
        else:
            with pytest.raises(kind):
                creating(path, b"new")
    expected = [] if step in {"open", "fsync", "link"} else ["file"]
    assert names(tmp_path) == expected
    assert not expected or path.read_bytes() == b"new"


@ACTS
def test_bytes_are_on_disk_before_the_name_and_the_name_before_the_return(
    act: Act, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []

    def watch(name: str) -> None:
        real = getattr(os, name)

        def acting(*args: object) -> object:
            folder = name == "fsync" and stat.S_ISDIR(os.fstat(args[0]).st_mode)  # type: ignore[arg-type]
            steps.append("folder" if folder else name)
            return real(*args)

        monkeypatch.setattr(os, name, acting)

    for each in ("fsync", "replace", "link"):
        watch(each)
    act(tmp_path / "file", b"x" * 100_000)
    assert steps == ["fsync", "replace" if act is replacing else "link", "folder"]


def test_nothing_is_created_over_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    for name in ("file", "broken"):
        with pytest.raises(FileExistsError):
            creating(tmp_path / name, b"new")
    assert (tmp_path / "file").read_bytes() == b"old"
    assert names(tmp_path) == ["broken", "file"]


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_file_system_without_links(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    creating(tmp_path / "file", b"new")
    with pytest.raises(FileExistsError):
        creating(tmp_path / "file", b"newer")
    assert (tmp_path / "file").read_bytes() == b"new"
    assert names(tmp_path) == ["file"]


def test_a_symbolic_link_is_replaced_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"other")
    (tmp_path / "file").symlink_to(tmp_path / "other")
    replacing(tmp_path / "file", b"new")
    assert not (tmp_path / "file").is_symlink()
    assert (tmp_path / "other").read_bytes() == b"other"


@ACTS
@pytest.mark.parametrize("mode", [0o600, 0o640])
def test_a_file_has_its_mode_whatever_stood_there(act: Act, mode: int, tmp_path: Path) -> None:
    path, before = tmp_path / "file", os.umask(0)
    try:
        if act is replacing:
            path.write_bytes(b"old")
            path.chmod(0o666)
            durable.replace(path, b"new", mode=mode)
        else:
            durable.create(path, b"new", mode=mode)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == mode


@ACTS
def test_a_name_may_be_as_long_as_the_file_system_allows(act: Act, tmp_path: Path) -> None:
    act(tmp_path / ("证" * 85), b"x")
    assert names(tmp_path) == ["证" * 85]


def test_what_reads_back_differently_gets_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", lambda _self: b"something else")
        with pytest.raises(durable.ReadBackError):
            replacing(tmp_path / "file", b"new")
    assert names(tmp_path) == []


def test_what_a_kill_left_is_swept_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deep").mkdir()
    replacing(tmp_path / "deep" / "file", b"x")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", lambda *_, **__: None)  # a process that is killed removes nothing any more
        kill_at("replace", patch, Killed)
        with pytest.raises(Killed):
            replacing(tmp_path / "deep" / "file", b"y")
    assert len(names(tmp_path / "deep")) == 2
    (tmp_path / "kept.tmp").write_bytes(b"kept")
    durable.sweep(tmp_path)
    assert names(tmp_path) == ["deep", "kept.tmp"]
    assert names(tmp_path / "deep") == ["file"]


def test_a_directory_gets_its_name_when_it_is_finished(tmp_path: Path) -> None:
    (tmp_path / ".unfinished").mkdir()
    replacing(tmp_path / ".unfinished" / "file", b"x")
    durable.name_directory(tmp_path / ".unfinished", tmp_path / "home")
    assert names(tmp_path) == ["home"]
    assert names(tmp_path / "home") == ["file"]
    (tmp_path / "other").mkdir()
    with pytest.raises(OSError, match="not empty"):
        durable.name_directory(tmp_path / "other", tmp_path / "home")
    assert names(tmp_path) == ["home", "other"]
