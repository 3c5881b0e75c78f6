"""A PostgreSQL server of this test process alone: in a temporary folder, on a Unix socket, ended with the process.

Rules: the server runs as a user without rights, because the tests may run as root and the server refuses to. Nothing is
written to last: no fsync. A test gets a database of its own, made from a template, which takes some hundredths of a
second. Without the server's programs a test is skipped, in CI it fails (``tests.support.tools``).

    server = running()
    address = server.new_database()                     # empty
    copy = server.new_database(template=address)        # the template is closed meanwhile
    server.drop(copy)
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import URL

from tests.support.tools import unavailable

PACKAGE: Final = "postgresql"
SUPERUSER: Final = "titlecert"
"""Who owns the server and every database in it."""
_MAINTENANCE: Final = "postgres"
"""The database from which others are made and dropped."""
_STARTS_WITHIN: Final = 30.0
"""Seconds."""
_PREFIX: Final = "titlecert-postgresql-"
_HELD: Final = "held"
"""The file in a server's folder that its test process has locked."""
_ROOM: Final = 1 << 30
"""Bytes: a server with the databases of a test, several times."""
_PARENT_DIED: Final = 1
"""``PR_SET_PDEATHSIG`` of Linux."""
_SETTINGS: Final = (
    "listen_addresses=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "shared_buffers=64MB",
    "max_wal_size=128MB",
    "max_connections=60",
    # Not the register's own settings: what it needs it asks for itself.
    "timezone=Asia/Shanghai",
    "default_transaction_isolation=serializable",
)


@dataclass(slots=True, kw_only=True)
class Server:
    """A server that is running."""

    folder: Path
    process: subprocess.Popen[bytes]
    made: list[URL] = field(default_factory=list)
    """The databases that were made and not dropped, in this order."""
    _maintenance: psycopg.Connection[tuple[Any, ...]] | None = None
    _names: Any = field(default_factory=lambda: count(1))

    def address(self, database: str) -> URL:
        """The address of one of its databases, as a home's settings write it."""
        return URL.create("postgresql+psycopg", username=SUPERUSER, database=database, query={"host": str(self.folder)})

    def connect(self, database: str, *, options: str = "") -> psycopg.Connection[tuple[Any, ...]]:
        """Connect to a database as the superuser; use it in a ``with`` block."""
        return psycopg.connect(host=str(self.folder), user=SUPERUSER, dbname=database, options=options)

    def new_database(self, template: URL | None = None, name: str = "") -> URL:
        """Make a database, named or not: empty, or a copy of one that nobody is connected to."""
        name = name or f"t{next(self._names)}"
        source = "template0" if template is None else str(template.database)
        self._command("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, source)
        self.made.append(self.address(name))
        return self.made[-1]

    def drop(self, address: URL) -> None:
        """Remove a database, whoever is connected to it."""
        self._command("DROP DATABASE IF EXISTS {} WITH (FORCE)", str(address.database))
        self.made.remove(address)

    def _command(self, command: LiteralString, *names: str) -> None:
        if self._maintenance is None:
            self._maintenance = self.connect(_MAINTENANCE)
            self._maintenance.autocommit = True
        self._maintenance.execute(sql.SQL(command).format(*map(sql.Identifier, names)))

    def stored(self, address: URL) -> bytes:
        """Everything that the server has written of a database; its log of changes is that of all databases."""
        with self.connect(str(address.database)) as connection:
            connection.autocommit = True
            connection.execute("CHECKPOINT")
            [[number]] = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
        return b"\x00".join(path.read_bytes() for path in (self.folder / "data" / "base" / str(number)).iterdir())

    def end(self) -> None:
        """End the server and throw its folder away."""
        if self._maintenance is not None:
            self._maintenance.close()
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(timeout=20)
        shutil.rmtree(self.folder, ignore_errors=True)


def programs() -> Path | None:
    """The folder of the server's programs: Debian's, which are not on the path, or what is on it; None without."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else None if on_path is None else Path(on_path).resolve().parent


@cache
def running() -> Server:
    """The server of this process, started at the first call. Without its programs the running test is skipped."""
    place = programs()
    if place is None:
        unavailable(f"PostgreSQL's server is not here; on Debian it comes with the package {PACKAGE} (make system)")
    return _start(place)


def end() -> None:
    """End the server of this process, if there is one."""
    if running.cache_info().currsize:
        running().end()
        running.cache_clear()


def _start(place: Path) -> Server:
    parent = _memory() or Path(tempfile.gettempdir())
    _sweep(parent)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    _hold(folder)
    usual: dict[str, Any] = {"cwd": folder, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    if os.geteuid() == 0:
        user = _without_rights()
        os.chown(folder, user.pw_uid, user.pw_gid)
        usual |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    made = [str(place / "initdb"), "-D", str(folder / "data"), "-U", SUPERUSER, "-A", "trust", "-N", "-E", "UTF8"]
    # Sorted as people of a country sort, as a careless administrator's database is: the register must not depend on it.
    sorting = ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=zh-Hans-u-kn"]
    subprocess.run([*made, *sorting], check=True, **usual)
    settings = [word for each in _SETTINGS for word in ("-c", each)]
    with (folder / "log").open("wb") as log:
        usual |= {"stdout": log}
        begun = [str(place / "postgres"), "-D", str(folder / "data"), "-k", str(folder), *settings]
        # What runs there is one call of the system, which waits for no lock of ours.
        process = subprocess.Popen(begun, preexec_fn=_end_with_us, **usual)  # noqa: PLW1509
    server = Server(folder=folder, process=process)
    _wait(server)
    return server


def _sweep(parent: Path) -> None:
    """Throw away what test processes left that were killed: nobody holds it any more, and its server has ended."""
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):  # it is not ours, or another process throws it away
            held = os.open(folder / _HELD, os.O_RDWR)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(held)


def _hold(folder: Path) -> None:
    """Hold a folder as long as this process lives."""
    held = os.open(folder / _HELD, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(held, fcntl.LOCK_EX)


def _memory() -> Path | None:
    """The folder of the system that is in memory, where there is enough of it: each test makes some hundred files."""
    place = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    return place if place.is_dir() and shutil.disk_usage(place).free > _ROOM else None


def _without_rights() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("neither the user postgres nor nobody is there, and the server does not run as root")


def _end_with_us() -> None:
    """In the server before it starts: end it at once when the test process is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DIED, signal.SIGQUIT)


def _wait(server: Server) -> None:
    until = time.monotonic() + _STARTS_WITHIN
    while True:
        try:
            server._command("SELECT 1")
            return
        except psycopg.OperationalError:
            if server.process.poll() is not None or time.monotonic() > until:
                log = (server.folder / "log").read_text(encoding="utf-8", errors="replace")
                raise RuntimeError(f"PostgreSQL's server did not start:\n{log}") from None
            time.sleep(0.02)
