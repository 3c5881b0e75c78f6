"""The words for people: of each code of a verdict, in Chinese and English, from the file that the page reads too.

words()["reasons"][verdict.reason]["zh"]["title"]
reason_words(verdict, "en")["next"]
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from credential.outcomes import InputNote, Outcome, Reason
from credential.verdict import StatusFacts, Verdict


@cache
def words() -> Mapping[str, Mapping[str, Mapping[str, Mapping[str, str]]]]:
    """The words for people: section, code, language (``zh``, ``en``), then ``title``, ``text`` and ``next``.

    Sections: ``outcomes``, ``reasons``, ``steps``, ``states``, ``events``, ``reason_classes``, ``ways``, ``levels``,
    ``basis_kinds``, ``warnings``, ``statements``, ``particulars``, ``sources``, ``input_notes``, ``unchecked``. Where
    there is nothing to do, ``next`` is empty. ``{day}``, ``{number}`` and ``{states}`` in
    ``particulars`` are filled in.
    """
    text = files("credential").joinpath("data/words.json").read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, Mapping[str, Mapping[str, str]]]] = MappingProxyType(json.loads(text))
    return found


_ANEW: Final = MappingProxyType({Reason.KEY_NOT_GOOD: "reissued", Reason.WITHDRAWN: "set_aside"})
"""The particulars that tell of another certificate in this one's place, by the reason that they follow."""


def is_changed(verdict: Verdict) -> bool:
    """Whether the digits of a code were read and are no credential in its one form: somebody changed them.

    The outcome is ``malformed``, because nothing is known of what they were. For people it is the same forgery as one
    whose signature does not hold, and is called that.
    """
    read = verdict.host is not None or InputNote.ADDRESS_MISSING in verdict.input_notes
    return verdict.outcome is Outcome.MALFORMED and read


def outcome_words(verdict: Verdict, language: str) -> Mapping[str, str]:
    """The words for a verdict's outcome."""
    outcome = Outcome.NOT_AUTHENTIC if is_changed(verdict) else verdict.outcome
    return words()["outcomes"][outcome.value][language]


def statement_words(verdict: Verdict, name: str, language: str) -> Mapping[str, str]:
    """The words for a statement of a verdict: ``genuine``, ``in_force`` or ``file_unaltered``."""
    value = False if name == "genuine" and is_changed(verdict) else getattr(verdict, name)
    return words()["statements"][f"{name}_{json.dumps(value)}"][language]


def reason_words(verdict: Verdict, language: str) -> Mapping[str, str]:
    """The words for a verdict's reason, and what is particular to this certificate (FORMAT 12.1).

    A key that was reported stolen has words of its own, with the day. A certificate that was issued anew, or whose
    withdrawal was set aside, is to be asked for by the number of the new one.
    """
    if is_changed(verdict):
        return words()["particulars"]["changed"][language]
    said = words()["reasons"][verdict.reason.value][language]
    particular = _ANEW.get(verdict.reason)
    if particular is None:
        return said
    if verdict.key_compromised_on is not None:
        stolen = words()["particulars"]["key_compromised"][language]
        said = {part: text.format(day=verdict.key_compromised_on) for part, text in stolen.items()}
    if verdict.successor is None:
        return said
    told = words()["particulars"][particular][language]
    anew = {part: text.format(number=verdict.successor) for part, text in told.items()}
    return {**said, "text": f"{said['text']}{'' if language == 'zh' else ' '}{anew['text']}", "next": anew["next"]}


def states_words(status: StatusFacts, language: str) -> Mapping[str, str] | None:
    """The words for a day with more than one state, each named in its order; None for any other."""
    if not status.states:
        return None
    named = [words()["states"][state][language]["title"] for state in status.states]
    told = words()["particulars"]["several_states"][language]
    return {part: text.format(states=("、" if language == "zh" else ", ").join(named)) for part, text in told.items()}
