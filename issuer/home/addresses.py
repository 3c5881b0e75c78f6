"""Which addresses may carry what is secret: those by https, and those on this machine.

>>> is_secure("https://id.example"), is_secure("http://id.example"), is_secure("http://127.0.0.1:3000")
(True, False, True)
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

_HERE: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def is_secure(address: str) -> bool:
    """Whether nobody on the way reads along: https, or http to this machine; no user, no password in it."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    if not host or parts.username is not None or parts.password is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _HERE)
