"""Every way of altering a signed file is found: its bytes, its revisions, its pages, its attachments."""

import random
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from asn1crypto import cms  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from reports.attach import REPORT, attach
from reports.data import to_report
from reports.model import Head
from reports.register_paper import render_register
from reports.signature import _ORDER
from tests.reports.checking import (
    attached,
    check,
    codes,
    genuine,
    log,
    rewritten,
    stranger,
)
from tests.reports.world import MADE_AT


def flips(count: int, seed: int) -> Iterator[tuple[int, int]]:
    """Bits to flip: anywhere, and again as many in the signature's own container, which no signature covers."""
    chance = random.Random(seed)
    container = genuine().rindex(b"/Contents <")
    for _ in range(count):
        yield chance.randrange(len(genuine())), 1 << chance.randrange(8)
        yield chance.randrange(container, len(genuine())), 1 << chance.randrange(8)


def test_any_changed_byte_is_found() -> None:
    from ledger.errors import SignatureRejected
    from reports.signature import verify_signature

    for place, bit in flips(150, seed=1):
        altered = bytearray(genuine())
        altered[place] ^= bit
        with pytest.raises(SignatureRejected):
            verify_signature(bytes(altered))


def test_a_changed_byte_fails_the_whole_check_and_never_its_program() -> None:
    for place, bit in flips(12, seed=2):
        altered = bytearray(genuine())
        altered[place] ^= bit
        found = check(bytes(altered))
        assert found.checks["intact"].verdict == found.verdict == "fail"


def test_the_other_spelling_of_the_same_signature_is_found() -> None:
    """(r, n − s) is as valid as (r, s): a byte could be changed and the signature still fit."""
    start = genuine().rindex(b"/Contents <") + len(b"/Contents <")
    end = genuine().index(b">", start)
    signature = cms.ContentInfo.load(bytes.fromhex(genuine()[start:end].decode()))
    value = signature["content"]["signer_infos"][0]["signature"].native
    r, s = decode_dss_signature(value)
    signature["content"]["signer_infos"][0]["signature"] = encode_dss_signature(r, _ORDER - s)
    other = signature.dump(force=True).hex().upper().encode().ljust(end - start, b"0")
    found = check(genuine()[:start] + other + genuine()[end:])
    assert codes(found, "intact") == ["signature_spelling"]


@pytest.mark.parametrize("cut", [0, 1, 2, 5_000, 10**9])
def test_a_file_cut_short_is_found(cut: int) -> None:
    data = genuine()[: max(0, len(genuine()) - cut)]
    assert check(data).verdict == ("pass" if cut == 0 else "fail")


# something added, removed, swapped


def test_anything_appended_is_found() -> None:
    for more in (b"\n", b"%", b"\n%%EOF\n", genuine()[-2_000:]):
        assert check(genuine() + more).checks["intact"].verdict == "fail"


def test_a_later_revision_of_the_file_is_found() -> None:
    writer = IncrementalPdfFileWriter(BytesIO(genuine()))
    text = writer.add_object(generic.StreamObject(stream_data=b"BT 1 0 0 1 300 300 Tm (0) Tj ET"))
    writer.add_stream_to_page(0, text)  # type: ignore[no-untyped-call]
    out = BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]
    found = check(out.getvalue())
    assert codes(found, "intact") == ["not_whole_file"]
    assert codes(found, "pages") == ["pages_differ"]


def test_a_second_signature_is_found() -> None:
    from pyhanko.sign import signers
    from pyhanko.sign.fields import SigFieldSpec

    from reports.sign import _Adapted

    register = log().register()
    plain = attach(render_register(register), attached(register), made_at=MADE_AT)
    other = signers.PdfSigner(
        signers.PdfSignatureMetadata(field_name="Other"), _Adapted(stranger()), new_field_spec=SigFieldSpec("Other")
    )
    first = other.sign_pdf(IncrementalPdfFileWriter(BytesIO(plain))).getvalue()
    assert codes(check(first), "intact") == ["one_signature"]


def _remove_page(document: pikepdf.Pdf) -> None:
    del document.pages[1]


def _swap_pages(document: pikepdf.Pdf) -> None:
    document.pages.reverse()


