"""Giving a dose: a fact, whatever a rule thinks of it (contract: Giving doses)."""

from decimal import Decimal
from typing import Any

from ledger.domain import form
from ledger.domain.dispensing import HOME_LINE, counted_at_home
from ledger.domain.effects import AtHome, Effect, EmptiesChanged, Made, Used
from ledger.domain.form import LOT_LINE, Opt, many, obj, one_of, quantity, ref, username, yes
from ledger.domain.kind import Case, Kind, moves_of
from ledger.domain.prescribing import check_course, check_whose
from ledger.domain.records import Pending, Product
from ledger.domain.stocking import GIVING_PLACES, moved_out
from ledger.domain.terms import EMPTIES_UNITS, INPATIENT_KINDS, in_grams

_ON_WHAT_ORDER = ("prescription", "acknowledged", "ordered_by")


def _one_order_one_place(value: dict[str, Any], path: str, reading: form.Reading) -> None:
    if sum(value.get(name) is not None for name in _ON_WHAT_ORDER) > 1:
        reading.refuse("malformed", path)
    at_place, at_home = value.get("place") is not None, value.get("home") is not None
    if at_place and at_home:
        reading.refuse("malformed", f"{path}.home")
    elif not at_place and not at_home:
        reading.refuse("field_missing", f"{path}.place")


def _lines(case: Case) -> list[dict[str, Any]]:
    return [{"product": case.body["product"], **line} for line in case.body["lots"]]


def _check_order(case: Case) -> None:
    body, book = case.body, case.book
    if "prescription" in body:
        prescription = book.find("prescription", body["prescription"])
        if prescription is None:
            return
        case.refusals += check_whose(case, prescription, body["product"])
        inpatient = prescription.setting == "inpatient"
        asked = sum(line["units"] for line in body["lots"]) if inpatient else 0
        for refusal in check_course(case, prescription, asked):
            case.note("beyond_prescribed" if refusal.code == "prescription_used_up" else "outside_course")
    elif "acknowledged" in body:
        past = book.past.by_id(body["acknowledged"])
        if past is not None and (past.type != "dispense.acknowledged" or past.body["patient"] != body["patient"]):
            case.refuse("entry_unknown", "body.acknowledged", id=body["acknowledged"])
    elif "ordered_by" in body:
        physician = book.find("person", body["ordered_by"])
        if physician is None:
            case.refuse("not_enrolled", "body.ordered_by", person=body["ordered_by"])
        elif physician.role != "physician" or body["ordered_by"] == case.command.performer:
            case.refuse("not_allowed", "body.ordered_by", person=body["ordered_by"])
    else:
        case.note("without_prescription")


def adds_up(body: dict[str, Any], product: Product) -> bool | None:
    """Whether dose + residue = units × strength; None where the units cannot be compared."""
    whole: Decimal = sum(line["units"] for line in body["lots"]) * Decimal(product.strength)
    parts = [body["dose"], *([body["residue"]] if "residue" in body else [])]
    if all(part["unit"] == product.unit for part in parts):
        return sum((Decimal(part["value"]) for part in parts), Decimal(0)) == whole
    masses = [in_grams(part["value"], part["unit"]) for part in parts]
    strength = in_grams(str(whole), product.unit)
    if strength is None or any(mass is None for mass in masses):
        return None
    return sum((mass for mass in masses if mass is not None), Decimal(0)) == strength


def _give(case: Case) -> None:
    body, book = case.body, case.book
    _check_order(case)
    if body.get("residue_fate") == "wasted" and not (case.command.witness or case.command.witness_pending):
        case.refuse("witness_required", "witness")
    if "place" in body:
        case.find_place("place", *GIVING_PLACES)
        case.check_stock(moves_of(moved_out(body["place"], _lines(case))))
    patient = book.find("patient", body["patient"])
    if patient is not None and patient.died_on is not None and case.day > patient.died_on:
        case.note("after_death")
    product = case.find_product(body["product"])
    if product is not None and adds_up(body, product) is False:
        case.note("dose_arithmetic")
    for line in body["lots"]:
        lot = book.find("lot", body["product"], line["lot"])
        if lot is not None and lot.expires_on is not None and case.day > lot.expires_on:
            case.note("lot_expired_given")


def opened_at(case: Case, place: str, lines: list[dict[str, Any]]) -> list[Effect]:
    """Ampoules and vials opened on an inpatient ward are owed back empty (order No. 32, paragraph 33)."""
    found = case.book.find("place", place)
    if found is None or found.kind != "ward" or case.book.facility.kind not in INPATIENT_KINDS:
        return []
    owed: list[Effect] = []
    for line in lines:
        product = case.find_product(line["product"])
        if product is not None and product.unit_of_presentation in EMPTIES_UNITS:
            owed.append(EmptiesChanged(place, line["product"], line["lot"], opened=line["units"]))
    return owed


def _given(case: Case) -> list[Effect]:
    body = case.body
    lines = _lines(case)
    effects: list[Effect] = []
    if "place" in body:
        effects += [*moved_out(body["place"], lines), *opened_at(case, body["place"], lines)]
    else:
        for n, line in enumerate(lines):
            effects.append(
                AtHome(
                    patient=body["patient"],
                    product=line["product"],
                    line=n,
                    what="administered",
                    lot=line["lot"],
                    units=line["units"],
                )
            )
    prescription = case.book.find("prescription", body.get("prescription", ""))
    if prescription is not None and prescription.setting == "inpatient":
        effects.append(Used(body["prescription"], sum(line["units"] for line in lines)))
    if "ordered_by" in body:
        pending = Pending(
            seq=case.seq,
            why="verbal_order",
            since_at=case.at,
            performer=case.command.performer,
            imported=case.imported,
            by=body["ordered_by"],
        )
        effects.append(Made("pending", (case.command.id, "verbal_order"), pending))
    return effects


DOSE_ADMINISTERED = Kind(
    name="dose.administered",
    fact=True,
    fields={
        "patient": ref("patient"),
        "prescription": Opt(ref("prescription")),
        "acknowledged": Opt(ref("entry", form.uuid)),
        "ordered_by": Opt(username),
        "place": Opt(ref("place")),
        "home": Opt(yes),
        "product": ref("product"),
        "lots": many(obj(LOT_LINE)),
        "dose": quantity,
        "residue": Opt(quantity),
        "residue_fate": Opt(one_of("wasted", "kept_for_collection")),
    },
    also=_one_order_one_place,
    rule=_give,
    effects=_given,
)

HOME_COUNTED = Kind(
    name="home.counted",
    fact=True,
    fields={"patient": ref("patient"), "lines": many(obj(HOME_LINE))},
    effects=lambda case: counted_at_home(case.body["patient"], case.body["lines"]),
)

KINDS: tuple[Kind, ...] = (DOSE_ADMINISTERED, HOME_COUNTED)
