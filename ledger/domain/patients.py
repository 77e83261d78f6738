"""Patients: registered under an id, identity sealed; their death, after which only the return goes on."""

from typing import Any

from ledger.domain import form
from ledger.domain.effects import Changed, Effect, Made
from ledger.domain.form import Opt, day, new, obj, one_of, ref, sealed, text, word
from ledger.domain.kind import Case, Kind
from ledger.domain.records import Patient
from ledger.domain.terms import INDICATIONS, RELATIONS


def _says_why_no_iin(value: dict[str, Any], path: str, reading: form.Reading) -> None:
    if value.get("iin") is None and value.get("no_iin_reason") is None:
        reading.refuse("field_missing", f"{path}.no_iin_reason")


IDENTITY = obj(
    {"name": text, "iin": Opt(form.iin), "no_iin_reason": Opt(text), "born_on": day, "address": text},
    _says_why_no_iin,
)


def _register(case: Case) -> list[Effect]:
    body = case.body
    return [Made("patient", (body["patient"],), Patient(home_kato=body["home_kato"]), thing="patient")]


PATIENT_REGISTERED = Kind(
    name="patient.registered",
    fields={
        "patient": new("patient"),
        "identity": sealed(IDENTITY, whole=True),
        "home_kato": form.kato,
        "home_phc_bin": form.bin_number,
        "indication": one_of(*INDICATIONS),
        "icd10": sealed(text),
    },
    effects=_register,
)


def _died(case: Case) -> None:
    patient = case.book.find("patient", case.body["patient"])
    if patient is not None and patient.died_on is not None:
        case.refuse("already_exists", "body.patient", patient=case.body["patient"])
    if case.body["died_on"] > case.day:
        case.refuse("time_in_future", "body.died_on", on=case.body["died_on"])


PATIENT_DIED = Kind(
    name="patient.died",
    fact=True,
    fields={"patient": ref("patient"), "died_on": day, "certificate_no": Opt(sealed(text))},
    rule=_died,
    effects=lambda case: [Changed("patient", (case.body["patient"],), "died_on", case.body["died_on"], None)],
)

RELATIVES_INFORMED = Kind(
    name="relatives.informed",
    fact=True,
    fields={
        "patient": ref("patient"),
        "relative": sealed(text),
        "relation": word(RELATIONS),
        "order_no": text,
        "order_on": day,
    },
    effects=lambda case: [],
)

KINDS: tuple[Kind, ...] = (PATIENT_REGISTERED, PATIENT_DIED, RELATIVES_INFORMED)