def _change_figure(document: pikepdf.Pdf) -> None:
    page = document.pages[0]
    page.obj.Contents = document.make_stream(page.obj.Contents.read_bytes().replace(b"(4", b"(9", 1))


def _change_letters(document: pikepdf.Pdf) -> None:
    """The codes stay, another glyph is drawn for them."""
    for font in document.pages[0].obj.Resources.Font.values():
        font.FontDescriptor.FontFile2 = document.make_stream(b"another font")


def _cover(document: pikepdf.Pdf) -> None:
    patch = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Square, Rect=[300, 300, 400, 320])
    document.pages[1].obj.Annots = pikepdf.Array([document.make_indirect(patch)])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_remove_page, "pages_differ"),
        (_swap_pages, "pages_differ"),
        (_change_figure, "pages_differ"),
        (_change_letters, "pages_differ"),
        (_cover, "pages_covered"),
    ],
)
def test_pages_that_show_something_else_are_found_whoever_signed_them(
    change: Callable[[pikepdf.Pdf], None], code: str
) -> None:
    assert codes(rewritten(change), "pages") == [code]
    by_another = rewritten(change, by=stranger())
    assert (codes(by_another, "pages"), by_another.checks["signer"].verdict) == ([code], "fail")


def _crop(document: pikepdf.Pdf) -> None:
    document.Root.Pages.CropBox = pikepdf.Array([0, 300, 842, 595])


def _code_of_another(document: pikepdf.Pdf) -> None:
    """The QR of a genuine report under another head."""
    with pikepdf.open(BytesIO(render_register(log().register("ru", head=Head(size=9, root="5a" * 32))))) as other:
        drawn = other.pages[0].obj.Resources.XObject
        here = document.pages[0].obj.Resources.XObject
        for name in drawn.keys():  # noqa: SIM118 - a dictionary of a PDF is no mapping
            here[name] = document.copy_foreign(drawn[name])


@pytest.mark.parametrize("change", [_crop, _code_of_another])
def test_pages_that_are_cut_or_carry_another_report_s_code_are_found(change: Callable[[pikepdf.Pdf], None]) -> None:
    assert codes(rewritten(change), "pages") == ["pages_differ"]


SCRIPT = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(99)"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OpenAction", SCRIPT),
        ("AA", pikepdf.Dictionary(WP=SCRIPT)),
        ("Outlines", pikepdf.Dictionary(Count=0)),
        ("OCProperties", pikepdf.Dictionary(OCGs=[])),
        ("PageLabels", pikepdf.Dictionary(Nums=[0, pikepdf.Dictionary(St=7)])),
        ("PageMode", pikepdf.Name.UseOutlines),
        ("ViewerPreferences", pikepdf.Dictionary(HideToolbar=True)),
        ("Names", "JavaScript"),
        ("docinfo", "/Title"),
        ("docinfo", "/Subject"),
        ("metadata", "dc:title"),
    ],
)
def test_what_a_reader_shows_or_does_beside_the_pages_is_found(name: str, value: Any) -> None:
    def change(document: pikepdf.Pdf) -> None:
        if name == "Names":
            document.Root.Names[f"/{value}"] = SCRIPT
        elif name == "docinfo":
            document.docinfo[value] = "99 ampoules"
        elif name == "metadata":
            with document.open_metadata() as metadata:
                metadata[value] = "99 ampoules"
        else:
            document.Root[f"/{name}"] = value

    assert codes(rewritten(change), "pages") == ["around_differs"]


def test_an_attachment_swapped_or_missing_is_found() -> None:
    def swap(document: pikepdf.Pdf) -> None:
        document.attachments[REPORT].obj.EF.F = document.make_stream(to_report(log().register("ru")))

    def drop(document: pikepdf.Pdf) -> None:
        del document.attachments["entries.jsonl"]

    assert codes(rewritten(swap), "pages") == ["pages_differ"]
    assert codes(rewritten(drop), "intact") == ["attachments_differ"]


def test_an_attachment_that_unpresses_without_end_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.attach.MOST_BYTES", 1_000)
    assert codes(check(genuine()), "intact") == ["attachment_too_large"]
