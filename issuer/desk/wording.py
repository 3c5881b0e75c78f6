"""The desk's words in Chinese and English, by key, from the files in ``issuer/desk/words``; dates and numbers by Babel.

Rules: every key has both languages with the same fields. A language is chosen by the visitor, else by the browser, else
it is Chinese. An unknown key is a fault of the program and raises.

    say = words("zh")
    say("sign_in.title")
    say("requests.due", day=say.day(date(2026, 12, 1)))
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Final

from babel import Locale
from babel.core import negotiate_locale
from babel.dates import format_date, format_datetime

from credential import days

SPOKEN: Final = ("zh", "en")
_LOCALES: Final = {"zh": Locale.parse("zh_CN"), "en": Locale.parse("en_GB")}
_CONTEXT: Final = {"zh": "zh-CN", "en": "en"}
_LONGEST_HEADER: Final = 200
"""Characters of an ``Accept-Language`` that are looked at."""


@cache
def all_words() -> Mapping[str, Mapping[str, str]]:
    """Return every text: ``section.key`` -> language -> text."""
    found: dict[str, Mapping[str, str]] = {}
    for file in sorted(files("issuer.desk").joinpath("words").iterdir(), key=lambda each: each.name):
        if file.name.endswith(".toml"):
            for section, texts in tomllib.loads(file.read_text(encoding="utf-8")).items():
                found |= {f"{section}.{key}": text for key, text in texts.items()}
    return found


@dataclass(frozen=True, slots=True)
class Say:
    """The words of one language."""

    language: str

    def __call__(self, key: str, **fields: object) -> str:
        """Return the text of a key, its fields filled in. Raises KeyError for a key that there is not."""
        return all_words()[key][self.language].format(**fields)

    def has(self, key: str) -> bool:
        """Return whether there is such a key."""
        return key in all_words()

    @property
    def tag(self) -> str:
        """The language as pages are marked with."""
        return _CONTEXT[self.language]

    @property
    def other(self) -> str:
        """The other language."""
        return "en" if self.language == "zh" else "zh"

    def day(self, value: date) -> str:
        """Return a day in words, such as 2026年11月21日."""
        return format_date(value, format="long", locale=_LOCALES[self.language])

    def moment(self, value: datetime) -> str:
        """Return an instant in Shanghai's time, to the minute."""
        pattern = "y年M月d日 HH:mm" if self.language == "zh" else "d MMMM y, HH:mm"
        return format_datetime(value, pattern, tzinfo=days.SHANGHAI, locale=_LOCALES[self.language])

    def pick(self, zh: str, en: str) -> str:
        """Return the one that is in this language."""
        return zh if self.language == "zh" else en


def language_of(chosen: str | None, accepted: str) -> str:
    """Return the language for a visitor.

    Args:
        chosen: what the visitor chose here, if anything.
        accepted: the browser's ``Accept-Language``.
    """
    if chosen in SPOKEN:
        return str(chosen)
    weighted: list[tuple[float, str]] = []
    for part in accepted[:_LONGEST_HEADER].split(","):
        name, _, weight = part.partition(";q=")
        try:
            weighted.append((-float(weight or 1), name.strip().partition("-")[0].lower()))
        except ValueError:
            continue
    preferred = [name for _, name in sorted(weighted, key=lambda each: each[0])]
    return negotiate_locale(preferred, SPOKEN) or "zh"
