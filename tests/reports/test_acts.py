"""Notes, acts and sheets about one entry: issued as `senim report` does, read by a stranger, altered by a thief."""

import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import zxingcpp
from PIL import Image

from ledger.domain.findings import empties_of
from ledger.errors import NotFound, WronglyCalled
from ledger.log.canonical import from_bytes
from ledger.service.checkpoints import verifier_key
from ledger.service.queries import read_balances
from ledger.words import LANGUAGES
from reports.act import Act, build_act, gather_act
from reports.asked import Asked
from reports.attach import ENTRIES, read_attached
from reports.check import check_pdf
from reports.data import from_report, to_report
from reports.empties_due import COLLECTED, derive_due
from reports.issuing import issue
from reports.kinds import KINDS
from reports.movements import Entry
from reports.naming import names_in
from reports.sheet import Sheet
from tests.reports.test_stories import played
from tests.stories.stage import Stage
from tests.stories.test_stories import STORIES

NAME = "<b>Қанша Ә & Ұлы</b>"
STORY = """
day 2026-03-06 Friday
08:00 head + pharm stock.opened place=safe lines=[morphine A 18 expires_on=2027-06-30,
    morphine B 40 expires_on=2027-09-30]
08:01 head + pharm stock.opened place=ward lines=[diazepam D 9 expires_on=2027-06-30, midazolam M 9
    expires_on=2027-06-30]
08:30 doctor patient.registered patient=p1 identity={name="Test One" no_iin_reason="no papers" born_on=1890-01-01
    address="Abai 1"} home_kato=103230100 home_phc_bin=990140000017 indication=malignant_neoplasm icd10=C34
08:31 doctor patient.corrected patient=p1 identity={name=NAME no_iin_reason="no papers" born_on=1890-01-01
    address="Abai 1"} reason="spelling"
08:41 doctor prescription.issued prescription=home1 patient=p1 product=morphine single_dose=10mg route=20066000
    frequency=3/d duration_days=10 starts_on=2026-03-06 units=30 setting=home record_no=1
10:05 [dispense] pharm dispense.discharge prescription=home1 patient=p1 place=safe lots=[A 18, B 12] days_supply=10
    collector={kind=relative name="Қанат" identity=seen} discharge_summary_no="78/12" decided_by=doctor
    home_kato=103230100 home_phc_bin=990140000017
11:00 [d1] nurse + nurse2 dose.administered patient=p1 ordered_by=doctor place=ward product=diazepam lots=[D 2]
    dose=18mg residue=2mg residue_fate=kept_for_collection
11:10 [d2] nurse dose.administered patient=p1 ordered_by=doctor place=ward product=diazepam lots=[D 1] dose=10mg
11:15 nurse entry.reversed id=@d2 reason=wrong_patient note="x" packs=never_left
11:20 nurse dose.administered patient=p1 ordered_by=doctor place=ward product=midazolam lots=[M 2] dose=10mg
12:30 pharm + nurse empties.collected place=ward lines=[midazolam M empty=1 partial=0] seal_no=E-0 to_place=custody
13:00 [empties] pharm + nurse empties.collected place=ward lines=[diazepam D empty=1 partial=2 residue=2mg,
    midazolam M empty=1 partial=0] seal_no=E-1 to_place=custody
14:00 [c] nurse + nurse2 stock.counted place=ward blind=true purpose=shift lines=[diazepam - 8]
14:10 head + pharm discrepancy.resolved discrepancy=@c:0 cause=found difference=1 note="x"
day 2026-03-10 Tuesday
16:00 [return] feldsher unused.returned patient=p1 brought_by="Қанат" relation=son reason=patient_died
    lines=[morphine A intact=9 broken=1 shortfall=not_found, morphine B intact=12 broken=0] empties_declined=true
    seal_no=R-1 place=custody signed_by_relative=declined
16:10 [signed] feldsher unused.returned brought_by="Қанат" relation=neighbour reason=found
    lines=[morphine - intact=1 broken=0] empties_declined=false seal_no=R-2 place=custody signed_by_relative=yes
16:20 doctor prescription.issued prescription=home2 patient=p1 product=morphine single_dose=10mg route=20066000
    frequency=1/d duration_days=10 starts_on=2026-03-10 units=10 setting=home record_no=1
16:30 [outpatient] pharm dispense.outpatient prescription=home2 patient=p1 place=safe lots=[B 10] days_supply=10
    collector={kind=patient identity=known}
16:40 pharm + nurse entry.reversed id=@outpatient reason=not_collected note="x" packs=never_left
16:50 [alone] pharm (alone_on_duty) empties.collected place=ward lines=[midazolam M empty=1 partial=0,
    midazolam M empty=1 partial=0] seal_no=E-2 to_place=custody
17:00 [sheet] pharm sheet.issued sheet_no=7/2026 place=ward lines=30
"""
ABOUT = ("dispense", "return", "empties", "sheet")
NEVER_AT_THE_TABLE = re.compile(
    r"missing|unaccounted|stolen|refus|declin|not found|shortfall|недостач|изъят|отказ|жетіспе|бас тарт", re.IGNORECASE
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    text = STORY.replace("NAME", f'"{NAME}"')
    with played("acts", f"```story{text}```\n", tmp_path_factory.mktemp("acts")) as stage:
        yield stage


@pytest.fixture(scope="module")
def pdf(stage: Stage) -> Callable[[str, str], bytes]:
    """The issued file of a kind in a language; each is made once."""
    made: dict[tuple[str, str], bytes] = {}

    def get(kind: str, language: str = "en") -> bytes:
        if (kind, language) not in made:
            asked = Asked(kind=kind, entry=stage.labels[kind][1], language=language)
            made[kind, language] = issue(stage.house.ledger, stage.house.directory, asked).pdf
        return made[kind, language]

    return get


def opened(pdf: bytes) -> tuple[Any, dict[int, Entry]]:
    """The model and the entries that a file carries."""
    with pikepdf.open(BytesIO(pdf)) as document:
        files = read_attached(document)
    entries = [from_bytes(line) for line in files[ENTRIES].splitlines()]
    return from_report(files["report.json"]), {entry["seq"]: entry for entry in entries}


def text_of(program: Callable[[str], str], pdf: bytes, *options: str) -> str:
    found = [program("pdftotext"), "-layout", *options, "-", "-"]
    return subprocess.run(found, input=pdf, capture_output=True, check=True).stdout.decode()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ABOUT)
