"""Opening what a command works on: home, register, office, an operator's signer. Loads the issuer's side when asked.

Rules: modules of the issuer's side are imported inside functions, so that checking and ``--help`` need the base install
only. A passphrase comes from the file that was named, else from ``HOME/secrets/NAME.passphrase``, else from the
terminal; never from the environment or the command line.

    with register_of(home) as register: ...
    office = open_office(tool, home, service_file)
"""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cli.errors import RefusedError
from cli.tool import Tool, home_directory

if TYPE_CHECKING:
    from issuer.db.sessions import Register
    from issuer.home.paths import Home
    from issuer.worker.office import Office
    from keys.passphrase import Passphrase
    from keys.signers import FileSigner

SERVICE = "service"
ROOT = "root"
ADMINISTRATOR = "administrator"


def open_home(directory: Path | None) -> Home:
    """Return the home that was asked for. Raises NotFoundError ``no_home``, UsageError ``no_home_given``."""
    from issuer.home.paths import Home  # noqa: PLC0415

    return Home.open(home_directory(directory))


@contextmanager
def register_of(home: Home) -> Iterator[Register]:
    """Yield the home's register, closed afterwards."""
    from issuer.db.sessions import Register  # noqa: PLC0415

    register = Register.open(home.database(os.environ))
    try:
        yield register
    finally:
        register.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOffice:
    """An opened office with the passphrase that opened it, which the worker takes again."""

    tool: Tool
    office: Office
    service: Passphrase = field(repr=False)

    def operator_signer(self, operator: str, file: Path | None) -> FileSigner:
        """Return the signer of an operator, opened with that operator's own passphrase.

        Raises:
            NotFoundError: ``no_operator``.
            PassphraseError, RefusedError: as ``passphrase``.
        """
        known = {entry.operator.id for entry in self.office.operators().entries}
        if operator not in known:
            raise RefusedError(
                "no_operator",
                f"管理员签署的办理人名单里没有 {operator}",
                f"the file of operators that the administrator signed has no {operator}",
                operator=operator,
            )
        secret = passphrase(self.tool, self.office.home.secrets, operator, file)
        return self.office.operator_signer(operator, secret)


@contextmanager
def open_office(tool: Tool, home: Home, service_file: Path | None) -> Iterator[OpenOffice]:
    """Yield what a command needs of the office: register, vault, operators; opened with the service passphrase."""
    from issuer.worker.office import Office  # noqa: PLC0415

    service = passphrase(tool, home.secrets, SERVICE, service_file)
    with Office.open(home, service, clock=tool.clock, cost=tool.cost) as office:
        yield OpenOffice(tool=tool, office=office, service=service)


def passphrase(tool: Tool, secrets: Path, name: str, file: Path | None, *, new: bool = False) -> Passphrase:
    """Return the passphrase of ``name``: from ``file``, from the home's secrets, or from the terminal.

    Args:
        tool: for the language and, in tests, the answers.
        secrets: the home's directory of passphrase files.
        name: ``service``, ``root``, ``administrator`` or an operator's id.
        file: a 0600 file that was named on the command line.
        new: it is being chosen: ask twice.

    Raises:
        RefusedError: ``no_terminal``: there is neither file nor terminal.
        KeyFileError, PassphraseError: the file or what was typed does not do.
    """
    from keys.passphrase import prompt_passphrase, read_passphrase_file  # noqa: PLC0415

    kept = secrets / f"{name}.passphrase"
    if file is not None:
        return read_passphrase_file(file.expanduser())
    if kept.is_file():
        return read_passphrase_file(kept)
    ask = tool.ask or _terminal(kept, name)
    return prompt_passphrase(tool.pick(f"{name} 的口令", f"Passphrase of {name}"), repeat=new, ask=ask)


def _terminal(kept: Path, name: str) -> Callable[[str], str]:
    if not sys.stdin.isatty():
        raise RefusedError(
            "no_terminal",
            f"需要 {name} 的口令，但这里没有终端可以输入，{kept} 也不存在",
            f"the passphrase of {name} is needed, there is no terminal to ask on, and {kept} does not exist",
            name=name,
        )
    return getpass.getpass
