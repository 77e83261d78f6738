"""Prescriptions with the four fields of order No. 32, paragraph 12: single dose, route, frequency, length of course."""

from datetime import date, timedelta

from ledger.domain import form
from ledger.domain.effects import Changed, Effect, Made
from ledger.domain.form import Opt, day, flag, free, integer, new, obj, one_of, quantity, ref, sealed, text, units
from ledger.domain.kind import Case, Kind
from ledger.domain.records import Prescription
from ledger.errors import Refusal

FREQUENCY = obj(
    {
        "times": integer(1, 1_000),
        "period": integer(1, 1_000),
        "period_unit": one_of("h", "d", "wk"),
        "as_needed": flag,
    }
)


def _issue(case: Case) -> list[Effect]:
    body = case.body
    ends_on = date.fromisoformat(body["starts_on"]) + timedelta(days=body["duration_days"] - 1)
    prescription = Prescription(
        patient=body["patient"],
        product=body["product"],
        setting=body["setting"],
        starts_on=body["starts_on"],
        ends_on=ends_on.isoformat(),
        issued_at=case.at,
        units=body["units"],
        days=body["duration_days"],
    )
    return [Made("prescription", (body["prescription"],), prescription, thing="prescription")]


def check_alive(case: Case) -> None:
    """`patient_dead` on a local day after the death, as known when this is recorded."""
    patient = case.book.find("patient", case.body["patient"])
    if patient is not None and patient.died_on is not None and case.day > patient.died_on:
        case.refuse("patient_dead", "body.patient", patient=case.body["patient"], died_on=patient.died_on)


PRESCRIPTION_ISSUED = Kind(
    name="prescription.issued",
    fields={
        "prescription": new("prescription"),
        "patient": ref("patient"),
        "product": ref("product"),
        "single_dose": quantity,
        "route": form.code,
        "frequency": FREQUENCY,
        "duration_days": integer(1, 3_660),
        "starts_on": day,
        "units": units,
        "setting": one_of("inpatient", "outpatient", "home"),
        "record_no": sealed(text),
        "blank_no": Opt(sealed(text)),
        "renews": Opt(ref("prescription")),
        "replaces": Opt(ref("prescription")),
    },
    rule=check_alive,
    effects=_issue,
)


def _stop(case: Case) -> None:
    prescription = case.book.find("prescription", case.body["prescription"])
    if prescription is not None and prescription.stopped_at is not None:
        case.refuse("prescription_stopped", "body.prescription", prescription=case.body["prescription"])


PRESCRIPTION_STOPPED = Kind(
    name="prescription.stopped",
    fields={"prescription": ref("prescription"), "reason": free},
    rule=_stop,
    effects=lambda case: [Changed("prescription", (case.body["prescription"],), "stopped_at", case.at, None)],
)


def check_whose(case: Case, prescription: Prescription, product: str | None) -> list[Refusal]:
    """Whether the prescription is this patient's, of this product: asked of acts and facts alike."""
    found = []
    name = case.body["prescription"]
    if prescription.patient != case.body["patient"] and case.book.find("patient", case.body["patient"]):
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
    left = prescription.units - prescription.used
    if asked > left:
        values = {"prescription": name, "asked": asked, "left": max(0, left)}
        found.append(Refusal(code="prescription_used_up", field="body.prescription", values=values))
    if case.day < prescription.starts_on or case.at < prescription.issued_at:
        values = {"prescription": name, "starts_on": prescription.starts_on}
        found.append(Refusal(code="time_before_prescription", field="occurred_at", values=values))
    return found


KINDS: tuple[Kind, ...] = (PRESCRIPTION_ISSUED, PRESCRIPTION_STOPPED)
