"""Prescriptions with the four fields of order No. 32, paragraph 12: single dose, route, frequency, length of course."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ledger.domain.asking.course_warnings import find_warned
from ledger.domain.book import Book
from ledger.domain.effects import Effect, Made
from ledger.domain.form import Fields, Opt, obj, sealed
from ledger.domain.kind import Case, Kind, day_begins_at
from ledger.domain.person import find_death, ids_of, is_here
from ledger.domain.records import Prescription
from ledger.domain.texts import free, new, one_of, ref, text
from ledger.domain.timeline import When
from ledger.domain.values import code, count, day, flag, integer, some_quantity, units
from ledger.errors import Refusal

FREQUENCY = obj(
    {
        "times": integer(1, 1_000),
        "period": integer(1, 1_000),
        "period_unit": one_of("h", "d", "wk"),
        "as_needed": flag,
    }
)


@dataclass(frozen=True, slots=True)
class Stopped:
    """The prescription is stopped from `at` on."""

    prescription: str
    at: str

    def apply(self, book: Book, when: When) -> None:
        old: Prescription = book.get("prescription", self.prescription)
        book.put("prescription", (self.prescription,), replace(old, stops=(*old.stops, (self.at, when.seq))))

    def revert(self, book: Book, when: When) -> None:
        old: Prescription = book.get("prescription", self.prescription)
        left = tuple(stop for stop in old.stops if stop[1] != when.seq)
        book.put("prescription", (self.prescription,), replace(old, stops=left))

    def dependents(self, book: Book, when: When) -> Iterator[int]:
        return iter(())


def _issue(case: Case) -> list[Effect]:
    """The new course. A renewal goes on beside what is left of the old one; a replacement stops it when it starts."""
    body, zone = case.body, case.book.facility.zone
    on_paper = "issued_on" in body
    ends_on = date.fromisoformat(body["starts_on"]) + timedelta(days=body["duration_days"] - 1)
    prescription = Prescription(
        patient=body["patient"],
        product=body["product"],
        setting=body["setting"],
        starts_on=body["starts_on"],
        ends_on=ends_on.isoformat(),
        issued_at=day_begins_at(body["issued_on"], zone) if on_paper else case.at,
        units=body["units"],
        days=body["duration_days"],
        used=body.get("units_used_before", 0),
        transcribed_by=case.command.performer if on_paper else "",
        warned=find_warned(case),
    )
    effects: list[Effect] = [Made("prescription", (body["prescription"],), prescription, thing="prescription")]
    if "replaces" in body:
        effects.append(Stopped(body["replaces"], max(case.at, day_begins_at(body["starts_on"], zone))))
    return effects


def check_alive(case: Case) -> None:
    """`patient_dead` on a local day after the death, as known when this is recorded."""
    died_on = find_death(case.book, case.body["patient"])
    if died_on is not None and case.day > died_on:
        case.refuse("patient_dead", "body.patient", patient=case.body["patient"], died_on=died_on)


def _may_issue(case: Case) -> None:
    """Alive; and what it renews is this patient's, of this drug, and what it replaces is this patient's."""
    check_alive(case)
    book, body = case.book, case.body
    for name in ("renews", "replaces"):
        old: Prescription | None = book.find("prescription", body.get(name, ""))
        if old is None or not is_here(book, body["patient"]):
            continue
        if old.patient not in ids_of(book, body["patient"]):
            case.refuse("prescription_other_patient", f"body.{name}", prescription=body[name])
        known, new_one = case.find_product(old.product), case.find_product(body["product"])
        if name == "renews" and known and new_one and known.inn != new_one.inn:
            case.refuse("prescription_other_product", f"body.{name}", prescription=body[name])


_COURSE: Fields = {
    "prescription": new("prescription"),
    "patient": ref("patient"),
    "product": ref("product"),
    "single_dose": some_quantity,
    "route": code,
    "frequency": FREQUENCY,
    "duration_days": integer(1, 3_660),
    "starts_on": day,
    "units": units,
    "setting": one_of("inpatient", "outpatient", "home"),
    "record_no": sealed(text),
    "blank_no": Opt(sealed(text)),
    "renews": Opt(ref("prescription")),
    "replaces": Opt(ref("prescription")),
}

PRESCRIPTION_ISSUED = Kind(name="prescription.issued", fields=_COURSE, rule=_may_issue, effects=_issue)


def _transcribe(case: Case) -> None:
    _may_issue(case)
    if case.body["issued_on"] > case.day:
        case.refuse("time_in_future", "body.issued_on", on=case.body["issued_on"])


PRESCRIPTION_TRANSCRIBED = Kind(
    name="prescription.transcribed",
    fields={
        **_COURSE,
        "issued_by": obj({"name": sealed(text), "organisation": text}),
        "issued_on": day,
        "blank_series": Opt(text),
        "units_used_before": count,
    },
    rule=_transcribe,
    effects=_issue,
)


def _stop(case: Case) -> None:
    prescription = case.book.find("prescription", case.body["prescription"])
    if prescription is not None and prescription.stopped_at is not None and prescription.stopped_at <= case.at:
        case.refuse("prescription_stopped", "body.prescription", prescription=case.body["prescription"])


PRESCRIPTION_STOPPED = Kind(
    name="prescription.stopped",
    fields={"prescription": ref("prescription"), "reason": free},
    rule=_stop,
    effects=lambda case: [Stopped(case.body["prescription"], case.at)],
)


def check_whose(case: Case, prescription: Prescription, product: str | None) -> list[Refusal]:
    """Whether the prescription is this patient's, of this product: asked of acts and facts alike."""
    found = []
    name = case.body["prescription"]
    patient = case.body["patient"]
    if prescription.patient not in ids_of(case.book, patient) and is_here(case.book, patient):
        found.append(Refusal(code="prescription_other_patient", field="body.patient", values={"prescription": name}))
    if product is not None and prescription.product != product and case.find_product(product):
        found.append(Refusal(code="prescription_other_product", field="body.product", values={"prescription": name}))
    return found


def check_course(case: Case, prescription: Prescription, asked: int) -> list[Refusal]:
    """What of the course stands against *asked* units now."""
    name = case.body["prescription"]
    found = []
    if prescription.stopped_at is not None and case.at >= prescription.stopped_at:
        found.append(Refusal(code="prescription_stopped", field="body.prescription", values={"prescription": name}))
    if case.day > prescription.ends_on:
        values: dict[str, str | int] = {"prescription": name, "ends_on": prescription.ends_on}
        found.append(Refusal(code="prescription_over", field="body.prescription", values=values))
    if asked > prescription.left:
        values = {"prescription": name, "asked": asked, "left": prescription.left}
        found.append(Refusal(code="prescription_used_up", field="body.prescription", values=values))
    if case.day < prescription.starts_on or case.at < prescription.issued_at:
        values = {"prescription": name, "starts_on": prescription.starts_on}
        found.append(Refusal(code="time_before_prescription", field="occurred_at", values=values))
    return found


KINDS: tuple[Kind, ...] = (PRESCRIPTION_ISSUED, PRESCRIPTION_TRANSCRIBED, PRESCRIPTION_STOPPED)
