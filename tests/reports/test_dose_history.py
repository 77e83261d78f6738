"""A dose history on paper: what the ledger answers, genuine, told in three languages; nothing of it can be altered."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import NotFound, WronglyCalled
from ledger.log.canonical import to_bytes
from ledger.service.checkpoints import verifier_key
from ledger.words import LANGUAGES
from reports.asked import Asked
from reports.check import check_pdf
from reports.data import from_report, to_report
from reports.dose_history import DoseReport, build_dose_report, find_dose_differences, needed_by_doses
from reports.dose_paper import render_doses
from reports.issuing import issue
from reports.model import Detail, Period
from reports.movements import Entries
from reports.naming import names_in
from reports.old_entries import read_entry
from tests.reports.dose_days import NAME, Days, died, three_weeks
from tests.reports.world import entries_of


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Days]:
    made = three_weeks(tmp_path_factory.mktemp("doses"))
    yield made
    made.stage.house.close()


def issued(days: Days, language: str = "en", patient: str = "p1", period: Period | None = None) -> tuple[bytes, Any]:
    house = days.stage.house
    asked = Asked(kind="dose-history", patient=patient, period=period or Period(), language=language)
    pdf = issue(house.ledger, house.directory, asked).pdf
    verdict = check_pdf(pdf, log_key=verifier_key(house.ledger))
    assert {name: (each.verdict, each.findings) for name, each in verdict.checks.items()} == dict.fromkeys(
        verdict.checks, ("pass", [])
    )
    return pdf, verdict.report


@pytest.fixture(scope="module")
def both(days: Days) -> tuple[bytes, DoseReport]:
    return issued(days)


@pytest.fixture(scope="module")
def report(both: tuple[bytes, DoseReport]) -> DoseReport:
    return both[1]


@pytest.fixture(scope="module")
def entries(both: tuple[bytes, DoseReport]) -> Entries:
    return entries_of(both[0])


SAID = {
    "kk": ("Дозалар тарихы", "бір опиоидты басқасына ауыстыру есебіне арналмаған", "анықтау мүмкін емес"),
    "ru": ("История доз", "не для пересчёта одного опиоида на другой", "определить нельзя"),
    "en": ("Dose history", "not for converting one opioid to another", "cannot be determined"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_genuine_and_says_what_it_is_not_for(days: Days, language: str, text: Callable[..., str]) -> None:
    pdf, found = issued(days, language)
    assert render_doses(found) == render_doses(from_report(to_report(found)))
    told = text(pdf)
    assert NAME in told
    for said in SAID[language]:
        assert said in told


def test_what_holds_now_stands_at_the_top(days: Days, text: Callable[..., str]) -> None:
    first = text(issued(days)[0]).split("\f")[0].replace("\u00a0", " ")
    for said in (
        "fentanyl, transdermal, 25 µg/h; morphine, oral, 80 mg a day",
        "140 mg of oral morphine",
        "morphine, subcutaneous, 10 mg: 14 % of the regular opioid of the day",
        "on since 16 Mar 2026, 10:00, change due",
        "19 Mar 2026, 10:00",
        "Morphine, tablets, 10 mg: 22 Mar 2026",
        "diazepam, last on 14 Mar 2026",
    ):
        assert said in first


def test_days_that_are_the_same_are_one_row_and_a_reversed_dose_says_by_what(
    days: Days, text: Callable[..., str]
) -> None:
    told = text(issued(days)[0])
    assert "– 9 Mar 2026" in told
    assert told.count("reversed by entry No.") == 1
    assert "trimeperidine: no factor for this drug" in told


def _without(report: DoseReport, **changes: Any) -> DoseReport:
    return replace(report, doses=replace(report.doses, **changes))


def _first_day(report: DoseReport, **changes: Any) -> DoseReport:
    first, *others = report.doses.days
    return _without(report, days=(replace(first, **changes), *others))


ALTERED: dict[str, tuple[Callable[[DoseReport], DoseReport], str]] = {
    "a figure": (
        lambda r: _first_day(r, administered=replace(r.doses.days[0].administered, equivalent="20")),  # type: ignore[type-var]
        "day_differs",
    ),
    "a milligram": (lambda r: _first_day(r, administered=r.doses.days[1].administered), "day_differs"),
    "a day left out": (lambda r: _without(r, days=r.doses.days[1:]), "day_differs"),
    "a patch": (lambda r: _without(r, worn=r.doses.worn[:-1]), "totals_differ"),
    "how long it lasts": (lambda r: _without(r, covered_until=()), "totals_differ"),
    "a reversal": (
        lambda r: _without(r, told=tuple(replace(each, reversed_by=None) for each in r.doses.told)),
        "totals_differ",
    ),
    "a factor": (
        lambda r: _without(r, factors=(replace(r.doses.factors[0], factor="1"), *r.doses.factors[1:])),
        "totals_differ",
    ),
    "the table": (
        lambda r: replace(r, files=tuple(replace(f, text=f.text.replace(",2.4,", ",1.2,")) for f in r.files)),
        "entry_not_attached",
    ),
    "what holds today": (lambda r: replace(r, today=None), "totals_differ"),
    "a benzodiazepine": (lambda r: replace(r, benzodiazepines=()), "totals_differ"),
    "a lot": (
        lambda r: replace(r, events=(replace(r.events[0], details=()), *r.events[1:])),
        "row_differs",
    ),
    "the name": (
        lambda r: replace(r, opened=tuple(replace(each, value="Another") for each in r.opened)),
        "opening_differs",
    ),
    "whose it is": (lambda r: replace(r, patient="p2"), "opening_differs"),
    "the period": (lambda r: replace(r, period=Period(from_on=date(2026, 3, 5))), "day_differs"),
    "another id": (lambda r: replace(r, also=("p9",)), "totals_differ"),
}


@pytest.mark.parametrize("name", ALTERED)
def test_an_altered_figure_is_found(name: str, report: DoseReport, entries: Entries) -> None:
    alter, code = ALTERED[name]
    assert list(find_dose_differences(report, entries)) == []
    altered = alter(report)
    assert altered != report
    assert next(iter(find_dose_differences(altered, entries))).code == code


def test_no_entry_that_it_rests_on_can_be_left_out(report: DoseReport, entries: Entries) -> None:
    told = [event.seq for event in report.events]
    assert set(told) <= needed_by_doses(report, entries) <= set(entries)
    for seq in (told[0], told[len(told) // 2], told[-1]):
        left = {number: entry for number, entry in entries.items() if number != seq}
        assert list(find_dose_differences(report, left))


def test_entries_before_a_new_epoch_tell_the_same_by_their_places(report: DoseReport, entries: Entries) -> None:
    """There a reversal's own number is one of the old log, and its place another."""
    base = -1000
    old = {seq + base: read_entry(seq + base, to_bytes(dict(entry))) for seq, entry in entries.items()}
    known = replace(report.frame.as_known, seq=report.frame.as_known.seq + base)
    again = build_dose_report(
        old,
        names_in(report),
        (),
        frame=replace(report.frame, as_known=known),
        patient="p1",
        period=report.period,
        files={each.sha256: each.text.encode() for each in report.files},
    )
    assert again.doses.days == report.doses.days
    moved = [replace(each, seq=each.seq + base) for each in report.events]
    assert list(again.events) == moved
    assert [each.reversed_by for each in again.doses.told if each.reversed_by is not None] == [
        each.reversed_by + base for each in report.doses.told if each.reversed_by is not None
    ]


