"""Generated quarters are the same for ever, reach everything, and never break a sum."""

import json
import sys

import pytest

from tests.reference import forms, rules
from tests.reference.generate import generate, main
from tests.reference.pharmacy import PRACTICE_RULES, Answer, Pharmacy
from tests.reference.stage import facility_of
from tests.reference.stock import Stock
from tests.reference.test_reference import AFTER_THE_QUARTER, read_kato

# The rest of the vocabulary is drawn by the random pharmacy, see drawn.py.
SPINE = {
    *("person.enrolled", "product.listed", "place.opened", "patient.registered", "patient.died", "lot.quarantined"),
    *("stock.opened", "stock.received", "stock.moved", "stock.sent", "stock.arrived", "stock.counted", "stock.broken"),
    *("prescription.issued", "prescription.stopped", "dispense.outpatient", "dispense.discharge", "notice.received"),
    *("dispense.acknowledged", "dose.administered", "home.counted", "relatives.informed", "unused.returned"),
    *("empties.collected", "custody.moved", "destruction.performed", "discrepancy.resolved"),
    *("entry.reversed", "entry.countersigned"),
}
OUT_OF_REACH = {
    "rule_not_adopted",  # the practice rules have a value for everything
    *("import_closed", "late_without_reason", "sheet_unknown", "count_stale"),  # of what the spine does not do
}


def play(seed: int, kind: str, days: int) -> tuple[Pharmacy, list[tuple[str, Answer]]]:
    pharmacy = Pharmacy(facility_of(seed, kind), PRACTICE_RULES, read_kato(), now=AFTER_THE_QUARTER)
    commands = generate(seed, kind, days)
    return pharmacy, [(str(command["type"]), pharmacy.record(command)) for command in commands]


@pytest.mark.parametrize("kind", ["hospital", "phc"])
def test_the_same_seed_gives_the_same_quarter_and_another_seed_another(kind: str) -> None:
    assert generate(5, kind, 40) == generate(5, kind, 40)
    ids, others = ({command["id"] for command in generate(seed, kind, 40)} for seed in (5, 6))
    assert ids & others == {"not-a-uuid"}


def test_a_hospital_and_a_primary_care_organisation_record_every_type_and_earn_every_code() -> None:
    answers = [one for kind in ("hospital", "phc") for one in play(7, kind, 60)[1]]
    recorded = {kind for kind, answer in answers if answer.answer == "recorded"}
    codes = {code for _, answer in answers for code in answer.codes}
    notes = {note for _, answer in answers for note in answer.notes}
    assert recorded == SPINE
    assert codes == ({*forms.FORM_CODES, *rules.ORDER, "id_reused"} - OUT_OF_REACH)
    assert len(notes) == 8
    assert {answer.answer for _, answer in answers} == {"recorded", "replayed", "refused"}


@pytest.mark.parametrize(("seed", "kind"), [(1, "hospital"), (2, "phc"), (3, "phc")])
def test_no_shelf_and_no_row_of_a_generated_quarter_is_ever_below_zero(seed: int, kind: str) -> None:
    pharmacy, _ = play(seed, kind, 45)
    stock = Stock(pharmacy.world())
    for _, place, product, _ in stock.accounts("stock"):
        assert stock.lowest(place, product) >= 0, (place, product)
    for row in pharmacy.circle():
        gone = sum(row[what] for what in ("administered", "used", "returned", "missing", "handed_over", "still_out"))
        assert row["dispensed"] + row["surplus"] == gone, row
        assert min(value for value in row.values() if isinstance(value, int)) >= 0, row


def test_the_command_line_prints_one_command_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["generate", "4", "phc", "30"])
    main()
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == generate(4, "phc", 30)


def test_a_quarter_that_does_not_fit_before_today_is_not_made() -> None:
    with pytest.raises(ValueError, match="30 to 180"):
        generate(1, "hospital", 400)
