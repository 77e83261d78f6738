"""Figures, entries and a head that do not belong together are found, whoever signed them."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import pikepdf
import pytest

from ledger.errors import ProofRejected
from reports.attach import Attached
from reports.issue import make_unsigned
from reports.model import Head, Person, Place, Register, Units
from reports.register_proof import needed_entries
from tests.reports.checking import attached, check, codes, forged, issue, log, signed
from tests.reports.world import LOG, MADE_AT, PRODUCT, Log, busy_log, voucher


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
