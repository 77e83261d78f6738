"""Two facilities that know of each other by paper alone: what one says of the other is held against its own words."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.service.checkpoints import sign_head
from ledger.service.comparing import AGREES, DIFFERS, NOT_THERE, OPEN, REVERSED, TWICE, Told, compare, read_told
from ledger.service.evidence import write_evidence
from ledger.service.sources import open_source
from tests.faults.counter import Counter
from tests.stories.stage import FACILITIES

CLINIC = "senim-practice/phc/1"
IIN = "900101100004"
_LIVES = f"home_kato=103230100 home_phc_bin={FACILITIES['phc']['bin']} indication=dementia icd10=F03"
_WHO = f'identity={{name="Test" address="1" iin={IIN} born_on=1890-01-01}}'
_COURSE = "single_dose=10mg route=20066000 frequency=3/d duration_days=10 starts_on=2026-03-02 setting=home record_no=1"
_SUPPLY = (
    "pharm dispense.discharge prescription=home patient=p3 place=safe days_supply=2 discharge_summary_no=7 "
    "collector={kind=patient identity=seen} decided_by=doctor home_kato=103230100 "
    f"home_phc_bin={FACILITIES['phc']['bin']}"
)
_TWICE = "\n  → asks: duplicate_dispense\n  answers duplicate_dispense: a weekend"
_EARLY = _TWICE.replace("asks: ", "asks: early_supply, ") + "\n  answers early_supply: a weekend"
HOSPITAL = f"""
08:00 head + pharm stock.opened place=safe lines=[morphine A 60 expires_on=2027-06-30]
08:30 doctor patient.registered patient=p3 {_LIVES} {_WHO}
08:40 doctor prescription.issued prescription=home patient=p3 product=morphine units=30 {_COURSE}
10:00 [same] {_SUPPLY} lots=[A 6]
10:01 [fewer] {_SUPPLY} lots=[A 5]{_TWICE}
10:02 [waits] {_SUPPLY} lots=[A 4]{_EARLY}
10:03 [undone] {_SUPPLY} lots=[A 3]{_EARLY}
10:04 pharm entry.reversed id=@undone reason=duplicate packs=never_left note="twice"
10:05 [sent] pharm + nurse stock.sent from_place=safe to_log={CLINIC} lines=[morphine A 10] document_no=1
10:06 [lost] pharm + nurse stock.sent from_place=safe to_log={CLINIC} lines=[morphine A 2] document_no=2
"""
"""One patient of the clinic's district, and stock on its way there."""


def tell_clinic(clinic: Counter, hospital: Counter) -> None:
    """What the clinic made of it; it lists the ampoules under a name of its own."""
    log, ids = hospital.house.ledger.log, {name: id for name, (id, _) in hospital.labels.items()}
    took = f"feldsher dispense.acknowledged from_log={log} patient=p9 days_supply=2"
    clinic.tell(f"""
08:00 registrar product.listed product=mo inn=morphine atc=N02AA01 form="11201000" strength=10mg schedule=II
    unit_of_presentation=ampoule gtins=[] divisible=false
08:30 doctor patient.registered patient=p9 {_LIVES} {_WHO}
11:00 [same] {took} from_id={ids["same"]} lines=[mo A 6]
11:01 [fewer] {took} from_id={ids["fewer"]} lines=[mo A 4]
11:02 [undone] {took} from_id={ids["undone"]} lines=[mo A 3]
11:03 {took} from_id=00000000-0000-4000-8000-00000000ffff lines=[mo A 1]
11:04 [sent] pharm + nurse stock.arrived to_place=safe from_log={log} from_id={ids["sent"]} document_no=1
    lines=[morphine A 10 expires_on=2027-06-30]
11:10 doctor prescription.issued prescription=own patient=p9 product=morphine units=30 {_COURSE}
11:20 [again] pharm dispense.outpatient prescription=own patient=p9 place=safe lots=[A 6] days_supply=2
    collector={{kind=patient identity=seen}}
""")


@pytest.fixture(scope="module")
def counters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Counter, Counter]]:
    hospital = Counter(tmp_path_factory.mktemp("hospital"))
    clinic = Counter(tmp_path_factory.mktemp("clinic"), facility="phc")
    hospital.tell(HOSPITAL)
    tell_clinic(clinic, hospital)
    for name, about in (("same", "same"), ("again", "waits")):  # the second names what is no take-over
        hospital.tell(f"12:00 pharm notice.received kind=acknowledged from_log={CLINIC} about=@{about} "
                      f"from_id={clinic.labels[name][0]}")  # fmt: skip
    yield hospital, clinic
    for each in (hospital, clinic):
        each.house.close()


def told(counter: Counter, folder: Path, *, disclose: bool = True) -> Told:
    ledger = counter.house.ledger
    write_evidence(ledger, sign_head(ledger), folder, readme="-", reports={}, disclose=disclose)
    return read_told(open_source(folder))


