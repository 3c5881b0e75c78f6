"""Where the files of a publication lie (FORMAT 5 to 10), as paths relative to its root, and which never change.

>>> shard("ab" * 32)
'shards/abababababababababababababababababababababababababababababababab'
>>> is_immutable("snapshot.jwt"), is_immutable("trust/list/3")
(False, True)
"""

from __future__ import annotations

import re
from typing import Final

SNAPSHOT: Final = "snapshot.jwt"
"""The one file that moves the whole; written last."""

MAX_VERSION: Final = 999_999_999
"""Of a root file, trust list or catalogue: a path holds nine digits of it."""

_KNOWN: Final = re.compile(
    r"snapshot\.jwt|trust/roots/[1-9][0-9]{0,8}|trust/list/[1-9][0-9]{0,8}|trust/filings/[0-9a-f]{64}"
    r"|status/(0|[1-9][0-9]{0,3})\.(cwt|jwt)|status/at/[0-9a-f]{64}|shards/[0-9a-f]{64}|catalogue/[1-9][0-9]{0,8}",
    re.ASCII,
)
_MUTABLE: Final = re.compile(r"snapshot\.jwt|status/[0-9]+\.(cwt|jwt)", re.ASCII)


def root(version: int) -> str:
    """Path of a root file."""
    return f"trust/roots/{version}"


def trust_list(version: int) -> str:
    """Path of a trust list."""
    return f"trust/list/{version}"


def filings(digest: str) -> str:
    """Path of the filings file with this digest (hex)."""
    return f"trust/filings/{digest}"


def status_cwt(list_id: str) -> str:
    """Path, stable for ever, of a status list as CWT."""
    return f"status/{list_id}.cwt"


def status_jwt(list_id: str) -> str:
    """Path, stable for ever, of a status list as JWT."""
    return f"status/{list_id}.jwt"


def status_at(digest: str) -> str:
    """Path of the immutable copy of a status list's CWT with this digest (hex)."""
    return f"status/at/{digest}"


def shard(digest: str) -> str:
    """Path of a shard or a manifest with this digest (hex)."""
    return f"shards/{digest}"


def catalogue(version: int) -> str:
    """Path of a catalogue."""
    return f"catalogue/{version}"


def is_known(path: str) -> bool:
    """Whether a publication may hold a file at this path; anything else is neither read nor served."""
    return _KNOWN.fullmatch(path) is not None


def is_immutable(path: str) -> bool:
    """Whether the file at this path never changes once it exists."""
    return is_known(path) and _MUTABLE.fullmatch(path) is None
