"""Notices as PDF, A4, set with the design in ``templates/notices``.

Rules: texts reach the page as JSON in one literal string, so that nothing in them is read as markup. Only the fonts
that are given are used. The same facts give the same page.

    press = Press(families, typst_fonts)
    press.pdf(facts)
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final

import typst

from issuer.errors import MachineError
from issuer.notices.model import Facts
from issuer.notices.wording import chinese_day, sentences
from templates.printed import printed

_STANDARD: Final = "ua-1"
"""PDF/UA-1: a screen reader reads it."""


class Press:
    """Prints notices, one after the other."""

    def __init__(self, families: Sequence[str], fonts: typst.Fonts) -> None:
        """Take the families in the order of preference, and the fonts that hold them."""
        self._families = tuple(families)
        self._fonts = fonts
        self._lock = threading.Lock()

    def pdf(self, facts: Facts) -> bytes:
        """Return a notice. Raises MachineError ``not_printed``: the design failed."""
        source = _source(self._data(facts))
        made = datetime.fromisoformat(facts.made).replace(tzinfo=UTC)
        try:
            with self._lock:
                pdf: Any = self._compiler.compile(
                    source, format="pdf", pdf_standards=[_STANDARD], timestamp=int(made.timestamp())
                )
        except typst.TypstError as error:
            message = f"notice {facts.notice} could not be set: {error}"
            raise MachineError("not_printed", message, notice=facts.notice) from error
        return bytes(pdf)

    @cached_property
    def _compiler(self) -> typst.Compiler:
        return typst.Compiler(root=str(printed("notices")), font_paths=self._fonts, ignore_system_fonts=True)

    def _data(self, facts: Facts) -> Mapping[str, Any]:
        said = sentences(facts)
        return {
            "families": self._families,
            "mark": facts.mark or None,
            "title": said.title.zh,
            "title_en": said.title.en,
            "notice": facts.notice,
            "name": facts.name,
            "rows": _rows(facts),
            "paragraphs": [each.zh for each in said.paragraphs],
            "paragraphs_en": [each.en for each in said.paragraphs],
            "remedy": None if said.remedy is None else said.remedy.zh,
            "remedy_en": None if said.remedy is None else said.remedy.en,
            "authority": facts.authority,
            "authority_en": facts.authority_en,
            "made": chinese_day(facts.made),
        }


def _rows(facts: Facts) -> list[tuple[str, str, str]]:
    rows = (
        ("持证人", "Holder", facts.name),
        ("证件号码", "ID document", facts.id_shown),
        ("证书编号", "Certificate", facts.number),
        ("资格名称", "Title", facts.title),
        ("专业", "Specialty", facts.specialty),
        ("文号", "Decision", facts.document),
    )
    return [row for row in rows if row[2]]


def _source(data: Mapping[str, Any]) -> bytes:
    text = json.dumps(data, ensure_ascii=True).replace("\\", "\\\\").replace('"', '\\"')
    return f'#import "notice.typ": notice\n#notice(json(bytes("{text}")))\n'.encode("ascii")
