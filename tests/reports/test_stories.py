"""The register of every day that is told as a story: issued as `senim report` issues it, and read by a stranger.

Its figures are derived from the attached entries alone; they must be the ones that the ledger keeps.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from ledger.log.canonical import from_bytes
from ledger.service.checkpoints import verifier_key
from ledger.service.queries import read_balances
from reports.asked import Asked
from reports.check import check_pdf
from reports.issuing import issue
from reports.model import Period, Register
from reports.pdf_verdict import PdfVerdict
from tests.stories.notation import Step, read_story
from tests.stories.stage import ZONE, Stage
from tests.stories.test_stories import STORIES

OPENED = """
day 2026-03-02 Monday
08:00 head + pharm stock.opened place=safe lines=[morphine A 35 expires_on=2027-06-30, morphine X 20
    expires_on=2027-06-30]
08:10 head + nurse stock.opened place=ward lines=[morphine A 5 expires_on=2027-06-30, morphine X 10
    expires_on=2027-06-30]
"""
PATIENT = """
08:30 doctor patient.registered patient=p1 identity={name="Test One" no_iin_reason="no papers" born_on=1890-01-01
    address="Abai 1"} home_kato=101010000 home_phc_bin=990140000017 indication=malignant_neoplasm icd10=C34
08:40 doctor prescription.issued prescription=rx1 patient=p1 product=morphine single_dose=10mg route=20066000
    frequency=3/d duration_days=30 starts_on=2026-03-02 units=90 setting=home record_no=1
"""
RENAMED = """
12:00 [name] pharm + nurse lot.corrected product=morphine lot=X to_lot=B reason="the label was read wrongly"
12:10 pharm + nurse stock.moved from_place=safe to_place=ward lines=[morphine B 4]
"""
TOLD = {
    "a_lot_under_a_wrong_name": f"""{OPENED}{PATIENT}
09:00 [early] pharm dispense.outpatient prescription=rx1 patient=p1 place=safe lots=[X 3] days_supply=1
    collector={{kind=relative identity=seen}}
{RENAMED}
11:00 (typed 2026-03-04 09:00) nurse + nurse2 stock.broken place=ward lines=[morphine X 1] how="fell"
    fragments_kept=true late_reason="found late"
  → recorded: late
day 2026-03-04 Wednesday
10:00 pharm entry.reversed id=@early reason=wrong_quantity note="two" packs=never_left
11:00 pharm + nurse lot.corrected product=morphine lot=B expires_on=2027-01-31 reason="the label again"
12:00 pharm + nurse lot.corrected product=morphine lot=B to_lot=C reason="and again"
""",
    "a_name_that_was_right_after_all": f"""{OPENED}{RENAMED}
13:00 pharm + nurse stock.moved from_place=ward to_place=safe lines=[morphine B 4]
14:00 pharm + nurse entry.reversed id=@name reason=wrong_lot note="it was X" packs=none
  → refused: has_dependents
15:00 [second] pharm + nurse lot.corrected product=morphine lot=A to_lot=D reason="smudged"
16:00 pharm + nurse entry.reversed id=@second reason=wrong_lot note="it was A" packs=none
11:00 (typed 2026-03-02 17:00) nurse + nurse2 stock.broken place=ward lines=[morphine A 1] how="fell"
    fragments_kept=false
""",
    "a_total_resolved_over_its_lots": f"""{OPENED}
09:00 [count] pharm + nurse stock.counted place=ward blind=true purpose=shift lines=[morphine - 2]
09:05 [over] pharm + nurse stock.counted place=safe blind=true purpose=shift lines=[morphine - 57]
09:30 [lost] head + pharm discrepancy.resolved discrepancy=@count:0 cause=lost difference=-13 note="searched"
09:40 head + pharm discrepancy.resolved discrepancy=@over:0 cause=found difference=2 note="in the drawer"
10:00 head + pharm entry.reversed id=@lost reason=wrong_quantity note="one was found" packs=never_left
10:10 head + pharm discrepancy.resolved discrepancy=@count:0 cause=lost difference=-12 note="searched again"
12:00 pharm + nurse lot.corrected product=morphine lot=A to_lot=D reason="smudged"
""",
    "two_devices_broke_the_same_ampoule": f"""{OPENED}
09:00 [one] nurse + nurse2 stock.broken place=ward lines=[morphine A 1, morphine X 2] how="fell" fragments_kept=true
09:00 [two] nurse2 + nurse stock.broken place=ward lines=[morphine A 1, morphine X 2] how="fell" fragments_kept=true
10:00 head + pharm claim.settled claims=[@one, @two] holds=@two note="told by both phones"
11:00 [three] nurse + nurse2 stock.broken place=ward lines=[morphine X 3] how="fell" fragments_kept=true
11:00 [four] nurse2 + nurse stock.broken place=ward lines=[morphine X 3] how="fell" fragments_kept=true
12:00 head + pharm claim.settled claims=[@three, @four] holds=none note="nothing broke"
""",
    "what_is_gone_stays_in_the_journal": f"""{OPENED}{PATIENT}{PATIENT.replace("p1", "p2").replace("rx1", "rx2")}
09:00 pharm dispense.outpatient prescription=rx2 patient=p2 place=safe lots=[A 3] days_supply=1
    collector={{kind=relative identity=seen}}
09:10 pharm patients.merged keep=p1 drop=p2 reason="entered twice"
10:00 [given] nurse + nurse2 dose.administered patient=p2 ordered_by=doctor place=ward product=morphine
    lots=[A 1] dose=10mg
