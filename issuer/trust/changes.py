"""What whoever holds the root should know before it signs: every member that differs from what is published, typed.

Rules: what is compared is the JSON that is signed, member by member, and not values that were picked from it, so
nothing can change unnamed. Entries are found again by their name (an authority's id, a key's id, a filing's number); a
grant has no name, and is the same while everything but its last day is. A new entry is told with all its members.

    for each in compare(published_payload, drafted_payload, TRUST_LIST):
        print(each.step, each.what, each.which, each.member, each.before, each.after)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from credential import jsonform
from credential.errors import MalformedError
from credential.jsonform import Value
from credential.text import from_base64url

Entry = Mapping[str, Value]
_NOTHING: Final[Entry] = MappingProxyType({})
ORDER: Final = "order"
"""Told as a member when entries that stay stand in another order."""


class Step(StrEnum):
    """What became of the entry that a member belongs to."""

    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One member that differs."""

    step: Step
    what: str
    """The kind of its entry: ``trust_list``, ``authority``, ``grant``, ``key``, ``filing`` ..."""
    which: str
    """The entry's name; empty for the file itself."""
    member: str
    """Its name in the signed JSON, with dots where it stands in an object; empty when the whole entry is meant."""
    before: Value
    """None where there was none."""
    after: Value
    """None where there is none any more."""


def fingerprint(changes: Iterable[Change]) -> str:
    """Return sixteen digits that stand for what was seen: others where anything else would be signed.

    The instants at which a list begins and ends do not count, because they move with the clock.
    """
    told = [asdict(each) for each in changes if (each.what, each.member) not in _OF_THE_CLOCK]
    return sha256(jsonform.encode(told)).hexdigest()[:16]


def _by(member: str) -> Callable[[Entry], str]:
    return lambda entry: str(entry.get(member))


