"""What a clerk says of a whole list: which column is which field, and values that every row has.

Rules. A field is named as the messages name it, by its English name, or by a heading that is known. What belongs to one
person only cannot be said of a whole list.

    >>> columns_said(["现任职务=资格名称", "旧编号="])
    {'现任职务': 'title', '旧编号': ''}
    >>> values_said(["系列=工程技术人员"])
    {'series': '工程技术人员'}
"""

from __future__ import annotations

from collections.abc import Sequence

from issuer.errors import InputError
from issuer.identifiers import BLANKS
from issuer.intake.findings import FIELD_NAMES
from issuer.intake.headings import NOT_USED, find_field, folded

OF_ONE_PERSON = frozenset({"seq", "name", "sex", "id_number", "mobile", "email"})


def columns_said(pairs: Sequence[str]) -> dict[str, str]:
    """Heading to field, from ``HEADING=FIELD``; nothing behind the sign leaves the column aside.

    Raises:
        InputError: ``pair``, ``no_field``, ``said_twice``.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        heading, word = _split(pair)
        if folded(heading) in {folded(other) for other in found}:
            raise InputError("said_twice", f"the column {heading} is named twice", name=heading)
        found[heading] = _field(word) if word else NOT_USED
    return found


def values_said(pairs: Sequence[str]) -> dict[str, str]:
    """Field to value, from ``FIELD=VALUE``.

    Raises:
        InputError: ``pair``, ``no_field``, ``said_twice``, ``of_one_person``.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        word, value = _split(pair)
        name = _field(word)
        if not value:
            raise InputError("pair", f"{pair!r} gives no value", given=pair)
        if name in OF_ONE_PERSON:
            raise InputError("of_one_person", f"{word} is a single person's and cannot be given for a list", name=name)
        if name in found:
            raise InputError("said_twice", f"{word} is given twice", name=name)
        found[name] = value
    return found


def field_name(name: str | None) -> str:
    """The Chinese name of a field; empty for none."""
    return FIELD_NAMES.get(name or "", ("", ""))[0]


def _split(pair: str) -> tuple[str, str]:
    left, sign, right = pair.replace("＝", "=", 1).partition("=") if "=" not in pair else pair.partition("=")
    if not sign or not left.strip(BLANKS):
        raise InputError("pair", f"{pair!r} is not two words with an equals sign between them", given=pair)
    return left.strip(BLANKS), right.strip(BLANKS)


def _field(word: str) -> str:
    name = find_field(word)
    if name is None:
        known = "、".join(zh for zh, _ in FIELD_NAMES.values())
        raise InputError("no_field", f"{word!r} is no field of a list; there are {known}", given=word)
    return name
