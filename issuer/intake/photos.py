"""Photos that come with a list: which is whose, what is wrong with them, and the digest in the row that is signed.

Rules. A file's name without its ending is the ID number of a row or, where no row has that ID number, its 序号. One
person may have several rows; a 序号 that several rows have names none of them. Two files for a row are an error. Files
are read, cleaned and handed on one at a time. No sentence holds an ID number or a name: file names are masked.

    photos = Photos(files=[PhotoFile(name="13990119800101003X.jpg", read=read)])
    checked = with_photos(checked, rows, photos, clean=reader.clean, keep=spool.keep)
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Final

from issuer.identifiers import BLANKS, mask_id, mask_name, one_form
from issuer.intake.characters import bare
from issuer.intake.fields import cell_text
from issuer.intake.findings import Finding, Place, make
from issuer.intake.model import CheckedBatch, RawRow
from issuer.intake.together import with_findings
from issuer.photos.model import MAX_PHOTO_BYTES, Cleaned, CleanPhoto, PhotoError

_FIELD: Final = "photo"
_NAMED: Final = 5
"""So many files are named in one finding."""
_SHORT: Final = 4
"""No ID number has so few characters: a name that short is a 序号 and is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoFile:
    """A file that may be a photo, unread."""

    name: str = field(repr=False)
    read: Callable[[int], bytes] = field(repr=False)
    """Gives its first bytes, so many at most. Raises OSError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Photos:
    """The photos that come with a list, and the names of what lies beside them."""

    files: Sequence[PhotoFile]
    others: Sequence[str] = field(default=(), repr=False)


Clean = Callable[[bytes], Cleaned]
"""Cleans a photo, in a process of its own. Raises PhotoError."""
Keep = Callable[[int, CleanPhoto], None]
"""Takes the photo of a good row, by row of the sheet."""
Step = Callable[[int, int], None]
"""Called with how many are done, of how many."""


def with_photos(
    checked: CheckedBatch,
    rows: Sequence[RawRow],
    photos: Photos,
    *,
    clean: Clean,
    keep: Keep,
    step: Step | None = None,
) -> CheckedBatch:
    """Return the checked list with its photos: their digests in the good rows, their faults among the findings.

    A row whose photo cannot be used is rejected; a row without one is warned of.

    Args:
        checked: all rows of the list.
        rows: the same as they were read.
        photos: what came with the list.
        clean: cleans a photo.
        keep: takes each cleaned photo of a good row.
        step: called after each photo.
    """
    owned = _owned(rows, photos)
    good = {draft.sheet_row for draft in checked.good}
    found, digests = [*_beside(photos, owned), *owned.findings], {}
    work = list(owned.photos())
    for done, (file, owners) in enumerate(work, start=1):
        photo, faults = _looked_at(file, clean)
        found += [make(code, field=_FIELD, at=_place(row), **given) for row in owners for code, given in faults]
        for row in owners:
            if photo is not None and row.sheet_row in good:
                keep(row.sheet_row, photo)
                digests[row.sheet_row] = sha256(photo).hexdigest()
        if step is not None:
            step(done, len(work))
    return _merged(checked, rows, found, digests)


def shown(file_name: str) -> str:
    """A file's name for a sentence: a 序号 as it is, of a longer number the end, of a Chinese name the beginning."""
    stem, dot, ending = _parts("".join(c if c.isprintable() else "?" for c in file_name))
    told = [c for c in stem if c.isalnum()]
    if len(told) > _SHORT or not all(c.isascii() for c in told):
        mask = mask_id if all(unicodedata.normalize("NFKC", c).isascii() for c in told) else mask_name
        masked = iter(mask("".join(told)))
        stem = "".join(next(masked) if c.isalnum() else c for c in stem)
    return stem + dot + ending


@dataclass(slots=True)
class _Owned:
    """Which file is whose."""

    by_row: dict[int, tuple[RawRow, list[PhotoFile]]]
    ambiguous: set[int] = field(default_factory=set)
    """Rows, by their number in the sheet, that share a 序号 which a file has for its name."""
    unowned: list[PhotoFile] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def photos(self) -> Iterator[tuple[PhotoFile, list[RawRow]]]:
        """Each file that is some row's one photo, with its rows."""
        owners: dict[int, tuple[PhotoFile, list[RawRow]]] = {}
        for row, files in self.by_row.values():
            if len(files) == 1 and row.sheet_row not in self.ambiguous:
                owners.setdefault(id(files[0]), (files[0], []))[1].append(row)
        return iter(owners.values())


