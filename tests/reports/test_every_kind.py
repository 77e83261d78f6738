"""What holds for every kind of report alike: whole to strangers in every language, and nothing altered goes unseen."""

import random
import subprocess
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import product
from pathlib import Path

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from ledger.errors import SignatureRejected
from ledger.log.note import VerifierKey
from ledger.service.checkpoints import verifier_key
from ledger.words import LANGUAGES
from reports.attach import NAMES, REPORT
from reports.check import check_pdf
from reports.issuing import issue
from reports.kinds import KINDS
from reports.signature import verify_signature
from tests.reports import every_kind

Program = Callable[[str], str]
Issued = Callable[..., bytes]


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "hostile"])
def is_hostile(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(scope="module")
def issued(is_hostile: bool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Issued, VerifierKey]]:
    """Issues a kind in a language, once each, and the key by which it is checked."""
    made: dict[tuple[str, str], bytes] = {}
    with every_kind.told(tmp_path_factory.mktemp("kinds"), hostile=is_hostile) as stage:

        def give(kind: str, language: str = "kk") -> bytes:
            if (kind, language) not in made:
                asked = every_kind.asked(stage, kind, language)
                made[kind, language] = issue(stage.house.ledger, stage.house.directory, asked).pdf
            return made[kind, language]

        yield give, verifier_key(stage.house.ledger)


def test_the_story_has_every_kind() -> None:
    assert every_kind.KINDS.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_a_genuine_one_passes_and_its_text_is_found_in_it(
    kind: str, issued: tuple[Issued, VerifierKey], text: Callable[..., str]
) -> None:
    give, key = issued
    found = check_pdf(give(kind), log_key=key)
    assert {name: (each.verdict, each.findings) for name, each in found.checks.items()} == dict.fromkeys(
        found.checks, ("pass", [])
    )
    assert any(letter in text(give(kind)) for letter in "ңқғұүөәһі")


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "language"), list(product(KINDS, LANGUAGES)))
def test_three_other_programs_call_it_valid_and_whole(
    kind: str, language: str, issued: tuple[Issued, VerifierKey], program: Program, tmp_path: Path
) -> None:
    """NSS by poppler and OpenSSL by MuPDF judge the signature, qpdf the structure; none of them is what signed it."""
    file = tmp_path / "report.pdf"
    file.write_bytes(issued[0](kind, language))
    for name, options, said in (
        ("pdfsig", ["-nocert"], "Signature Validation: Signature is Valid."),
        ("pdfsig", ["-nocert"], "Total document signed"),
        ("mutool", ["sign", "-v"], "The document is unchanged since signing."),
        ("qpdf", ["--check"], "No syntax or stream encoding errors found"),
    ):
        told = subprocess.run([program(name), *options, file], capture_output=True, check=True)
        assert said in (told.stdout + told.stderr).decode(), name


def _flipped(pdf: bytes) -> Iterator[bytes]:
    chance, container = random.Random(len(pdf)), pdf.rindex(b"/Contents <")
    for start in (0, 0, 0, 0, container, container):
        altered = bytearray(pdf)
        altered[chance.randrange(start, len(pdf))] ^= 1 << chance.randrange(8)
        yield bytes(altered)


def _revised(pdf: bytes, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    """Written anew, with the signature that it had."""
    with pikepdf.open(BytesIO(pdf)) as document:
        change(document)
        out = BytesIO()
        document.save(out)
    return out.getvalue()


def _without_page(document: pikepdf.Pdf) -> None:
    del document.pages[-1]


def _with_page(document: pikepdf.Pdf) -> None:
    document.add_blank_page()


def _without_signature(document: pikepdf.Pdf) -> None:
    del document.Root.AcroForm
    del document.pages[0].obj.Annots


def _with_text(document: pikepdf.Pdf) -> None:
    document.pages[0].contents_add(b"BT 1 0 0 1 300 300 Tm (0) Tj ET")


def _with_attachment(name: str) -> Callable[[pikepdf.Pdf], None]:
    def change(document: pikepdf.Pdf) -> None:
        document.attachments[name].obj.EF.F = document.make_stream(b"{}")

    return change


def _appended(pdf: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    text = writer.add_object(generic.StreamObject(stream_data=b"BT 1 0 0 1 300 300 Tm (0) Tj ET"))
    writer.add_stream_to_page(0, text)  # type: ignore[no-untyped-call]
    out = BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


CHANGES = [_without_page, _with_page, _without_signature, _with_text, *map(_with_attachment, sorted(NAMES))]


@pytest.mark.parametrize("is_hostile", [False], indirect=True)
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_altered_is_found(kind: str, issued: tuple[Issued, VerifierKey]) -> None:
    pdf = issued[0](kind)
    verify_signature(pdf)
    altered = [*_flipped(pdf), _appended(pdf), pdf + b"\n", pdf[:-1], *(_revised(pdf, change) for change in CHANGES)]
    for each in altered:
        with pytest.raises(SignatureRejected):
            verify_signature(each)


@pytest.mark.parametrize("is_hostile", [False], indirect=True)
@pytest.mark.parametrize("kind", KINDS)
def test_without_the_key_or_the_fingerprint_it_cannot_be_determined(
    kind: str, issued: tuple[Issued, VerifierKey]
) -> None:
    found = check_pdf(issued[0](kind), log_key=None)
    told = {name: each.verdict for name, each in found.checks.items()}
    unknown = dict.fromkeys(("head", "entries", "signer"), "unknown")
    assert told == dict.fromkeys(("intact", "figures", "pages"), "pass") | unknown


@pytest.mark.parametrize("is_hostile", [True], indirect=True)
def test_hostile_words_stand_on_the_page_as_they_are(
    issued: tuple[Issued, VerifierKey], text: Callable[..., str]
) -> None:
    lots = [text(issued[0](kind)) for kind in ("register", "return", "dispense", "destruction", "circle")]
    assert all(every_kind.HOSTILE_LOT in each for each in lots)
    assert "<b>Bold</b><script>alert(1)</script> &amp; {n} %s" in text(issued[0]("dispense"))
    protocol = text(issued[0]("verification"))
    assert [f"line {n} of the note" in protocol for n in range(1, 41)] == [True] * 40
    for kind in KINDS:
        with pikepdf.open(BytesIO(issued[0](kind))) as document:
            assert not {"/OpenAction", "/Names/JavaScript", "/AA"} & set(document.Root.keys())
            assert REPORT in document.attachments
