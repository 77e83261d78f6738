"""Faults 20, 22, 23 and 28 to 31: what is put right afterwards, and what changes under an entry that stands."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ledger.errors import CommandRefused
from ledger.log.canonical import from_bytes
from ledger.service.preparing import Signed
from ledger.service.sealing import from_rows
from tests.faults.counter import COURSE, SUPPLY, Counter

RETURN = 'brought_by="the wife" relation=wife reason=dose_changed empties_declined=false signed_by_relative=yes'


def test_fault_20_returned_packs_never_become_stock_by_any_way(counter: Counter) -> None:
    returned = f"pharm unused.returned patient=p1 {RETURN} seal_no=R-1 lines=[morphine A intact=4 broken=0]"
    counter.tell(f"""
09:00 pharm dispense.outpatient {SUPPLY} lots=[A 9] days_supply=3
10:00 {returned} place=safe
  → refused: place_wrong_kind
10:01 {returned} place=custody
10:02 pharm + nurse custody.moved from_place=custody to_place=safe seals=[R-1]
  → refused: place_wrong_kind
10:03 pharm + nurse stock.moved from_place=custody to_place=safe lines=[morphine A 4]
  → refused: lot_unknown
= balance safe morphine A 31
= custody R-1 4 custody
""")


def test_fault_22_two_people_who_reverse_one_entry_at_once_reverse_it_once(counter: Counter) -> None:
    counter.tell(f"09:00 [twice] pharm dispense.outpatient {SUPPLY} lots=[A 9] days_supply=3")
    reversed = 'entry.reversed id=@twice reason=duplicate note="-" packs=never_left'
    both = [counter.sign(f"09:10 {who} {reversed}") for who in ("pharm", "pharm2")]

    def post(signed: list[Signed]) -> str:
        try:
            counter.house.ledger.append(signed, via="web")
        except CommandRefused as refused:
            return refused.refusals[0].code
        return "recorded"

    with ThreadPoolExecutor(2) as people:
        assert sorted(people.map(post, both)) == ["already_reversed", "recorded"]
    counter.tell("= balance safe morphine A 40")
    seq = counter.size() - 1
    counter.tell(f"""
09:20 pharm entry.reversed seq={seq} reason=other note="a reversal" packs=none
  → refused: not_allowed
""")


def test_fault_23_what_has_moved_on_is_reversed_with_the_latest_first(counter: Counter) -> None:
    counter.tell("""
09:00 [came] pharm + nurse stock.received place=safe supplier=SK document_no=1
    lines=[morphine B 10 expires_on=2027-01-01]
09:10 [went] pharm + nurse stock.moved from_place=safe to_place=ward lines=[morphine B 8]
""")
    mistake = 'entry.reversed id=@{} reason=wrong_quantity note="a mistake" packs=never_left'.format
    (refused,) = counter.refuse(f"09:20 pharm + nurse {mistake('came')}")
    assert (refused.code, refused.values["seqs"]) == ("has_dependents", str(counter.labels["went"][1]))
    counter.tell(f"""
09:21 pharm + nurse {mistake("went")}
09:22 pharm + nurse {mistake("came")}
= balance safe morphine B 0
= balance ward morphine B 0
""")


def test_fault_29_what_a_product_was_is_never_rewritten(counter: Counter) -> None:
    """Another strength is another product; a name that was used is never used again."""
    stronger: dict[str, Any] = {
        "product": "morphine",
        "inn": "morphine",
        "form": "11201000",
        "strength": {"value": "20", "unit": "mg"},
    }
    stronger |= {"unit_of_presentation": "ampoule", "schedule": "II", "gtins": [], "divisible": False}
    assert counter.give("product.listed", stronger, "registrar") == "already_exists"
    counter.tell(f"""
09:00 registrar product.delisted product=morphine reason="another maker"
09:01 doctor prescription.issued prescription=rx2 patient=p2 product=morphine {COURSE} starts_on=2026-03-02 units=30
  → refused: product_unknown
""")
    assert counter.give("product.listed", stronger, "registrar") == "already_exists"
    with counter.house.ledger.reading() as reading:
        product = reading.book.get("product", "morphine")
    assert (product.strength, product.unit) == ("10", "mg")


def test_fault_30_an_entry_is_reversed_as_what_it_was_then(counter: Counter) -> None:
    counter.tell(f"""
09:00 [then] pharm dispense.outpatient {SUPPLY} lots=[A 9] days_supply=3
10:00 registrar product.delisted product=morphine reason="out of use"
10:01 registrar + head person.role_changed person=pharm role=nurse order_no=4
10:11 pharm entry.reversed id=@then reason=not_collected note="nobody came" packs=never_left
= balance safe morphine A 40
= circle p1 morphine A still_out 0
""")


NAMES = {
    "Kazakh letters": "Әбіш Ғалым Қыран Ңұр Өмір Ұлан Үміт Һәм Ілияс",
    "an apostrophe": "O'Neil — д’Артаньян",
    "markup": "<script>alert(1)</script>",
    "a formula": '=cmd|"/c calc"!A1',
    "another script": "李小龍",
    "an emoji": "Айша 🌷",
    "very long": "Ж" * 200,
}
REFUSED = {
    "not composed": "Айгу\u0308ль",
    "right to left": "Айша\u202e",
    "nothing seen": "\u200b",
    "a line break": "Айша\nАхмет",
    "too long": "Ж" * 201,
    "wide blanks": "Айша\u3000Ахмет",
}


def test_fault_31_a_name_is_kept_letter_by_letter_or_refused(counter: Counter) -> None:
    ledger = counter.house.ledger
    home = {"home_kato": "101010000", "home_phc_bin": "990140000017", "indication": "other", "icd10": "-"}
    for n, (case, name) in enumerate((NAMES | REFUSED).items()):
        identity = {"name": name, "no_iin_reason": "-", "born_on": "1890-01-01", "address": "-"}
        answer = counter.give("patient.registered", {"patient": f"named-{n}", "identity": identity} | home, "doctor")
        assert answer == ("malformed" if case in REFUSED else "recorded"), case
        if case in NAMES:
            seq = counter.size() - 1
            with ledger.reading() as reading:
                entry, rows = from_bytes(reading.entry(seq)), reading.sealed(seq)
            assert "name" not in entry["statement"]["body"].get("identity", {})
            opened = from_rows(rows, log=ledger.log, entry_id=entry["statement"]["id"], vault=ledger.vault)
            assert opened["body.identity.name"].value == name, case
