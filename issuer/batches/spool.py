"""Photos on their way from a folder into the register: one at a time, so that memory stays flat.

Rules: what the photos of a list become must be known before the list is stored, because both operators sign their
digests. Until then they lie in a file that has no name, sealed under a key that only this process has: a run that is
killed leaves nothing, and nobody reads them meanwhile.

    with Spool(home.directory) as spool:
        spool.keep(4, cleaned.photo)
        spool.photo(4)
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import BinaryIO, Final, Self, cast

from issuer.photos.model import CleanPhoto
from issuer.vault import KEY_BYTES, DataKey

_PLACE: Final = {"table": "spool", "column": "picture"}


class Spool:
    """Cleaned photos by row of the sheet; use it in a ``with`` block."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._key = DataKey(os.urandom(KEY_BYTES))
        self._places: dict[int, tuple[int, int]] = {}
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def keep(self, sheet_row: int, photo: CleanPhoto) -> None:
        """Take the photo of a row. Raises OSError where the disk is full."""
        sealed = self._key.seal(photo, row=str(sheet_row), **_PLACE)
        file = self._opened()
        self._places[sheet_row] = (file.seek(0, os.SEEK_END), len(sealed))
        file.write(sealed)

    def photo(self, sheet_row: int) -> CleanPhoto:
        """Return the photo of a row. Raises KeyError where there is none, TamperedError where it was altered."""
        at, size = self._places[sheet_row]
        file = self._opened()
        file.seek(at)
        return CleanPhoto(self._key.open(file.read(size), row=str(sheet_row), **_PLACE))

    def _opened(self) -> BinaryIO:
        if self._file is None:
            self._file = cast(BinaryIO, tempfile.TemporaryFile(dir=self._directory))  # noqa: SIM115 - until the end
        return self._file
