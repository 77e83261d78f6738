"""Giving a dose: a fact, whatever a rule thinks of it (contract: Giving doses)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from ledger.domain import values
from ledger.domain.effects import Effect, EmptiesChanged, Made, PartialsKept, Used, at_home
from ledger.domain.families.dispensing import HOME_LINE, counted_at_home
from ledger.domain.families.prescribing import check_course, check_whose
from ledger.domain.families.stocking import GIVING_PLACES, mentions_of, moved_out
from ledger.domain.form import Opt, Reading, many, obj
from ledger.domain.kind import Case, Kind, local_day
from ledger.domain.lots import expiry_of
from ledger.domain.person import find_death, ids_of
from ledger.domain.records import Pending, Product
from ledger.domain.terms import EMPTIES_UNITS, INPATIENT_KINDS, in_grams
from ledger.domain.texts import one_of, ref, username
from ledger.domain.values import LOT_LINE, quantity, yes

_ON_WHAT_ORDER = ("prescription", "acknowledged", "ordered_by")

Line = dict[str, Any]


def one_place(value: dict[str, Any], path: str, reading: Reading) -> None:
    """Given at a place of the facility or at the patient's home."""
    at_place, at_home = value.get("place") is not None, value.get("home") is not None
    if at_place and at_home:
        reading.refuse("malformed", f"{path}.home")
    elif not at_place and not at_home:
        reading.refuse("field_missing", f"{path}.place")


def _one_order_one_place(value: dict[str, Any], path: str, reading: Reading) -> None:
    if sum(value.get(name) is not None for name in _ON_WHAT_ORDER) > 1:
        reading.refuse("malformed", path)
    if value.get("residue_fate") is not None and value.get("residue") is None:
        reading.refuse("field_missing", f"{path}.residue")
    one_place(value, path, reading)


def _lines(case: Case) -> list[Line]:
    return [{"product": case.body["product"], **line} for line in case.body["lots"]]


def units_of_course(case: Case, lines: list[Line]) -> int:
    """What these *lines* count against the prescription: on the ward of an inpatient course, else nothing."""
    prescription = case.book.find("prescription", case.body.get("prescription", ""))
    if prescription is None or prescription.setting != "inpatient" or "place" not in case.body:
        return 0
    return sum(line["units"] for line in lines if line["product"] == prescription.product)


def check_order(case: Case, lines: list[Line]) -> None:
    """The prescription that *lines* were given on, where one is named: whose it is, and what of its course stands."""
    prescription = case.book.find("prescription", case.body["prescription"])
    if prescription is None:
        return
    products = [line["product"] for line in lines]
    of_these = prescription.product if prescription.product in products else products[0]
    case.refusals += check_whose(case, prescription, of_these)
    for refusal in check_course(case, prescription, units_of_course(case, lines)):
        case.note("beyond_prescribed" if refusal.code == "prescription_used_up" else "outside_course")


def _check_taken_over(case: Case) -> None:
    """A dose on another facility's course, that this one took over: of that patient, of what was handed over."""
    body, book = case.body, case.book
    past = book.past.by_id(body["acknowledged"])
    if past is None:
        return
    whose = ids_of(book, body["patient"])
    if past.type != "dispense.acknowledged" or past.body["patient"] not in whose or book.find("reversal", past.id):
        case.refuse("entry_unknown", "body.acknowledged", id=past.id)
        return
    if all(line["product"] != body["product"] for line in past.body["lines"]) and case.find_product(body["product"]):
        case.refuse("prescription_other_product", "body.product")
    first_on = local_day(past.occurred_at, book.facility.zone)
    last_on = (date.fromisoformat(first_on) + timedelta(days=past.body["days_supply"] - 1)).isoformat()
    if not first_on <= case.day <= last_on:
        case.note("outside_course")


def _check_order(case: Case) -> None:
    body, book = case.body, case.book
    if "prescription" in body:
        check_order(case, _lines(case))
    elif "acknowledged" in body:
        _check_taken_over(case)
    elif "ordered_by" in body:
        physician = book.find("person", body["ordered_by"])
        if physician is None or physician.left_at is not None:
            case.refuse("not_enrolled", "body.ordered_by", person=body["ordered_by"])
        elif physician.role != "physician" or body["ordered_by"] == case.command.performer:
            case.refuse("not_allowed", "body.ordered_by", person=body["ordered_by"])
    else:
        case.note("without_prescription")


def adds_up(body: Line, product: Product) -> bool | None:
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


def check_poured_away(case: Case) -> None:
    """Somebody else sees what is poured away, or signs for it later."""
    if not (case.command.witness or case.command.witness_pending):
        case.refuse("witness_required", "witness")


def check_given(case: Case, lines: list[Line]) -> None:
    """That the place had what was given from it; a death and an expiry are noted."""
    body, book = case.body, case.book
    if "place" in body:
        case.find_place("place", *GIVING_PLACES)
        case.check_stock(moved_out(body["place"], lines))
    died_on = find_death(book, body["patient"])
    if died_on is not None and case.day > died_on:
        case.note("after_death")
    check_expiry(case, lines)


def check_expiry(case: Case, lines: list[Line]) -> None:
    """What is given after its last day is noted."""
    for line in lines:
        expires_on = expiry_of(case.book, line["product"], line["lot"])
        if expires_on is not None and case.day > expires_on:
            case.note("lot_expired_given")


def check_arithmetic(case: Case, given: Line) -> None:
    product = case.find_product(given["product"])
    adds = adds_up(given, product) if product is not None else True
    if not adds:
        case.note("dose_not_compared" if adds is None else "dose_arithmetic")


def _give(case: Case) -> None:
    _check_order(case)
    if case.body.get("residue_fate") == "wasted":
        check_poured_away(case)
    elif "residue_fate" not in case.body and Decimal(case.body.get("residue", {"value": "0"})["value"]):
        case.note("rest_without_fate")
    check_given(case, _lines(case))
    check_arithmetic(case, case.body)


def opened_at(case: Case, place: str, lines: list[Line]) -> list[Effect]:
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


def given(case: Case, lines: list[Line]) -> list[Effect]:
    """What *lines* take from a place or from the patient's home, and from an inpatient course."""
    body = case.body
    effects: list[Effect] = []
    if "place" in body:
        effects += [*moved_out(body["place"], lines), *opened_at(case, body["place"], lines)]
    else:
        effects += at_home(body["patient"], "administered", lines)
    if counted := units_of_course(case, lines):
        effects.append(Used(body["prescription"], counted))
    return effects


def _given(case: Case) -> list[Effect]:
    body = case.body
    effects = given(case, _lines(case))
    if body.get("residue_fate") == "kept_for_collection" and opened_at(case, body.get("place", ""), _lines(case)):
        effects.append(PartialsKept(body["place"], body["product"], 1))
    if "ordered_by" in body:
        pending = Pending(
            seq=case.seq,
            why="verbal_order",
            since_at=case.now,
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
        "acknowledged": Opt(ref("entry", values.uuid)),
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
    mentions=lambda case: mentions_of(case.body["lines"]),
)

KINDS: tuple[Kind, ...] = (DOSE_ADMINISTERED, HOME_COUNTED)
