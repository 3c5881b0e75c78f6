"""What a notice says, as it was when it was made.

Rules: a notice is made once and says the same for ever: names, terms and citations are those of that day. It is kept as
JSON, sealed under the holder's key.

    facts = from_json(data)
    facts.kind, facts.number
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields

from credential import jsonform
from issuer.errors import TamperedError

MAX_BYTES = 16 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that a notice prints, all of it text; empty for what there is not."""

    notice: str
    """Its id."""
    number: str
    """Of the certificate."""
    kind: str
    """The word of a ``credential.history.EventKind``."""
    name: str = field(repr=False)
    id_shown: str = field(repr=False)
    """The ID number, masked."""
    title: str
    title_en: str
    specialty: str
    authority: str
    """Who decided."""
    authority_en: str
    basis: str
    document: str
    effective: str
    """``YYYY-MM-DD``."""
    made: str
    reason: str
    """The public reason class in Chinese."""
    reason_en: str
    successor: str
    """The number of the certificate in this one's place."""
    note: str
    """Of an annotation."""
    barred_from: str
    """First day of the integrity record that follows; empty where none does."""
    barred_until: str
    barred_basis: str
    review_days: str
    review_basis: str
    review_body: str
    action_months: str
    action_basis: str
    court: str
    mark: str
    """What is printed where nothing has legal effect."""


def to_json(facts: Facts) -> bytes:
    """Return the canonical JSON that is sealed."""
    return jsonform.encode(asdict(facts))


def from_json(data: bytes) -> Facts:
    """Return what was sealed. Raises TamperedError ``bad_notice``: it is something else."""
    return from_pairs((name, str(text)) for name, text in jsonform.decode_object(data, max_bytes=MAX_BYTES).items())


def from_pairs(pairs: Iterable[tuple[str, str]]) -> Facts:
    """Return facts from names and texts. Raises TamperedError ``bad_notice``."""
    found = dict(pairs)
    if found.keys() != {each.name for each in fields(Facts)}:
        raise TamperedError("bad_notice", "what is sealed as a notice is none; compare the register with a backup")
    return Facts(**found)


def pairs_of(facts: Facts) -> tuple[tuple[str, str], ...]:
    """Return facts as names and texts, for a page of the holder."""
    return tuple(asdict(facts).items())