def test_each_passes_every_check_in_every_language(
    kind: str, language: str, stage: Stage, pdf: Callable[[str, str], bytes]
) -> None:
    verdict = check_pdf(pdf(kind, language), log_key=verifier_key(stage.house.ledger))
    assert {name: (each.verdict, each.findings) for name, each in verdict.checks.items()} == dict.fromkeys(
        verdict.checks, ("pass", [])
    )
    assert KINDS[kind].render(verdict.report) == KINDS[kind].render(from_report(to_report(verdict.report)))


def test_a_supply_note_names_whom_it_is_for_and_who_decided(
    pdf: Callable[..., bytes], program: Callable[[str], str]
) -> None:
    told = text_of(program, pdf("dispense"))
    for word in (
        "<b>Қанша Ә & Ұлы</b>",
        "78/12",
        "physician, doctor",
        "Қанат",
        "10 days",
        "subcutaneous",
        "3 times a day",
        "103230100",
    ):
        assert word in told, word
    assert "Test One" not in told


def test_whose_data_it_shows_stands_in_its_entry(stage: Stage, pdf: Callable[..., bytes]) -> None:
    for kind, subjects in {"dispense": ["p1"], "return": ["p1"], "empties": [], "sheet": []}.items():
        pdf(kind)
        with stage.house.ledger.reading() as reading:
            said = [from_bytes(row.data)["statement"]["body"] for row in reading.rows(type="report.issued")]
        assert next(each["subjects"] for each in said if each["kind"] == kind) == subjects, kind


def test_what_was_expected_is_what_the_ledger_held_it_against(stage: Stage, pdf: Callable[..., bytes]) -> None:
    act: Act = opened(pdf("empties"))[0]
    assert [line.figures for line in act.lines] == [
        {"expected": 2, "empty": 1, "partial": 2, "counted": 3, "difference": 1},
        {"expected": 1, "empty": 1, "partial": 0, "counted": 1, "difference": 0},
    ]
    with stage.house.ledger.reading() as reading:
        found = reading.book.get("discrepancy", f"{act.id}:0")
    assert (found.counted, found.expected) == (3, 2)


def test_a_lot_that_stands_twice_is_expected_once(stage: Stage) -> None:
    asked = Asked(kind="empties", entry=stage.labels["alone"][1], language="en")
    act: Act = opened(issue(stage.house.ledger, stage.house.directory, asked).pdf)[0]
    with stage.house.ledger.reading() as reading:
        kept = [reading.book.get("discrepancy", f"{act.id}:{n}").expected for n in (0, 1)]
    assert [line.figures["expected"] for line in act.lines] == kept == [0, -1]


