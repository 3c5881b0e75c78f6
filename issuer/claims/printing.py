"""Slips and sheets as PDF: for each employer a file of slips and a sheet to sign.

Rules: texts reach the page as JSON in one literal string, so that nothing in them is read as markup. A character that
no font has is printed by its code point: a slip is not held back by it.

    for file in printed(slips, fonts_of(home), mark=None, now=now): ...     # "01-slips.pdf", "01-sheet.pdf"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, Final

import typst

from credential.days import day_of
from issuer.claims.model import PrintedFile, Slip
from issuer.documents.errors import RenderError
from issuer.documents.fonts import LABEL_FAMILY, FontSet
from issuer.documents.qr import qr_svg, qr_symbol
from issuer.documents.render import PDF_STANDARD, call_of
from templates.printed import printed as design

_SOURCE: Final = "slips.typ"


def printed(slips: Sequence[Slip], fonts: FontSet, *, mark: str | None, now: datetime) -> Iterator[PrintedFile]:
    """Yield for each employer, in the order of the slips, its slips and its sheet.

    Args:
        slips: those of one employer stand together.
        fonts: what is printed with.
        mark: what each slip says where nothing has legal effect; None in a real office.
        now: aware instant, written as the PDF's date.

    Raises:
        RenderError: the design failed.
    """
    press = _Press(fonts=fonts, mark=mark, now=now)
    for place, (employer, group) in enumerate(groupby(slips, key=lambda slip: slip.employer), start=1):
        theirs = list(group)
        yield PrintedFile(name=f"{place:02}-slips.pdf", data=press.pdf("slips", theirs, employer))
        yield PrintedFile(name=f"{place:02}-sheet.pdf", data=press.pdf("sheet", theirs, employer))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Press:
    fonts: FontSet = field(repr=False)
    mark: str | None
    now: datetime

    def pdf(self, what: str, slips: Sequence[Slip], employer: str) -> bytes:
        """A file of the design's function ``what``."""
        compiler = typst.Compiler(
            root=str(design("slips")), font_paths=self.fonts.typst_fonts, ignore_system_fonts=True
        )
        try:
            pdf = compiler.compile(
                input=call_of(_SOURCE, what, self._data(what, slips, employer)),
                format="pdf",
                pdf_standards=[PDF_STANDARD],
                timestamp=int(self.now.timestamp()),
            )
        except typst.TypstError as error:
            raise RenderError(f"the {what} of {len(slips)} claim codes could not be set: {error}") from error
        assert isinstance(pdf, bytes)
        return pdf

    def _data(self, what: str, slips: Sequence[Slip], employer: str) -> Mapping[str, Any]:
        return {
            "title": {"slips": "职称电子证书领取单", "sheet": "职称电子证书领取单签收表"}[what],
            "families": [*self.fonts.families, LABEL_FAMILY],
            "mark": self.mark,
            "qr_svg": qr_svg(qr_symbol(slips[0].address)),
            "employer": self._printable(employer),
            "authority": self._printable(slips[0].authority),
            "slips": [self._slip(slip) for slip in slips],
        }

    def _slip(self, slip: Slip) -> Mapping[str, str]:
        texts = {name: self._printable(value) for name, value in asdict(slip).items() if isinstance(value, str)}
        return texts | {"day": day_of(slip.expires).isoformat()}

    def _printable(self, text: str) -> str:
        missing = {each.char: each.code_point for each in self.fonts.missing(text)}
        return "".join(f"[{missing[each]}]" if each in missing else each for each in text)
