"""Opening the home that a command works on, and where its passphrases come from.

Rules: importing this module takes the issuer's side with it; a command that needs the base install only does not. A
passphrase is asked for when it is first needed: from the file that was named, else from
``HOME/secrets/NAME.passphrase``, else from the terminal; never from the environment or the command line.

    with open_home(run) as opened:
        regions.listed(opened)
"""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from typer.exceptions import TyperException

from cli.errors import RefusedError, debugging
from cli.framing import Run
from cli.options import OPERATOR, PASSPHRASE_FILES
from cli.tool import Tool
from credential.errors import CodedError
from issuer.home import machine, opening
from issuer.home.opened import Actor
from issuer.home.opening import OpenedHome, Passphrases
from issuer.home.paths import Home
from keys.passphrase import Passphrase, Pin, prompt_passphrase, prompt_pin, read_passphrase_file
from keys.uri import TokenUri


@contextmanager
def open_home(run: Run, asking: Passphrases | None = None) -> Iterator[OpenedHome]:
    """Yield the home that was asked for, opened; ``asking`` gives the passphrases, None for the usual way.

    Raises:
        NotFoundError: ``no_home``.
        UsageError: ``no_home_given``.
        MachineError: what the machine did, in the block too; ``unexpected``, with a log in the home, for what nobody
            foresaw.
    """
    home = Home.open(run.directory)
    tool = run.tool
    try:
        with opening.open_home(
            home,
            asking or Asking(run, home.secrets),
            clock=tool.clock,
            cost=tool.cost,
            environment=os.environ,
            pins=lambda uri: ask_pin(tool, uri),
        ) as opened:
            yield opened
    except (CodedError, TyperException, ModuleNotFoundError):
        raise
    except Exception as error:
        if debugging():
            raise
        raise machine.coded(error, home) from error


@dataclass(frozen=True, slots=True)
class Asking:
    """Passphrases as a command gets them. It satisfies ``issuer.home.opening.Passphrases``."""

    run: Run
    secrets: Path
    """The home's directory of passphrase files."""

    def __call__(self, name: str, *, new: bool = False) -> Passphrase:
        """Return the passphrase of ``service``, ``root``, ``administrator`` or an operator, by id.

        Raises:
            RefusedError: ``no_terminal``: there is neither file nor terminal.
            KeyFileError, PassphraseError: the file or what was typed does not do.
        """
        tool = self.run.tool
        file = self.run.passphrase_files.get(name if name in PASSPHRASE_FILES else OPERATOR)
        kept = self.secrets / f"{name}.passphrase"
        if file is not None:
            return read_passphrase_file(file.expanduser())
        if kept.is_file():
            return read_passphrase_file(kept)
        ask = tool.ask or self.terminal(name)
        return prompt_passphrase(tool.pick(f"{name} 的口令", f"Passphrase of {name}"), repeat=new, ask=ask)

    def terminal(self, name: str) -> Callable[[str], str]:
        """Return what asks on the terminal. Raises RefusedError ``no_terminal``."""
        return _terminal(self.secrets / f"{name}.passphrase", name)


def ask_pin(tool: Tool, uri: TokenUri) -> Pin:
    """Ask for the PIN of a token. Raises RefusedError ``no_terminal``, PassphraseError."""
    token = "/".join(uri.token.values())
    if tool.ask is None and not sys.stdin.isatty():
        raise RefusedError(
            "no_terminal",
            f"需要密码设备 {token} 的 PIN，但这里没有终端可以输入，密钥的 URI 里也没有写 pin-source",
            f"the PIN of the token {token} is needed, there is no terminal to ask on, and its URI names no pin-source",
            name=token,
        )
    return prompt_pin(tool.pick(f"密码设备 {token} 的 PIN", f"PIN of the token {token}"), ask=tool.ask)


def local_actor() -> Actor:
    """Return who ran the command on this machine, for the audit: setting up is not signed by an operator."""
    try:
        return Actor(f"os:{getpass.getuser()}"[:32])
    except (KeyError, OSError):
        return Actor("os")


def _terminal(kept: Path, name: str) -> Callable[[str], str]:
    if not sys.stdin.isatty():
        raise RefusedError(
            "no_terminal",
            f"需要 {name} 的口令，但这里没有终端可以输入，{kept} 也不存在",
            f"the passphrase of {name} is needed, there is no terminal to ask on, and {kept} does not exist",
            name=name,
        )
    return getpass.getpass