def test_a_downtime_sheet_shows_what_the_ledger_says_lies_there(stage: Stage, pdf: Callable[..., bytes]) -> None:
    sheet: Sheet = opened(pdf("sheet"))[0]
    with stage.house.ledger.reading() as reading:
        rows = read_balances(reading, product=None, place="ward", at=None)
    assert [(each.product, each.lot, each.units) for each in sheet.balances] == [
        (row["product"], row["lot"], row["units"]) for row in rows if row["units"]
    ]


def test_a_downtime_sheet_has_every_line_once(pdf: Callable[..., bytes], program: Callable[[str], str]) -> None:
    told = text_of(program, pdf("sheet"))
    assert [int(n) for n in re.findall(r"^ *(\d+)$", told, re.MULTILINE)] == list(range(1, 31))


ALTERED: list[tuple[str, Callable[[Any], Any]]] = [
    ("dispense", lambda act: replace(act, lines=(replace(act.lines[0], figures={"units": 17}), *act.lines[1:]))),
    ("dispense", lambda act: replace(act, opened=(replace(act.opened[0], value="another"), *act.opened[1:]))),
    ("dispense", lambda act: replace(act, opened=(*act.opened[:-1], replace(act.opened[-1], seq=act.by.seq)))),
    ("dispense", lambda act: replace(act, patient="p2")),
    ("dispense", lambda act: replace(act, decided_by=act.by.performer)),
    ("dispense", lambda act: replace(act, frame=replace(act.frame, signatories=act.frame.signatories[:1]))),
    ("return", lambda act: replace(act, told=act.told[:-1])),
    ("return", lambda act: replace(act, lines=act.lines[:1])),
    ("return", lambda act: replace(act, by=replace(act.by, reversed_by=1))),
    ("empties", lambda act: replace(act, lines=(replace(act.lines[0], residue="3 mg"), *act.lines[1:]))),
    ("empties", lambda act: replace(act, lines=(replace(act.lines[0], figures=act.lines[1].figures), *act.lines[1:]))),
    ("sheet", lambda sheet: replace(sheet, lines=31)),
    ("sheet", lambda sheet: replace(sheet, balances=sheet.balances[1:])),
    ("sheet", lambda sheet: replace(sheet, by=replace(sheet.by, seq=sheet.by.seq - 1))),
]


@pytest.mark.parametrize(("kind", "alter"), ALTERED)
def test_whatever_does_not_follow_from_the_entries_is_found(
    kind: str, alter: Callable[[Any], Any], pdf: Callable[..., bytes]
) -> None:
    report, entries = opened(pdf(kind))
    assert not list(KINDS[kind].differences(report, entries))
    assert list(KINDS[kind].differences(alter(report), entries))


@pytest.mark.parametrize("kind", ABOUT)
def test_no_entry_that_it_rests_on_can_be_left_out(kind: str, pdf: Callable[..., bytes]) -> None:
    """But those that say nothing of this report: keys, and doses that a reversal took back together with it."""
    report, entries = opened(pdf(kind))
    assert KINDS[kind].needed(report, entries) == set(entries)
    about = {report.by.seq, 0} | {each.seq for each in getattr(report, "opened", ())}
    for seq in about:
        rest = {number: entry for number, entry in entries.items() if number != seq}
        assert list(KINDS[kind].differences(report, rest)), seq


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_family_s_slip_thanks_and_lists_only_what_was_handed_over(
    language: str, stage: Stage, pdf: Callable[..., bytes], program: Callable[[str], str], tmp_path: Path
) -> None:
    data = pdf("return", language)
    with pikepdf.open(BytesIO(data)) as document:
        last = len(document.pages)
        assert [round(float(each)) for each in document.pages[-1].mediabox] == [0, 0, 298, 420]
    slip = text_of(program, data, "-f", str(last))
    thanks = {"kk": "Рақмет", "ru": "Спасибо", "en": "Thank you"}[language]
    assert thanks in slip
    assert ": 22" in slip
    for never in ("Қанша", "Қанат", "p1", "R-1"):
        assert never not in slip, never
    assert not NEVER_AT_THE_TABLE.search(slip)
    (tmp_path / "a.pdf").write_bytes(data)
    drawn = [program("pdftoppm"), "-f", str(last), "-r", "200", "-gray", "a.pdf", "slip"]
    subprocess.run(drawn, cwd=tmp_path, check=True)
    with Image.open(next(tmp_path.glob("slip*"))) as image:
        (code,) = zxingcpp.read_barcodes(image)
    head = opened(data)[0].frame.head
    assert code.text == f"{stage.house.ledger.log}\n{head.size}\n{head.root}\n{stage.labels['return'][1]}"


