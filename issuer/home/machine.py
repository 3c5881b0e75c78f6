"""What a machine does on a bad day, as coded errors: a full disk, no memory, a register that is held or damaged.

Rules: every low-level error of the disk, of the database and of memory is given its code here and nowhere else. The
sentences hold no SQL, no parameter and no personal data. What has no code is ``unexpected``: a reference number, and a
file in the home with the places in the program that it passed, types and lines only, because the text of a foreign
error may quote anything.

    try: ...
    except Exception as error:
        raise machine.coded(error, home) from error
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import sqlite3
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from credential import durable
from credential.errors import CodedError
from issuer.errors import MachineError, TamperedError

if TYPE_CHECKING:  # a program without the issuer's libraries names the errors of its disk too
    from issuer.home.paths import Home

LOGS: Final = "log"
"""The directory in a home for what a maintainer needs."""
LITTLE: Final = 1 << 20
"""Bytes: with less left on it, a disk counts as full when it refuses to write."""
_NUMBER: Final = "certificates.number"
_NUMBER_CONSTRAINT: Final = "uq_certificates_number"
_PAGE: Final = re.compile(r"\b(?:page|tree) (\d+)", re.ASCII | re.IGNORECASE)
_WITHOUT_WORDS: Final = "*** in database"
"""The line of SQLite's check that names nothing."""


def coded(error: Exception, home: Home | None = None) -> CodedError:
    """Return an error as a coded one: itself when it is, else the code of what the machine did.

    Args:
        error: whatever was raised.
        home: where it was raised; names the register's file and takes the log of what nobody foresaw.
    """
    if isinstance(error, CodedError):
        return error
    return known(error, home) or _unexpected(error, home)


def known(error: BaseException, home: Home | None = None) -> CodedError | None:
    """Return the coded error for what the machine did, None when it is nothing of the kind."""
    if isinstance(error, CodedError):
        return error
    cause = getattr(error, "orig", error)  # SQLAlchemy wraps the driver's error
    match cause:
        case MemoryError():
            return MachineError(*_NO_MEMORY)
        case OSError():
            return _of_files(cause)
        case sqlite3.Error():
            return _of_sqlite(cause, home)
    return _of_server(cause) if type(cause).__module__.partition(".")[0] == "psycopg" else None


def _of_files(error: OSError) -> MachineError | None:
    if error.errno is None:
        return None
    path = None if error.filename is None else _place(str(error.filename))
    where = "" if path is None else f"{path}: "
    code, sentence = _FILES.get(error.errno, ("machine", error.strerror))
    return MachineError(code, f"{where}{sentence or error.strerror}", errno=error.errno, path=path)


def _place(path: str) -> str:
    """The file, or the folder of a temporary file, whose name nobody knows and which differs each time."""
    folder, _, name = path.rpartition(os.sep)
    return folder if folder and name.startswith(".") and name.endswith(".tmp") else path


_NO_SPACE: Final = ("disk_full", "no space is left on the disk")
_LIMITED: Final = ("file_limit", "the system lets no file of this process grow that large")
_BROKEN: Final = ("disk_error", "the disk reports an error")
_MISSING: Final = ("file_missing", "there is no such file or folder")
_FOLDER: Final = ("is_a_folder", "this is a folder, not a file")
_NO_MEMORY: Final = ("no_memory", "this machine has no memory left for this program")
_CLOSED: Final = ("not_writable", "")
_FILES: Final = {
    errno.ENOSPC: _NO_SPACE,
    errno.EDQUOT: _NO_SPACE,
    errno.EFBIG: _LIMITED,
    errno.EACCES: _CLOSED,
    errno.EPERM: _CLOSED,
    errno.EROFS: _CLOSED,
    errno.EIO: _BROKEN,
    errno.ENOMEM: _NO_MEMORY,
    errno.ENOENT: _MISSING,
    errno.ENOTDIR: _MISSING,
    errno.EISDIR: _FOLDER,
}
"""Code and sentence by the system's number; an empty sentence is the system's own."""


def _of_sqlite(error: sqlite3.Error, home: Home | None) -> CodedError | None:
    number = getattr(error, "sqlite_errorcode", None)
    if number is None:
        return None
    made = _SQLITE.get(number & 0xFF)
    return None if made is None else made(error, home)


def _busy(_: sqlite3.Error, home: Home | None) -> MachineError:
    message = f"another program holds {_register(home)}; this one waited and gave up"
    return MachineError("register_busy", message, path=_file(home))


def _full(_: sqlite3.Error, home: Home | None) -> MachineError:
    return _of_register(home, _NO_SPACE)


def _memory(_: sqlite3.Error, __: Home | None) -> MachineError:
    return MachineError(*_NO_MEMORY)


def _read_only(_: sqlite3.Error, home: Home | None) -> MachineError:
    return MachineError(
        "not_writable", f"{_register(home)} or its folder cannot be opened for writing", path=_file(home)
    )


def _not_done(_: sqlite3.Error, home: Home | None) -> MachineError:
    """SQLite says no more than that the disk did not do it; the system is asked why."""
    if _is_limited():
        return _of_register(home, _LIMITED)
    return _of_register(home, _NO_SPACE if home is not None and _is_full(home.directory) else _BROKEN)


def _of_register(home: Home | None, what: tuple[str, str]) -> MachineError:
    return MachineError(what[0], f"{_register(home)}: {what[1]}", path=_file(home))


def _damaged(error: sqlite3.Error, home: Home | None) -> MachineError:
    return _damage(home, _first_damage(home, "integrity_check") or str(error))


