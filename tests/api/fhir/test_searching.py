"""A search finds what fits, page by page, and refuses what it does not know."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.fhir import finding
from api.fhir.finding import find_page
from api.fhir.gathering import Chart
from api.fhir.searching import fits, read_search, read_span, to_bundle
from ledger.cli.wiring import House
from ledger.errors import CallRefused
from tests.api.fhir.conftest import Play, chart_of, now_of
from tests.api.fhir.day import Json, read_all

ZONE = "Asia/Almaty"
MIDST = "2026-02-10T12:00:00.000000Z"
"""In the middle of the quarter: some courses are still going on."""
BASE = "https://senim.example.kz/api/v1/fhir"


def search_all(chart: Chart, type: str, *pairs: tuple[str, str]) -> list[str]:
    """The ids of every page, by following the links."""
    found: list[str] = []
    more: int | None = None
    while True:
        before = [("_before", str(more))] if more is not None else []
        page = find_page(chart, read_search(type, [*pairs, *before], ZONE, base=BASE))
        found += [made["id"] for made in page.found]
        if page.more_before is None:
            return found
        assert more is None or page.more_before < more
        more = page.more_before


Fits = Callable[[Json], Any]
SEARCHES: list[tuple[str, list[tuple[str, str]], Fits]] = [
    ("MedicationRequest", [("patient", "Patient/p001")], lambda r: r["subject"]["reference"] == "Patient/p001"),
    ("MedicationRequest", [("patient", f"{BASE}/Patient/p001")], lambda r: r["subject"]["reference"] == "Patient/p001"),
    ("MedicationRequest", [("status", "stopped,active")], lambda r: r["status"] in ("stopped", "active")),
    ("MedicationRequest", [("status", "http://hl7.org/fhir/CodeSystem/medicationrequest-status|active")],
     lambda r: r["status"] == "active"),
    ("MedicationRequest", [("status", "urn:elsewhere|active")], lambda r: False),
    ("MedicationRequest", [("_id", "rx-p001-in,rx-p002-in"), ("patient", "p002")], lambda r: r["id"] == "rx-p002-in"),
    ("MedicationRequest", [("authoredon", "ge2026-02-01"), ("authoredon", "lt2026-02-10")],
     lambda r: "2026-01-31T19" <= r["authoredOn"] < "2026-02-09T19"),
    ("MedicationRequest", [("_id", "rx-p001-in,nothing,rx-p002-in")],
     lambda r: r["id"] in ("rx-p001-in", "rx-p002-in")),
    ("MedicationRequest", [("identifier", "urn:senim:senim/semey-hospital:prescription|rx-p001-in")],
     lambda r: r["id"] == "rx-p001-in"),
    ("MedicationRequest", [("identifier", "urn:senim:elsewhere:prescription|rx-p001-in")], lambda r: False),
    ("MedicationDispense", [("subject", "p001"), ("whenhandedover", "2026-01")],
     lambda r: r["subject"]["reference"] == "Patient/p001" and r["whenHandedOver"] < "2026-01-31T19"),
    ("MedicationAdministration", [("effective-time", "2026-01-20")],
     lambda r: "2026-01-19T19" <= r["effectiveDateTime"] < "2026-01-20T19"),
    ("Patient", [], lambda r: True),
    ("Patient", [("identifier", "p003")], lambda r: r["id"] == "p003"),
    *(
        ("Provenance", [("target", target)], lambda r: {"reference": "MedicationRequest/rx-p001-in"} in r["target"])
        for target in ("MedicationRequest/rx-p001-in", "rx-p001-in", f"{BASE}/MedicationRequest/rx-p001-in")
    ),
    ("Provenance", [("target", "https://elsewhere.example/fhir/MedicationRequest/rx-p001-in")], lambda r: False),
]  # fmt: skip


@pytest.fixture(scope="module")
def everything(demonstration: dict[str, House]) -> dict[tuple[str, str], Json]:
    with chart_of(demonstration["hospital"].ledger, MIDST) as chart:
        return read_all(chart)


@pytest.mark.parametrize(("type", "pairs", "wanted"), SEARCHES)
def test_a_search_finds_what_reading_everything_finds(
    demonstration: dict[str, House],
    everything: dict[tuple[str, str], Json],
    type: str,
    pairs: list[tuple[str, str]],
    wanted: Fits,
) -> None:
    with chart_of(demonstration["hospital"].ledger, MIDST) as chart:
        found = search_all(chart, type, *pairs, ("_count", "7"))
    assert len(found) == len(set(found))
    assert set(found) == {id for (of, id), each in everything.items() if of == type and wanted(each)}
    assert found or "elsewhere" in pairs[0][1]


def test_everything_of_a_person_has_its_provenance_also_what_took_it_back(play: Play) -> None:
    stage = play("04")
    with chart_of(stage.house.ledger, now_of(stage)) as chart:
        reversal = chart.entry(chart.reading.rows(type="entry.reversed", last=1)[0].seq)
        patient = chart.entry_of(reversal.body["id"]).body["patient"]
        assert reversal.id in search_all(chart, "Provenance", ("patient", patient))


def test_newest_first_and_a_page_is_not_shifted_by_what_comes_later(demonstration: dict[str, House]) -> None:
    with chart_of(demonstration["hospital"].ledger) as chart:
        first = find_page(chart, read_search("Provenance", [("_count", "3")], ZONE, base=BASE))
        seqs = [int(made["meta"]["versionId"]) for made in first.found]
        size = chart.reading.head.size
    assert seqs == [size - 1, size - 2, size - 3]
    assert first.more_before == size - 3


def test_a_page_looks_at_no_more_than_it_may(demonstration: dict[str, House], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "MOST_EXAMINED", 10)
    with chart_of(demonstration["hospital"].ledger) as chart:
        rare = ("whenhandedover", "lt2026-01-20")
        page = find_page(chart, read_search("MedicationDispense", [rare], ZONE, base=BASE))
        assert page.found == []
        assert page.more_before is not None
        assert search_all(chart, "MedicationDispense", rare)


def test_a_page_is_a_bundle_whose_links_go_on() -> None:
    asked = read_search("Patient", [("identifier", "urn:x|1"), ("_count", "2")], ZONE, base=BASE)
    made = {"resourceType": "Patient", "id": "p1"}
    bundle = to_bundle([made], asked, base=BASE, more_before=41)
    links = {each["relation"]: each["url"] for each in bundle["link"]}
    assert links == {
        "self": f"{BASE}/Patient?identifier=urn:x|1&_count=2",
        "next": f"{BASE}/Patient?identifier=urn:x|1&_count=2&_before=41",
    }
    assert "total" not in bundle, "nobody has counted"
    assert bundle["entry"][0]["fullUrl"] == f"{BASE}/Patient/p1"
    empty = to_bundle([], asked, base=BASE, more_before=None)
    assert (empty["total"], "entry" in empty) == (0, False)


@pytest.mark.parametrize(
    ("type", "name", "value"),
    [
        ("Patient", "name", "Test"),
        ("Patient", "status", "active"),
        ("MedicationRequest", "status", ""),
        ("MedicationRequest", "status:not", "active"),
        ("MedicationRequest", "authoredon", "2026-13-01"),
        ("MedicationRequest", "authoredon", "ap2026-01-01"),
        ("MedicationRequest", "_count", "many"),
        ("MedicationRequest", "_count", "-1"),
        ("MedicationRequest", "_sort", "-authoredon"),
        ("Provenance", "subject", "p1"),
    ],
)
def test_what_is_not_known_is_refused_not_ignored(type: str, name: str, value: str) -> None:
    with pytest.raises(CallRefused):
        read_search(type, [(name, value)], ZONE, base=BASE)


SPANS = {
    "2026": ("2025-12-31T19:00", "2026-12-31T19:00"),
    "2026-12": ("2026-11-30T19:00", "2026-12-31T19:00"),
    "2026-02-28": ("2026-02-27T19:00", "2026-02-28T19:00"),
    "2026-03-02T10:15Z": ("2026-03-02T10:15", "2026-03-02T10:16"),
    "2026-03-02T10:15:30+05:00": ("2026-03-02T05:15:30", "2026-03-02T05:15:31"),
    "2026-03-02T10:15:30 05:00": ("2026-03-02T05:15:30", "2026-03-02T05:15:31"),
}


@pytest.mark.parametrize("text", SPANS)
def test_a_date_means_all_of_its_moments(text: str) -> None:
    first, last = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in SPANS[text])
    assert read_span(text, ZONE) == ("eq", (first, last))


PREFIXES = {  # asked for 2026-03-02 (UTC): (the day before, the day itself, the day after)
    "eq": (False, True, False), "ne": (True, False, True), "gt": (False, False, True), "ge": (False, True, True),
    "lt": (True, False, False), "le": (True, True, False), "sa": (False, False, True), "eb": (True, False, False),
}  # fmt: skip


@pytest.mark.parametrize("prefix", PREFIXES)
def test_prefixes_compare_as_the_standard_has_it(prefix: str) -> None:
    asked = read_search("Provenance", [("recorded", f"{prefix}2026-03-02")], "UTC", base=BASE)
    days = [{"recorded": f"2026-03-0{n}T12:00:00.000000Z"} for n in (1, 2, 3)]
    assert tuple(fits(each, asked, "UTC") for each in days) == PREFIXES[prefix]


@given(st.text(max_size=40))
def test_no_date_breaks_the_reader(text: str) -> None:
    found = read_span(text, ZONE)
    assert found is None or found[1][0] < found[1][1]
