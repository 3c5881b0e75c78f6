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

from credential.outcomes import Reason
from credential.verdict import Verdict


@cache
def words() -> Mapping[str, Mapping[str, Mapping[str, Mapping[str, str]]]]:
    """The words for people: section, code, language (``zh``, ``en``), then ``title``, ``text`` and ``next``.

    Sections: ``outcomes``, ``reasons``, ``steps``, ``states``, ``events``, ``reason_classes``, ``ways``, ``levels``,
    ``basis_kinds``, ``warnings``, ``statements``, ``particulars``, ``sources``, ``input_notes``, ``unchecked``. Where
    there is nothing to do, ``next`` is empty. ``{day}`` and ``{number}`` in ``particulars`` are filled in.
    """
    text = files("credential").joinpath("data/words.json").read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, Mapping[str, Mapping[str, str]]]] = MappingProxyType(json.loads(text))
    return found


_ANEW: Final = MappingProxyType({Reason.KEY_NOT_GOOD: "reissued", Reason.WITHDRAWN: "set_aside"})
"""The particulars that tell of another certificate in this one's place, by the reason that they follow."""


def reason_words(verdict: Verdict, language: str) -> Mapping[str, str]:
    """The words for a verdict's reason, and what is particular to this certificate (FORMAT 12.1).

    A key that was reported stolen has words of its own, with the day. A certificate that was issued anew, or whose
    withdrawal was set aside, is to be asked for by the number of the new one.
    """
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
