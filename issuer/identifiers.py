"""Identifiers of people: the citizen ID number and the other identity documents.

Rules. :func:`clean_id` takes what a clerk wrote and gives the one form that is stored, or raises.
Cleaned, with a notice: blanks around the number, a lower-case letter, full-width digits and letters (each has exactly
one ASCII twin). Refused: blanks or separators inside, digits of other scripts, a Cyrillic Х or a Roman Ⅹ for the check
character, the old 15 digits, a wrong check character, a birth date that does not exist. The region in a citizen ID is
checked by shape only: codes are abolished while their holders live on. No error or notice holds the number.

    >>> clean_id(IdType.CITIZEN, "11010519491231002x").text
    '11010519491231002X'
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum, IntEnum

from issuer.errors import InputError

LAST_CHARACTERS = 4  # what a credential carries (FORMAT 2, position 2)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_EARLIEST_BIRTH = date(1880, 1, 1)  # the standard's own second sample was born in 1880
BLANKS = " \t\r\n\u00a0\u3000"
_LIKE_X = "\u0425\u0445\u2169\u2179\u00d7\u03a7\u03c7"  # Cyrillic, Roman ten, multiplication sign, Greek chi


class IdType(IntEnum):
    """Types of identity document (证件类型); the numbers are stored and never reused."""

    CITIZEN = 1
    HK_MACAO_PERMIT = 2
    TAIWAN_PERMIT = 3
    RESIDENCE_PERMIT = 4
    FOREIGN_RESIDENT = 5
    PASSPORT = 6

    @property
    def word(self) -> str:
        """The stable name under which the blind index knows a type."""
        return self.name.lower()


ID_TYPE_NAMES: dict[IdType, tuple[str, str]] = {
    IdType.CITIZEN: ("居民身份证", "resident identity card"),
    IdType.HK_MACAO_PERMIT: ("港澳居民来往内地通行证", "mainland travel permit for Hong Kong and Macao residents"),
    IdType.TAIWAN_PERMIT: ("台湾居民来往大陆通行证", "mainland travel permit for Taiwan residents"),
    IdType.RESIDENCE_PERMIT: ("港澳台居民居住证", "residence permit for Hong Kong, Macao and Taiwan residents"),
    IdType.FOREIGN_RESIDENT: ("外国人永久居留身份证", "foreign permanent resident ID card"),
    IdType.PASSPORT: ("护照", "passport"),
}


class Sex(Enum):
    MALE = "男"
    FEMALE = "女"


class IdRefusedError(InputError):
    """The number cannot be one of its type. ``code`` says why; the number itself is in no field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanId:
    """A number in its one form. ``notices``: codes of what was cleaned; ``birth`` and ``sex`` where it tells."""

    type: IdType
    text: str
    notices: tuple[str, ...]
    birth: date | None
    sex: Sex | None

    def __repr__(self) -> str:
        return f"CleanId({self.type.name}, {mask_id(self.text)})"


def clean_id(id_type: IdType, given: str) -> CleanId:
    """The one form of a number of this type.

    Raises:
        IdRefusedError: codes ``id_empty``, ``id_blank_inside``, ``id_character``, ``id_shape``, ``id_fifteen``,
            ``id_birth_date``, ``id_check_character``.
    """
    text, notices = _one_form(given)
    rule = _RULES[id_type]
    if not text:
        raise IdRefusedError("id_empty", "the ID number is empty")
    _refuse_characters(text)
    rule(text)
    tells = len(text) == 18 and id_type is not IdType.PASSPORT
    return CleanId(
        type=id_type,
        text=text,
        notices=notices,
        birth=_birth(text) if tells else None,
        sex=_sex(text) if tells else None,
    )


def one_form(given: str) -> str:
    """A number of any type in the form in which it is stored, whether or not it is one: for finding it, not to keep."""
    return _one_form(given)[0]


