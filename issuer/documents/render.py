"""Sets the page of a certificate and attaches its credential: fields in, unsigned PDF/A-3b out.

Rules: one typesetter is loaded once and reused. It keeps what does not change from page to page; fields that came as
its ``sys.inputs`` would make it forget all that (ADR 0041). So they come as JSON inside one literal string, and nothing
that a spreadsheet says can become markup or read a file: the string holds printable ASCII, and no quote in it ends it.
Every printed string passes the glyph check first. The time is an argument and becomes the PDF's dates; the same fields,
credential and time give the same bytes.

Example::

    renderer = DocumentRenderer(FontSet.default())
    pdf = renderer.render(fields, credential=credential, now=now)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import typst

from credential.attachment import MAX_ATTACHMENT_BYTES
from credential.face import Members, Sex
from issuer.documents.errors import RenderError
from issuer.documents.face import DECISION
from issuer.documents.fonts import LABEL_FAMILY, FontSet
from issuer.documents.glyphs import require_printable
from issuer.documents.model import DocumentFields
from issuer.documents.qr import qr_svg, qr_symbol
from templates.loader import Design, load_design

PDF_STANDARD: Final = "a-3b"
PICTURE_PPI: Final = 120
"""Of a picture of the page: 1,403 pixels across an A4 sheet on its side."""
SEAL_LINE_SUFFIX = "职称专用章"
_SEX_WORDS: Final = {Sex.UNKNOWN: "未知", Sex.MALE: "男", Sex.FEMALE: "女", Sex.NOT_STATED: "未说明"}


def chinese_date(day: date) -> str:
    """`2026年10月30日`."""
    return f"{day.year}年{day.month}月{day.day}日"


def _rows(fields: DocumentFields) -> list[dict[str, str]]:
    """The label and value of each field below name and title, in the order of reading."""
    face = fields.face
    identity, decisions = _printed(face)
    rows = [
        ("性别", "Sex", None if face.sex is None else _SEX_WORDS[face.sex]),
        *((label, "Identity document", text) for label, text in identity),
        ("级别", "Level", fields.level_name),
        ("系列", "Series", fields.series_name),
        ("专业", "Specialty", fields.specialty),
        ("取得方式", "Obtained by", fields.way_name),
        ("取得时间", "Date of award", chinese_date(fields.award_date)),
        *((label, "Decision", text) for label, text in decisions),
        ("评审委员会", "Committee", fields.committee_name),
        ("核准备案号", "Filing", fields.filing_number),
        ("工作单位", "Employer", face.employer),
        ("有效范围", "Valid within", fields.scope_name),
    ]
    return [{"zh": zh, "en": en, "value": value} for zh, en, value in rows if value]


def _printed(face: Members) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The pairs of a face by their place: the identity document above, the decision below."""
    decisions = [pair for pair in face.printed if pair[0] == DECISION]
    return [pair for pair in face.printed if pair[0] != DECISION], decisions


def _split_seal(text: str) -> tuple[str, str]:
    if text.endswith(SEAL_LINE_SUFFIX) and len(text) > len(SEAL_LINE_SUFFIX):
        return text.removesuffix(SEAL_LINE_SUFFIX), SEAL_LINE_SUFFIX
    return text, ""


def _page_data(fields: DocumentFields, credential: bytes, families: tuple[str, ...]) -> dict[str, Any]:
    arc, line = _split_seal(fields.seal_text)
    shown = (
        "holder_name",
        "title_name",
        "certificate_number",
        "check_code_grouped",
        "verify_address",
        "authority_name",
        "authority_code",
        "mark",
    )
    return {
        "title": f"职称证书 {fields.certificate_number}",
        "families": [*families, LABEL_FAMILY],
        "fields": {name: getattr(fields, name) for name in shown} | {"licence_identifier": fields.face.licence},
        "rows": _rows(fields),
        "issue_date": chinese_date(fields.issue_date),
        "seal_arc": arc,
        "seal_line": line,
        "qr_svg": qr_svg(qr_symbol(fields.qr_text)),
        "photo": list(fields.photo) if fields.photo is not None else None,
        "credential": list(credential),
    }