def test_what_one_gave_is_held_against_what_the_other_took(counters: tuple[Counter, Counter], tmp_path: Path) -> None:
    hospital, clinic = counters
    one, other = told(hospital, tmp_path / "one"), told(clinic, tmp_path / "other")
    found = compare(one, other)

    def seqs(kind: str, state: str) -> list[tuple[int | None, int | None]]:
        return [(each.seq, each.other_seq) for each in found if (each.kind, each.state) == (kind, state)]

    ours, theirs = ({name: seq for name, (_, seq) in each.labels.items()} for each in counters)
    assert seqs("discharge", AGREES) == [(ours["same"], theirs["same"])]
    assert seqs("discharge", DIFFERS) == [(ours["fewer"], theirs["fewer"])]
    assert seqs("discharge", OPEN) == [(ours["waits"], None)]
    assert seqs("discharge", REVERSED) == [(ours["undone"], theirs["undone"])]
    assert seqs("discharge", NOT_THERE) == [(None, theirs["undone"] + 1)]
    assert seqs("transfer", AGREES) == [(ours["sent"], theirs["sent"])]
    assert seqs("transfer", OPEN) == [(ours["lost"], None)]
    assert [state for each, state in ((each, each.state) for each in found) if each.kind == "notice"] == [
        AGREES, NOT_THERE]  # fmt: skip
    assert sorted(seqs("supply", TWICE)) == [(ours[name], theirs["again"]) for name in ("same", "fewer", "waits")]
    turned = compare(other, one)
    assert {(each.seq, each.other_seq) for each in turned if each.state == TWICE} == {
        (theirs["again"], ours[name]) for name in ("same", "fewer", "waits")}  # fmt: skip


_CORRECTED = "12:00 [{}] pharm + nurse lot.corrected product={} lot={} to_lot={} reason=misread"
RENAMED = {
    "B": ("B1", "B", "", AGREES),  # taken over as the sheet said it, which was wrong
    "C": ("C1", "C1", "", AGREES),  # as the pack says it
    "D": ("", "D8", "D", AGREES),
    "E": ("E1", "E", "E2", DIFFERS),
    "F": ("", "F8", "F", DIFFERS),  # the correction was taken back
    "G": ("", "G", "", AGREES),  # another medicine's lot of this name was corrected
}
"""The name under which a lot was sent, and how it was corrected there; how it arrived, and was corrected here."""


def test_a_lot_is_followed_through_corrections_of_its_name_on_either_side(tmp_path: Path) -> None:
    hospital, clinic = Counter(tmp_path / "h"), Counter(tmp_path / "c", facility="phc")
    opened = ", ".join(f"morphine {lot} 9 expires_on=2027-06-30" for lot in RENAMED)
    hospital.tell(f"08:00 head + pharm stock.opened place=safe lines=[{opened}, diazepam G 9 expires_on=2027-06-30]")
    log = hospital.house.ledger.log
    for lot, (there, arrived, here, _) in RENAMED.items():
        hospital.tell(f"10:00 [{lot}] pharm + nurse stock.sent from_place=safe to_log={CLINIC} document_no=1 "
                      f"lines=[morphine {lot} 9]")  # fmt: skip
        clinic.tell(f"11:00 pharm + nurse stock.arrived to_place=safe from_log={log} "
                    f"document_no=1 from_id={hospital.labels[lot][0]} "
                    f"lines=[morphine {arrived} 9 expires_on=2027-06-30]")  # fmt: skip
        if there:
            hospital.tell(_CORRECTED.format(f"its-{lot}", "morphine", lot, there))
        if here:
            clinic.tell(_CORRECTED.format(f"own-{lot}", "morphine", arrived, here))
    hospital.tell(_CORRECTED.format(f"its-{lot}", "diazepam", "G", "G1"))
    clinic.tell("12:10 pharm + nurse entry.reversed id=@own-F reason=wrong_quantity packs=none note=misread")
    found = compare(told(hospital, tmp_path / "one"), told(clinic, tmp_path / "other"))
    states = {each.seq: each.state for each in found if each.kind == "transfer"}
    assert states == {hospital.labels[lot][1]: state for lot, (*_, state) in RENAMED.items()}
    for each in (hospital, clinic):
        each.house.close()


def test_people_are_matched_by_what_both_folders_open_alone(counters: tuple[Counter, Counter], tmp_path: Path) -> None:
    hospital, clinic = counters
    closed, open_ = told(hospital, tmp_path / "one", disclose=False), told(clinic, tmp_path / "other")
    assert (list(closed.people), list(open_.people)) == ([], [IIN])
    assert not [each for each in compare(closed, open_) if each.state == TWICE]
    lines = (tmp_path / "other" / "openings.jsonl").read_text()
    (tmp_path / "other" / "openings.jsonl").write_text(lines.replace(IIN, "910502299001"))
    assert not read_told(open_source(tmp_path / "other")).people  # an opening that does not fit its commitment


def test_a_leaf_that_was_written_down_must_be_the_source_s(counters: tuple[Counter, Counter], tmp_path: Path) -> None:
    hospital, clinic = counters
    one, other = told(hospital, tmp_path / "one"), told(clinic, tmp_path / "other")
    taken = other.entries[clinic.labels["same"][0]]
    for leaf, state in ((one.entries[hospital.labels["same"][0]].leaf, AGREES), ("0" * 64, DIFFERS)):
        other.entries[taken.id] = replace(taken, body={**taken.body, "from_leaf": leaf})
        (found,) = [each for each in compare(one, other) if each.other_seq == taken.seq and each.kind == "discharge"]
        assert found.state == state