_OF_THE_CLOCK: Final = frozenset({("trust_list", "iat"), ("trust_list", "exp")})


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of entry: how one is found again, what it is called, which of its members are lists of entries."""

    what: str
    key: Callable[[Entry], object] = field(repr=False, default=lambda _entry: None)
    label: Callable[[Entry], str] = field(repr=False, default=lambda _entry: "")
    lists: Mapping[str, Kind] = field(default_factory=dict)


def _named(what: str, member: str, **lists: Kind) -> Kind:
    return Kind(what=what, key=_by(member), label=_by(member), lists=lists)


def _key_id(entry: Entry) -> str:
    return _decoded(entry, "kid").hex()


def _certificate(entry: Entry) -> str:
    return f"{entry.get('authority')}: {sha256(_decoded(entry, 'certificate')).hexdigest()}"


def _decoded(entry: Entry, member: str) -> bytes:
    """Base64url; what is none has a name of its own, too, and its members are told as they stand."""
    text = str(entry.get(member))
    try:
        return from_base64url(text)
    except MalformedError:
        return text.encode()


_GRANT: Final = Kind(
    what="grant",
    key=lambda entry: jsonform.encode({name: value for name, value in entry.items() if name != "until"}),
    label=lambda entry: f"{entry.get('legal_basis')} ({entry.get('from')})",
)
_KEY: Final = Kind(what="key", key=_key_id, label=_key_id)
TRUST_LIST: Final = Kind(
    what="trust_list",
    lists={
        "authorities": _named("authority", "id", grants=_GRANT),
        "keys": _KEY,
        "document_certificates": Kind(what="document_certificate", key=_certificate, label=_certificate),
        "status": _named("status_list", "id"),
    },
)
FILINGS: Final = Kind(
    what="filings_file", lists={"committees": _named("committee", "id"), "filings": _named("filing", "number")}
)
CATALOGUE: Final = Kind(
    what="catalogue",
    lists={
        "levels": _named("level", "code"),
        "ways": _named("way", "code"),
        "series": _named("series", "number"),
        "titles": _named("title", "number"),
    },
)
ROOT_SET: Final = Kind(what="root_set", lists={"keys": Kind(what="root_key", key=_key_id, label=_key_id)})


def compare(before: bytes | None, after: bytes, kind: Kind) -> tuple[Change, ...]:
    """Return every member that differs between two signed files; nothing only where they are the same bytes.

    Args:
        before: canonical JSON (FORMAT 1.4) of what is published, None where nothing is.
        after: canonical JSON of what is to be signed.
        kind: ``TRUST_LIST``, ``FILINGS``, ``CATALOGUE`` or ``ROOT_SET``.

    Raises:
        MalformedError: one of them is no canonical JSON object.
    """
    old = None if before is None else jsonform.decode_object(before, max_bytes=len(before))
    return tuple(_entry(kind, "", old, jsonform.decode_object(after, max_bytes=len(after))))


def _entry(kind: Kind, which: str, old: Entry | None, new: Entry | None) -> Iterator[Change]:
    step = Step.NEW if old is None else Step.GONE if new is None else Step.CHANGED
    whole = Change(step=step, what=kind.what, which=which, member="", before=_whole(old), after=_whole(new))
    found = list(_members(kind, whole, _NOTHING if old is None else old, _NOTHING if new is None else new))
    if not found and step is not Step.CHANGED:
        yield whole
    yield from found


def _members(kind: Kind, at: Change, old: Entry, new: Entry) -> Iterator[Change]:
    """Compare the members of an entry, or of an object in it: then ``at`` names the object and a dot.

    Lists of entries come last: what an entry says of itself stands together.
    """
    lists: list[tuple[Kind, Value, Value]] = []
    for name in [*old, *(name for name in new if name not in old)]:
        before, after = old.get(name), new.get(name)
        if not at.member and name in kind.lists and _are_entries(before, after):
            lists.append((kind.lists[name], before, after))
        elif _are_objects(before, after):
            yield from _members(kind, replace(at, member=f"{at.member}{name}."), _object(before), _object(after))
        elif (name in old) != (name in new) or not _same(before, after):
            yield replace(at, member=at.member + name, before=before, after=after)
    for inner, before, after in lists:
        yield from _entries(inner, at.which, _listed(before), _listed(after))


def _entries(kind: Kind, outer: str, old: Sequence[Entry], new: Sequence[Entry]) -> Iterator[Change]:
    before, after = _by_key(kind, old), _by_key(kind, new)
    for key in [*before, *(key for key in after if key not in before)]:
        label = kind.label(after.get(key, before.get(key, _NOTHING)))
        yield from _entry(kind, f"{outer}: {label}" if outer else label, before.get(key), after.get(key))
    stayed = [key for key in before if key in after]
    stays = [key for key in after if key in before]
    if stayed != stays:
        was, becomes = (_labels(kind, before, stayed), _labels(kind, after, stays))
        yield Change(step=Step.CHANGED, what=kind.what, which=outer, member=ORDER, before=was, after=becomes)


def _labels(kind: Kind, entries: Mapping[object, Entry], keys: Sequence[object]) -> list[Value]:
    return [kind.label(entries[key]) for key in keys]


def _by_key(kind: Kind, entries: Sequence[Entry]) -> dict[object, Entry]:
    """Entries by their key; where several have one, by how many of them stand before, too."""
    seen: Counter[object] = Counter()
    found: dict[object, Entry] = {}
    for entry in entries:
        key = kind.key(entry)
        found[key, seen[key]] = entry
        seen[key] += 1
    return found


def _same(before: Value, after: Value) -> bool:
    """By their bytes: to Python, true is 1."""
    return jsonform.encode(before) == jsonform.encode(after)


def _are_entries(before: Value, after: Value) -> bool:
    """Whether these are lists of entries to compare, at least one entry; empty ones are told as they stand."""
    both = [each for each in (before, after) if each is not None]
    return any(both) and all(isinstance(each, list) and all(isinstance(e, dict) for e in each) for each in both)


def _listed(value: Value) -> list[Entry]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _are_objects(before: Value, after: Value) -> bool:
    """Whether these are objects with members to compare, at least one of them; an empty one is told as it stands."""
    both = [each for each in (before, after) if each is not None]
    return all(isinstance(each, dict) for each in both) and any(both)


def _object(value: Value) -> Entry:
    return value if isinstance(value, dict) else _NOTHING


def _whole(value: Entry | None) -> Value:
    return None if value is None else dict(value)
