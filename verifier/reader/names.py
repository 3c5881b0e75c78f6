"""Names of series and titles from the published catalogue: shown beside what is proven, deciding nothing (FORMAT 9).

names = read_names(container, trust)
names.titles[5002]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from credential import jose, jsonform
from credential.catalogue import CATALOGUE_TYP, MAX_TITLE
from credential.characters import is_text
from credential.errors import MalformedError, NotTrustedError
from credential.members import Members
from credential.trustlist import VerifiedTrustList


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Chinese names by catalogue number."""

    series: Mapping[int, str]
    titles: Mapping[int, str]


_MEMBERS: Final = frozenset({"ext", "levels", "series", "titles", "version", "ways"})
NO_NAMES: Final = Names(series={}, titles={})
"""When the catalogue cannot be had."""


def read_names(container: bytes, trust: VerifiedTrustList) -> Names:
    """Check a catalogue against the trust list and take the names out.

    The digest in the root-signed trust list is the proof. The signatures in the file are for readers without a trust
    list; the keys that made them may have been rotated out since, and the file is immutable.

    Raises:
        NotTrustedError: ``wrong_digest``.
        MalformedError: not in the format.
    """
    if sha256(container).digest() != trust.content.catalogue_digest:
        raise NotTrustedError("wrong_digest", "catalogue: these are not the bytes that the trust list names")
    messages = jose.parse_container(container, typ=CATALOGUE_TYP, max_bytes=jose.MAX_CONTAINER_BYTES)
    value = jsonform.decode(messages[0].payload, max_bytes=jose.MAX_CONTAINER_BYTES)
    members = Members(value, "catalogue", _MEMBERS)
    members.extension("ext")
    return Names(series=_names(members.raw("series")), titles=_names(members.raw("titles")))


def _names(value: object) -> dict[int, str]:
    if not isinstance(value, list):
        raise MalformedError("bad_member", "catalogue: series and titles are lists")
    return dict(_pair(entry) for entry in value)


def _pair(entry: object) -> tuple[int, str]:
    match entry:
        case {"number": int(number), "name": str(name)} if not isinstance(number, bool) and is_text(name, MAX_TITLE):
            return number, name
    raise MalformedError("bad_member", "catalogue: an entry has a number and a name that can be seen")