def test_a_period_shows_its_own_days_and_what_holds_now(days: Days, report: DoseReport) -> None:
    _, found = issued(days, period=Period(from_on=date(2026, 3, 10), to_on=date(2026, 3, 11)))
    assert [day.on.day for day in found.doses.days] == [10, 11]
    assert found.doses.days == tuple(day for day in report.doses.days if day.on.day in (10, 11))
    assert (found.today, found.doses.patches) == (report.today, report.doses.patches)


def test_a_period_without_doses_is_a_report_that_says_so(days: Days, text: Callable[..., str]) -> None:
    pdf, found = issued(days, period=Period(from_on=date(2025, 1, 1), to_on=date(2025, 1, 31)))
    assert (found.doses.days, found.events) == ((), ())
    assert "No doses are on record in this period." in text(pdf)


def test_nothing_that_a_person_wrote_is_interpreted(report: DoseReport, text: Callable[..., str]) -> None:
    lines = "\n".join(f"<font size=40>line {n}\u202e</font>" for n in range(40))

    def with_lines(details: tuple[Detail, ...]) -> tuple[Detail, ...]:
        return tuple(replace(each, value=lines) if each.code == "prescription" else each for each in details)

    hostile = replace(
        report,
        opened=tuple(replace(each, value=f"{lines}\u2066") for each in report.opened if each.path.endswith("name")),
        events=tuple(
            replace(
                event,
                details=tuple(
                    replace(each, value=lines) if each.code == "prescription" else each for each in event.details
                ),
                lines=tuple(replace(line, lot='"A" <b>1</b>') for line in event.lines),
                performer=replace(event.performer, name=lines),
            )
            for event in report.events
        ),
    )
    told = text(render_doses(hostile))
    assert "<font size=40>line 0\ufffd</font>" in told
    assert '"A" <b>1</b>' in told
    assert not {"\u202e", "\u2066"} & set(told)


def test_a_person_who_was_entered_twice_has_one_history(tmp_path: Path) -> None:
    days = three_weeks(tmp_path)
    for patient in ("p2", "p3"):
        days.register(patient, "Other")
        taken: dict[str, Any] = {"patient": patient, "ordered_by": "doctor", "place": "ward", "product": "morphine"}
        taken |= {"lots": [{"lot": "morphine-1", "units": 1}], "dose": {"value": "10", "unit": "mg"}}
        days.do("dose.administered", "03-16T11:00", taken, witness="nurse2")
    mine = {"keep": "p1", "drop": "p2", "reason": "entered twice"}
    days.do("patients.merged", "03-16T12:00", mine, "pharm")
    pdf, found = issued(days)
    assert found.also == ("p2",)
    assert [event.type for event in found.events].count("dose.administered") == 43 + 1
    others = {entry["statement"]["body"].get("patient") for entry in entries_of(pdf).values()}
    assert others == {None, "p1", "p2"}, "nobody else's entries go along"
    days.stage.house.close()


def test_after_an_erasure_the_figures_stay_and_the_name_is_gone(tmp_path: Path, text: Callable[..., str]) -> None:
    days = three_weeks(tmp_path)
    died(days)
    days.do("identity.erased", "2031-03-21T09:00", {"patient": "p1", "basis": "asked for"}, "registrar", "head")
    pdf, found = issued(days)
    assert found.opened == ()
    assert len(found.doses.days) > 10
    assert "p1, the name is no longer kept" in text(pdf)
    house = days.stage.house
    for asked in (Asked(kind="register", product="morphine", language="kk"), Asked(kind="circle", language="kk")):
        assert issue(house.ledger, house.directory, asked).pdf
    days.stage.house.close()


def test_it_is_about_a_patient_who_is_here(days: Days) -> None:
    with pytest.raises(WronglyCalled, match="report_needs_patient"):
        Asked(kind="dose-history", language="en")
    house = days.stage.house
    with pytest.raises(NotFound):
        issue(house.ledger, house.directory, Asked(kind="dose-history", patient="nobody", language="en"))
