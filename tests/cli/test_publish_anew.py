"""``titlecert publish --anew``: what somebody did to the folder is told, and mended when a person says so."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from issuer.home.paths import Home
from issuer.worker import lock
from tests.cli.support import Shell


def snapshot_of(office: Shell) -> Path:
    assert office.home is not None
    return office.home / "publication" / "snapshot.jwt"


@pytest.mark.slow
def test_a_folder_that_was_altered_is_told_and_then_laid_out_again(office: Shell) -> None:
    place = snapshot_of(office)
    place.unlink()
    refused = office("publish", "--lang", "zh")
    assert refused.code == 1
    assert "公布目录与上次公布的不一致" in refused.err
    assert "snapshot.jwt" in refused.err
    assert "publish --anew" in refused.err
    told = office("publish", "--anew", "--lang", "zh")
    assert told.code == 0
    assert "snapshot.jwt" in told.out
    assert "--yes" in told.err
    assert not place.exists()
    made = office.json("publish", "--anew", "--yes")
    assert made["published"]["records"] == made["certificates"]
    assert place.exists()
    assert office.json("publish", "--anew")["difference"] is None


def test_what_has_no_proof_is_told_and_nothing_is_laid_out(office: Shell) -> None:
    assert office.home is not None
    with closing(sqlite3.connect(office.home / "register.sqlite3")) as connection, connection:
        connection.execute("DROP TRIGGER events_no_delete")
        connection.execute("DELETE FROM events WHERE kind = 'withdrawn'")
    before = snapshot_of(office).read_bytes()
    ended = office("publish", "--anew", "--yes", "--lang", "en")
    assert ended.code == 1
    assert "to withdraw 1 certificates" in ended.err
    assert "nothing was laid out" in ended.err
    assert snapshot_of(office).read_bytes() == before


def test_it_goes_alone(office: Shell) -> None:
    assert office("publish", "--anew", "--trust").code == 2
    assert office("publish", "--anew", "--if-needed").code == 2


def test_a_running_worker_is_stopped_first(office: Shell) -> None:
    assert office.home is not None
    held = lock.take(Home.open(office.home))
    try:
        ended = office("publish", "--anew", "--lang", "en")
    finally:
        os.close(held)
    assert ended.code == 1
    assert "stop it (titlecert serve)" in ended.err
