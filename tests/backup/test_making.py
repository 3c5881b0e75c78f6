"""A backup holds everything at one moment, opens with the recovery key alone, and is whole or not there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from credential.errors import CodedError
from issuer.backup import last
from issuer.backup.container import Body, Head, sealing
from issuer.backup.frames import FileFrame, Manifest, TableFrame, frames
from issuer.backup.keeping import Found, Keep, not_kept
from issuer.backup.marks import JOURNALED
from issuer.db.moving import digests
from issuer.errors import TamperedError
from issuer.services import backups, restoring
from issuer.services.restoring import Source
from keys.recovery import RecoveryKey
from tests.support.office import ACTOR, LIST, DemoOffice
from tests.support.recovered import back_up, quiet

OTHER = RecoveryKey(X25519PrivateKey.from_private_bytes(bytes(32)))
CHUNK = 64 << 10


def read(path: Path, key: RecoveryKey) -> Manifest:
    """Read a backup to its end."""
    return restoring.plan(Source(backup=path, journal=None), key).manifest


def refused(path: Path, key: RecoveryKey, code: str) -> None:
    with pytest.raises(CodedError) as caught:
        read(path, key)
    assert caught.value.code == code


@pytest.mark.slow
def test_it_holds_every_table_as_it_is(issued: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path) -> None:
    backups.use_key(issued.opened, ACTOR, recovery_key.public)
    with issued.opened.register.read() as session:
        before = {each.table: each for each in digests(session.connection(), quiet)}
    made = back_up(issued, recovery_key, tmp_path / "copies")
    manifest = read(made.path, recovery_key)
    names = {table.name for table in JOURNALED}
    assert {each.table: each for each in manifest.tables["register"]} == {n: before[n] for n in names}
    assert (made.certificates, made.path.stat().st_mode & 0o777) == (24, 0o600)


@pytest.mark.slow
def test_it_holds_the_files_of_the_home_and_no_root_key_and_no_passphrase(
    founded: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path
) -> None:
    founded.home.secrets.joinpath("service.passphrase").write_text("a passphrase\n", encoding="utf-8")
    made = back_up(founded, recovery_key, tmp_path)
    with made.path.open("rb") as file:
        _, body = Body.of(file, "backup", recovery_key, "it")
        found = {each.path: each.data for each in frames(body, "it") if isinstance(each, FileFrame)}
    assert {"home.json", "operators.jwt", "trust-root", "recovery.jwk"} <= found.keys()
    assert found["operators.jwt"] == founded.home.operators.read_bytes()
    assert not [path for path in found if path.startswith(("root/", "secrets/", "publication/"))]
    assert [path for path in found if path.startswith("keys/")]


@pytest.mark.slow
def test_nothing_readable_stands_in_it(founded: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path) -> None:
    made = back_up(founded, recovery_key, tmp_path)
    head, _, body = made.path.read_bytes().partition(b"\n" + bytes(0))
    assert head == b"titlecert-backup/1"
    assert "示范省".encode() not in body
    assert b"audit" not in body


@pytest.mark.slow
def test_it_sees_one_state_while_others_write(founded: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path) -> None:
    backups.use_key(founded.opened, ACTOR, recovery_key.public)
    with founded.opened.register.read() as session:
        before = {each.table: each for each in digests(session.connection(), quiet)}
    stored: list[str] = []

    def meanwhile(done: int, _of: int) -> None:
        if done == 1 and not stored:
            stored.append(founded.store(LIST))

    made = backups.make_backup(founded.opened, ACTOR, tmp_path, keep=None, environment={}, step=meanwhile)
    assert stored
    found = {each.table: each for each in read(made.path, recovery_key).tables["register"]}
    assert found == {name: before[name] for name in found}


@pytest.mark.slow
def test_it_is_noted_and_told_to_anyone_who_reports(
    founded: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path
) -> None:
    assert last(founded.opened) is None
    made = back_up(founded, recovery_key, tmp_path)
    found = last(founded.opened)
    assert found is not None
    assert (found.name, found.digest, found.key_id) == (made.path.name, made.digest, recovery_key.key_id)
    assert found.ended == founded.clock()


@pytest.mark.slow
def test_only_its_own_key_opens_it(founded: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path) -> None:
    made = back_up(founded, recovery_key, tmp_path)
    refused(made.path, OTHER, "other_recovery_key")


def alter(data: bytes, where: int) -> bytes:
    return data[:where] + bytes([data[where] ^ 1]) + data[where + 1 :]


def chunks_swapped(data: bytes) -> bytes:
    start = data.index(b"\n", data.index(b"\n", data.index(b"\n") + 1) + 1) + 1
    size = CHUNK + 16
    first, second = data[start : start + size], data[start + size : start + 2 * size]
    return data[:start] + second + first + data[start + 2 * size :]


CHANGED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "bit": (lambda data: alter(data, len(data) // 2), "backup_damaged"),
    "cut": (lambda data: data[:-1], "backup_damaged"),
    "longer": (lambda data: data + b"\0", "backup_damaged"),
    "a chunk less": (lambda data: data[: -(len(data) % (CHUNK + 16))], "backup_damaged"),
    "swapped": (chunks_swapped, "backup_damaged"),
    "head": (lambda data: data.replace(b"shifan-demo", b"shifan-dem0", 1), "backup_damaged"),
    "kind": (lambda data: data[1:], "not_a_backup"),
    "empty": (lambda _: b"", "not_a_backup"),
}


@pytest.mark.slow
def test_what_was_changed_does_not_open(issued: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path) -> None:
    made = back_up(issued, recovery_key, tmp_path)
    data = made.path.read_bytes()
    for name, (change, code) in CHANGED.items():
        assert change(data) != data, name
        made.path.write_bytes(change(data))
        refused(made.path, recovery_key, code)


def test_a_body_that_was_cut_between_two_chunks_does_not_open() -> None:
    """What stands before the cut is whole, so only the mark of the last chunk tells."""
    file, made = BytesIO(), datetime(2026, 11, 20, tzinfo=UTC)
    head = Head(kind="backup", deployment="shifan-demo", made=made, key_id=OTHER.key_id, said={})
    with sealing(file, head, OTHER.public) as body:
        body.write(bytes(3 * CHUNK))
    data = file.getvalue()

    def opened(content: bytes) -> Body:
        return Body.of(BytesIO(content), "backup", OTHER, "here")[1]

    assert opened(data).read_exactly(3 * CHUNK) == bytes(3 * CHUNK)
    cut = opened(data[: -(CHUNK + 16)])
    with pytest.raises(TamperedError, match="chunk 1 does not open"):
        cut.read_exactly(2 * CHUNK)


@pytest.mark.slow
def test_what_failed_leaves_no_backup(founded: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path) -> None:
    backups.use_key(founded.opened, ACTOR, recovery_key.public)

    def full(done: int, _of: int) -> None:
        if done == 10:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="space"):
        backups.make_backup(founded.opened, ACTOR, tmp_path / "copies", keep=Keep(), environment={}, step=full)
    assert list((tmp_path / "copies").iterdir()) == []
    assert last(founded.opened) is None


def found_at(*days: str) -> list[Found]:
    made = [datetime.fromisoformat(each).replace(tzinfo=UTC) for each in days]
    heads = [Head(kind="backup", deployment="demo", made=each, key_id=bytes(8), said={}) for each in made]
    return [Found(path=Path(day), head=head, size=1) for day, head in zip(days, heads, strict=True)]


@pytest.mark.parametrize(
    ("keep", "kept"),
    [
        (Keep(2, 0, 0), {"2026-11-20T12:00", "2026-11-19T12:00"}),
        (Keep(0, 2, 0), {"2026-11-20T12:00", "2026-11-15T12:00"}),
        (Keep(0, 0, 2), {"2026-11-20T12:00", "2026-10-31T10:00"}),
        (Keep(0, 0, 0), {"2026-11-20T12:00"}),
        (Keep(1, 1, 3), {"2026-11-20T12:00", "2026-10-31T10:00", "2026-09-01T12:00"}),
    ],
    ids=["days", "weeks", "months", "none", "all"],
)
def test_old_ones_are_kept_by_a_rule(keep: Keep, kept: set[str]) -> None:
    # 2026-10-31T17:00Z is November already in Shanghai.
    days = ("2026-11-20T12:00", "2026-11-20T01:00", "2026-11-19T12:00", "2026-11-15T12:00", "2026-10-31T10:00")
    found = found_at(*days, "2026-09-01T12:00")
    assert {str(each.path) for each in found} - {str(each.path) for each in not_kept(found, keep)} == kept


@pytest.mark.slow
def test_only_backups_of_this_deployment_are_removed(
    founded: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path
) -> None:
    (tmp_path / "other.titlecert-backup").write_bytes(b"something else")
    (tmp_path / "notes.txt").write_bytes(b"ours")
    first = back_up(founded, recovery_key, tmp_path, Keep(1, 0, 0))
    founded.clock.now += timedelta(days=1)
    second = back_up(founded, recovery_key, tmp_path, Keep(1, 0, 0))
    assert second.removed == (first.path,)
    assert {each.name for each in tmp_path.iterdir() if each.is_file()} >= {
        "other.titlecert-backup",
        "notes.txt",
        second.path.name,
    }
    assert not first.path.exists()


@pytest.mark.slow
def test_a_backup_of_another_version_is_refused(
    founded: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = back_up(founded, recovery_key, tmp_path)
    with made.path.open("rb") as file:
        _, body = Body.of(file, "backup", recovery_key, "it")
        tables = [each for each in frames(body, "it") if isinstance(each, TableFrame)]
    assert {each.database for each in tables} == {"register"}
    monkeypatch.setattr("issuer.backup.restoring.names_of", lambda table: (table.name,))
    refused(made.path, recovery_key, "backup_version")