def citizen_check_character(first17: str) -> str:
    """The check character of GB 11643 (ISO 7064 MOD 11-2) over 17 ASCII digits."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first17, strict=True))
    return _CHECK[total % 11]


def last_four(number: str) -> str:
    """What a credential carries of the number (FORMAT 2, position 2)."""
    return number[-LAST_CHARACTERS:]


def mask_id(number: str) -> str:
    """The number with all but its last four characters starred, and at least half of it."""
    shown = min(LAST_CHARACTERS, len(number) // 2)
    return "*" * (len(number) - shown) + number[len(number) - shown :]


def mask_name(name: str) -> str:
    """The name with everything starred but its first character (张*, 阿***): for messages that leave the office."""
    return name[:1] + "*" * (len(name) - 1)


def find_id_type(name: str) -> IdType:
    """The type of this Chinese or English name, or of one of the spellings that offices use.

    Raises:
        IdRefusedError: code ``id_type_unknown``.
    """
    wanted = name.strip(BLANKS)
    for id_type, names in ID_TYPE_NAMES.items():
        if wanted in names or wanted in _OTHER_SPELLINGS[id_type]:
            return id_type
    known = "、".join(names[0] for names in ID_TYPE_NAMES.values())
    raise IdRefusedError("id_type_unknown", f"{wanted!r} is no type of identity document; there are {known}")


_OTHER_SPELLINGS: dict[IdType, tuple[str, ...]] = {
    IdType.CITIZEN: ("身份证", "中华人民共和国居民身份证", "二代身份证", "居民身份证号"),
    IdType.HK_MACAO_PERMIT: ("港澳居民来往内地通行证（回乡证）", "回乡证", "港澳通行证"),
    IdType.TAIWAN_PERMIT: ("台胞证", "台湾居民来往内地通行证", "台湾居民来往大陆通行证（台胞证）"),
    IdType.RESIDENCE_PERMIT: ("港澳台居住证", "港澳居民居住证", "台湾居民居住证"),
    IdType.FOREIGN_RESIDENT: ("外国人永久居留证", "永久居留身份证", "外国人永居证", "五星卡"),
    IdType.PASSPORT: ("外国护照", "普通护照", "因私护照"),
}


def _one_form(given: str) -> tuple[str, tuple[str, ...]]:
    stripped = given.strip(BLANKS)
    wide = not stripped.isascii()
    narrow = "".join(chr(ord(c) - 0xFEE0) if _is_full_width(c) else c for c in stripped) if wide else stripped
    upper = narrow.upper() if narrow.isascii() else narrow
    steps = (("blanks", given, stripped), ("full_width", stripped, narrow), ("lower_case", narrow, upper))
    return upper, tuple(code for code, before, after in steps if before != after)


def _is_full_width(character: str) -> bool:
    return "\uff01" <= character <= "\uff5e" and unicodedata.normalize("NFKC", character).isalnum()


def _refuse_characters(text: str) -> None:
    if text.isascii() and text.isalnum():
        return
    for position, character in enumerate(text, start=1):
        if character.isspace():
            raise IdRefusedError(
                "id_blank_inside", f"character {position} of the ID number is a blank", position=position
            )
        if character in _LIKE_X:
            message = f"character {position} of the ID number looks like X but is U+{ord(character):04X}"
            raise IdRefusedError("id_character", message, position=position, character=character, suggestion="X")
        if not (character.isascii() and character.isalnum()):
            message = f"character {position} of the ID number is U+{ord(character):04X}, neither 0-9 nor A-Z"
            raise IdRefusedError("id_character", message, position=position, character=character)


def _require_shape(pattern: str, text: str, shape: str) -> None:
    if not re.fullmatch(pattern, text, re.ASCII):
        raise IdRefusedError("id_shape", f"the ID number has {len(text)} characters; expected is {shape}", shape=shape)


def _require_check(text: str) -> None:
    if citizen_check_character(text[:17]) != text[17]:
        raise IdRefusedError(
            "id_check_character", "the check character of the ID number is wrong: a digit was mistyped"
        )


def _citizen(text: str) -> None:
    if re.fullmatch(r"[0-9]{15}", text):
        raise IdRefusedError("id_fifteen", "an ID number of 15 digits is out of use since 2013: give the 18 digits")
    _require_shape(r"[1-9][0-9]{16}[0-9X]", text, "17 digits and a digit or X")
    _require_province(text)
    _birth(text)
    _require_check(text)


def _residence_permit(text: str) -> None:
    _require_shape(r"8[123]0000[0-9]{11}[0-9X]", text, "18 characters beginning with 810000, 820000 or 830000")
    _birth(text)
    _require_check(text)


def _foreign_resident(text: str) -> None:
    _require_shape(
        r"[A-Z]{3}[0-9]{12}|9[0-9]{16}[0-9X]", text, "3 letters and 12 digits, or 18 characters beginning with 9"
    )
    if len(text) == 18:
        _birth(text)
        _require_check(text)


def _require_province(text: str) -> None:
    if text[0] not in "12345678" or text[1] == "0":
        raise IdRefusedError("id_shape", "the first two digits of the ID number are no province", shape="a province")


def _simple(pattern: str, shape: str) -> Callable[[str], None]:
    return lambda text: _require_shape(pattern, text, shape)


_RULES: dict[IdType, Callable[[str], None]] = {
    IdType.CITIZEN: _citizen,
    # The two further digits are the number of re-issues that older permits carried.
    IdType.HK_MACAO_PERMIT: _simple(r"[HM][0-9]{8}(?:[0-9]{2})?", "H or M and 8 digits"),
    IdType.TAIWAN_PERMIT: _simple(r"[0-9]{8}(?:[0-9]{2})?", "8 digits"),
    IdType.RESIDENCE_PERMIT: _residence_permit,
    IdType.FOREIGN_RESIDENT: _foreign_resident,
    # ICAO 9303 has at most nine; some states print longer numbers, so the bound is a guard against other text.
    IdType.PASSPORT: _simple(r"(?=.*[0-9])[A-Z0-9]{5,15}", "5 to 15 digits and letters"),
}


def _birth(text: str) -> date:
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError as error:
        raise IdRefusedError("id_birth_date", "the birth date in the ID number does not exist") from error
    if born < _EARLIEST_BIRTH:
        raise IdRefusedError("id_birth_date", f"the birth date in the ID number lies before {_EARLIEST_BIRTH.year}")
    return born


def _sex(text: str) -> Sex:
    return Sex.MALE if int(text[16]) % 2 else Sex.FEMALE
