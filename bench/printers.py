"""Other people's ways to a sealed certificate, run by an interpreter of an environment of its own.

The page has the same words, the same frame and a QR code of the same text; the signature is stock pyHanko's. Neither
way is asked for PDF/A or for the credential as an attachment. ReportLab embeds no font of the kind that we use, so its
page names a Chinese font of the viewer and embeds none.

It needs ``reportlab``, ``weasyprint``, ``pyhanko`` and ``qrcode``. Each line of stdin is a JSON object: the ``way``,
and the ``certificates`` to make, each a list of labelled texts and the text of its QR code. The answer is one line: the
seconds of processor time that it took, and the bytes of the last document.

    .venv-printers/bin/python bench/printers.py '{"frame": ..., "font": ..., "certificate": PEM, "key": PEM}'
"""

from __future__ import annotations

import base64
import html
import io
import json
import sys
import time
from typing import Any

import qrcode
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.svg import SvgPathImage

WIDTH, HEIGHT = 841.89, 595.28


def qr_of(text: str) -> qrcode.QRCode:
    """The code of a text."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=4)
    code.add_data(text)
    code.make(fit=True)
    return code


def reportlab_page(lines: list[list[str]], qr_text: str, _: dict[str, Any]) -> bytes:
    """The page, drawn line by line with ReportLab; without the frame, because it reads no SVG."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH, HEIGHT))
    for number, (label, text) in enumerate(lines):
        y = HEIGHT - 100 - 24 * number
        canvas.setFont("STSong-Light", 9)
        canvas.drawString(95, y, label)
        canvas.setFont("STSong-Light", 12)
        canvas.drawString(170, y, text)
    for y, row in enumerate(qr_of(qr_text).get_matrix()):
        for x, dark in enumerate(row):
            if dark:
                canvas.rect(600 + 1.5 * x, 250 - 1.5 * y, 1.5, 1.5, stroke=0, fill=1)
    canvas.save()
    return out.getvalue()


def weasyprint_page(lines: list[list[str]], qr_text: str, options: dict[str, Any]) -> bytes:
    """The page as HTML, printed with WeasyPrint."""
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    fonts = options.setdefault("fonts", FontConfiguration())
    drawn = io.BytesIO()
    qr_of(qr_text).make_image(image_factory=SvgPathImage).save(drawn)
    code = base64.b64encode(drawn.getvalue()).decode()
    rows = "".join(f"<tr><th>{html.escape(label)}<td>{html.escape(text)}" for label, text in lines)
    font, frame = options["font"], options["frame"]
    look = (
        f'@font-face {{ font-family: f; src: url("file://{font}") }} body {{ font-family: f }} '
        f'@page {{ size: 297mm 210mm; margin: 25mm 33mm; background: url("file://{frame}") 0 0 / 297mm 210mm }}'
    )
    picture = f'<img width="160" src="data:image/svg+xml;base64,{code}">'
    page = f"<style>{look}</style><h1>职称证书</h1><table>{rows}</table>{picture}"
    sheet = weasyprint.HTML(string=page)
    made = sheet.write_pdf(font_config=fonts)
    assert isinstance(made, bytes)
    return made


WAYS = {"reportlab": reportlab_page, "weasyprint": weasyprint_page}


def sealed(pdf: bytes, signer: signers.SimpleSigner) -> bytes:
    """Signed as pyHanko's own documentation does it."""
    meta = signers.PdfSignatureMetadata(field_name="Seal", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES)
    return bytes(signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), meta, signer=signer).getvalue())


def main(arguments: list[str]) -> None:
    """Answer until stdin ends."""
    options = json.loads(arguments[0])
    load: Any = signers.SimpleSigner.load
    signer = load(options["key"], options["certificate"], ca_chain_files=options["chain"])
    for line in sys.stdin:
        asked = json.loads(line)
        begun, made = time.process_time(), b""
        for lines, qr_text in asked["certificates"]:
            made = sealed(WAYS[asked["way"]](lines, qr_text, options), signer)
        print(json.dumps({"seconds": time.process_time() - begun, "bytes": len(made)}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
