"""Reading the members of a signed JSON object one by one, each with its type and bounds (FORMAT 1.4, 8 to 10).

Rules: an object has exactly the members its section names, no more and no fewer; every text and number has a bound; a
refusal names the place and never repeats the value, which may be hostile.

    members = Members(value, "snapshot.trust", {"version", "digest"})
    version = members.integer("version", least=1)
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Collection, Mapping
from typing import Final, TypeAlias, TypeVar

from credential import algorithms, days, jsonform
from credential.characters import is_plain
from credential.claims import AUTHORITY_ID
from credential.errors import MalformedError
from credential.jsonform import MAX_INTEGER
from credential.regions import REGION
from credential.signing import KEY_ID_BYTES, AnyKey, KeyId, UnusableKey, VerifyKey
from credential.text import digest_from_hex, from_base64url, to_base64url

T = TypeVar("T")

MAX_FREE_TEXT: Final = 500
"""The longest free text of any JSON format: a legal basis with its article."""
MAX_EXTENSIONS: Final = 64
"""Names in an ``ext``: more than a format will ever grow by before it is made anew."""
KEY_MEMBERS: Final = frozenset({"alg", "jwk", "kid", "params"})
"""What every entry that holds a key has (FORMAT 1.1), beside what its section names."""
USE: Final = re.compile(r"[a-z][a-z_]{0,31}", re.ASCII)
"""The form of a key's use and of an act, also of one that nobody knows yet (FORMAT 9)."""
_EXTENSION: Final = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)

Object: TypeAlias = Mapping[str, jsonform.Value]
"""An object that is kept as it stands, to be written again."""


def refuse(where: str, rule: str) -> MalformedError:
    """Make the error for a member that breaks its rule."""
    return MalformedError("bad_member", f"{where}: {rule}", where=where)


def unknown_kind(where: str, what: str) -> MalformedError:
    """Make the error for what a reader keeps unread and a writer refuses to make or sign (FORMAT 1.1, 1.9)."""
    message = f"{where}: {what}, which this program does not know; whoever signs it needs the newer program"
    return MalformedError("unknown_kind", message, where=where)


