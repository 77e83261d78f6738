"""A draft says on every page that it is one: nobody signed it, and the ledger does not know of it."""

from io import BytesIO

import pikepdf
from reportlab.pdfgen.canvas import Canvas

from ledger.words import words
from reports.phrases import CATALOGUES
from reports.typeset import BOLD, load_fonts, measure


def mark_draft(pdf: bytes, language: str) -> bytes:
    """*pdf* with the sentence over and across each page. Not signed, so it need not be equal from run to run."""
    said = words(language, catalogues=CATALOGUES).say("DRAFT: not signed, not in the register")
    out = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as document:
        for page in document.pages:
            _, _, width, height = (float(each) for each in page.mediabox)
            with pikepdf.open(BytesIO(_draw(said, width, height, language))) as mark:
                page.add_overlay(mark.pages[0], None)
        document.save(out, deterministic_id=True)
    return out.getvalue()


def _draw(said: str, width: float, height: float, language: str) -> bytes:
    load_fonts()
    out = BytesIO()
    canvas = Canvas(out, pagesize=(width, height), invariant=1, lang=language, initialFontName=BOLD)
    canvas.setFont(BOLD, 8)
    canvas.drawCentredString(width / 2, height - 12, said)
    canvas.setFillGray(0, alpha=0.16)
    canvas.translate(width / 2, height / 2)
    canvas.rotate(30)
    canvas.setFont(BOLD, 0.8 * width / measure(said, 1, True))
    canvas.drawCentredString(0, 0, said)
    canvas.showPage()
    canvas.save()
    return out.getvalue()
