"""The schemes of an operator's entry in JSON (FORMAT 11.3): by which ways of signing the key signs, for which acts.

Rules: one list has one form, each scheme once and ascending, acts in the order of FORMAT 11.1. What this program does
not know is kept, gives nothing, and is written into no edition (FORMAT 1.9).

    schemes_to_json(read_schemes(members))      # the same again
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from credential.members import USE, Members, refuse
from issuer.office.values import JWS, Scheme

STATED_ACTS: Final = (
    "submit",
    "approve",
    "reject",
    "suspend",
    "reinstate",
    "withdraw",
    "cancel",
    "supersede",
    "annotate",
    "set_aside",
    "erase",
    "revoke_key",
    "grant",
    "end_operator",
    "publish_list",
    "take_back",
    "merge_holders",
    "second",
    "refuse",
    "recall",
)
"""The acts of FORMAT 11.1 in its order; others stand behind them, ascending."""
MAX_SCHEMES: Final = 16
"""As many ways of signing as a token, a passkey and a phone could ever have together."""
MAX_STATED_ACTS: Final = 64
"""Acts of a scheme, those that a later program knows among them."""
_SCHEME: Final = re.compile(r"[a-z][a-z0-9_]{0,15}", re.ASCII)


def schemes_to_json(schemes: Sequence[Scheme]) -> list[dict[str, object]]:
    """The JSON form of an entry's schemes."""
    ordered = sorted(schemes, key=lambda scheme: scheme.name)
    return [{"scheme": each.name, "acts": "*" if each.acts is None else _in_order(each.acts)} for each in ordered]


def read_schemes(members: Members) -> tuple[Scheme, ...]:
    """Read the member ``schemes`` strictly. Raises MalformedError ``bad_member``."""
    found = tuple(map(_read, members.listing("schemes", least=1, most=MAX_SCHEMES)))
    names = [each.name for each in found]
    if names != sorted(set(names)):
        raise refuse("operator.schemes", "schemes stand in ascending order, each once")
    return found


def unknown_in(schemes: Sequence[Scheme]) -> Iterator[str]:
    """Yield what this program knows nothing of, in words."""
    for each in schemes:
        if each.name != JWS:
            yield f"scheme {each.name}"
        for act in sorted((each.acts or frozenset()).difference(STATED_ACTS)):
            yield f"act {act}"


def _read(value: object) -> Scheme:
    members = Members(value, "operator.schemes", {"acts", "scheme"})
    name = members.matching("scheme", _SCHEME, "the name of a scheme was expected")
    return Scheme(name=name, acts=None if members.raw("acts") == "*" else _read_acts(members))


def _read_acts(members: Members) -> frozenset[str]:
    listed = members.listing("acts", least=1, most=MAX_STATED_ACTS)
    acts = frozenset(act for act in listed if isinstance(act, str) and USE.fullmatch(act))
    if list(listed) != _in_order(acts):
        raise refuse(
            "operator.schemes.acts", f"acts stand in the order {', '.join(STATED_ACTS)}; others behind, ascending"
        )
    return acts


def _in_order(acts: Iterable[str]) -> list[str]:
    found = set(acts)
    return [*(act for act in STATED_ACTS if act in found), *sorted(found.difference(STATED_ACTS))]