class Members:
    """One JSON object whose set of members was compared with the format's."""

    __slots__ = ("_value", "_where")

    def __init__(self, value: object, where: str, names: Collection[str]) -> None:
        """Raises MalformedError ``bad_member`` when ``value`` is no object with exactly ``names``."""
        if not isinstance(value, dict):
            raise refuse(where, "an object was expected")
        if set(value) != set(names):
            raise refuse(where, "exactly these members were expected: " + ", ".join(sorted(names)))
        self._value: dict[str, object] = value
        self._where = where

    def place(self, name: str) -> str:
        """Where member ``name`` stands, for messages."""
        return f"{self._where}.{name}"

    def raw(self, name: str) -> object:
        """The member as it stands."""
        return self._value[name]

    def text(self, name: str, *, least: int = 1, most: int = MAX_FREE_TEXT) -> str:
        """A text of ``least`` to ``most`` code points, each of which can be seen (FORMAT 2.1)."""
        value = self._value[name]
        if not isinstance(value, str) or not least <= len(value) <= most or not is_plain(value):
            raise refuse(self.place(name), f"a text of {least} to {most} characters that can be seen was expected")
        return value

    def matching(self, name: str, pattern: re.Pattern[str], rule: str) -> str:
        """A text that ``pattern`` matches as a whole; ``rule`` says so in words."""
        value = self._value[name]
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise refuse(self.place(name), rule)
        return value

    def identifier(self, name: str) -> str:
        """An authority's, committee's or deployment's id (FORMAT 2, `iss`)."""
        return self.matching(name, AUTHORITY_ID, "an identifier like demo-hrss was expected")

    def region(self, name: str) -> str:
        """A region code of six digits."""
        return self.matching(name, REGION, "a region code of six digits was expected")

    def choice(self, name: str, options: Collection[str]) -> str:
        """One of a closed set of words."""
        value = self._value[name]
        if not isinstance(value, str) or value not in options:
            raise refuse(self.place(name), "one of these was expected: " + ", ".join(sorted(options)))
        return value

    def integer(self, name: str, *, least: int = 0, most: int = MAX_INTEGER) -> int:
        """An integer within bounds; ``true`` is none."""
        return integer(self._value[name], self.place(name), least=least, most=most)

    def constant(self, name: str, expected: int) -> None:
        """A fixed number: the format's version."""
        if self.integer(name) != expected:
            raise refuse(self.place(name), f"this program reads version {expected}")

    def boolean(self, name: str) -> bool:
        """``true`` or ``false``."""
        value = self._value[name]
        if not isinstance(value, bool):
            raise refuse(self.place(name), "true or false was expected")
        return value

    def instant(self, name: str) -> datetime.datetime:
        """Unix seconds, given as an aware UTC datetime."""
        return days.from_seconds(self.integer(name, most=days.MAX_INSTANT))

    def day(self, name: str) -> datetime.date:
        """A civil date, YYYY-MM-DD."""
        try:
            return days.parse_date(self._value[name])
        except MalformedError as error:
            raise refuse(self.place(name), "a date YYYY-MM-DD was expected") from error

    def digest(self, name: str) -> bytes:
        """A SHA-256 digest in hexadecimal."""
        return digest(self._value[name], self.place(name))

    def kid(self, name: str) -> KeyId:
        """A key id in base64url."""
        return kid(self._value[name], self.place(name))

    def jwk(self, name: str, key_id: KeyId) -> VerifyKey:
        """A public key whose id is ``key_id``: a name that is not the key's own would let one key stand for another."""
        value = self._value[name]
        if not isinstance(value, dict):
            raise refuse(self.place(name), "a JWK was expected")
        key = VerifyKey.from_jwk(value)
        if key.key_id != key_id:
            raise refuse(self.place(name), "the kid is not this key's")
        return key

    def key(self) -> AnyKey:
        """The key of an entry with ``KEY_MEMBERS``: unusable when its suite is not known (FORMAT 1.1)."""
        key_id, alg, params = self.kid("kid"), self.algorithm("alg"), self.parameters("params")
        if algorithms.find(alg, params) is not None:
            return self.jwk("jwk", key_id)
        return UnusableKey(key_id=key_id, alg=alg, params=params, jwk=self.whole("jwk"))

    def algorithm(self, name: str) -> str:
        """The name of an algorithm, known or not."""
        return self.matching(name, algorithms.NAME, "the name of an algorithm was expected")

    def parameters(self, name: str) -> Object:
        """What an algorithm needs to be told besides the key."""
        value = self.whole(name)
        if len(value) > algorithms.MAX_PARAMS:
            raise refuse(self.place(name), f"an object of at most {algorithms.MAX_PARAMS} members was expected")
        return value

    def extension(self, name: str) -> Object:
        """What later programs put there: kept, and decided by nothing (FORMAT 1.9)."""
        value = self.whole(name)
        if len(value) > MAX_EXTENSIONS or not all(map(_EXTENSION.fullmatch, value)):
            rule = f"an object of at most {MAX_EXTENSIONS} members with names like new_thing was expected"
            raise refuse(self.place(name), rule)
        return value

    def whole(self, name: str) -> Object:
        """An object of any members."""
        value = self._value[name]
        if not isinstance(value, dict):
            raise refuse(self.place(name), "an object was expected")
        return value

    def optional(self, name: str, read: Callable[[str], T]) -> T | None:
        """``null``, or what ``read`` takes from the member."""
        return None if self._value[name] is None else read(name)

    def listing(self, name: str, *, least: int = 0, most: int) -> list[object]:
        """A list of ``least`` to ``most`` elements."""
        value = self._value[name]
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise refuse(self.place(name), f"a list of {least} to {most} elements was expected")
        return value

    def numbers(self, name: str, *, least: int = 1, most: int = 255) -> frozenset[int]:
        """A list of integers, strictly ascending, so that one set has one form."""
        values = [integer(each, self.place(name), least=least, most=most) for each in self.listing(name, most=most)]
        if values != sorted(set(values)):
            raise refuse(self.place(name), "numbers stand in ascending order, each once")
        return frozenset(values)

    def numbers_or_all(self, name: str, *, least: int = 1, most: int = 255) -> frozenset[int] | None:
        """A non-empty set of integers, or None for ``"*"``."""
        if self._value[name] == "*":
            return None
        values = self.numbers(name, least=least, most=most)
        if not values:
            raise refuse(self.place(name), 'an empty list would cover nothing; write the numbers, or "*"')
        return values


def integer(value: object, where: str, *, least: int, most: int) -> int:
    """Read an integer within bounds. Raises MalformedError ``bad_member``."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise refuse(where, f"an integer from {least} to {most} was expected")
    return value


def digest(value: object, where: str) -> bytes:
    """Read a digest in hexadecimal. Raises MalformedError ``bad_member``."""
    try:
        return digest_from_hex(value)
    except MalformedError as error:
        raise refuse(where, "a digest of 64 lower-case hexadecimal digits was expected") from error


def kid(value: object, where: str) -> KeyId:
    """Read a key id in base64url. Raises MalformedError ``bad_member``."""
    try:
        key_id = from_base64url(value) if isinstance(value, str) else b""
    except MalformedError as error:
        raise refuse(where, "a key id in base64url was expected") from error
    if len(key_id) != KEY_ID_BYTES:
        raise refuse(where, f"a key id of {KEY_ID_BYTES} bytes was expected")
    return KeyId(key_id)


def unique(values: Collection[object], where: str) -> None:
    """Refuse a collection that names something twice or holds no plain values. Raises MalformedError ``bad_member``."""
    try:
        distinct = len(set(values))
    except TypeError as error:
        raise refuse(where, "plain texts or numbers were expected") from error
    if distinct != len(values):
        raise refuse(where, "something is named twice")


def number_list(numbers: frozenset[int] | None) -> object:
    """The JSON form of ``numbers_or_all``."""
    return "*" if numbers is None else sorted(numbers)


def key_to_json(key: AnyKey) -> dict[str, object]:
    """The members that ``Members.key`` reads."""
    if isinstance(key, UnusableKey):
        jwk, params = key.jwk, key.params
    else:
        jwk, params = key.to_jwk(), {}
    return {"alg": key.alg, "jwk": jwk, "kid": to_base64url(key.key_id), "params": params}