def _owned(rows: Sequence[RawRow], photos: Photos) -> _Owned:
    numbers, sequence = _by_key(rows, _number), _by_key(rows, lambda row: _seq(row.seq))
    owned = _Owned(by_row={row.sheet_row: (row, []) for row in rows})
    for file in photos.files:
        stem = _parts(file.name)[0]
        owners = numbers.get(_number_form(stem), [])
        if not owners:
            owners = sequence.get(_seq(stem) or "", [])
            if len(owners) > 1:
                _note_ambiguous(owned, file, owners)
                continue
        if not owners:
            owned.unowned.append(file)
        for row in owners:
            owned.by_row[row.sheet_row][1].append(file)
    for row, files in owned.by_row.values():
        if len(files) > 1:
            owned.findings.append(
                make("photo_twice", field=_FIELD, at=_place(row), **_names(file.name for file in files))
            )
        elif not files and row.sheet_row not in owned.ambiguous:
            owned.findings.append(make("photo_missing", field=_FIELD, at=_place(row)))
    return owned


def _note_ambiguous(owned: _Owned, file: PhotoFile, owners: Sequence[RawRow]) -> None:
    """A photo on another person's certificate is worse than none."""
    said = _names([file.name]) | _listed("rows", [str(row.sheet_row) for row in owners])
    for row in owners:
        owned.ambiguous.add(row.sheet_row)
        owned.findings.append(make("photo_ambiguous", field=_FIELD, at=_place(row), **said))


def _beside(photos: Photos, owned: _Owned) -> Iterator[Finding]:
    """What is said of the folder as a whole."""
    if photos.others:
        yield make("photo_other_files", count=len(photos.others), **_names(photos.others))
    if owned.unowned:
        names = _names(file.name for file in owned.unowned)
        yield make("photo_no_row", field=_FIELD, count=len(owned.unowned), **names)


def _looked_at(file: PhotoFile, clean: Clean) -> tuple[CleanPhoto | None, list[tuple[str, dict[str, Any]]]]:
    """The cleaned photo, and what is to be said of it: codes, with what fills their wording."""
    try:
        cleaned = clean(file.read(MAX_PHOTO_BYTES + 1))
    except OSError:
        return None, [("photo_file", _names([file.name]))]
    except PhotoError as error:
        return None, [(error.code, dict(error.fields) | _kind(str(error.fields.get("kind", ""))))]
    faults: list[tuple[str, dict[str, Any]]] = []
    if cleaned.is_coarse:
        faults.append(("photo_coarse", {"width": cleaned.width, "height": cleaned.height}))
    if cleaned.is_landscape:
        faults.append(("photo_landscape", {}))
    elif cleaned.is_cut:
        faults.append(("photo_cut", {"width": cleaned.width, "height": cleaned.height}))
    return cleaned.photo, faults


def _kind(name: str) -> dict[str, str]:
    return {"kind_zh": f"（是 {name}）", "kind_en": f" but {name}"} if name else {"kind_zh": "", "kind_en": ""}


def _merged(
    checked: CheckedBatch, rows: Sequence[RawRow], found: Iterable[Finding], digests: Mapping[int, str]
) -> CheckedBatch:
    merged = with_findings(checked, rows, found)
    return replace(merged, good=tuple(replace(each, photo=digests.get(each.sheet_row)) for each in merged.good))


def _by_key(rows: Iterable[RawRow], key: Callable[[RawRow], str | None]) -> dict[str, list[RawRow]]:
    found: dict[str, list[RawRow]] = {}
    for row in rows:
        if (text := key(row)) is not None:
            found.setdefault(text, []).append(row)
    return found


def _number(row: RawRow) -> str | None:
    given = cell_text(row.cells.get("id_number"))
    return None if given is None else _number_form(given)


def _number_form(given: str) -> str:
    """As a list's ID number is cleaned."""
    return one_form(bare(given)[0])


def _seq(given: str | None) -> str | None:
    """A 序号 to be compared: 001 is 1."""
    text = unicodedata.normalize("NFKC", given or "").strip(BLANKS).upper()
    return (text.lstrip("0") or "0" if text.isdecimal() else text) or None


def _parts(file_name: str) -> tuple[str, str, str]:
    stem, dot, ending = file_name.rpartition(".")
    return (stem, dot, ending) if dot else (file_name, "", "")


def _names(names: Iterable[str]) -> dict[str, Any]:
    return _listed("names", [shown(name) for name in names])


def _listed(name: str, every: Sequence[str]) -> dict[str, Any]:
    """The first of them, for a Chinese sentence and, under another name, for an English one."""
    end = "…" if len(every) > _NAMED else ""
    return {name: "、".join(every[:_NAMED]) + end, f"{name}_en": ", ".join(every[:_NAMED]) + end}


def _place(row: RawRow) -> Place:
    return Place(row.sheet_row, row.seq)
