"""Patients: registered under an id, identity sealed; corrected, moved; their death, after which only the
return goes on.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ledger.domain import values
from ledger.domain.book import Book
from ledger.domain.effects import Changed, Effect, Made
from ledger.domain.form import Fields, Opt, Reading, obj, sealed
from ledger.domain.kind import Case, Kind
from ledger.domain.person import find_death
from ledger.domain.records import Patient
from ledger.domain.terms import INDICATIONS, RELATIONS
from ledger.domain.texts import free, new, one_of, ref, text, word
from ledger.domain.timeline import When
from ledger.domain.values import day


def _says_why_no_iin(value: dict[str, Any], path: str, reading: Reading) -> None:
    if value.get("iin") is None and value.get("no_iin_reason") is None:
        reading.refuse("field_missing", f"{path}.no_iin_reason")


_IDENTITY: Fields = {"name": text, "iin": Opt(values.iin), "no_iin_reason": Opt(text), "born_on": day, "address": text}
_SOME_IDENTITY: Fields = {name: each if isinstance(each, Opt) else Opt(each) for name, each in _IDENTITY.items()}


def _is_born(case: Case) -> None:
    """Asked at entry, while the day is there to be read; the refusal does not repeat it."""
    born_on = case.command.sealed.get("body.identity.born_on")
    if type(born_on) is str and born_on > case.day:
        case.refuse("time_in_future", "body.identity.born_on")


def _register(case: Case) -> list[Effect]:
    body = case.body
    home = (case.at, case.seq, body["home_kato"], body["home_phc_bin"])
    return [Made("patient", (body["patient"],), Patient(homes=(home,)), thing="patient")]


PATIENT_REGISTERED = Kind(
    name="patient.registered",
    fields={
        "patient": new("patient"),
        "identity": sealed(obj(_IDENTITY, _says_why_no_iin), whole=True),
        "home_kato": values.kato,
        "home_phc_bin": values.bin_number,
        "indication": one_of(*INDICATIONS),
        "icd10": sealed(text),
    },
    rule=_is_born,
    effects=_register,
)


def _something_corrected(value: dict[str, Any], path: str, reading: Reading) -> None:
    identity = value.get("identity")
    leaves = identity.values() if type(identity) is dict else ()
    if value.get("icd10") is None and all(leaf is None for leaf in leaves):
        reading.refuse("field_missing", f"{path}.identity")


PATIENT_CORRECTED = Kind(
    name="patient.corrected",
    fields={
        "patient": ref("patient"),
        "identity": Opt(sealed(obj(_SOME_IDENTITY), whole=True)),
        "icd10": Opt(sealed(text)),
        "reason": free,
    },
    also=_something_corrected,
    rule=_is_born,
    effects=lambda case: [],
)
"""Only the given leaves are sealed anew: what stands is each leaf's last opening that no reversal took back."""


@dataclass(frozen=True, slots=True)
class HomeSet:
    """Where the patient lives, from the entry's time on."""

    patient: str
    kato: str
    phc_bin: str

    def apply(self, book: Book, when: When) -> None:
        old: Patient = book.get("patient", self.patient)
        homes = sorted((*old.homes, (when.at, when.seq, self.kato, self.phc_bin)))
        book.put("patient", (self.patient,), replace(old, homes=tuple(homes)))

    def revert(self, book: Book, when: When) -> None:
        old: Patient = book.get("patient", self.patient)
        left = tuple(home for home in old.homes if home[1] != when.seq)
        book.put("patient", (self.patient,), replace(old, homes=left))

    def dependents(self, book: Book, when: When) -> Iterator[int]:
        return iter(())


PATIENT_MOVED = Kind(
    name="patient.moved",
    fields={"patient": ref("patient"), "home_kato": values.kato, "home_phc_bin": values.bin_number},
    effects=lambda case: [HomeSet(case.body["patient"], case.body["home_kato"], case.body["home_phc_bin"])],
)


def _died(case: Case) -> None:
    if find_death(case.book, case.body["patient"]) is not None:
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

KINDS: tuple[Kind, ...] = (
    PATIENT_REGISTERED,
    PATIENT_CORRECTED,
    PATIENT_MOVED,
    PATIENT_DIED,
    RELATIVES_INFORMED,
)
