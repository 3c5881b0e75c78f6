"""Folders as publications: their files and no others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from credential import publication
from credential.outcomes import Outcome
from tests.support.world import NOW, World
from verifier.errors import NotFoundError, OversizeError, UnreachableError
from verifier.procedure import verify_qr_text
from verifier.reader.fetchers import FolderFetcher
from verifier.reader.memory import MemoryStore
from verifier.reader.publication import PublicationReader


def test_a_folder_gives_its_files_and_no_others(tmp_path: Path) -> None:
    world = World()
    certificate = world.issue()
    world.publish()
    world.write(tmp_path)
    (tmp_path / "secret").write_text("x")
    fetcher = FolderFetcher(tmp_path)
    reader = PublicationReader(fetcher, world.pinned_root, store=MemoryStore())
    assert verify_qr_text(certificate.qr_text, reader, now=NOW).outcome is Outcome.VALID
    for path in ("secret", "../secret", "/etc/passwd", "trust/roots/../../secret", "", "trust/roots/9"):
        with pytest.raises(NotFoundError):
            fetcher.fetch(path, 1 << 20)


@pytest.mark.parametrize("linked", ["file", "folder"])
def test_a_link_in_the_folder_is_not_followed(tmp_path: Path, linked: str) -> None:
    outside = tmp_path / "outside"
    (outside / "roots").mkdir(parents=True)
    (outside / "roots" / "1").write_text("secret")
    inside = tmp_path / "publication"
    if linked == "file":
        (inside / "trust" / "roots").mkdir(parents=True)
        (inside / "trust" / "roots" / "1").symlink_to(outside / "roots" / "1")
    else:
        inside.mkdir()
        (inside / "trust").symlink_to(outside)
    with pytest.raises((NotFoundError, UnreachableError)):
        FolderFetcher(inside).fetch(publication.root(1), 100)


def test_a_folder_that_is_gone_is_unreachable_and_not_empty(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError):
        FolderFetcher(tmp_path / "none").fetch(publication.root(1), 100)


def test_a_file_beyond_its_cap_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / publication.SNAPSHOT).write_bytes(bytes(11))
    with pytest.raises(OversizeError):
        FolderFetcher(tmp_path).fetch(publication.SNAPSHOT, 10)
    assert FolderFetcher(tmp_path).fetch(publication.SNAPSHOT, 11) == bytes(11)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_is_unreachable(tmp_path: Path) -> None:
    file = tmp_path / publication.SNAPSHOT
    file.write_bytes(b"x")
    file.chmod(0)
    with pytest.raises(UnreachableError):
        FolderFetcher(tmp_path).fetch(publication.SNAPSHOT, 10)
