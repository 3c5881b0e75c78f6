"""The glyph check: what is refused, what is said about it, and that it agrees with the page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from issuer.documents.errors import FontError
from issuer.documents.fonts import FontSet
from issuer.documents.glyphs import MissingGlyph, UnprintableNameError, missing_glyphs, require_printable
from issuer.documents.render import DocumentRenderer
from tests.documents.samples import CREDENTIAL, FACE, FIELDS, NOW, SIX_RARE_NAMES, default_fonts, renderer
from tests.support.tools import unavailable

RARE_NAMES = ("孙𠮷平", "李𪚥", "王𠀾", "赵𣲗", "钱𦈡", "周𬇙")
HANAZONO = any(family.startswith("HanaMin") for family in FontSet.default().families)


@pytest.mark.parametrize("name", SIX_RARE_NAMES)
def test_the_default_font_prints_the_six_rare_names(name: str) -> None:
    assert default_fonts().missing(name) == ()
    assert renderer().render(replace(FIELDS, holder_name=name), credential=CREDENTIAL, now=NOW).startswith(b"%PDF-")


def test_the_default_font_alone_misses_three_of_the_rare_list() -> None:
    missing = {glyph.code_point for name in RARE_NAMES for glyph in default_fonts().missing(name)}
    assert missing == {"U+20BB7", "U+2A6A5", "U+2003E"}


def test_an_unprintable_name_stops_the_page_and_is_named() -> None:
    with pytest.raises(UnprintableNameError) as caught:
        renderer().render(replace(FIELDS, holder_name="孙𠮷平"), credential=CREDENTIAL, now=NOW)
    assert caught.value.code == "unprintable_name"
    assert caught.value.missing == (MissingGlyph(char="𠮷", code_point="U+20BB7"),)
    for part in ("孙𠮷平", "𠮷 (U+20BB7)"):
        assert part in str(caught.value)


def test_every_printed_field_is_checked_not_only_the_name() -> None:
    with pytest.raises(UnprintableNameError):
        renderer().check(replace(FIELDS, face=replace(FACE, employer="𠮷野家示范店")))


@pytest.mark.parametrize("name", RARE_NAMES)
def test_hanazono_prints_the_rare_list(name: str) -> None:
    if not HANAZONO:
        unavailable("the fonts are not installed; on Debian they come with the package fonts-hanazono (make system)")
    fonts = FontSet.default()
    assert fonts.missing(name) == ()
    page = DocumentRenderer(fonts).render(replace(FIELDS, holder_name=name), credential=CREDENTIAL, now=NOW)
    assert b"%PDF" in page
    assert (b"HanaMin" in page) == bool(default_fonts().missing(name))


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        pytest.param("José Müller", [], id="precomposed accents"),
        pytest.param("Jose\u0301", [], id="a mark that composes with its letter"),
        pytest.param("x\u0301", ["U+0078 U+0301"], id="a mark that stays loose"),
        pytest.param("\u0301a", ["U+0301"], id="a mark without a letter"),
        pytest.param("王\ue863", ["U+E863"], id="a private-use character has no meaning"),
        pytest.param("王\u200b红", ["U+200B"], id="an invisible character"),
        pytest.param("王\u202e红", ["U+202E"], id="a direction override"),
        pytest.param("王\n红", ["U+000A"], id="a line break"),
        pytest.param("𠮷𠮷𠀾", ["U+20BB7", "U+2003E"], id="each once in order"),
        pytest.param("阿卜杜拉·买买提江", [], id="middle dot"),
        pytest.param("王\ufe00", ["U+738B U+FE00"], id="an unknown variation sequence"),
        pytest.param("葛\U000e0100", ["U+845B U+E0100"], id="an ideographic variation the first font lacks"),
        pytest.param("\ufe00王", ["U+FE00"], id="a selector without a base"),
    ],
)
def test_clusters(text: str, missing: list[str]) -> None:
    assert [glyph.code_point for glyph in missing_glyphs(text, default_fonts())] == missing


def test_a_variation_sequence_counts_only_in_the_font_that_prints_the_base() -> None:
    class TwoFonts:
        def has(self, code_point: int) -> bool:
            return code_point == ord("葛")

        def has_variation(self, base: int, selector: int) -> bool:
            return (base, selector) == (ord("葛"), 0xE0101)

    assert missing_glyphs("葛\U000e0101", TwoFonts()) == ()
    with pytest.raises(UnprintableNameError):
        require_printable("葛\U000e0100", TwoFonts())


def test_some_sequence_of_the_default_font_is_accepted() -> None:
    face = default_fonts().faces[0]
    base, selector = min(face.cmap().variations)
    assert default_fonts().missing(chr(base) + chr(selector)) == ()


def test_a_configured_directory_must_exist(tmp_path: Path) -> None:
    with pytest.raises(FontError) as caught:
        FontSet.default((tmp_path / "none",), system=False)
    assert caught.value.code == "font"


def test_a_configured_directory_without_fonts_changes_nothing(tmp_path: Path) -> None:
    assert FontSet.default((tmp_path,), system=False).families == default_fonts().families
