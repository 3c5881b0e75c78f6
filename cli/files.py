"""Files that a command writes for whoever asked: private, and never over another one.

write_new(Path("certificate.pdf"), data)
"""

from __future__ import annotations

from pathlib import Path

from cli.errors import RefusedError
from credential import durable


def write_new(path: Path, data: bytes) -> None:
    """Write a file of mode 0600. Raises RefusedError ``file_exists``: something stands there; it is as it was."""
    try:
        durable.create(path, data, mode=0o600)
    except FileExistsError as error:
        raise RefusedError(
            "file_exists",
            f"{path} 已存在，没有覆盖；请换个文件名",
            f"{path} exists and was not overwritten; take another name",
        ) from error