def page_source(design: Design, data: Mapping[str, Any]) -> bytes:
    """The Typst source of one page: the design's function, called with the data."""
    return call_of(design.entry.name, "certificate", data)


def call_of(file: str, function: str, data: Mapping[str, Any]) -> bytes:
    """The Typst source that calls a function of a file with data.

    JSON escapes everything but printable ASCII, and every backslash and quote of it is escaped once more, so the string
    ends where we end it.
    """
    text = json.dumps(data, ensure_ascii=True).replace("\\", "\\\\").replace('"', '\\"')
    return f'#import "{file}": {function}\n#{function}(json(bytes("{text}")))\n'.encode("ascii")


class DocumentRenderer:
    """A design loaded with a set of fonts; reuse one for a whole batch. Not for use by several threads at once."""

    def __init__(self, fonts: FontSet, *, design: Design | None = None) -> None:
        self._fonts = fonts
        self._design = design or load_design()
        self._compiler = typst.Compiler(
            root=str(self._design.root),
            font_paths=fonts.typst_fonts,
            ignore_system_fonts=True,
        )

    @property
    def design(self) -> Design:
        """What pages are set with."""
        return self._design

    def check(self, fields: DocumentFields) -> None:
        """Returns if every printed string can be printed.

        Raises:
            UnprintableNameError: some character has no glyph.
        """
        for text in fields.printed_strings().values():
            require_printable(text, self._fonts)

    def render(self, fields: DocumentFields, *, credential: bytes, now: datetime) -> bytes:
        """The unsigned PDF/A-3b with the credential attached as `credential.cwt`.

        Args:
            fields: what the page shows.
            credential: the signed CWT, the bytes that the QR code carries.
            now: aware instant, written as the PDF's dates.

        Raises:
            UnprintableNameError: a character has no glyph.
            QrTooLargeError: the QR text is too long.
            RenderError: empty or oversized credential, or the design failed.
        """
        if not 0 < len(credential) <= MAX_ATTACHMENT_BYTES:
            raise RenderError(f"a credential of {len(credential)} bytes cannot be attached", size=len(credential))
        if now.tzinfo is None:
            raise ValueError("now must be an aware datetime")
        self.check(fields)
        return self._compile(self.source(fields, credential), now, fields.certificate_number)

    def picture(self, fields: DocumentFields) -> bytes:
        """The page as PNG, for a screen; nothing is attached to it, and it proves nothing.

        Raises:
            UnprintableNameError: a character has no glyph.
            QrTooLargeError: the QR text is too long.
            RenderError: the design failed.
        """
        self.check(fields)
        number = fields.certificate_number
        try:
            png = self._compiler.compile(input=self.source(fields, b""), format="png", ppi=PICTURE_PPI)
        except typst.TypstError as error:
            raise RenderError(f"certificate {number} could not be drawn: {error}", number=number) from error
        if not isinstance(png, bytes):
            raise RenderError(f"certificate {number} gave no single picture", number=number)
        return png

    def source(self, fields: DocumentFields, credential: bytes) -> bytes:
        """The Typst source of a page. Raises QrTooLargeError: the QR text is too long."""
        return page_source(self._design, _page_data(fields, credential, self._fonts.families))

    def _compile(self, source: bytes, now: datetime, number: str) -> bytes:
        try:
            pdf = self._compiler.compile(
                input=source, format="pdf", pdf_standards=[PDF_STANDARD], timestamp=int(now.timestamp())
            )
        except typst.TypstError as error:
            raise RenderError(f"certificate {number} could not be set: {error}", number=number) from error
        if not isinstance(pdf, bytes):
            raise RenderError(f"certificate {number} gave no single PDF", number=number)
        return pdf