def test_the_code_of_a_supply_note_names_its_entry_and_nobody(
    stage: Stage, pdf: Callable[..., bytes], program: Callable[[str], str], tmp_path: Path
) -> None:
    data = pdf("dispense", "kk")
    (tmp_path / "a.pdf").write_bytes(data)
    subprocess.run([program("pdftoppm"), "-r", "150", "-gray", "a.pdf", "note"], cwd=tmp_path, check=True)
    act, _ = opened(data)
    head = act.frame.head
    for page in tmp_path.glob("note*"):
        with Image.open(page) as image:
            (code,) = zxingcpp.read_barcodes(image)
        assert code.text.splitlines() == [
            stage.house.ledger.log, str(head.size), head.root, str(act.by.seq), act.id]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_act_of_acceptance_blames_nobody(
    language: str, pdf: Callable[..., bytes], program: Callable[[str], str]
) -> None:
    assert not NEVER_AT_THE_TABLE.search(text_of(program, pdf("return", language)))


def test_of_an_erased_patient_it_says_that_the_names_are_no_longer_kept(
    pdf: Callable[..., bytes], program: Callable[[str], str]
) -> None:
    act, entries = opened(pdf("dispense"))
    erased = build_act(entries, names_in(act), (), frame=act.frame, seq=act.by.seq)
    assert not list(KINDS["dispense"].differences(erased, entries))
    told = text_of(program, KINDS["dispense"].render(erased))
    assert told.count("no longer kept") == 3
    assert "Қан" not in told


@pytest.mark.parametrize("kind", ABOUT)
def test_another_entry_than_its_own_makes_none(kind: str, stage: Stage) -> None:
    for seq in (0, stage.labels["c"][1], 9_999):
        asked = Asked(kind=kind, entry=seq, language="en")
        with pytest.raises(NotFound):
            issue(stage.house.ledger, stage.house.directory, asked)
    with pytest.raises(WronglyCalled, match="report_needs_entry"):
        Asked(kind=kind, language="en")
    with pytest.raises(WronglyCalled, match="option_unused"):
        Asked(kind=kind, entry=1, product="morphine", language="en")


@pytest.mark.parametrize(
    ("kind", "label", "words"),
    [
        ("dispense", "outpatient", ["Supply note for an outpatient", "Does not stand: reversed by entry No."]),
        ("return", "signed", ["neighbour", "Handed in as listed above", "Қанат"]),
        ("empties", "alone", ["second signature awaited", "+1"]),
    ],
)
def test_what_became_of_it_stands_on_it(
    kind: str, label: str, words: list[str], stage: Stage, program: Callable[[str], str]
) -> None:
    asked = Asked(kind=kind, entry=stage.labels[label][1], language="en")
    data = issue(stage.house.ledger, stage.house.directory, asked).pdf
    assert check_pdf(data, log_key=verifier_key(stage.house.ledger)).verdict == "pass"
    told = text_of(program, data)
    for word in words:
        assert word in told, word


@pytest.mark.parametrize("name", ["03", "21"])
def test_what_was_due_is_derived_as_the_ledger_keeps_it(name: str, tmp_path: Path) -> None:
    """Every line of every collection of a story, whatever happened to the doses before it."""
    (path,) = [path for path in STORIES if path.name.startswith(name)]
    with played(name, path.read_text("utf-8"), tmp_path) as stage, stage.house.ledger.reading() as reading:
        entries = [(seq, from_bytes(data)) for seq, data in reading.entries()]
        found = [seq for seq, entry in entries if entry["statement"]["type"] == COLLECTED]
        assert found
        for seq in found:
            said = entries[seq][1]["statement"]
            due = reading.book.stock.timeline
            for line in said["body"]["lines"]:
                moves = derive_due(gather_act(entries, "empties", seq), line["product"], said["body"]["place"], seq)
                kept = due(empties_of(said["body"]["place"]), line["product"], line["lot"])
                known = kept.balance_at(said["occurred_at"], seq - 1)
                assert sum(move.units for move in moves if move.lot == line["lot"]) == known, (seq, line)
