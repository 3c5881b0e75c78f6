"""``titlecert home move`` says what it would do, moves when it is told to, and says what is left to do."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from issuer.home.paths import Home
from issuer.services import moving
from issuer.worker.worker import standstill
from tests.cli.support import Shell
from tests.support import postgresql
from tests.support.databases import databases_go

__all__ = ["databases_go"]


@pytest.fixture
def address() -> str:
    """The address of an empty database, as somebody types it."""
    return postgresql.running().new_database().render_as_string().replace("+psycopg", "")


@pytest.mark.slow
def test_it_moves_only_when_it_is_told_to(office: Shell, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = office.json("certificate", "list")["certificates"]
    planned = office("home", "move", "--to", address)
    assert planned.code == 0
    assert f"搬到 {address}" in planned.out
    assert "没有改动" in planned.err
    assert "postgresql" not in (office.home / "home.json").read_text(encoding="utf-8")
    moved = office.json("home", "move", "--to", address, "--yes")
    assert (moved["moved"], moved["to"], len(moved["digests"])) == (True, address, moved["tables"])
    assert all(len(each["sha256"]) == 64 for each in moved["digests"])
    assert office.json("certificate", "list")["certificates"] == before
    acts = [each["act"] for each in office.json("audit", "list")["entries"]]
    assert acts.count("register.move") == 1
    monkeypatch.setenv(moving.VARIABLE, "sqlite:///register.sqlite3")
    assert office("certificate", "list", "--json").data["error"]["code"] == "register_moved"


@pytest.mark.slow
def test_beside_a_worker_nothing_moves(office: Shell, address: str) -> None:
    assert office.home is not None
    with standstill(Home.open(office.home)):
        refused = office("home", "move", "--to", address, "--yes", "--json")
    assert (refused.code, refused.data["error"]["code"]) == (1, "worker_running")


@pytest.mark.slow
@pytest.mark.parametrize(("language", "said"), [("zh", "目标数据库不是空的"), ("en", "the database is not empty")])
def test_a_database_in_use_is_told_in_both_languages(office: Shell, address: str, language: str, said: str) -> None:
    server = postgresql.running()
    with server.connect(server.made[-1].database or "") as connection:
        connection.execute("CREATE TABLE invoices (id integer)")
    refused = office("home", "move", "--to", address, "--lang", language)
    assert refused.code == 1
    assert said in refused.err
    assert "invoices" in refused.err


@pytest.mark.slow
def test_an_older_register_is_upgraded_when_it_is_told_to(office: Shell) -> None:
    assert office.json("home", "upgrade", "--yes")["upgraded"] is False
    shown = office("home", "downgrade", "--to", "0030_orders")
    assert (shown.code, "没有改动" in shown.err) == (0, True)
    assert office.json("region", "list")["regions"]
    refused = office("home", "downgrade", "--to", "0030_orders", "--yes")
    assert (refused.code, "notices" in refused.err) == (1, True), "the notice of the withdrawal would be lost"
    assert office.home is not None
    with closing(sqlite3.connect(office.home / "register.sqlite3")) as register, register:
        register.execute("DELETE FROM notices")
    assert office.json("home", "downgrade", "--to", "0030_orders", "--yes")["downgraded"] is True
    old = office("region", "list", "--json")
    assert old.data["error"]["code"] == "old_register"
    assert "titlecert home upgrade --yes" in old.data["error"]["next"]
    looked = office("home", "upgrade")
    assert "0030_orders →" in looked.out
    assert "没有改动" in looked.err
    assert office("region", "list", "--json").code == 1
    assert office.json("home", "upgrade", "--yes")["upgraded"] is True
    assert office("region", "list", "--json").code == 0


def test_where_there_is_no_register_none_is_made(office: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(moving.VARIABLE, "sqlite:///elsewhere.sqlite3")
    refused = office("home", "upgrade", "--yes", "--json")
    assert (refused.code, refused.data["error"]["code"]) == (1, "no_register")
    assert not (office.home / "elsewhere.sqlite3").exists()


@pytest.mark.soak
def test_the_whole_demonstration_runs_on_a_server(
    shell: Shell, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From nothing to a withdrawn certificate, by the address of the environment."""
    monkeypatch.setenv(moving.VARIABLE, address)
    shell.json("demo", "--no-serve", "--dir", str(tmp_path / "demo"))
    shell.home = tmp_path / "demo"
    states = [each["status"] for each in shell.json("certificate", "list")["certificates"]]
    assert (len(states), states.count("withdrawn")) == (24, 1)
    assert shell("audit", "verify").code == 0
    assert not (shell.home / "register.sqlite3").exists()


def test_a_way_back_that_loses_something_says_what(office: Shell) -> None:
    ended = office("home", "downgrade", "--to", "0013_persons", "--yes", "--json", "--lang", "zh")
    error = ended.data["error"]
    assert (ended.code, error["code"]) == (1, "no_way_back")
    assert re.search(r"表 \w+ 有 \d+ 行", error["detail"])
    assert office.json("home", "upgrade")["found"] == office.json("home", "upgrade")["needed"]
    ended = office("home", "downgrade", "--to", "0098_none", "--yes", "--json")
    assert (ended.code, ended.data["error"]["code"]) == (1, "no_version")
