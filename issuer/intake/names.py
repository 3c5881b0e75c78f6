"""Names of people: what is kept, what is refused, and what is folded for comparison only.

Rules. A name is kept as the identity document shows it. :func:`clean_name` changes three things, each with a notice:
blanks around it go; a decomposed letter (e and U+0301) is composed, because both look the same and a signature needs
one form (NFC); it reports, without change, a middle dot other than U+00B7. CJK compatibility ideographs (U+F900,
U+2F800 blocks) are KEPT although NFC would replace them: the card shows that form and no other. Letters of every script
are allowed, 〇, a blank or one of ``' ’ - .`` between parts, a middle dot between parts, a variation selector behind an
ideograph. Refused: private use (with the real character where we know it), invisible and bidirectional characters,
controls, surrogates, unassigned, digits, radicals, ligatures and full-width letters (with the right one), what is typed
for a middle dot, blanks inside a Chinese name, look-alikes (Latin with Cyrillic or Greek). A full stop between Chinese
characters is reported like the other kinds of middle dot.

Code points are counted, not bytes and not glyphs: 1 to 100 (FORMAT 2, position 1). Ideograph blocks are listed here by
hand, because the Unicode tables of a Python version lag behind GB 18030; whether a font has the glyph is asked
elsewhere.

    >>> clean_name("  卢刚艳\u3000").text
    '卢刚艳'
    >>> comparison_key("买买提・\ue863") == comparison_key("买买提·䶮")
    True
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from credential.claims import MAX_NAME
from issuer.errors import InputError
from issuer.identifiers import BLANKS
from issuer.intake.characters import BLANK_LETTERS, LIKE_DOTS, code_points, is_invisible, right_character

MIDDLE_DOT = "\u00b7"
MIDDLE_DOTS = "\u00b7\u2022\u2027\u30fb\uff0e\uff65\u2219\u22c5\u0387"
_JOINERS = "'\u2019-." + MIDDLE_DOTS

# GBK's FE50-FEA0 came to Unicode late; older systems use U+E815.. in the same order instead. "-" stands for the
# radicals there, which occur in no name. Source: GB 18030-2000 and -2022, mapping tables.
_PRIVATE_FROM = 0xE815
_PRIVATE_AS = (
    "-𠂇𠂉𠃌-㑳㑇--龴㖞㘚㘎--㥮㤘龵㧏㧟㩳㧐龶龷㭎㱮㳠-𡗗龸-䁖䅟-䌷---𢦏䎱䎬-䏝䓖䙡䙌龹䜣"
    "䜩䝼䞍-䥇䥺䥽䦂䦃䦅䦆䦟䦛䦷䦶龺𤇾䲣䲟䲠䲡䱷䲢䴓䴔䴕䴖䴗䴘䴙䶮龻"
)
PRIVATE_USE: dict[str, str] = {
    chr(_PRIVATE_FROM + place): real for place, real in enumerate(_PRIVATE_AS) if real != "-"
}

_ANY, _TIGHT = re.escape(_JOINERS), re.escape(MIDDLE_DOTS + "-")
# First, last (an abbreviation's full stop may be last), doubled, or beside a blank (an apostrophe or full stop may be).
_IDLE_JOINER = re.compile(rf"^[{_ANY}]|[{_TIGHT}'\u2019]$|[{_ANY}]{{2}}| [{_TIGHT}]|[{_TIGHT}] ")

_IDEOGRAPHS = (
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81D),
    (0x2B820, 0x2CEAD),
    (0x2CEB0, 0x2EBE0),
    (0x2EBF0, 0x2EE5D),
    (0x30000, 0x3134A),
    (0x31350, 0x323AF),
    (0x323B0, 0x33479),
)
_COMPATIBILITY = ((0xF900, 0xFA6D), (0xFA70, 0xFAD9), (0x2F800, 0x2FA1D))
_SELECTORS = ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
_RADICALS = ((0x2E80, 0x2FDF), (0x31C0, 0x31EF))
_MAPPED_COMPATIBILITY = re.compile("([\uf900-\ufaff\U0002f800-\U0002fa1f])")
_FORMS = ((0x2100, 0x214F), (0xFB00, 0xFDFF), (0xFE70, 0xFEFE), (0x1D400, 0x1D7FF), (0x1EE00, 0x1EEFF))
"""Joined, positional and styled forms of letters: each has letters of its own that a name is written with."""
_USUAL = re.compile(f"[\u4e00-\u9fff]{{1,{MAX_NAME}}}")
"""Most names: common ideographs alone. No rule has a word to say of them, and it is quicker seen at once."""
_FULL_STOP_AS_DOT = re.compile(r"(?<=[^\x00-\x7f])\.(?=[^\x00-\x7f])")


class NameRefusedError(InputError):
    """A name that must not be issued.

    ``code`` says why; ``characters`` holds the offending ones as U+XXXX; ``suggestion`` the name that was probably
    meant, or None.
    """

    @property
    def suggestion(self) -> str | None:
        value = self.fields["suggestion"]
        return value if isinstance(value, str) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanName:
    """A name in its one form; ``notices`` are codes: ``blanks``, ``composed``, ``middle_dot``, ``mixed``."""

    text: str
    notices: tuple[str, ...]


def clean_name(given: str) -> CleanName:
    """The one form of a name as a clerk wrote it.

    Raises:
        NameRefusedError: codes ``name_empty``, ``name_long``, ``name_private_use``, ``name_invisible``,
        ``name_character``,
            ``name_blank_inside``, ``name_joiner``, ``name_look_alike``.
    """
    if _USUAL.fullmatch(given):
        return CleanName(text=given, notices=())
    return _clean(given)


def _clean(given: str) -> CleanName:
    stripped = given.strip(BLANKS)
    text = _compose(stripped)
    _refuse_length(text)
    for refuse in _REFUSALS:
        refuse(text)
    notices = [code for code, changed in (("blanks", stripped != given), ("composed", text != stripped)) if changed]
    if any(character in MIDDLE_DOTS and character != MIDDLE_DOT for character in text) or _has_full_stop(text):
        notices.append("middle_dot")
    if any(is_ideograph(c) for c in text) and any("LATIN" in unicodedata.name(c, "") for c in text):
        notices.append("mixed")
    return CleanName(text=text, notices=tuple(notices))


def comparison_key(name: str) -> str:
    """What two spellings of one name have in common: equal keys mean "may be the same person", never "is".

    Private-use characters, compatibility forms, full-width letters, case, kinds of middle dot, variation selectors,
    invisible characters and repeated blanks are folded. Traditional and simplified characters stay different: they are
    different names.
    """
    real = "".join(PRIVATE_USE.get(c, MIDDLE_DOT if c in MIDDLE_DOTS + LIKE_DOTS else c) for c in name)
    visible = "".join(c for c in real if not (is_invisible(c) or _in(c, _SELECTORS)))
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold())
    dotted = _FULL_STOP_AS_DOT.sub(MIDDLE_DOT, folded)
    return " ".join(dotted.split())


def is_ideograph(character: str) -> bool:
    """Whether this is a Chinese character, compatibility forms and 〇 included."""
    return character in "\u3007\u3005" or _in(character, _IDEOGRAPHS) or _in(character, _COMPATIBILITY)


def meant(character: str) -> str:
    """The character that was probably meant by one that no name has."""
    return PRIVATE_USE.get(character) or right_character(character)


def _has_full_stop(text: str) -> bool:
    return any(is_ideograph(text[found.start() - 1]) for found in _FULL_STOP_AS_DOT.finditer(text))


def _compose(text: str) -> str:
    """NFC for everything but CJK compatibility ideographs, which NFC would replace by another form."""
    parts = _MAPPED_COMPATIBILITY.split(text)
    return "".join(p if _MAPPED_COMPATIBILITY.fullmatch(p) else unicodedata.normalize("NFC", p) for p in parts)


def _refuse_length(text: str) -> None:
    if not text:
        raise _refused("name_empty", "the name is empty", (), None)
    if len(text) > MAX_NAME:
        raise _refused("name_long", f"the name has {len(text)} code points; at most {MAX_NAME} are issued", (), None)


def _refuse_private_use(text: str) -> None:
    private = [c for c in text if unicodedata.category(c) == "Co"]
    if private:
        guess = "".join(PRIVATE_USE.get(c, c) for c in text)
        known = not any(unicodedata.category(c) == "Co" for c in guess)
        message = "the name holds a private-use character, which every system shows differently"
        raise _refused("name_private_use", message, private, guess if known else None)


def _refuse_invisible(text: str) -> None:
    hidden = [c for i, c in enumerate(text) if is_invisible(c) or (_in(c, _SELECTORS) and not _may_select(text, i))]
    if hidden:
        guess = "".join(c for c in text if c not in hidden)
        raise _refused("name_invisible", "the name holds a character that nobody sees", hidden, guess or None)


def _refuse_characters(text: str) -> None:
    wrong = [c for c in text if not (_is_letter(c) or c == " " or c in _JOINERS or _in(c, _SELECTORS))]
    if not wrong:
        return
    guess = "".join(right_character(c) if c in wrong else c for c in text)
    better = all(_is_letter(c) or c == " " or c in _JOINERS or _in(c, _SELECTORS) for c in guess)
    raise _refused("name_character", "the name holds a character that no name has", wrong, guess if better else None)


def _refuse_blanks(text: str) -> None:
    """Blanks are single, plain, and never beside a Chinese character (offices widen short names with them)."""
    plain = re.sub(r"\s+", " ", text)
    spread = any(_beside_ideograph(text, place) for place, character in enumerate(text) if character == " ")
    if plain != text or spread:
        guess = plain.replace(" ", "") if any(is_ideograph(c) for c in text) else plain
        raise _refused("name_blank_inside", "the name holds a blank where none belongs", (), guess)


def _refuse_arrangement(text: str) -> None:
    """Joiners stand alone, between two parts."""
    if _IDLE_JOINER.search(text):
        raise _refused("name_joiner", "a dot, hyphen or apostrophe in the name joins nothing", (), None)


def _refuse_look_alikes(text: str) -> None:
    scripts = {unicodedata.name(c, "").split(" ")[0] for c in text} & {"LATIN", "CYRILLIC", "GREEK"}
    if len(scripts) > 1:
        foreign = [c for c in text if unicodedata.name(c, "").startswith(("CYRILLIC", "GREEK"))]
        raise _refused("name_look_alike", "the name mixes alphabets whose letters look alike", foreign, None)


_REFUSALS = (
    _refuse_private_use,
    _refuse_invisible,
    _refuse_blanks,
    _refuse_characters,
    _refuse_arrangement,
    _refuse_look_alikes,
)


def _is_letter(character: str) -> bool:
    if is_ideograph(character):
        return True
    if character in BLANK_LETTERS + LIKE_DOTS or "\uff00" <= character <= "\uffef":
        return False
    if _in(character, _RADICALS) or (_in(character, _FORMS) and right_character(character) != character):
        return False
    # Ideographic blocks decide alone about ideographs; marks remain only where NFC has no composed letter.
    return unicodedata.category(character) in ("Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc")


def _may_select(text: str, place: int) -> bool:
    return place > 0 and is_ideograph(text[place - 1])


def _beside_ideograph(text: str, place: int) -> bool:
    return any(is_ideograph(c) for c in text[max(place - 1, 0) : place + 2])


def _in(character: str, blocks: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= ord(character) <= last for first, last in blocks)


def _refused(
    code: str, message: str, characters: list[str] | tuple[str, ...], suggestion: str | None
) -> NameRefusedError:
    points = code_points("".join(dict.fromkeys(characters)))
    shown = f" ({', '.join(points)})" if points else ""
    return NameRefusedError(code, message + shown, characters=points, suggestion=suggestion)
