"""A signed report before a stranger: what passes, what cannot be determined, and every way of altering it."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from asn1crypto import cms  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from ledger.errors import ProofRejected
from ledger.log.encoding import to_base64
from ledger.words import LANGUAGES
from reports.attach import REPORT, Attached, attach
from reports.certificate import to_fingerprint
from reports.check import PdfVerdict, check_pdf
from reports.data import to_report
from reports.issue import issue_report, make_unsigned
from reports.model import Head, Person, Place, Register, Units
from reports.phrases import Phrases
from reports.register_paper import render_register
from reports.register_proof import needed_entries
from reports.sign import sign_pdf
from reports.signature import _ORDER
from reports.signing_key import KeptSigner
from tests.reports.world import FACILITY, LOG, MADE_AT, PRODUCT, Log, busy_log, make_signer, signer, voucher


@cache
def log() -> Log:
    return busy_log()


def issue(made: Log, register: Register, vouched: bool = True) -> bytes:
    pdf, _ = issue_report(
        register,
        entries=dict(enumerate(made.data)),
        proofs=made.proofs,
        checkpoint=made.checkpoint,
        signer=signer(),
        voucher=voucher(made.log) if vouched else None,
    )
    return pdf


@cache
def genuine() -> bytes:
    return issue(log(), log().register())


@cache
def stranger() -> KeptSigner:
    return make_signer()


def signed(pdf: bytes, register: Register, by: KeptSigner | None = None) -> bytes:
    by = by or signer()
    phrases = Phrases("en", "Asia/Almaty")
    stamp = phrases.stamp(register.frame.facility, MADE_AT, to_fingerprint(by.certificate), phrases.untimed())
    return sign_pdf(pdf, signer=by, stamp=stamp, language="en", at=MADE_AT)


def attached(register: Register, **changes: Any) -> Attached:
    needed = sorted(needed_entries(register, log().entries))
    whole = Attached(
        report=to_report(register),
        checkpoint=log().checkpoint,
        entries={seq: log().data[seq] for seq in needed},
        proofs={seq: log().proofs[seq] for seq in needed},
        voucher=voucher(),
    )
    return replace(whole, **changes)


def forged(register: Register, **changes: Any) -> PdfVerdict:
    """What the facility itself could sign instead of its figures: the signature is right, the rest is not."""
    return check(signed(make_unsigned(register, attached(register, **changes)), register))


def check(pdf: bytes, **trusted: Any) -> PdfVerdict:
    return check_pdf(pdf, **{"log_key": log().key} | trusted)


def verdicts(found: PdfVerdict) -> dict[str, str]:
    return {name: each.verdict for name, each in found.checks.items()}


def codes(found: PdfVerdict, name: str) -> list[str]:
    return [each.code for each in found.checks[name].findings]


ALL_PASS = dict.fromkeys(("intact", "signer", "head", "entries", "figures", "pages"), "pass")


# what is genuine


@pytest.mark.parametrize("place", ["safe", "ward-1", None])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_genuine_report_passes_every_check(language: str, place: str | None) -> None:
    found = check(issue(log(), log().register(language, place=place)))
    assert verdicts(found) == ALL_PASS
    assert found.verdict == "pass"
    assert [note.code for note in found.checks["figures"].notes] == ["completeness_not_shown"]


@pytest.mark.parametrize(
    ("from_on", "to_on"), [(date(2026, 2, 1), date(2026, 3, 16)), (date(2026, 1, 9), date(2026, 1, 9))]
)
def test_a_report_of_a_period_passes_and_says_what_it_rests_on(from_on: date, to_on: date) -> None:
    found = check(issue(log(), log().register(from_on=from_on, to_on=to_on)))
    assert found.verdict == "pass"
    assert "opening_is_claimed" in [note.code for note in found.checks["figures"].notes]


def test_by_whom_and_when_it_was_signed_is_told() -> None:
    found = check(genuine())
    assert found.fingerprint == to_fingerprint(signer().certificate)
    said = found.said("en")
    assert said[0] == (
        f"Signed by {FACILITY} at 2 Apr 2026, 10:00, by its own clock; certificate SHA-256 {found.fingerprint}"
    )
    assert said[1].startswith("No authority has certified the key")
    assert said[2] == "No time-stamp (PAdES B-B): when it was signed, only the facility says."
    assert said[-1] == "This report is genuine and unaltered."
    told = found.to_json()
    assert told["verdict"] == "pass"
    assert told["signed_at"] == "2026-04-02T05:00:00.000000Z"
    assert (told["level"], told["stamped_at"], told["stamped_by"]) == ("B-B", None, None)
    assert told["checks"]["figures"]["notes"][0]["said"].startswith("That no entry was left out")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_can_be_said_in_every_language(language: str) -> None:
    for found in (check(genuine()), check(genuine(), log_key=None), check(genuine()[:-1])):
        for sentence in found.said(language):
            assert "{" not in sentence


# what cannot be determined


def test_without_the_key_what_rests_on_the_log_cannot_be_determined() -> None:
    found = check(genuine(), log_key=None)
    assert verdicts(found) == ALL_PASS | dict.fromkeys(("signer", "head", "entries"), "unknown")
    assert found.verdict == "unknown"
    assert found.said("en")[-1] == "Not everything could be determined."


def test_without_voucher_enrolment_or_fingerprint_the_signer_cannot_be_determined() -> None:
    pdf = issue(log(), log().register(), vouched=False)
    assert verdicts(check(pdf)) == ALL_PASS | {"signer": "unknown"}
    assert check(pdf, fingerprint=to_fingerprint(signer().certificate)).verdict == "pass"
    assert codes(check(pdf, fingerprint="00" * 32), "signer") == ["fingerprint_differs"]


def test_pages_of_another_layout_cannot_be_compared() -> None:
    register = log().register()
    other = replace(register, frame=replace(register.frame, layout=register.frame.layout + 1))
    assert verdicts(forged(other)) == ALL_PASS | {"pages": "unknown"}


# whose key it is


def with_pdf_keys(*enrolled: KeptSigner, revoked: bool = False, certificate: str | None = None) -> Log:
    made = busy_log()
    for n, each in enumerate(enrolled):
        public = each.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        key = {"key": f"{n:016x}", "use": "pdf", "public": to_base64(public)}
        named = {} if certificate is None else {"certificate": certificate}
        made.add("key.enrolled", key | named, "2026-03-26 09:00")
        if revoked:
            made.add("key.revoked", {"key": f"{n:016x}"}, "2026-03-27 09:00")
    return made


@pytest.mark.parametrize(
    ("made", "verdict", "findings"),
    [
        (lambda: with_pdf_keys(signer()), "pass", []),
        (lambda: with_pdf_keys(stranger(), signer()), "pass", []),
        (lambda: with_pdf_keys(stranger()), "fail", ["key_not_enrolled"]),
        (lambda: with_pdf_keys(signer(), revoked=True), "fail", ["key_revoked"]),
        (lambda: with_pdf_keys(signer(), certificate=to_fingerprint(signer().certificate)), "pass", []),
        (lambda: with_pdf_keys(signer(), certificate="0" * 64), "fail", ["certificate_not_enrolled"]),
    ],
)
def test_a_key_in_the_chain_decides_above_a_voucher(made: Callable[[], Log], verdict: str, findings: list[str]) -> None:
    chain = made()
    found = check(issue(chain, chain.register()))
    assert (found.checks["signer"].verdict, codes(found, "signer")) == (verdict, findings)


def test_a_stranger_s_signature_under_the_facility_s_name_is_not_the_facility_s() -> None:
    register = log().register()
    found = check(signed(make_unsigned(register, attached(register)), register, by=stranger()))
    assert verdicts(found) == ALL_PASS | {"signer": "fail"}
    without = check(signed(make_unsigned(register, attached(register, voucher=None)), register, by=stranger()))
    assert verdicts(without) == ALL_PASS | {"signer": "unknown"}


def test_the_key_of_another_register_does_not_pass() -> None:
    found = check(genuine(), log_key=Log("senim/another/1").key)
    assert found.checks["head"].verdict == "fail"
    assert found.checks["entries"].verdict == "unknown"
    assert found.verdict == "fail"


def test_a_report_can_still_be_checked_when_its_certificate_has_expired() -> None:
    old = make_signer(datetime(2005, 1, 1, tzinfo=UTC))
    register = log().register()
    pdf = signed(make_unsigned(register, attached(register, voucher=None)), register, by=old)
    assert check(pdf, fingerprint=to_fingerprint(old.certificate)).verdict == "pass"


# any byte


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


def rewritten(change: Callable[[pikepdf.Pdf], None], by: KeptSigner | None = None) -> PdfVerdict:
    """The unsigned file with *change* made to it, then signed: by the facility itself, or by anybody."""
    register = log().register()
    with pikepdf.open(BytesIO(make_unsigned(register, attached(register)))) as document:
        change(document)
        out = BytesIO()
        document.save(out, deterministic_id=True)
    return check(signed(out.getvalue(), register, by))


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


# figures, entries and head that do not belong together


def changed_row(number: int, **changes: Any) -> Register:
    register = log().register()
    rows = [replace(row, **changes) if row.number == number else row for row in register.rows]
    return replace(register, rows=tuple(rows))


@pytest.mark.parametrize(
    ("register", "expected"),
    [
        (lambda: changed_row(4, went=2), ["row_differs"]),
        (lambda: changed_row(4, balance=478), ["row_differs"]),
        (lambda: changed_row(4, moved=(Units(place="safe", lot="A1", units=-2),)), ["movement_differs", "row_differs"]),
        (lambda: changed_row(4, lot="A2"), ["row_differs"]),
        (lambda: changed_row(4, details=()), ["row_differs"]),
        (lambda: changed_row(4, at=MADE_AT), ["movement_differs", "movement_differs", "row_differs"]),
        (lambda: changed_row(5, reversed_by=None), ["row_differs"]),
        (lambda: changed_row(7, late_hours=None), ["row_differs"]),
        (lambda: changed_row(9, awaits=()), ["row_differs"]),
        (lambda: changed_row(9, witnesses=(Person(username="b.serikov"),)), ["row_differs"]),
        (lambda: changed_row(1, performer=Person(username="b.serikov")), ["row_differs"]),
        (lambda: changed_row(12, imported=False), ["row_differs"]),
        (lambda: replace(log().register(), closing_units=500), ["totals_differ"]),
        (lambda: replace(log().register(), lots=()), ["totals_differ"]),
        (lambda: replace(log().register(), place=Place(id="safe", name="Басқа")), ["totals_differ"]),
        (lambda: replace(log().register(), opening=(Units(place="safe", lot="Z", units=5),)), ["row_differs"]),
    ],
)
def test_figures_that_do_not_follow_from_the_entries_are_found_though_signed(
    register: Callable[[], Register], expected: list[str]
) -> None:
    found = forged(register())
    assert (found.checks["intact"].verdict, found.checks["pages"].verdict) == ("pass", "pass")
    assert codes(found, "figures") == expected


def test_a_row_left_out_is_found_while_its_entry_is_there() -> None:
    register = log().register()
    shorter = replace(register, rows=tuple(row for row in register.rows if row.seq != 9))
    whole = attached(register)
    found = forged(shorter, entries=whole.entries, proofs=whole.proofs)
    assert "movement_differs" in codes(found, "figures")


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"facility": replace(log().frame().facility, name="Басқа аурухана")}, "facility_differs"),
        ({"facility": replace(log().frame().facility, practice=False)}, "facility_differs"),
        ({"rules": replace(log().frame().rules, sha256="00" * 32)}, "rules_differ"),
        ({"rules": replace(log().frame().rules, late_reason_hours=None)}, "row_differs"),
        ({"as_known": replace(log().frame().as_known, seq=19)}, "known_beyond_head"),
    ],
)
def test_a_frame_that_the_chain_does_not_bear_out_is_found(frame: dict[str, Any], code: str) -> None:
    register = log().register()
    assert code in codes(forged(replace(register, frame=replace(register.frame, **frame))), "figures")


def test_a_printed_head_that_is_not_the_attached_one_is_found() -> None:
    register = log().register()
    for head in (Head(size=19, root="00" * 32), Head(size=18, root=register.frame.head.root)):
        found = forged(replace(register, frame=replace(register.frame, head=head)))
        assert codes(found, "head") == ["head_differs"]


def test_a_head_signed_by_another_key_is_found() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from ledger.log.checkpoint import read_unverified, sign_checkpoint

    note = sign_checkpoint(read_unverified(log().checkpoint), Ed25519PrivateKey.generate())
    found = forged(log().register(), checkpoint=note)
    assert codes(found, "head") == ["not_signed_by_the_key"]


def test_an_entry_that_is_not_in_the_log_is_found() -> None:
    """A supplier that was never written: the row follows from the entry, but the entry from no head."""
    other = busy_log()
    other.data[6] = other.data[6].replace("СК-Фармация".encode(), "Басқа".encode())
    register = replace(other.register(), frame=log().frame())
    entries = {**attached(log().register()).entries, 6: other.data[6]}
    found = forged(register, entries=entries)
    assert found.checks["figures"].verdict == "pass"
    assert codes(found, "entries") == ["root_mismatch"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda a: replace(a, proofs=a.proofs | {9: a.proofs[10]}), "proof_of_another"),
        (lambda a: replace(a, proofs={seq: proof for seq, proof in a.proofs.items() if seq != 9}), "proof_of_another"),
        (lambda a: replace(a, proofs=a.proofs | {99: a.proofs[9]}), "proof_of_another"),
        (lambda a: replace(a, proofs=a.proofs | {9: b"nothing"}), "proof_malformed"),
        (lambda a: replace(a, proofs=a.proofs | {9: a.proofs[9].partition(b"\n\n")[0] + b"\n\n" + voucher()}),
         "proof_of_another"),
        (lambda a: replace(a, entries=a.entries | {99: a.entries[9]}), "proof_of_another"),
        (lambda a: replace(a, entries=a.entries | {9: a.entries[9] + b" "}), "not_canonical"),
        (lambda a: replace(a, entries=a.entries | {9: a.entries[9].replace(LOG.encode(), b"senim/else/1")}),
         "entry_of_another_log"),
    ],
)  # fmt: skip
def test_entries_and_proofs_that_do_not_belong_together_are_found(
    change: Callable[[Attached], Attached], code: str
) -> None:
    register = log().register()
    found = check(signed(make_unsigned(register, change(attached(register))), register))
    assert codes(found, "entries") == [code]


# what is not issued


def test_a_register_that_does_not_follow_from_the_entries_is_not_issued() -> None:
    with pytest.raises(ProofRejected, match="row_differs"):
        issue(log(), changed_row(4, balance=478))


def test_a_register_under_another_head_is_not_issued() -> None:
    later = busy_log()
    later.moved("stock.received", "2026-03-31 09:00", 1)
    with pytest.raises(ProofRejected, match="head_differs"):
        issue(later, log().register())


def test_equal_input_gives_equal_bytes_before_signing() -> None:
    one, other = (make_unsigned(log().register("kk"), attached(log().register("kk"))) for _ in range(2))
    assert one == other


def test_only_what_the_report_rests_on_goes_along() -> None:
    ward = log().register(place="ward-1")
    assert sorted(needed_entries(ward, log().entries)) == [0, 1, 2, 3, 4, 7, 13, 14, 15]
    pdf = issue(log(), log().register(place="ward-1"))
    with pikepdf.open(BytesIO(pdf)) as document:
        lines = document.attachments["entries.jsonl"].get_file().read_bytes().splitlines()
    assert lines == [log().data[seq] for seq in (0, 1, 2, 3, 4, 7, 13, 14, 15)]


def test_a_thousand_rows_make_no_absurd_file() -> None:
    made = Log.opened()
    made.moved("stock.received", "2026-01-06 09:00", 1_000)
    for n in range(999):
        dose: dict[str, Any] = {"patient": "p001", "place": "safe", "product": PRODUCT}
        dose |= {"lots": [{"lot": "A1", "units": 1}], "dose": {"value": "10", "unit": "mg"}}
        made.add("dose.administered", dose, f"2026-01-{7 + n // 600:02} {n // 60 % 10:02}:{n % 60:02}", by="m.kasym")
    register = made.register("kk")
    pdf = issue(made, register)
    assert len(register.rows) == 1_000
    assert len(pdf) < 800_000
    assert check(pdf).verdict == "pass"