11:00 pharm + nurse empties.collected place=ward lines=[morphine A empty=1 partial=0] seal_no=E-1 to_place=custody
12:00 pharm + nurse stock.moved from_place=ward to_place=safe lines=[morphine A 4, morphine X 10]
12:30 doctor entry.countersigned id=@given
13:00 registrar place.closed place=ward
13:10 registrar product.delisted product=morphine reason="not bought any more"
""",
}
CHOSEN = [path for path in STORIES if path.name[:2] in ("03", "07", "13", "15", "16", "21")]


@contextmanager
def played(name: str, text: str, folder: Path) -> Iterator[Stage]:
    """What the story does; that it goes as it tells is shown elsewhere."""
    stage = Stage(folder, "phc" if "Facility: phc" in text else "hospital")
    ceremony: list[Step] = []
    for step in read_story(text):
        if isinstance(step, Step):
            ceremony.append(step)
            if not step.with_next:
                word, codes = stage.play(ceremony)
                assert word == step.said[0], (name, step, codes)
                ceremony = []
    yield stage
    stage.house.close()


@pytest.fixture(params=[*(p.stem for p in CHOSEN), *TOLD])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    paths = {path.stem: path for path in CHOSEN}
    name: str = request.param
    text = paths[name].read_text("utf-8") if name in paths else f"```story{TOLD[name]}```\n"
    with played(name, text, tmp_path) as stage:
        yield stage


def issued(stage: Stage, product: str, place: str | None, *days: date) -> Register:
    """The data of a register that was issued, and checked with nothing but itself and the log's key."""
    first_on, last_on = (*days, None, None)[:2]
    asked = Asked(
        kind="register", product=product, place=place, period=Period(from_on=first_on, to_on=last_on), language="en"
    )
    pdf = issue(stage.house.ledger, stage.house.directory, asked).pdf
    verdict: PdfVerdict = check_pdf(pdf, log_key=verifier_key(stage.house.ledger))
    assert {name: (each.verdict, each.findings) for name, each in verdict.checks.items()} == dict.fromkeys(
        verdict.checks, ("pass", [])
    )
    register: Register = verdict.report
    return register


def closing(register: Register) -> dict[tuple[str, str], int]:
    """Units by place and lot, where there are any."""
    found = Counter({(each.place, each.lot): each.units for each in register.opening})
    for row in register.rows:
        for each in row.moved:
            found[each.place, each.lot] += each.units
    return {key: units for key, units in found.items() if units}


def balances(stage: Stage) -> dict[str, dict[tuple[str, str], int]]:
    found: dict[str, dict[tuple[str, str], int]] = {}
    with stage.house.ledger.reading() as reading:
        for row in read_balances(reading, product=None, place=None, at=None):
            found.setdefault(row["product"], {})[row["place"], row["lot"]] = row["units"]
    return {product: {key: units for key, units in of.items() if units} for product, of in found.items()}


def test_the_register_of_every_product_and_place_closes_with_what_the_ledger_holds(stage: Stage) -> None:
    expected = balances(stage)
    assert expected
    for product, held in expected.items():
        whole = issued(stage, product, None)
        assert closing(whole) == held
        assert whole.closing_units == sum(held.values()) == sum(each.closing for each in whole.lots)
        for place in {place.id for place in whole.places}:
            register = issued(stage, product, place)
            here = {lot: units for (where, lot), units in held.items() if where == place}
            assert closing(register) == {(place, lot): units for lot, units in here.items()}
            assert {each.lot: each.closing for each in register.lots if each.closing} == here
            assert register.closing_units == sum(here.values())
        last_on = whole.rows[-1].at.astimezone(ZONE).date()
        assert closing(issued(stage, product, None, last_on)) == held


AFTERWARDS = """
day 2026-03-31 Tuesday
20:00 [late] (typed 2026-04-02 09:00) nurse + nurse2 stock.broken place=ward lines=[morphine A 1] how="fell"
    fragments_kept=true late_reason="found late"
day 2026-04-02 Thursday
10:00 head + pharm entry.reversed id=@late reason=duplicate note="told before" packs=never_left
"""


def test_the_register_of_a_sealed_month_has_its_figures_and_marks_what_came_afterwards(tmp_path: Path) -> None:
    text = next(path for path in STORIES if path.stem == "21_a_month").read_text("utf-8")
    march = date(2026, 3, 1), date(2026, 3, 31)
    with played("21_a_month", f"{text}```story{AFTERWARDS}```\n", tmp_path) as stage:
        with stage.house.ledger.reading() as reading:
            (sealing,) = (from_bytes(row.data) for row in reading.rows(type="period.sealed"))
        for told in sealing["statement"]["body"]["totals"]:
            register = issued(stage, told["product"], None, *march)
            sums = [register.opening_units, register.came, register.went, register.closing_units]
            assert sums == [told[name] for name in ("opening", "in", "out", "closing")]
        assert "discrepancy.resolved" not in {row.type for row in issued(stage, "morphine", None).rows}  # midazolam's
        rows = issued(stage, "morphine", "ward").rows
    late, undone = rows[-2:]
    assert (late.type, late.late_hours, late.reversed_by) == ("stock.broken", 37, undone.seq)
    assert [row.seq for row in rows if row.after_sealing] == [late.seq, undone.seq]
    assert {row.after_sealing.seq for row in rows if row.after_sealing} == {sealing["seq"]}
