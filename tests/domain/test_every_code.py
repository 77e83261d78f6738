"""Every code of the vocabulary is the answer to something that is really asked, in a story or in the small pharmacy.

What stories, samples and the cases here expect is asserted where they are played; a code that leaves all of them is
missed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import pytest

from ledger.domain import terms
from ledger.domain.records import Facility
from ledger.errors import CommandInvalid
from ledger.log.canonical import MAX_ENTRY
from ledger.service.importing import read_line
from tests.domain.pharmacy import Pharmacy, dose, moved, practice_rules, prescription, registration, supply
from tests.domain.samples import SAMPLES
from tests.domain.test_warnings import CASES as COURSES
from tests.stories.notation import Figure
from tests.stories.test_stories import STORIES, ceremonies_of

KEY = {"person": "nurse", "key": "1" * 16, "alg": "ed25519", "public": "AAAA", "custody": "facility", "proof": "AAAA"}
REST: dict[str, Any] = {"dose": {"value": "6", "unit": "mg"}, "residue": {"value": "4", "unit": "mg"}}
ML = {"value": "1", "unit": "mL"}
HEAD = {"person": "head2", "role": "head_pharmacist", "name": "Ә"}
INPATIENT = prescription("in", "p1", product="morphine-inj", setting="inpatient", units=1, duration_days=2)
SUMMARY = {"discharge_summary_no": "7", "decided_by": "doc", "home_phc_bin": "050340000079"}


class Step(NamedTuple):
    type: str
    body: dict[str, Any]
    by: str
    witness: str | None = None
    day: int = 1
    promise: str | None = None

    def do(self, pharmacy: Pharmacy) -> list[str]:
        at, promised = (
            f"2026-02-{self.day:02}T09:00:00+05:00",
            {"witness_pending": self.promise} if self.promise else {},
        )
        return pharmacy.do(self.type, self.body, self.by, self.witness, at=at, **promised)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """*rules*: values that are other ones here (None: unset); *now*: when somebody writes it; None: it is imported."""

    step: Step
    before: tuple[Step, ...] = ()
    rules: Mapping[str, int | None] = field(default_factory=dict)
    now: str | None = None
    imports_closed: bool = False


def old(place: str, expires_on: str) -> Step:
    line = {"product": "morphine-inj", "lot": "OLD", "expires_on": expires_on, "units": 5}
    return Step("stock.received", {"place": place, "lines": [line], "supplier": "-", "document_no": "-"}, "ph1", "ph2")


def destroyed(*commission: str) -> Step:
    item = {"place": "safe", "product": "morphine-inj", "lot": "morphine-inj-1", "units": 1}
    body = {"act_no": "1", "method": "crushing", "place": "custody", "commission": [*commission], "items": [item]}
    return Step("destruction.performed", body, "head")


def empties(empty: int, partial: int) -> Step:
    line = {"product": "morphine-inj", "lot": "morphine-inj-1", "empty": empty, "partial": partial}
    body = {"place": "ward", "lines": [line], "seal_no": "E", "to_place": "bag"}
    return Step("empties.collected", body, "ph1", "nurse", day=3)


def given(day: int = 2, **changes: Any) -> Step:
    return Step("dose.administered", dose(**changes), "nurse", day=day)


WARD, TO_WARD = Step("stock.moved", moved(9), "ph1", "nurse"), Step("stock.moved", moved(1), "ph1", "nurse", day=2)
ORDER, BED = (Step("prescription.issued", body, "doc") for body in (prescription("rx", "p1"), INPATIENT))
DIED = Step("patient.died", {"patient": "p1", "died_on": "2026-02-02"}, "doc", day=2)
LEFT = Step("person.left", {"person": "head", "on": "2026-02-01"}, "registrar", "head")
SUPPLIED = Step("dispense.outpatient", supply("rx", "p1", 4), "ph1")
NINE = "2026-02-02T04:00:00.000000Z"

ASKED: dict[str, Asked] = {
    "field_unknown": Asked(step=given(surprise=1)),
    "units_not_whole": Asked(step=given(lots=[{"lot": "morphine-inj-1", "units": 2.5}])),
    "units_implausible": Asked(step=WARD, rules={"units_max": 8}),
    "bin_invalid": Asked(step=Step("patient.registered", registration("p3", home_phc_bin="1"), "doc")),
    "import_closed": Asked(step=Step("key.enrolled", KEY | {"use": "import"}, "ledger"), imports_closed=True),
    "witness_not_allowed": Asked(before=(WARD,), step=given()._replace(promise="at_home")),
    "commission_too_small": Asked(step=destroyed("head", "ph1")),
    "commission_same_person": Asked(step=destroyed("head", "ph1", "ph1")),
    "place_unknown": Asked(step=Step("stock.moved", moved(1, to="nowhere"), "ph1", "nurse")),
    "rule_not_adopted": Asked(step=destroyed("head", "ph1", "ph2"), rules={"commission_min": None}),
    "time_before_lot": Asked(before=(WARD._replace(day=3),), step=given()),
    "time_before_prescription": Asked(
        before=(ORDER._replace(body=prescription("rx", "p1", starts_on="2026-02-03")),), step=SUPPLIED
    ),
    "late_without_reason": Asked(step=TO_WARD, now="2026-02-04T04:00:00.000000Z"),
    "older_lot_first": Asked(before=(old("safe", "2026-12-31"),), step=TO_WARD, now=NINE),
    "home_differs": Asked(
        before=(ORDER,),
        step=Step("dispense.discharge", supply("rx", "p1", 4) | SUMMARY | {"home_kato": "103200000"}, "ph1", day=2),
        now=NINE,
    ),
    "after_death": Asked(before=(WARD, DIED), step=given(day=3, ordered_by="doc")),
    "outside_course": Asked(before=(WARD, BED), step=given(day=4, prescription="in")),
    "beyond_prescribed": Asked(before=(WARD, BED, given(prescription="in")), step=given(prescription="in")),
    "lot_expired_given": Asked(
        before=(old("ward", "2026-02-01"),), step=given(ordered_by="doc", lots=[{"lot": "OLD", "units": 1}])
    ),
    "very_late": Asked(before=(WARD,), step=given(ordered_by="doc"), now="2026-02-20T04:00:00.000000Z"),
    "governance_lost": Asked(
        before=(LEFT,), step=Step("person.enrolled", HEAD | {"commission": ["registrar", "ph1", "ph2"]}, "registrar")
    ),
    "fewer_partials": Asked(
        before=(WARD, given(ordered_by="doc", **REST, residue_fate="kept_for_collection")), step=empties(1, 0)
    ),
    "dose_not_compared": Asked(before=(WARD,), step=given(ordered_by="doc", dose=ML)),
}
"""By the code that alone is answered, beside `recorded` or `needs_acknowledgement`."""


@pytest.mark.parametrize("code", ASKED)
def test_it_is_answered_with_its_code(code: str) -> None:
    asked, pharmacy = ASKED[code], Pharmacy()
    for step in asked.before:
        assert step.do(pharmacy)[0] == "recorded", step
    provisions = dict(practice_rules().provisions)
    for name, value in asked.rules.items():
        provision = replace(next(iter(provisions.values()))[0], value=value or 0)
        provisions[name] = () if value is None else (provision,)
    pharmacy.rules = replace(pharmacy.rules, provisions=provisions)
    if asked.imports_closed:
        facility: Facility = pharmacy.book.facility
        pharmacy.book.put("facility", (), replace(facility, imports_closed=True))
    if asked.now is not None:
        pharmacy.imported, pharmacy.now = False, asked.now
    recorded = code in terms.FACT_NOTES
    before = ["recorded"] if recorded else ["needs_acknowledgement"] if code in terms.WARNINGS else []
    assert asked.step.do(pharmacy) == [*before, code]


def test_a_line_that_no_entry_can_hold_is_answered_with_its_code() -> None:
    read = read_line(b"{" + b" " * MAX_ENTRY + b"}")
    assert isinstance(read, CommandInvalid)
    assert [refusal.code for refusal in read.refusals] == ["entry_too_large"]


def told() -> Iterator[str]:
    yield from (*ASKED, "entry_too_large")
    for _, _, codes in COURSES.values():
        yield from codes
    for sample in SAMPLES.values():
        yield from (*sample.notes, *(code for _, codes in sample.refused for code in codes))
    steps = (
        each
        for path in STORIES
        for ceremony in ceremonies_of(path)
        if not isinstance(ceremony, Figure)
        for each in ceremony
    )
    for step in steps:
        yield from step.said[1]


def test_no_code_of_the_vocabulary_is_answered_to_nothing() -> None:
    every = {*terms.REFUSAL_ORDER, *terms.WARNINGS, *terms.FACT_NOTES}
    assert set(told()) == every
