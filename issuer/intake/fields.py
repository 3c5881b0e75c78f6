"""The check of one row, field by field: what is wrong is noted, what is right is kept.

Rules. Every field is read on its own, so that all faults of a row show at once; a question that joins fields is asked
only when each of them was read, so that one fault is reported once. No sentence holds a name or a full ID number.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from credential.catalogue import TitleLevelError, UnknownEntryError, find_specialty
from credential.characters import refused_characters
from credential.claims import MAX_REFERENCE, MAX_SPECIALTY
from credential.regions import RegionCode
from issuer.identifiers import BLANKS, CleanId, IdRefusedError, IdType, Sex, clean_id, find_id_type, mask_id, mask_name
from issuer.intake.characters import bare, code_points, mended, shown, without_edges
from issuer.intake.dates import TimeOfDayError, parse_date
from issuer.intake.findings import Finding, Place, Severity, make
from issuer.intake.model import IntakeContext, RawRow, ReplacingRow, Scope
from issuer.intake.names import NameRefusedError, clean_name, meant
from issuer.sheets.cells import BadCell, Cell

# Lengths in code points: FORMAT 2 bounds what a credential holds, the rest is printed or kept.
LIMITS = {
    "employer": 100,
    "specialty": MAX_SPECIALTY,
    "decision_document": 60,
    "basis": MAX_REFERENCE,
    "filing_number": MAX_REFERENCE,
    "note": 500,
}
_EXACT_BELOW = 1e15  # a spreadsheet keeps 15 digits of a number
_NO_LEADING_ZERO = frozenset({IdType.CITIZEN, IdType.RESIDENCE_PERMIT, IdType.FOREIGN_RESIDENT})
_PERSONAL = {"name": mask_name, "id_number": mask_id}
_CLEANED_ZH = {
    "blanks": "已去掉首尾空白",
    "lower_case": "小写字母已改为大写",
    "full_width": "全角字符已改为半角",
}


@dataclass(slots=True)
class RowReader:
    """Reads one row and collects its findings."""

    row: RawRow
    context: IntakeContext
    today: date
    reported: frozenset[str] = frozenset()  # fields whose absence was reported for the whole batch
    findings: list[Finding] = field(default_factory=list)
    texts: dict[str, tuple[str, str, str]] = field(default_factory=dict, repr=False)
    """What became of the texts of the list so far: most stand in many rows. It lives as long as one check."""

    def __post_init__(self) -> None:
        for fault in self.row.faults:
            self.findings.append(make(fault.code, at=Place(self.row.sheet_row, self.row.seq), **fault.details))
        for name, cell in self.row.cells.items():
            if isinstance(cell, BadCell):
                self.note(cell.code, name, **cell.details)

    def is_bad(self, name: str) -> bool:
        """Whether the cell's value is not known; that was reported with the row."""
        return isinstance(self.row.cells.get(name), BadCell)

    @property
    def failed(self) -> bool:
        """Whether this row must not be issued."""
        return bool(self.reported) or any(finding.severity is Severity.ERROR for finding in self.findings)

    @property
    def replacing(self) -> ReplacingRow | None:
        """What this row replaces."""
        return self.context.replacing.get(self.row.sheet_row)

    @property
    def counted_from(self) -> date | None:
        """The day to which the gap between award and issue is counted; None for the day of issue."""
        return None if self.replacing is None else self.replacing.counted_from

    def faults(self) -> frozenset[str]:
        """The fields that an error was reported for."""
        found = {f.field for f in self.findings if f.severity is Severity.ERROR and f.field is not None}
        return self.reported | found

    def note(
        self, code: str, name: str, *, value: str | None = None, suggestion: str | None = None, **details: object
    ) -> None:
        """Add a finding about the field ``name``; a personal value is masked here, in one place."""
        if code == "missing" and self.is_bad(name):
            return
        shown = _PERSONAL[name](value) if value is not None and name in _PERSONAL else value
        self.findings.append(
            make(
                code,
                field=name,
                at=Place(self.row.sheet_row, self.row.seq),
                value=shown,
                suggestion=suggestion,
                **details,
            )
        )

    def text(self, name: str, *, required: bool) -> str | None:
        """The stripped text of a field, or the batch's default; None when there is none, reported if required."""
        if self.is_bad(name):
            return None
        given = self._cell(name) or self.context.defaults.get(name)
        if given is None:
            if required and name not in self.reported:
                self.note("missing", name)
            return None
        return self._checked_text(name, unicodedata.normalize("NFC", given))

    def _cell(self, name: str) -> str | None:
        """What the row's own cell says, without what nobody meant; that is told."""
        given = cell_text(self.row.cells.get(name))
        if given is None:
            return None
        if given not in self.texts:
            text, hidden = without_edges(given)
            self.texts[given] = (*mended(text), hidden)
        text, replaced, hidden = self.texts[given]
        if hidden:
            self.note("cleaned_hidden", name, points=shown(hidden))
        if replaced:
            self.note("cleaned_twins", name, changes="、".join(f"{c}→{meant(c)}" for c in replaced))
        return text or None

    def _bare(self, name: str, given: str) -> str:
        """A number or date without what stands around it; that is told."""
        text, dropped = bare(given)
        if dropped:
            self.note("cleaned_hidden", name, points=shown(dropped))
        return text

    def _checked_text(self, name: str, given: str) -> str | None:
        bad = refused_characters(given)
        if bad:
            self.note("bad_character", name, points="、".join(code_points("".join(bad))))
            return None
        limit = LIMITS.get(name, 100)
        if len(given) > limit:
            self.note("too_long", name, limit=limit)
            return None
        return given

    def name(self) -> str | None:
        raw = self.row.cells.get("name")
        given = raw if isinstance(raw, str) else cell_text(raw)
        if given is None or not given.strip(BLANKS):
            self.note("missing", "name")
            return None
        try:
            clean = clean_name(given)
        except NameRefusedError as error:
            self._refused_name(given, error)
            return None
        for code in clean.notices:
            self._cleaned("name", code)
        return self._printable(clean.text)

    def _refused_name(self, given: str, error: NameRefusedError) -> None:
        points = error.fields["characters"]
        points = points if isinstance(points, tuple) else ()
        suggestion = None
        if error.suggestion is not None and error.code in ("name_private_use", "name_character"):
            # Only the replaced characters: a finding must not spell the name.
            suggestion = "、".join(meant(chr(int(point[2:], 16))) for point in points)
        self.note(error.code, "name", value=given.strip(BLANKS), suggestion=suggestion, points="、".join(points))

    def _printable(self, name: str) -> str | None:
        missing = tuple(dict.fromkeys(self.context.missing_glyphs(name)))
        if not missing:
            return name
        shown = "、".join(f"{text}（{' '.join(code_points(text))}）" for text in missing)
        zh, en = self.context.glyph_remedy
        # The one sentence that spells a name: who installs the font must see what it has to print.
        self.note("name_unprintable", "name", value=name, who=name, characters=shown, remedy_zh=zh, remedy=en)
        return None

    def id_type(self) -> IdType | None:
        given = self.text("id_type", required=False)
        if given is None:
            # A list without the column holds citizens; anything else fails the check character, not silently.
            return None if "id_type" in self.faults() else IdType.CITIZEN
        try:
            return find_id_type(given)
        except IdRefusedError:
            self.note("id_type_unknown", "id_type", value=given)
            return None

    def id_number(self, id_type: IdType | None) -> CleanId | None:
        cell = self.row.cells.get("id_number")
        if isinstance(cell, int | float) and not isinstance(cell, bool) and not _is_exact(cell, id_type):
            self.note(_number_fault(cell), "id_number")
            return None
        given = cell if isinstance(cell, str) else cell_text(cell)
        given = None if given is None else self._bare("id_number", given)
        if given is None or not given.strip(BLANKS):
            self.note("missing", "id_number")
            return None
        if _looks_rounded(given):
            self.note(_number_fault(float(given)), "id_number")
            return None
        if id_type is None:
            return None
        try:
            clean = clean_id(id_type, given)
        except IdRefusedError as error:
            self._refused_id(given, error)
            return None
        if clean.notices:
            self._cleaned("id_number", *clean.notices)
        return clean

    def _refused_id(self, given: str, error: IdRefusedError) -> None:
        hint, character = error.fields.get("suggestion"), error.fields.get("character")
        points = shown(character) if isinstance(character, str) else ""
        suggestion = hint if isinstance(hint, str) else None
        position = error.fields.get("position")
        self.note(
            error.code,
            "id_number",
            value=given.strip(BLANKS),
            suggestion=suggestion,
            position=position,
            points=points,
        )

    def _cleaned(self, name: str, *codes: str) -> None:
        own_wording = f"name_{codes[0]}"
        if codes[0] in ("middle_dot", "mixed", "composed"):
            self.note(own_wording, name)
        else:
            self.note("cleaned", name, what_zh="，".join(_CLEANED_ZH[code] for code in codes))

    def sex(self, number: CleanId | None) -> Sex | None:
        given = self.text("sex", required=number is None or number.sex is None)
        told = number.sex if number is not None else None
        if given is None:
            return told if "sex" not in self.faults() else None
        said = _SEXES.get(given.upper())
        if said is None:
            self.note("sex_unknown", "sex", value=given)
            return None
        if told not in (None, said):
            self.note("sex_contradicts_id", "sex", value=given)
            return None
        return said

    def series(self) -> int | None:
        given = self.text("series", required=True)
        if given is None:
            return None
        try:
            return self.context.catalogue.find_series(given).number
        except UnknownEntryError:
            suggestion = self.context.catalogue.suggest_series(given)
            self.note("series_unknown", "series", value=given, suggestion=suggestion)
            return None

    def level(self) -> int | None:
        given = self.text("level", required=True)
        if given is None:
            return None
        try:
            return self.context.catalogue.find_level(given).code
        except UnknownEntryError:
            self.note("level_unknown", "level", value=given)
            return None

    def way(self) -> int | None:
        given = self.text("way", required=True)
        if given is None:
            return None
        try:
            return self.context.catalogue.find_way(given).code
        except UnknownEntryError as error:
            hint = error.fields["suggestion"]
            self.note("way_unknown", "way", value=given, suggestion=hint if isinstance(hint, str) else None)
            return None

    def title(self, series: int | None, level: int | None, way: int | None) -> int | None:
        given = self.text("title", required=True)
        if given is None or series is None:
            return None
        if level is None:
            if not self.context.catalogue.titles_named(series, given):
                self.note("title_unknown", "title", value=given)
            return None
        try:
            title = self.context.catalogue.find_title(series, given, level)
            if way is not None:
                title.require_way(way)
            return title.number
        except TitleLevelError as error:
            levels = error.fields["levels"]
            shown = "、".join(levels) if isinstance(levels, tuple) else ""
            self.note("title_level", "title", value=given, levels=shown)
            return None
        except UnknownEntryError as error:
            code = "title_abolished" if error.code == "title_abolished" else "title_unknown"
            hint = error.fields["suggestion"]
            self.note(code, "title", value=given, suggestion=hint if isinstance(hint, str) else None)
            return None

    def award_date(self, number: CleanId | None) -> date | None:
        cell = self.row.cells.get("award_date")
        if cell is None or (isinstance(cell, str) and not cell.strip(BLANKS)):
            cell = self.context.defaults.get("award_date")
        if cell is None or isinstance(cell, BadCell):
            self.text("award_date", required=True)
            return None
        try:
            awarded = parse_date(self._bare("award_date", cell) if isinstance(cell, str) else cell)
        except TimeOfDayError as error:
            day = error.fields["day"]
            suggestion = day.isoformat() if isinstance(day, date) else None
            self.note("date_time", "award_date", time=error.fields["shown"], suggestion=suggestion)
            return None
        except (ValueError, OverflowError):
            self.note("date_invalid", "award_date", value=str(cell)[:40])
            return None
        if awarded > self.today:
            self.note("date_future", "award_date", value=awarded.isoformat())
            return None
        if number is not None and number.birth is not None and number.birth >= awarded:
            self.note("id_birth_late", "id_number", value=number.text)
            return None
        return awarded

    def specialty(self, series: int | None, awarded: date | None) -> str | None:
        """The specialty as listed; empty text when none is given and the series lists none; None after a finding."""
        listed = [s for s in self.context.specialties if s.series == series]
        given = self.text("specialty", required=bool(listed))
        if given is None:
            return None if listed or "specialty" in self.faults() else ""
        if series is None:
            return None
        try:
            day = awarded or self.today
            found = find_specialty(listed, series=series, name=given, authority=self.context.authority, on=day)
        except UnknownEntryError as error:
            if error.code == "specialty_not_in_force" and awarded is None:
                return None  # Only the date, already reported, can tell.
            hint = error.fields["suggestion"]
            suggestion = hint if isinstance(hint, str) else None
            code = "specialty_not_in_force" if error.code == "specialty_not_in_force" else "specialty_unknown"
            self.note(code, "specialty", value=given, suggestion=suggestion)
            return None
        return found.name

    def scope(self) -> Scope | None:
        given = self.text("scope", required=False)
        if given is None:
            return None
        for code, name in self.context.regions.items():
            if given in (code, name):
                return Scope(region=RegionCode(code), name=name)
        self.note("scope_unknown", "scope", value=given, suggestion=_closest_region(given, self.context.regions))
        return None


