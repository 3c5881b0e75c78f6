"""The one error of reading: the file as a whole cannot be read. It becomes a finding before it leaves the room.

>>> raise UnreadableError("file_unreadable", why="not a zip", why_zh="不是 xlsx 文件")   # doctest: +SKIP
"""

from __future__ import annotations

from issuer.errors import InputError


class UnreadableError(InputError):
    """``code`` is a finding's code; ``fields`` fill the braces of its wording."""

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(code, f"the list cannot be read: {fields}", **fields)


def unreadable(why: str, why_zh: str) -> UnreadableError:
    return UnreadableError("file_unreadable", why=why, why_zh=why_zh)
