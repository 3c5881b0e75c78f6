"""The key that the unlock service makes tickets with and the worker reads them with: 32 bytes in a 0600 file of a home.

Rules: it is made by whoever needs it first. The desk is never given it.

    key = ticket_key(home)
"""

from __future__ import annotations

import secrets
import stat
from contextlib import suppress

from credential import durable
from issuer.errors import InputError
from issuer.home.paths import Home
from issuer.tickets import TICKET_KEY_BYTES


def ticket_key(home: Home) -> bytes:
    """Return the key of a home, made now where there is none.

    Raises:
        InputError: ``ticket_key_file``: the file holds something else, or others than its owner may read it.
    """
    path = home.ticket_key
    with suppress(FileExistsError):
        if not path.exists():
            durable.create(path, secrets.token_bytes(TICKET_KEY_BYTES), mode=0o600)
    key = path.read_bytes()
    if len(key) != TICKET_KEY_BYTES:
        message = f"{path} holds no ticket key; remove it, and the unlock service makes a new one at its next start"
        raise InputError("ticket_key_file", message, path=str(path), why="length")
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        message = f"{path} may be read by others than its owner; set its mode to 0600, or remove it"
        raise InputError("ticket_key_file", message, path=str(path), why="mode")
    return key
