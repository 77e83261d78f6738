"""What is asked before an act (contract: Warnings). A fact is never asked about: no warning appears at the bedside.

Every threshold is a value of the adopted rule set and every warning names it; where it is unset the check is grey
and nothing is asked. What concerns a course is asked when the course is written, and later only shown: at its
supplies, and at a renewal whose dose, drug and total are the same (`Prescription.warned`). Only this log is looked
at: a replay must find the same warnings, so what other facilities supplied is said to be "not checked".
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ledger.domain.asking.course_warnings import check_course
from ledger.domain.asking.courses import SUPPLIES, counts, covered_until, days_later, find_near, to_courses
from ledger.domain.kind import Case, hours_later
from ledger.domain.lots import HELD, expiry_of, state_at
from ledger.domain.person import read_home
from ledger.domain.records import Past, Prescription
from ledger.domain.regulation import RuleSet
from ledger.domain.terms import WARNINGS
from ledger.errors import Refusal

GOVERNED_BY: Mapping[str, str] = MappingProxyType(
    {
        "early_supply": "early_supply_days",
        "duplicate_dispense": "duplicate_hours",
        "opioid_with_benzodiazepine": "benzodiazepine_overlap_days",
        "patch_opioid_naive": "opioid_naive_days",
        "patch_change_early": "patch_wear_hours",
        "dose_jump": "dose_jump_percent",
        "older_lot_first": "older_lot_days",
        "units_differ_from_course": "course_units_tolerance",
        "unusual_quantity": "unusual_units",
        "home_differs": "home_unit_kato_digits",
    }
)
"""The value of the rule set that holds each warning's threshold and source."""


def find_unchecked(rules: RuleSet, on: str) -> list[str]:
    """The warnings that nobody is asked on the local day *on*, because the rule set holds no threshold for them."""
    return [code for code, key in GOVERNED_BY.items() if code != "home_differs" and rules.value(key, on) is None]


def check_warnings(case: Case) -> None:
    """Add the warnings of an act that no rule refuses, each with its source, in the contract's order."""
    ask = _ASKED.get(case.command.type)
    if ask is None or case.refusals:
        return
    ask(case)
    if case.warnings:
        ordered = sorted(case.warnings, key=lambda w: WARNINGS.index(w.code))
        case.warnings = [_with_source(case, each) for each in ordered]


def _with_source(case: Case, warning: Refusal) -> Refusal:
    source = case.rules.find(GOVERNED_BY[warning.code], case.day)
    if source is None:
        return warning
    named = {"rule": GOVERNED_BY[warning.code], "act": source.act, "paragraph": source.paragraph}
    values = {**named, "edition": source.edition, "status": source.status, **warning.values}
    return Refusal(code=warning.code, field=warning.field, values=values)


def _check_supply(case: Case) -> None:
    body = case.body
    record: Prescription = case.book.get("prescription", body["prescription"])
    for code in record.warned:
        case.note(code)
    _check_before(case, record)
    _check_lots(case, body["place"], [(record.product, line["lot"], line["units"]) for line in body["lots"]])
    units = sum(line["units"] for line in body["lots"])
    most = case.rule("unusual_units")
    if most is not None and units > most and "unusual_quantity" not in record.warned:
        case.warn("unusual_quantity", "body.lots", units=units, most=most)
    _check_days(case, record, units)


