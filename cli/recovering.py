"""The recovery key as commands open it, and a backup as they tell it.

key = opened_key(run, Path("/media/safe/recovery.key.json"))
"""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Final

from cli.errors import RefusedError
from cli.framing import Run
from keys.passphrase import Passphrase, prompt_passphrase, read_passphrase_file
from keys.recovery import RecoveryKey, open_recovery

_WHOSE: Final = "recovery"
"""Whose passphrase it is."""


def recovery_passphrase(run: Run, file: Path | None, *, new: bool = False) -> Passphrase:
    """Return the passphrase of the recovery key, from its file or from the terminal.

    Raises:
        RefusedError: ``no_terminal``.
        KeyFileError, PassphraseError: the file, or what was typed, does not do.
    """
    if file is not None:
        return read_passphrase_file(file.expanduser())
    if run.tool.ask is None and not sys.stdin.isatty():
        raise RefusedError(
            "no_terminal",
            "需要恢复密钥的口令，但这里没有终端可以输入；请加 --recovery-passphrase-file 文件",
            "the recovery key has a passphrase, and there is no terminal; add --recovery-passphrase-file FILE",
            name=_WHOSE,
        )
    words = run.tool.pick("恢复密钥的口令", "Passphrase of the recovery key")
    return prompt_passphrase(words, repeat=new, ask=run.tool.ask or getpass.getpass)


def opened_key(run: Run, key: Path, passphrase_file: Path | None) -> RecoveryKey:
    """Open the recovery key. Raises KeysError, RefusedError as ``recovery_passphrase``."""
    return open_recovery(key.expanduser(), recovery_passphrase(run, passphrase_file))
