"""What stands around the text of a code: blanks, and what messengers append to a link.

Rules: texts that come from people, pictures and files are tidied before they are read, and what was left out is noted
(FORMAT 12.1); what remains is read strictly. The page's ``lib/texts.js`` leaves out the same.

    tidy(" https://zc.example/v/?from=chat#123&x=1\\n")
    # "https://zc.example/v/#123", (BLANKS_IGNORED, QUERY_IGNORED, TAIL_IGNORED)
"""

from __future__ import annotations

import re
from typing import Final

from credential.outcomes import InputNote

WHITE_SPACE: Final = (
    "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""Unicode's White_Space, written out: ``str.strip`` and JavaScript's ``trim`` each take away others besides."""
_LEFT_OUT: Final = (
    (InputNote.QUERY_IGNORED, re.compile(r"([^?#]*/v/)\?[^#]*(#.*)", re.DOTALL)),
    (InputNote.TAIL_IGNORED, re.compile(r"([^?#]*/v/#[0-9]++)[&?#].*()", re.DOTALL)),
)
"""The groups are kept."""


def tidy(text: str) -> tuple[str, tuple[InputNote, ...]]:
    """Return what remains of a text, and what was left out of it."""
    tidied = text.strip(WHITE_SPACE)
    notes = [] if tidied == text else [InputNote.BLANKS_IGNORED]
    for note, form in _LEFT_OUT:
        if match := form.fullmatch(tidied):
            tidied = match[1] + match[2]
            notes.append(note)
    return tidied, tuple(notes)
