"""Certificate numbers: there is no national format, so each authority has a template.

Rules. A template is text with fields in braces: ``{region}`` (6 digits), ``{year}`` (4), ``{yy}`` (2), ``{series:02}``,
``{level}``, ``{way}`` and exactly one ``{serial:N}`` with N from 3 to 10; what stands outside the braces is ``0-9 A-Z
-``. Every field has a fixed width, so two different awards never share a number, and the number's length is known
before the first is issued: 4 to 24 characters (FORMAT 2). A serial counts from 1 for each distinct
:meth:`NumberTemplate.counter`; it is never reused and never widened: a full counter is an error that a new template
cures.

    >>> template = NumberTemplate.parse("{region}{year}{level}{serial:06}")
    >>> facts = NumberFacts(region="990000", year=2026, level=2, series=5, way=1)
    >>> template.format(facts, serial=17)
    '99000020262000017'
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from credential.regions import parse_region
from issuer.errors import ConflictError, InputError

MIN_LENGTH, MAX_LENGTH = 4, 24  # FORMAT 2, position 3
MIN_SERIAL, MAX_SERIAL = 3, 10  # fewer digits run out within a year; more would leave no room for anything else
_WIDTHS = {"region": 6, "year": 4, "yy": 2, "series": 2, "level": 1, "way": 1}
_PART = re.compile(r"\{([a-z]+)(?::0?([0-9]{1,2}))?\}|([0-9A-Z-]+)")


class SerialExhaustedError(ConflictError):
    """The serial does not fit the template: set up a new template. Fields: ``template``, ``serial``, ``capacity``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberFacts:
    """What a number may tell of its award: region code, year of issue, and the catalogue's numbers."""

    region: str
    year: int
    level: int
    series: int
    way: int


@dataclass(frozen=True, slots=True)
class NumberTemplate:
    """A checked template; only :meth:`parse` makes one."""

    text: str
    parts: tuple[tuple[str, str], ...]  # (field name, or "" for fixed text; its text when fixed)
    serial_digits: int

    @classmethod
    def parse(cls, text: str) -> NumberTemplate:
        """Read a template.

        Raises:
            InputError: code ``bad_number_template``; the sentence says what is wrong.
        """
        parts, serial_digits, end = [], 0, 0
        while end < len(text):
            match = _PART.match(text, end)
            if match is None:
                raise _bad(text, f"character {end + 1} ({text[end]!r}) is neither a field nor one of 0-9 A-Z -")
            name, width, fixed = match.groups()
            if name == "serial":
                serial_digits = _serial_digits(text, width, serial_digits)
            elif name is not None:
                _check_field(text, name, width)
            parts.append((name or "", fixed or ""))
            end = match.end()
        template = cls(text, tuple(parts), serial_digits)
        template._check()
        return template

    @property
    def length(self) -> int:
        """The length of every number of this template, in characters."""
        widths = _WIDTHS | {"serial": self.serial_digits}
        return sum(widths[name] if name else len(fixed) for name, fixed in self.parts)

    @property
    def capacity(self) -> int:
        """How many numbers one counter gives out before it is full."""
        return int(10**self.serial_digits) - 1

    def format(self, facts: NumberFacts, *, serial: int) -> str:
        """The certificate number.

        Raises:
            SerialExhaustedError: code ``serial_exhausted``.
            InputError: code ``bad_region`` or ``bad_number_value``: a value does not fit its field.
        """
        if serial < 1:
            raise InputError("bad_number_value", f"a serial counts from 1, not from {serial}", field="serial")
        if serial > self.capacity:
            message = f"template {self.text!r} holds {self.capacity} numbers; number {serial} needs a new template"
            raise SerialExhaustedError(
                "serial_exhausted", message, template=self.text, serial=serial, capacity=self.capacity
            )
        return self._fill(facts, str(serial).zfill(self.serial_digits))

    def counter(self, facts: NumberFacts) -> str:
        """The name of the counter that the serial is taken from: the number with ``#`` for each digit of the serial."""
        return self._fill(facts, "#" * self.serial_digits)

    def _fill(self, facts: NumberFacts, serial: str) -> str:
        values = {
            "region": parse_region(facts.region),
            "year": _digits("year", facts.year, 4),
            "yy": _digits("year", facts.year, 4)[2:],
            "series": _digits("series", facts.series, 2),
            "level": _digits("level", facts.level, 1),
            "way": _digits("way", facts.way, 1),
            "serial": serial,
        }
        return "".join(values[name] if name else fixed for name, fixed in self.parts)

    def _check(self) -> None:
        if not self.serial_digits:
            raise _bad(self.text, "the field {serial:N} is missing")
        if not MIN_LENGTH <= self.length <= MAX_LENGTH:
            raise _bad(
                self.text, f"its numbers have {self.length} characters; allowed are {MIN_LENGTH} to {MAX_LENGTH}"
            )


def _serial_digits(text: str, width: str | None, already: int) -> int:
    if already:
        raise _bad(text, "the field serial stands twice")
    digits = int(width or "0")
    if not MIN_SERIAL <= digits <= MAX_SERIAL:
        raise _bad(text, f"write {{serial:N}} with N from {MIN_SERIAL} to {MAX_SERIAL}")
    return digits


def _check_field(text: str, name: str, width: str | None) -> None:
    if name not in _WIDTHS:
        raise _bad(text, f"there is no field {name!r}; there are serial, {', '.join(_WIDTHS)}")
    if width is not None and int(width) != _WIDTHS[name]:
        raise _bad(text, f"the field {name} has {_WIDTHS[name]} characters, not {width}")


def _digits(name: str, value: int, width: int) -> str:
    if not 0 <= value < 10**width:
        raise InputError("bad_number_value", f"{name} {value} does not fit {width} digits", field=name)
    return str(value).zfill(width)


def _bad(text: str, why: str) -> InputError:
    message = f"the certificate number template {text!r} cannot be used: {why}"
    return InputError("bad_number_template", message, template=text)
