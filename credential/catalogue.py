"""The catalogue of series, titles, levels and ways, and the dated specialties of an authority.

The built-in catalogue is ``credential/data/catalogue.json``. It is flat, so that the browser page reads the
same file:

    {"version": 1, "ext": {},
     "levels": [{"code", "name", "name_en"}...], "ways": [{"code", "name", "name_en"}...],
     "series": [{"number", "name", "name_en", "checked"}...],
     "titles": [{"number", "series", "level", "name", "name_en", "checked", "abolished"}...]}

Rules. A title's number is ``series * 1000 + running number``, from 1 in the order in which titles entered the series;
it says nothing about the level. A number is never reused and its meaning never changes; a title that ends is marked
``abolished`` and stays. ``checked: false`` (待核) marks rows not yet compared with the text of the regulation.
An abolished title may only be recorded with way 9 (历史补录). Specialties are facts of a register, not of the nation,
so they are not in the file.

    >>> catalogue = Catalogue.load_builtin()
    >>> catalogue.find_title(5, "高级工程师", 2).number
    5002
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import SequenceMatcher
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any, Final, TypeVar

from credential import jsonform
from credential.claims import WAY_HISTORICAL
from credential.errors import CredentialError, MalformedError
from credential.members import Members, Object, unknown_kind

CATALOGUE_TYP: Final = "titlecert-catalogue+jwt"
MAX_TITLE: Final = 100
"""Of a series or title; the English one may have twice as many characters."""
SERIES_STEP = 1000  # room for 999 titles in a series; the largest today holds 64
MAX_CATALOGUE_BYTES = 1 << 20  # the built-in file is 40 KB; ten times the titles still fit
_SUGGEST_AT_LEAST = 0.5  # half the characters in common: below that a suggestion misleads more than it helps


class UnknownEntryError(CredentialError):
    """No such entry; ``fields`` holds the ``name`` or ``number`` asked for and a ``suggestion`` or None."""


class TitleLevelError(UnknownEntryError):
    """The title exists in the series, but at another level; ``fields["levels"]`` names where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    code: int
    name: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way to a title (取得方式)."""

    code: int
    name: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    number: int
    name: str
    name_en: str
    checked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    number: int
    series: int
    level: int
    name: str
    name_en: str
    checked: bool
    abolished: bool

    def require_way(self, way: int) -> None:
        """Refuse an abolished title obtained in any way but 历史补录.

        Raises:
            UnknownEntryError: code ``title_abolished``.
        """
        if self.abolished and way != WAY_HISTORICAL:
            raise UnknownEntryError(
                "title_abolished",
                f"{self.name} is abolished: only 历史补录 may name it",
                name=self.name,
                suggestion=None,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Specialty:
    """A specialty (专业) of one series: for every authority, or for the one named; both days belong to the term."""

    series: int
    name: str
    name_en: str | None = None
    authority: str | None = None
    valid_from: date
    valid_until: date | None = None

    def in_force(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """One version of the catalogue; build it with :meth:`load_builtin` or :meth:`from_json`."""

    version: int
    levels: tuple[Level, ...]
    ways: tuple[Way, ...]
    all_series: tuple[Series, ...]
    titles: tuple[Title, ...]
    ext: Object = field(default_factory=dict)
    """What later programs say; kept and not read (FORMAT 1.9)."""

    @classmethod
    def load_builtin(cls) -> Catalogue:
        """The catalogue that is part of this package, read once."""
        return _builtin()

    @classmethod
    def from_json(cls, data: bytes) -> Catalogue:
        """Read a catalogue in the shape of the module docstring.

        Raises:
            MalformedError: code ``bad_catalogue``; the sentence names the row.
        """
        return _from_json(data)

    def to_json(self) -> bytes:
        """The canonical JSON (FORMAT 1.4) of this catalogue: the bytes that are signed and published."""
        tables: dict[str, tuple[Level | Way | Series | Title, ...]] = {
            "levels": self.levels,
            "ways": self.ways,
            "series": self.all_series,
            "titles": self.titles,
        }
        plain: dict[str, object] = {name: [_row(entry) for entry in rows] for name, rows in tables.items()}
        plain |= {"ext": self.ext, "version": self.version}
        return jsonform.encode(plain)

    def check_known(self) -> None:
        """Refuse what whoever takes it into use or signs it does not know (FORMAT 1.9).

        Raises:
            MalformedError: ``unknown_kind``.
        """
        for name in self.ext:
            raise unknown_kind("catalogue.ext", f"it says {name}")

    def series(self, number: int) -> Series:
        return _get(self._series_by_number, number, "series")

    def title(self, number: int) -> Title:
        return _get(self._titles_by_number, number, "title")

    def level(self, code: int) -> Level:
        return _get({level.code: level for level in self.levels}, code, "level")

    def way(self, code: int) -> Way:
        return _get({way.code: way for way in self.ways}, code, "way")

    def find_series(self, name: str) -> Series:
        """The series of exactly this name (Chinese or English).

        Raises:
            UnknownEntryError: code ``unknown_series``, with the nearest name as ``suggestion``.
        """
        return _find(self.all_series, name, "series")

    def find_level(self, name: str) -> Level:
        """The level of this name; 正高级, 副高级, 助理 and 员 are spellings of the catalogue's names."""
        return _find(self.levels, _LEVEL_SPELLINGS.get(name, name), "level")

    def find_way(self, name: str) -> Way:
        return _find(self.ways, name, "way")

    def find_title(self, series: int, name: str, level: int) -> Title:
        """The title of this name at this level of the series.

        Raises:
            TitleLevelError: code ``title_level``: the series has the title, at another level.
            UnknownEntryError: code ``unknown_title``: the series has no such title.
        """
        named = self.titles_named(series, name)
        for title in named:
            if title.level == level:
                return title
        if not named:
            suggestion = closest(name, (title.name for title in self.titles_of(series)))
            raise UnknownEntryError(
                "unknown_title",
                f"series {series} has no title {name!r}",
                name=name,
                series=series,
                suggestion=suggestion,
            )
        levels = tuple(self.level(title.level).name for title in named)
        raise TitleLevelError(
            "title_level",
            f"{name} belongs to {'/'.join(levels)}, not to level {level}",
            name=name,
            levels=levels,
            suggestion=None,
        )

    def titles_of(self, series: int) -> tuple[Title, ...]:
        return self._titles_by_series.get(series, ())

    def titles_named(self, series: int, name: str) -> tuple[Title, ...]:
        """Every title of this name in the series; empty when there is none (编辑 and 教练 occur at one level only)."""
        return tuple(title for title in self.titles_of(series) if name in (title.name, title.name_en))

    def suggest_series(self, name: str) -> str | None:
        """The Chinese name of the series that was probably meant, or None."""
        return closest(name, (series.name for series in self.all_series))

    @cached_property
    def _series_by_number(self) -> dict[int, Series]:
        return {series.number: series for series in self.all_series}

    @cached_property
    def _titles_by_series(self) -> dict[int, tuple[Title, ...]]:
        found: dict[int, list[Title]] = {}
        for title in self.titles:
            found.setdefault(title.series, []).append(title)
        return {series: tuple(titles) for series, titles in found.items()}

    @cached_property
    def _titles_by_number(self) -> dict[int, Title]:
        return {title.number: title for title in self.titles}


