"""What stands around the text of a code: blanks, and what messengers make of a link.

Rules: texts that come from people, pictures and files are tidied before they are read, and what was left out is noted
(FORMAT 12.1); what remains is read strictly. An address that no code of ours may have is no reason to refuse: the
digits are read, and the address is warned of. The page's ``lib/texts.js`` does the same.

    tidy(" https://zc.example/v/?from=chat#123&x=1\\n")
    # "https://zc.example/v/#123", (BLANKS_IGNORED, QUERY_IGNORED, TAIL_IGNORED)
    odd_link("https://user@zc.example/v/#123...")
    # OddLink(address="user@zc.example", digits="123...")
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from credential import qrtext
from credential.characters import is_plain
from credential.errors import MalformedError
from credential.outcomes import InputNote

WHITE_SPACE: Final = (
    "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""Unicode's White_Space, written out: ``str.strip`` and JavaScript's ``trim`` each take away others besides."""
MIN_DIGITS: Final = 100
"""Of digits that are taken for a certificate without its address: it has hundreds, and no other number has so many."""
MAX_NAMED: Final = 120
"""Characters of an odd address that are shown."""
_ENCODED: Final = re.compile(r"(?:/|%2[Ff])v(?:/|%2[Ff])%23[0-9]")
_ENCODED_SIGN: Final = re.compile(r"%([2-7][0-9A-Fa-f])")
_QUERY: Final = re.compile(r"([^?#]*/v/)\?[^#]*(#.*)", re.DOTALL)
_TAIL: Final = re.compile(r"([^?#]*/v/#[0-9]++)[&?#].*()", re.DOTALL)
_BROKEN: Final = re.compile(r"([^?#]*/v/#[0-9\r\n]++|[0-9\r\n]++)(.*)", re.DOTALL)
_DIGITS: Final = re.compile(rf"[1-9][0-9]{{{MIN_DIGITS - 1},}}")
_LINK: Final = re.compile(rf"([^#]+)#([1-9][0-9]{{{MIN_DIGITS - 1},}})", re.DOTALL)
_DOTS: Final = str.maketrans({"\u3002": ".", "\uff0e": ".", "\uff61": "."})
"""Full stops that browsers take for the dot of a host (UTS 46)."""
_CAPITALS: Final = re.compile(r"[A-Z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class OddLink:
    """Digits with an address that no QR text may have, or with none."""

    address: str
    """As it is shown: without ``https://`` and ``/v/``, cut; empty for digits alone."""
    digits: str


def tidy(text: str) -> tuple[str, tuple[InputNote, ...]]:
    """Return what remains of a text, and what was left out of it."""
    notes: list[InputNote] = []
    tidied = text
    for note, change in _CHANGES:
        changed = change(tidied)
        if changed != tidied:
            notes.append(note)
        tidied = changed
    return tidied, tuple(notes)


def odd_link(tidied: str) -> OddLink | None:
    """The digits of a tidied text whose address is none of a QR text (FORMAT 3); None for every other text."""
    if _DIGITS.fullmatch(tidied):
        return OddLink(address="", digits=tidied)
    link = _LINK.fullmatch(tidied)
    if link is None or _is_strict(link[1]):
        return None
    return OddLink(address=_shown(link[1]), digits=link[2])


def _is_strict(address: str) -> bool:
    try:
        qrtext.check_origin(address.removesuffix("/v/"))
    except MalformedError:
        return False
    return address.endswith("/v/")


def _shown(address: str) -> str:
    named = address.removeprefix("https://").removesuffix("/v/")
    return "".join(char if is_plain(char) else "\ufffd" for char in named[:MAX_NAMED]) or "\ufffd"


def _strip(text: str) -> str:
    return text.strip(WHITE_SPACE)


def _decode(text: str) -> str:
    """Undo percent-encoding once, of printing ASCII, in a link whose ``#`` is encoded."""
    if not _ENCODED.search(text):
        return text
    return _ENCODED_SIGN.sub(lambda sign: chr(int(sign[1], 16)), text)


def _without_query(text: str) -> str:
    match = _QUERY.fullmatch(text)
    return text if match is None else match[1] + match[2]


def _joined(text: str) -> str:
    match = _BROKEN.fullmatch(text)
    return text if match is None else match[1].replace("\r", "").replace("\n", "") + match[2]


def _without_tail(text: str) -> str:
    match = _TAIL.fullmatch(text)
    return text if match is None else match[1]


def _rewrite(text: str) -> str:
    """An address that becomes one of a QR text by lower case and plain dots."""
    link = _LINK.fullmatch(text)
    if link is None or _is_strict(link[1]):
        return text
    written = _CAPITALS.sub(lambda run: run[0].lower(), link[1]).translate(_DOTS)
    return f"{written}#{link[2]}" if _is_strict(written) else text


_CHANGES: Final = (
    (InputNote.BLANKS_IGNORED, _strip),
    (InputNote.ENCODING_UNDONE, _decode),
    (InputNote.QUERY_IGNORED, _without_query),
    (InputNote.BREAKS_IGNORED, _joined),
    (InputNote.TAIL_IGNORED, _without_tail),
    (InputNote.ADDRESS_REWRITTEN, _rewrite),
)
"""In the order in which they are made."""