_SEXES = {"男": Sex.MALE, "男性": Sex.MALE, "M": Sex.MALE, "女": Sex.FEMALE, "女性": Sex.FEMALE, "F": Sex.FEMALE}


def cell_text(cell: Cell) -> str | None:
    """What a cell shows as text, stripped; None when it is empty. A whole number loses its ``.0``."""
    if isinstance(cell, str):
        return cell.strip(BLANKS) or None
    if cell is None or isinstance(cell, BadCell):
        return None
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip(BLANKS) or None


def _looks_rounded(text: str) -> bool:
    """Text such as 1.39901E+17: the spreadsheet's picture of a number, saved as CSV."""
    try:
        float(text)
    except ValueError:
        return False
    return "e+" in text.lower() or "." in text


def _number_fault(number: float) -> str:
    """What is wrong with a number where a text belongs: beyond 15 digits a spreadsheet loses the last ones."""
    return "id_number_numeric" if abs(number) < _EXACT_BELOW else "id_number_as_number"


def _is_exact(number: float, id_type: IdType | None) -> bool:
    """Whether no zero can be lost: the number is whole, and no number of this type begins with one."""
    return id_type in _NO_LEADING_ZERO and abs(number) < _EXACT_BELOW and float(number).is_integer()


def _closest_region(given: str, regions: Mapping[str, str]) -> str | None:
    near = [name for name in regions.values() if given in name or name in given]
    return max(near, key=len, default=None)
