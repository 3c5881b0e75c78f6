"""The register's database: its address reaches the engine, others are refused by name, no password is shown."""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path

import pytest
from sqlalchemy import URL

from issuer.db.address import VARIABLE, parse
from issuer.db.engine import open_engine
from issuer.db.sessions import Register
from issuer.errors import InputError, NotFoundError
from issuer.home.paths import Home
from tests.support.settings import demo_settings

SETTINGS = demo_settings()
SECRET = "Geheim9"
POSTGRESQL = "postgresql://titlecert@db.example/register"


def home(tmp_path: Path, database: str = "") -> Home:
    made = Home.create(tmp_path / "home", SETTINGS)
    stored = json.loads((made.directory / "home.json").read_text(encoding="utf-8"))
    (made.directory / "home.json").write_text(json.dumps(stored | {"database": database}), encoding="utf-8")
    return Home.open(made.directory)


def refusal(text: str) -> InputError:
    with pytest.raises(InputError) as caught:
        open_engine(parse(text))
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    return caught.value


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mysql://a:Geheim9@db.example/x", "mysql"),
        ("mysql+pymysql://a:Geheim9@db.example/x", "mysql+pymysql"),
        ("mariadb://db.example/x", "mariadb"),
        ("oracle+oracledb://db.example/x", "oracle+oracledb"),
        ("mssql+pyodbc://db.example/x", "mssql+pyodbc"),
        ("cockroachdb://db.example/x", "cockroachdb"),
        ("postgresql+psycopg2://db.example/x", "postgresql+psycopg2"),
        ("postgresql+asyncpg://db.example/x", "postgresql+asyncpg"),
        ("sqlite+aiosqlite:///x.sqlite3", "sqlite+aiosqlite"),
        ("nonsense://db.example/x", "nonsense"),
    ],
)
def test_another_database_or_driver_is_refused_by_name(text: str, found: str) -> None:
    error = refusal(text)
    assert (error.code, error.fields["found"]) == ("database_dialect", found)
    for word in (found, "sqlite", "postgresql"):
        assert word in str(error)


def test_the_engine_refuses_an_address_that_nobody_parsed() -> None:
    with pytest.raises(InputError) as caught:
        open_engine(URL.create("mysql", host="db.example"))
    assert caught.value.code == "database_dialect"


@pytest.mark.parametrize(
    "text",
    [
        "register.sqlite3",
        "Geheim9",
        "://",
        "postgresql://titlecert:Geheim9",
        "postgresql://titlecert:a@Geheim9@db.example/register",
        "postgresql://titlecert:a@b/Geheim9@db.example/register",
        "postgresql://titlecert@db.example/register?password=Geheim9",
        "postgresql://db.example/register?sslpassword=Geheim9",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///x.sqlite3?mode=ro",
        "sqlite://titlecert:Geheim9@db.example/x",
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(text: str) -> None:
    assert refusal(text).code == "database_address"


def test_postgresql_is_spoken_to_with_psycopg() -> None:
    assert parse(POSTGRESQL).drivername == "postgresql+psycopg"
    assert parse(POSTGRESQL.replace("postgresql", "postgresql+psycopg")) == parse(POSTGRESQL)


def test_a_server_that_does_not_answer_is_told_without_the_password() -> None:
    with pytest.raises(NotFoundError) as caught:
        Register.open(parse(f"postgresql://titlecert:{SECRET}@127.0.0.1:1/register"))
    assert caught.value.code == "database_unreachable"
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_missing_psycopg_is_a_missing_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ModuleNotFoundError) as caught:
        open_engine(parse(POSTGRESQL))
    assert caught.value.name == "psycopg"


def test_without_address_the_register_is_a_file_in_the_home(tmp_path: Path) -> None:
    opened = home(tmp_path)
    assert opened.database({}) == opened.database({VARIABLE: ""}) == opened.directory / "register.sqlite3"


def test_the_address_of_the_settings_is_taken_and_the_environment_overrides_it(tmp_path: Path) -> None:
    opened = home(tmp_path, POSTGRESQL)
    assert opened.database({}) == parse(POSTGRESQL)
    other = f"postgresql://titlecert:{SECRET}@other.example/register"
    assert opened.database({VARIABLE: other}) == parse(other)
    assert SECRET not in repr(opened.database({VARIABLE: other}))


def test_a_sqlite_file_is_looked_for_from_the_home(tmp_path: Path) -> None:
    opened = home(tmp_path, "sqlite:///register/other.sqlite3")
    assert opened.database({}) == opened.directory / "register" / "other.sqlite3"
    assert opened.database({VARIABLE: "sqlite:////srv/register.sqlite3"}) == Path("/srv/register.sqlite3")


def test_a_home_from_before_there_was_a_choice_opens(tmp_path: Path) -> None:
    made = Home.create(tmp_path / "home", SETTINGS)
    stored = json.loads((made.directory / "home.json").read_text(encoding="utf-8"))
    del stored["database"]
    (made.directory / "home.json").write_text(json.dumps(stored), encoding="utf-8")
    assert Home.open(made.directory).database({}) == made.register


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"database": f"postgresql://titlecert:{SECRET}@db.example/register"}, "database_password"),
        ({"database": f"mysql://titlecert:{SECRET}@db.example/register"}, "database_dialect"),
        ({"database": f"postgresql://titlecert:{SECRET}"}, "database_address"),
        ({"database": [f"postgresql://titlecert:{SECRET}@db.example/register"]}, "home_file"),
        ({"databases": f"postgresql://titlecert:{SECRET}@db.example/register"}, "home_file"),
    ],
)
def test_a_password_in_the_settings_is_refused_and_not_repeated(
    tmp_path: Path, change: dict[str, object], code: str
) -> None:
    made = Home.create(tmp_path / "home", SETTINGS)
    stored = json.loads((made.directory / "home.json").read_text(encoding="utf-8"))
    (made.directory / "home.json").write_text(json.dumps(stored | change), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        Home.open(made.directory)
    assert caught.value.code == code
    assert SECRET not in "".join(traceback.format_exception(caught.value))
