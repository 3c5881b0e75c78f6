"""A folder of photos, as a command takes it: the files directly in it, each opened when its turn comes.

Rules: only regular files count, named ``.jpg``, ``.jpeg`` or ``.png`` in any letter case. Folders, links and other
files are named and not read. What systems put into folders by themselves is passed over. A file that was replaced by a
link meanwhile is not followed.

    photos = folder(Path("photos"))
    photos.files[0].read(1000)
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from cli.errors import RefusedError
from issuer.services.batches import PhotoFile, Photos

ENDINGS: Final = frozenset({".jpg", ".jpeg", ".png"})
MAX_PHOTO_FILES: Final = 100_000
"""Five for each row of the largest list; more is another folder than was meant."""
_OF_SYSTEMS: Final = frozenset({"thumbs.db", "desktop.ini"})


def folder(path: Path) -> Photos:
    """Return the photos of a folder, unread, in the order of their names.

    Raises:
        RefusedError: ``no_photos_folder``, ``photos_too_many``.
    """
    files: list[PhotoFile] = []
    others: list[str] = []
    for entry in _entries(path):
        if entry.is_file(follow_symlinks=False) and Path(entry.name).suffix.lower() in ENDINGS:
            files.append(_file(path / entry.name))
        else:
            others.append(entry.name)
    return Photos(files=files, others=others)


def _entries(path: Path) -> list[os.DirEntry[str]]:
    found: list[os.DirEntry[str]] = []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if len(found) == MAX_PHOTO_FILES:
                    raise RefusedError(
                        "photos_too_many",
                        f"--photos：{path} 里的文件超过 {MAX_PHOTO_FILES} 个",
                        f"--photos: there are more than {MAX_PHOTO_FILES} files in {path}",
                    )
                if not entry.name.startswith(".") and entry.name.lower() not in _OF_SYSTEMS:
                    found.append(entry)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RefusedError(
            "no_photos_folder", f"--photos：没有文件夹 {path}", f"--photos: there is no folder {path}"
        ) from error
    return sorted(found, key=lambda each: each.name)


def _file(path: Path) -> PhotoFile:
    def read(most: int) -> bytes:
        # Neither a link nor a pipe that took the file's place meanwhile is followed or waited for.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(path, flags), "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise OSError(f"{path.name} is no regular file any more")
            return stream.read(most)

    return PhotoFile(name=path.name, read=read)