def find_specialty(specialties: Iterable[Specialty], *, series: int, name: str, authority: str, on: date) -> Specialty:
    """The specialty of this name that is in force for the authority on the day.

    Raises:
        UnknownEntryError: code ``unknown_specialty`` (with a ``suggestion`` or None), or
        ``specialty_not_in_force`` when
            the name is known and only its term does not hold the day.
    """
    open_to = [s for s in specialties if s.series == series and s.authority in (None, authority)]
    named = [s for s in open_to if name in (s.name, s.name_en)]
    for specialty in named:
        if specialty.in_force(on):
            return specialty
    if named:
        message = f"the specialty {name!r} of series {series} is not in force on {on}"
        raise UnknownEntryError("specialty_not_in_force", message, name=name, suggestion=None)
    suggestion = suggest(open_to, name, on=on)
    raise UnknownEntryError(
        "unknown_specialty", f"series {series} has no specialty {name!r}", name=name, suggestion=suggestion
    )


def suggest(specialties: Iterable[Specialty], name: str, *, on: date) -> str | None:
    """The name of the specialty in force on the day that was probably meant, or None."""
    return closest(name, (specialty.name for specialty in specialties if specialty.in_force(on)))


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like the name, or None when none shares half of its characters.

    A candidate that contains the name, or is contained in it, comes first: offices shorten (工程技术) and lengthen
    names far more often than they mistype them.
    """
    scored = [(_likeness(name, candidate), candidate) for candidate in candidates]
    score, best = max(scored, default=(0.0, ""), key=lambda pair: (pair[0], -len(pair[1]), pair[1]))
    return best if score >= _SUGGEST_AT_LEAST else None


def _likeness(name: str, candidate: str) -> float:
    ratio = SequenceMatcher(None, name, candidate, autojunk=False).ratio()
    contained = len(name) >= 2 and (name in candidate or candidate in name)
    return ratio + 1.0 if contained else ratio


_LEVEL_SPELLINGS = {"正高级": "正高", "副高级": "副高", "助理": "助理级", "员": "员级"}

_E = TypeVar("_E")
_N = TypeVar("_N", Level, Way, Series)


def _get(table: Mapping[int, _E], number: int, kind: str) -> _E:
    try:
        return table[number]
    except KeyError as error:
        message = f"the catalogue has no {kind} {number}"
        raise UnknownEntryError(f"unknown_{kind}", message, number=number, suggestion=None) from error


def _find(entries: Sequence[_N], name: str, kind: str) -> _N:
    for entry in entries:
        if name in (entry.name, entry.name_en):
            return entry
    suggestion = closest(name, (entry.name for entry in entries))
    hint = f"; did you mean {suggestion}?" if suggestion else ""
    message = f"the catalogue has no {kind} named {name!r}{hint}"
    raise UnknownEntryError(f"unknown_{kind}", message, name=name, suggestion=suggestion)


def _row(entry: Level | Way | Series | Title) -> dict[str, object]:
    return {member: getattr(entry, member) for member in entry.__slots__}


@lru_cache(maxsize=1)
def _builtin() -> Catalogue:
    return _from_json((files("credential") / "data" / "catalogue.json").read_bytes())


def _from_json(data: bytes) -> Catalogue:
    plain = _object(_load(data), _CATALOGUE, "catalogue")
    catalogue = Catalogue(
        version=plain["version"],
        levels=_rows(plain["levels"], Level, _CODED),
        ways=_rows(plain["ways"], Way, _CODED),
        all_series=_rows(plain["series"], Series, _SERIES),
        titles=_rows(plain["titles"], Title, _TITLE),
        ext=_extension(plain["ext"]),
    )
    _check_references(catalogue)
    return catalogue


_CATALOGUE: dict[str, type] = {
    "version": int,
    "ext": dict,
    "levels": list,
    "ways": list,
    "series": list,
    "titles": list,
}
_CODED: dict[str, type] = {"code": int, "name": str, "name_en": str}
_SERIES: dict[str, type] = {"number": int, "name": str, "name_en": str, "checked": bool}
_TITLE: dict[str, type] = {**_SERIES, "series": int, "level": int, "abolished": bool}


def _load(data: bytes) -> Any:
    if len(data) > MAX_CATALOGUE_BYTES:
        raise _bad(f"{len(data)} bytes; at most {MAX_CATALOGUE_BYTES} are read")
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=_unique)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise _bad("not JSON in UTF-8") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _bad("a member occurs twice in one object")
    return members


def _object(value: Any, shape: Mapping[str, type], where: str) -> dict[str, Any]:
    """The members of ``value``, exactly those of ``shape`` (``type``, not isinstance: True is no number)."""
    if type(value) is not dict or value.keys() != shape.keys():
        raise _bad(f"{where} must have exactly the members {', '.join(shape)}")
    for member, kind in shape.items():
        if type(value[member]) is not kind or value[member] == "":
            raise _bad(f"{where}: {member} must be a {kind.__name__} and not empty")
    return dict(value)


def _rows(values: list[Any], kind: Callable[..., _E], shape: Mapping[str, type]) -> tuple[_E, ...]:
    key = next(iter(shape))
    rows = [_object(value, shape, f"row {index}") for index, value in enumerate(values, start=1)]
    if not rows or len({row[key] for row in rows}) != len(rows):
        raise _bad(f"a table is empty or holds one {key} twice")
    return tuple(kind(**row) for row in rows)


def _extension(value: dict[str, Any]) -> Object:
    """Its form; what cannot be written in canonical JSON (a fraction) could not be signed either."""
    try:
        jsonform.encode(value)
        return Members({"ext": value}, "catalogue", {"ext"}).extension("ext")
    except MalformedError as error:
        raise _bad(f"ext: {error}") from error


def _check_references(catalogue: Catalogue) -> None:
    """Numbers lie where FORMAT 2 says, and every title stands in its own series at a known level."""
    codes = [level.code for level in catalogue.levels] + [way.code for way in catalogue.ways]
    if catalogue.version < 1 or min(codes) < 1 or max(codes) > 9:
        raise _bad("version, levels and ways count from 1, and codes end at 9")
    if not all(1 <= series.number <= 65 for series in catalogue.all_series):
        raise _bad("a series number lies outside 1..65, so its titles would not fit 65535")
    levels, series_numbers = {level.code for level in catalogue.levels}, {s.number for s in catalogue.all_series}
    for title in catalogue.titles:
        if title.number // SERIES_STEP != title.series or title.number % SERIES_STEP == 0 or title.number > 65535:
            raise _bad(f"title {title.number} is not numbered as a title of series {title.series}")
        if title.series not in series_numbers or title.level not in levels:
            raise _bad(f"title {title.number} names a series or level that the catalogue lacks")


def _bad(what: str) -> MalformedError:
    return MalformedError("bad_catalogue", f"the catalogue cannot be read: {what}")
