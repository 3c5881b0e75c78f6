"""Headings of a list, in one row or two, and the rows below that are no awards.

Rules. A heading is compared without blanks, the content of brackets, asterisks and width; synonyms stand in
``data/columns.json``, and what the clerk says of a heading comes before them. Where the heading takes two rows, a group
over its columns, a column is known by the group and its own word together, else by its own word, else by what stands
above. A row is no award if it is a heading again, numbers its columns, or is a total, a note or a row for signatures:
it must say so, and hold no ID number, because a person who is left out is worse than a row that is reported.

    >>> find_field("任职资格名称")
    'title'
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from issuer.intake.findings import FIELD_NAMES

Texts = Sequence[str | None]
NOT_USED = ""
"""The field of a heading that the clerk leaves aside."""
KEY_FIELDS = frozenset({"name", "id_number"})
_FEW_CELLS = 2  # 合计 24 人, a signature, a page number: never an award
_FEW_DIGITS = 5  # an ID number of any type has more, a date in one cell aside
_OF_THE_TITLE = ("series", "title", "level", "way")
_FREE = frozenset({"employer", "note", "basis", "decision_document", "specialty"})

_SIGNS = (
    "审核|审批|审定|填表|制表|填报|填写|经办|承办|负责|主管|分管|领导|联系|复核|校对|核对|报送|推荐|呈报|主任|组长|"
    "签字|签名|签章|盖章|公章|单位|部门|机关|日期|时间|电话|传真|注|说明|备注|附|合计|总计|小计|共计|人数"
)
_LABEL = re.compile(rf"[^:]{{0,16}}(?:{_SIGNS})[^:]{{0,10}}:.*", re.DOTALL)
_TOTAL = re.compile(r"(?:本页|本表|以上)?(?:合计|总计|小计|共计|累计|总数)(?:[\d(:人名].*)?|共?\d+(?:人|名|条|行)")
_NOTE = re.compile(r"(?:注|备注|说明|附注|附|填表说明)[\d一二三]*[:、.].*|\(?以下空白\)?|.*此页无正文.*", re.DOTALL)
_PAGE = re.compile(r"第\d+页(?:[,、/]?共\d+页)?|\d{4}[-/.年]\d{1,2}(?:[-/.月]\d{1,2})?[月日]?|(?:\d{4})?年月日")
_SENTENCE = re.compile(r"[,，。;；:：]")


@dataclass(frozen=True, slots=True)
class Heading:
    """One column: ``field`` is None where the heading is not known."""

    index: int
    text: str
    field: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Headings:
    """What the headings of a file mean: the synonyms, and before them what the clerk said."""

    said: Mapping[str, str]
    """Heading, folded, to field or ``NOT_USED``."""

    def field(self, heading: str | None) -> str | None:
        """The field of a heading; None when it is not known, ``NOT_USED`` when it is left aside."""
        if heading is None:
            return None
        plain = folded(heading)
        return self.said[plain] if plain in self.said else _synonyms().get(plain)

    def one_row(self, row: Texts) -> tuple[Heading, ...]:
        """The columns of a heading in one row."""
        return tuple(Heading(at, text, self.field(text)) for at, text in enumerate(row) if text is not None)

    def two_rows(self, upper: Texts, lower: Texts) -> tuple[Heading, ...]:
        """The columns of a heading in two rows; empty when these are not two rows of one heading.

        The row of a person below a heading gives columns without a name or an ID number, which no header is.
        """
        found, group = [], None
        for at in range(max(len(upper), len(lower))):
            above, own = _at(upper, at), _at(lower, at)
            group = above or group
            text = own or above
            if text is not None:
                found.append(Heading(at, text, self._of_two(group, own, above)))
        known = any(self.field(text) for text in upper)
        goes_on = any(heading.field and _at(lower, heading.index) is not None for heading in found)
        return tuple(found) if known and goes_on else ()

    def is_repeated(self, row: Texts, places: Mapping[str, int]) -> bool:
        """Whether a row below the heading is the heading again, or its second row."""
        keys = [_at(row, places[name]) for name in sorted(KEY_FIELDS) if name in places]
        if any(keys):
            return all(self.field(text) == name for text, name in zip(keys, sorted(KEY_FIELDS), strict=False))
        given = [text for text in row if text is not None]
        return len(given) > 1 and all(self.field(text) for text in given)

    def _of_two(self, group: str | None, own: str | None, above: str | None) -> str | None:
        if own is None:
            return self.field(above)
        joined = self.field(f"{group or ''}{own}")
        return self.field(own) if joined is None else joined


def is_award(row: Texts, places: Mapping[str, int], headings: Headings) -> bool:
    """Whether a row below the heading is one of a person; ``places`` gives the column of each field."""
    if headings.is_repeated(row, places) or _numbers_columns(row):
        return False
    keys = [_at(row, places[name]) for name in KEY_FIELDS if name in places]
    filled = sum(text is not None for text in row)
    if filled <= _FEW_CELLS and not any(keys):
        return False
    return not _is_foot(row, places)


def find_field(word: str) -> str | None:
    """The field that a clerk means: by its name in either language or by a heading's synonym; None for no field."""
    wanted = folded(word)
    for name, words in FIELD_NAMES.items():
        if wanted in (name, *map(folded, words)):
            return name
    return _synonyms().get(wanted)


_DECORATION = re.compile(r"\([^)]*\)|[\s*:]")
_BLANK = re.compile(r"\s")


def folded(heading: str) -> str:
    """A heading without what offices decorate it with: （必填）, *, blanks, line breaks, full width."""
    plain = unicodedata.normalize("NFKC", heading)
    return _DECORATION.sub("", plain).lower()


def _is_foot(row: Texts, places: Mapping[str, int]) -> bool:
    number = _at(row, places["id_number"]) if "id_number" in places else None
    if number is not None and sum(map(str.isdigit, number)) >= _FEW_DIGITS and not _says_foot(number):
        return False
    told = [_at(row, places[name]) for name in _OF_THE_TITLE if name in places]
    if sum(text is not None and not _says_foot(text) for text in told) >= _FEW_CELLS:
        return False
    given = {at: text for at, text in enumerate(row) if text is not None}
    name = given.get(places.get("name", -1))
    if len(given) == 1 and name is not None and _SENTENCE.search(name):
        return True
    free = {places[field] for field in _FREE if field in places}
    saying = {at for at, text in given.items() if _says_foot(text)}
    return bool(saying - free) or (bool(saying) and (name is None or _says_foot(name)))


def _says_foot(text: str) -> bool:
    plain = _BLANK.sub("", unicodedata.normalize("NFKC", text))
    return any(form.fullmatch(plain) for form in (_LABEL, _TOTAL, _NOTE, _PAGE))


def _numbers_columns(row: Texts) -> bool:
    """A row 1, 2, 3 … under the heading, as printed forms have it."""
    given = [text for text in row if text is not None]
    return len(given) > _FEW_CELLS and given == [str(number) for number in range(1, len(given) + 1)]


def _at(row: Texts, index: int) -> str | None:
    return row[index] if index < len(row) else None


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, str]:
    """Folded heading to field, from the data file; a heading may stand for one field only."""
    plain = json.loads((files("issuer.intake") / "data" / "columns.json").read_bytes())
    table: dict[str, str] = {}
    for entry in plain["fields"]:
        if entry["field"] not in FIELD_NAMES:
            raise ValueError(f"columns.json names an unknown field {entry['field']!r}")
        for heading in entry["headings"]:
            if table.setdefault(folded(heading), entry["field"]) != entry["field"]:
                raise ValueError(f"columns.json gives the heading {heading!r} to two fields")
    return table
