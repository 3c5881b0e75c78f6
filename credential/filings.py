"""Committees and their filings: who may review what, where, and when (FORMAT 9, `trust/filings/DIGEST`).

Rules: the file is not signed, its digest stands in the signed trust list; one filing number names one filing. Only
``verify_filings`` makes ``VerifiedFilings``. Whether a filing carries an award is decided in
``credential.authorisation``.

    filings = verify_filings(data, trust)
    filing = filings.find("示评备〔2025〕012号")
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from credential import jsonform
from credential.errors import NotTrustedError
from credential.members import Members, Object, number_list, refuse, unique
from credential.regions import RegionCode, covers
from credential.trustlist import VerifiedTrustList

VERSION: Final = 1
MAX_FILINGS_BYTES: Final = 16 << 20
"""50,000 filings of 300 bytes: decades of a large province."""
MAX_FILINGS: Final = 50_000
_PROOF: Final = object()
_FILING_MEMBERS: Final = frozenset(
    ["number", "committee", "authority", "series", "levels", "region", "scope", "from", "until"]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Committee:
    """A review committee."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """What one committee was filed for, by one authority, over one span of days."""

    number: str
    committee: str
    authority: str
    """Who filed it; a reader does not ask whether it is the issuer (FORMAT 12, step 7)."""
    series: frozenset[int] | None
    levels: frozenset[int] | None
    region: str
    """The committee reviews people of this region."""
    scope: str | None
    """Its titles are valid inside this region only; None without such a limit."""
    first: date
    last: date
    """Included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filings:
    """All committees and filings of a deployment."""

    committees: tuple[Committee, ...]
    filings: tuple[Filing, ...]
    ext: Object = field(default_factory=dict)
    """What later programs say; kept and not read (FORMAT 1.9)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedFilings:
    """Filings whose digest the trust list names."""

    content: Filings
    proof: object = field(repr=False, compare=False)
    _by_number: Mapping[str, Filing] = field(init=False, repr=False, compare=False)
    _names: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.proof is not _PROOF:
            raise TypeError("only verify_filings makes VerifiedFilings")
        filings, committees = self.content.filings, self.content.committees
        object.__setattr__(self, "_by_number", MappingProxyType({each.number: each for each in filings}))
        object.__setattr__(self, "_names", MappingProxyType({each.id: each.name for each in committees}))

    def find(self, number: str) -> Filing | None:
        """The filing of this number, written as the credential's basis writes it; None when nobody filed it."""
        return self._by_number.get(number)

    def committee_name(self, filing: Filing) -> str:
        """The name of a filing's committee."""
        return self._names[filing.committee]


def filing_covers(filing: Filing, *, series: int, level: int, region: str, scope: str | None) -> bool:
    """Whether the filing is about such an award, whatever the day.

    Args:
        filing: the committee's.
        series: catalogue number.
        level: 1 to 5.
        region: of the title's scope if it has one, else of the issuing authority.
        scope: the title's scope (region code), None without.
    """
    title = (filing.series is None or series in filing.series) and (filing.levels is None or level in filing.levels)
    limited = filing.scope is None or (scope is not None and covers(RegionCode(filing.scope), RegionCode(scope)))
    return title and limited and covers(RegionCode(filing.region), RegionCode(region))


def encode_filings(content: Filings) -> bytes:
    """Return the file's bytes; their SHA-256 goes into the trust list and names the file."""
    committees = [{"id": each.id, "name": each.name} for each in content.committees]
    filings = [_to_json(each) for each in content.filings]
    return jsonform.encode({"committees": committees, "ext": content.ext, "filings": filings, "v": VERSION})


def parse_filings(data: bytes) -> Filings:
    """Read the file strictly. What it says is not trusted.

    Raises:
        MalformedError: ``bad_member``, ``not_canonical`` and their like.
    """
    value = jsonform.decode(data, max_bytes=MAX_FILINGS_BYTES)
    members = Members(value, "filings", {"committees", "ext", "filings", "v"})
    members.constant("v", VERSION)
    content = Filings(
        committees=tuple(_read_committee(each) for each in members.listing("committees", most=MAX_FILINGS)),
        filings=tuple(_read_filing(each) for each in members.listing("filings", most=MAX_FILINGS)),
        ext=members.extension("ext"),
    )
    unique([each.id for each in content.committees], "filings.committees")
    unique([each.number for each in content.filings], "filings.filings")
    if not {each.committee for each in content.filings} <= {each.id for each in content.committees}:
        raise refuse("filings.filings", "a filing is of a committee that is not in the file")
    return content


def verify_filings(data: bytes, trust: VerifiedTrustList) -> VerifiedFilings:
    """Check that these are the filings that the trust list names.

    Raises:
        NotTrustedError: ``wrong_digest``.
        MalformedError: not in the format.
    """
    if sha256(data).digest() != trust.content.filings_digest:
        raise NotTrustedError("wrong_digest", "filings: these are not the bytes that the trust list names")
    return VerifiedFilings(content=parse_filings(data), proof=_PROOF)


def _to_json(filing: Filing) -> dict[str, object]:
    return {
        "number": filing.number,
        "committee": filing.committee,
        "authority": filing.authority,
        "series": number_list(filing.series),
        "levels": number_list(filing.levels),
        "region": filing.region,
        "scope": filing.scope,
        "from": filing.first.isoformat(),
        "until": filing.last.isoformat(),
    }


def _read_committee(value: object) -> Committee:
    members = Members(value, "committee", {"id", "name"})
    return Committee(id=members.text("id", most=60), name=members.text("name", most=100))


def _read_filing(value: object) -> Filing:
    members = Members(value, "filing", _FILING_MEMBERS)
    filing = Filing(
        number=members.text("number", most=60),
        committee=members.text("committee", most=60),
        authority=members.identifier("authority"),
        series=members.numbers_or_all("series"),
        levels=members.numbers_or_all("levels", most=5),
        region=members.region("region"),
        scope=members.optional("scope", members.region),
        first=members.day("from"),
        last=members.day("until"),
    )
    if filing.last < filing.first:
        raise refuse("filing.until", "the span ends before it begins")
    return filing
