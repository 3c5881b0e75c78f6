"""A certificate as pages show it: names in the visitor's language, days in words, the state with its sentence.

Rules: names of titles and series come from the built-in catalogue; a number that it does not know is shown as a number.
In addresses a certificate stands under its handle, which says nothing to others.

    shown(certificate, data_key, say).title
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from credential import checkcode
from credential.catalogue import Catalogue, UnknownEntryError
from credential.history import Reason
from credential.words import words
from issuer.desk import sealing
from issuer.desk.wording import Say
from issuer.identifiers import ID_TYPE_NAMES, IdType
from issuer.unlock.model import Certificate, Event

_ID_NAMES: Final[Mapping[str, tuple[str, str]]] = {kind.word: names for kind, names in ID_TYPE_NAMES.items()}
_REASONS: Final = {reason.word: str(int(reason)) for reason in Reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One event of a history, in words."""

    title: str
    kind: str
    day: str
    recorded: str
    reason: str
    authority: str
    document: str
    successor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A certificate in words."""

    of: Certificate = field(repr=False)
    handle: str
    title: str
    level: str
    series: str
    way: str
    state: str
    state_title: str
    state_text: str
    state_next: str
    awarded: str
    issued: str
    code: str
    """The check code in groups."""
    document_id: str
    """The identity document: its kind and last four characters."""
    extra: tuple[tuple[str, str], ...]
    """What is printed beyond the credential, as label and text."""
    steps: tuple[Step, ...]

    @property
    def page(self) -> str:
        """Where its page is."""
        return f"/certificates/{self.handle}"


def shown(certificate: Certificate, data_key: bytes, say: Say) -> Shown:
    """Return a certificate in the words of a language."""
    return Shown(
        of=certificate,
        handle=sealing.handle_of(data_key, certificate.number),
        title=title_name(certificate.title, say),
        level=_listed("levels", certificate.level, say),
        series=_series(certificate.series, say),
        way=_listed("ways", certificate.way, say),
        state=certificate.state,
        state_title=words()["states"][certificate.state][say.language]["title"],
        state_text=say(f"state.{certificate.state}"),
        state_next=say(f"state.{certificate.state}_next"),
        awarded=say.day(certificate.award_date),
        issued=say.day(certificate.issued_on),
        code=checkcode.group(checkcode.parse(certificate.check_code)),
        document_id=say("fields.id_ends", kind=id_type_name(certificate.id_type, say), last=certificate.id_last4),
        extra=tuple(beside(pair, say) for pair in certificate.extra),
        steps=tuple(step(each, say) for each in certificate.history),
    )


def step(event: Event, say: Say) -> Step:
    """Return an event in the words of a language."""
    reason = _REASONS.get(event.reason or "none", "9")
    return Step(
        title=words()["events"][event.kind][say.language]["title"],
        kind=event.kind,
        day=say.day(event.effective),
        recorded=say.moment(event.recorded),
        reason="" if reason == "0" else words()["reason_classes"][reason][say.language]["title"],
        authority=event.authority,
        document=event.document,
        successor=event.successor or "",
    )


def id_type_name(word: str, say: Say) -> str:
    """Return the name of a type of identity document."""
    return say.pick(*_ID_NAMES[word]) if word in _ID_NAMES else word


def beside(pair: tuple[str, str], say: Say) -> tuple[str, str]:
    """Return the label and text of something that is held beside certificates; what is not known is left as it is."""
    name, text = pair
    label = say(f"fields.{name}") if say.has(f"fields.{name}") else name
    if name == "id_type":
        return label, id_type_name(text, say)
    if name == "sex" and text in words()["sexes"]:
        return label, words()["sexes"][text][say.language]["title"]
    return label, text


def id_types(say: Say) -> tuple[tuple[str, str], ...]:
    """Return the types of identity document, as word and name."""
    return tuple((kind.word, say.pick(*ID_TYPE_NAMES[kind])) for kind in IdType)


def title_name(number: int, say: Say) -> str:
    """Return the name of a title; its number where the catalogue does not know it."""
    try:
        found = _catalogue().title(number)
    except UnknownEntryError:
        return str(number)
    return say.pick(found.name, found.name_en)


@cache
def _catalogue() -> Catalogue:
    return Catalogue.load_builtin()


def _series(number: int, say: Say) -> str:
    try:
        found = _catalogue().series(number)
    except UnknownEntryError:
        return str(number)
    return say.pick(found.name, found.name_en)


def _listed(section: str, number: int, say: Say) -> str:
    found = words()[section].get(str(number))
    return str(number) if found is None else found[say.language]["title"]