def _damage(home: Home | None, found: str) -> MachineError:
    page = _PAGE.search(found)
    number = None if page is None else int(page[1])
    message = f"{_register(home)} is damaged: {found}"
    return MachineError("register_damaged", message, found=found, path=_file(home), page=number)


def require_whole(home: Home) -> None:
    """Look through a register in a SQLite file once, page by page; a database elsewhere looks after its own.

    Raises:
        MachineError: ``register_damaged``, which names the page.
    """
    found = _first_damage(home, "quick_check")
    if found:
        raise _damage(home, found)


def _contradicts(error: sqlite3.Error, _: Home | None) -> CodedError:
    return _refused(str(error).rpartition(": ")[2])


def _refused(rule: str) -> CodedError:
    """What a rule of the database refused; ``rule`` holds names of tables and columns, never a value."""
    if rule in {_NUMBER, _NUMBER_CONSTRAINT}:
        message = "the next certificate number has been given already: the counter stands behind the numbers"
        return TamperedError("number_taken", f"{message}; nothing was signed")
    return MachineError("register_refused", f"the register refused what would break its rule {rule}", rule=rule)


_SQLITE: Final[dict[int, Callable[[sqlite3.Error, Home | None], CodedError]]] = {
    sqlite3.SQLITE_BUSY: _busy,
    sqlite3.SQLITE_LOCKED: _busy,
    sqlite3.SQLITE_FULL: _full,
    sqlite3.SQLITE_NOMEM: _memory,
    sqlite3.SQLITE_READONLY: _read_only,
    sqlite3.SQLITE_CANTOPEN: _read_only,
    sqlite3.SQLITE_PERM: _read_only,
    sqlite3.SQLITE_IOERR: _not_done,
    sqlite3.SQLITE_CORRUPT: _damaged,
    sqlite3.SQLITE_NOTADB: _damaged,
    sqlite3.SQLITE_CONSTRAINT: _contradicts,
}
"""By SQLite's primary code."""


def _of_server(error: object) -> CodedError | None:
    """What PostgreSQL says, by SQLSTATE; without one the connection is gone."""
    state = getattr(error, "sqlstate", None)
    if state is None:
        state = "08000" if type(error).__name__ in {"OperationalError", "InterfaceError"} else ""
    if state[:2] == "23":
        return _refused(getattr(getattr(error, "diag", None), "constraint_name", None) or f"({state})")
    found = _SERVER.get(state) or _SERVER.get(state[:2])
    return None if found is None else MachineError(found[0], f"the register's database: {found[1]}", state=state)


_SERVER: Final = {
    "08": ("database_unreachable", "the connection has ended"),
    "57": ("database_unreachable", "it is shutting down or starting"),
    "53100": ("disk_full", "no space is left on its disk"),
    "53200": ("no_memory", "it has no memory left"),
    "25006": ("not_writable", "it can only be read"),
    "42501": ("not_writable", "its user may not do this"),
    "55P03": ("register_busy", "another program holds what this one needs"),
    "40001": ("register_busy", "another program changed what this one needs"),
    "40P01": ("register_busy", "another program holds what this one needs"),
    "XX": ("register_damaged", "it reports damage"),
}
"""By SQLSTATE, or its class: code and sentence."""


def _register(home: Home | None) -> str:
    file = _file(home)
    return "the register" if file is None else f"the register {file}"


def _file(home: Home | None) -> Path | None:
    """The register's SQLite file; None for a database elsewhere."""
    found = None if home is None else home.database(os.environ)
    return found if isinstance(found, Path) and found.exists() else None


def _first_damage(home: Home | None, check: str) -> str:
    """The first line of SQLite's own check, which names the page; empty when it finds nothing."""
    file = _file(home)
    if file is None:
        return ""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
            rows = connection.execute(f"PRAGMA {check}(1)").fetchall()
    except sqlite3.DatabaseError as error:
        damaged = error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
        return str(error) if damaged else ""
    lines = [line for (text,) in rows for line in str(text).splitlines()]
    return next((line for line in lines if line != "ok" and not line.startswith(_WITHOUT_WORDS)), "")


def _is_limited() -> bool:
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return False
    return resource.getrlimit(resource.RLIMIT_FSIZE)[0] != resource.RLIM_INFINITY


def _is_full(directory: Path) -> bool:
    with suppress(OSError, AttributeError):
        disk = os.statvfs(directory)
        return disk.f_bavail * disk.f_frsize < LITTLE
    return False


def _unexpected(error: BaseException, home: Home | None) -> MachineError:
    reference = secrets.token_hex(4)
    kind = type(error).__qualname__
    written = None if home is None else _log(home.directory / LOGS / f"{reference}.txt", error)
    where = "" if written is None else f"; what a maintainer needs is in {written}"
    return MachineError("unexpected", f"{kind}, reference {reference}{where}", reference=reference, log=written)


def _log(path: Path, error: BaseException) -> str | None:
    """Write where an error came from; None when that fails too."""
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, exist_ok=True)
        durable.create(path, "\n".join(_passed(error)).encode(), mode=0o600)
        return str(path)
    return None


def _passed(error: BaseException) -> Iterator[str]:
    """Types and places, the oldest error last. No text of an error: it may quote a row, a name, a passphrase."""
    seen: set[int] = set()
    now: BaseException | None = error
    while now is not None and id(now) not in seen:
        seen.add(id(now))
        code = f" {now.code}" if isinstance(now, CodedError) else ""
        yield f"{type(now).__module__}.{type(now).__qualname__}{code}"
        for place in traceback.extract_tb(now.__traceback__):
            yield f"  {place.filename}:{place.lineno} {place.name}: {place.line}"
        now = now.__cause__ or now.__context__