def _check_before(case: Case, record: Prescription) -> None:
    """Supplied a short while ago, or with days still covered by what was supplied before, unless it is gone."""
    days, hours = case.rule("early_supply_days"), case.rule("duplicate_hours")
    back_on = days_later(case.day, -1 - (hours or 0) // 24)
    before = _find_supplies(case, record.product, back_on)
    if not before or not any(row.still_out for row in read_home(case.book, record.patient, record.product).values()):
        return
    for past in before:
        first_at, last_at = sorted((past.occurred_at, case.at))
        if hours is not None and last_at <= hours_later(first_at, hours):
            case.warn("duplicate_dispense", "body.prescription", seq=past.seq, hours=hours, last_at=past.occurred_at)
    until_on = _covered_until(case, record.product, before)
    if days is not None and until_on > days_later(case.day, days):
        case.warn("early_supply", "body.prescription", until_on=until_on, days=days)


def _find_supplies(case: Case, product: str, back_on: str) -> list[Past]:
    """Those of *product* to this patient from *back_on* on, and all of the courses that they and this one belong to."""
    patient, book = case.body["patient"], case.book
    near = find_near(case, "supply", patient, back_on, case.day)
    courses = [course for past in find_near(case, "course", patient, back_on, case.day)
               for course in to_courses(past, book) if course.product == product]  # fmt: skip
    names = {case.body["prescription"], *(course.prescription for course in courses)}
    names |= {past.body.get("prescription", "") for past in near}
    seqs = {seq for name in names for seq in book.past.mentioning("prescription", name)}
    of_courses = (book.past.by_seq(seq) for seq in seqs)
    found = {past.seq: past for past in (*near, *of_courses) if past is not None and past.type in SUPPLIES}
    told = (past for past in found.values() if counts(past, book) and product in _supplied(case, past))
    return sorted(told, key=lambda past: (past.occurred_at, past.seq))


def _covered_until(case: Case, product: str, supplies: list[Past]) -> str:
    """The last day that *supplies*, in order of time, cover: those of one course one after another."""
    courses: dict[str, str] = {}
    for past in supplies:
        course = past.body.get("prescription", past.id)
        courses[course] = covered_until(courses.get(course, ""), past, product, case.book)
    return max(courses.values())


def _supplied(case: Case, past: Past) -> set[str]:
    if "lines" in past.body:
        return {line["product"] for line in past.body["lines"]}
    record = case.book.find("prescription", past.body["prescription"])
    return {record.product} if record is not None else set()


def _check_days(case: Case, record: Prescription, units: int) -> None:
    """Whether the units are more than the course takes in the days that they are said to last."""
    tolerance, body = case.rule("course_units_tolerance"), case.body
    if tolerance is None or "units_differ_from_course" in record.warned:
        return
    near = find_near(case, "course", body["patient"], record.starts_on, record.starts_on)
    courses = [course for past in near for course in to_courses(past, case.book)]
    course = next((each for each in courses if each.prescription == body["prescription"]), None)
    product = case.find_product(record.product)
    span = course.units_for(body["days_supply"], product) if course and product else None
    if course is None or span is None:
        return
    if units > span[1] + tolerance:  # fewer is a part of it, and the rest is owed
        case.warn("units_differ_from_course", "body.lots", units=units, least=span[0], most=span[1])


def _check_move(case: Case) -> None:
    to_place = case.book.find("place", case.body["to_place"])
    if to_place is not None and to_place.kind in ("ward", "mobile_team"):
        lines = [(line["product"], line["lot"], line["units"]) for line in case.body["lines"]]
        _check_lots(case, case.body["from_place"], lines)


def _check_lots(case: Case, place: str, lines: list[tuple[str, str, int]]) -> None:
    """An older lot that may be given stays behind."""
    days, book = case.rule("older_lot_days"), case.book
    if days is None:
        return
    taken: dict[tuple[str, str], int] = {}
    for product, lot, units in lines:
        taken[product, lot] = taken.get((product, lot), 0) + units
    newest_of: dict[str, str] = {}
    for product, lot in taken:
        newest_of[product] = max(newest_of.get(product, ""), expiry_of(book, product, lot) or "")
    for product, newest in newest_of.items():
        for lot in book.stock.lots(place, product):
            expires_on = expiry_of(book, product, lot)
            if not expires_on or not case.day <= expires_on or days_later(expires_on, days) > newest:
                continue
            there = book.stock.timeline(place, product, lot).balance_at(case.at) - taken.get((product, lot), 0)
            if there > 0 and state_at(book, product, lot, case.at, case.seq) not in HELD:
                line = f"{case.line_of(product=product)}.lot"
                case.warn("older_lot_first", line, product=product, lot=lot, expires_on=expires_on, there=there)
                break


_ASKED: Mapping[str, Callable[[Case], None]] = MappingProxyType(
    {
        "prescription.issued": check_course,
        "prescription.transcribed": check_course,
        "dispense.outpatient": _check_supply,
        "dispense.discharge": _check_supply,
        "stock.moved": _check_move,
    }
)
