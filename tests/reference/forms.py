"""What a well-formed command looks like: group 1 of the refusals in section 4.

A check takes a value and gives the set of form codes that it earns; no code means well formed.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from tests.reference.numbers import find_day, find_instant, is_checked_number, is_decimal_text

Check = Callable[[Any], set[str]]

ENTRY_BYTES_MAX = 61_440
FORM_CODES = (
    "malformed",
    "field_missing",
    "field_unknown",
    "units_not_whole",
    "units_not_positive",
    "units_implausible",
    "iin_invalid",
    "bin_invalid",
    "id_looks_like_iin",
    "entry_too_large",
)
ROLES = {"pharmacist", "head_pharmacist", "physician", "nurse", "phc_worker", "inspector", "registrar"}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def _malformed_unless(good: bool) -> set[str]:
    return set() if good else {"malformed"}


def text(value: Any) -> set[str]:
    return _malformed_unless(isinstance(value, str) and value != "")


def truth(value: Any) -> set[str]:
    return _malformed_unless(isinstance(value, bool))


def always(value: Any) -> set[str]:
    return _malformed_unless(value is True)


def day(value: Any) -> set[str]:
    return _malformed_unless(find_day(value) is not None)


def instant(value: Any) -> set[str]:
    return _malformed_unless(find_instant(value) is not None)


def uuid(value: Any) -> set[str]:
    return _malformed_unless(isinstance(value, str) and UUID.fullmatch(value) is not None)


def digits(value: Any) -> set[str]:
    return _malformed_unless(isinstance(value, str) and re.fullmatch(r"[0-9]{9}", value) is not None)


def leaf(value: Any) -> set[str]:
    return _malformed_unless(isinstance(value, str) and re.fullmatch(r"[0-9a-f]{64}", value) is not None)


def discrepancy_id(value: Any) -> set[str]:
    head, _, line = value.partition(":") if isinstance(value, str) else ("", "", "")
    return _malformed_unless(UUID.fullmatch(head) is not None and line.isdigit())


def name(value: Any) -> set[str]:
    """The id of a patient, prescription, place, product or person."""
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9._-]{1,64}", value):
        return {"malformed"}
    return {"id_looks_like_iin"} if re.fullmatch(r"[0-9]{12}", value) else set()


def iin(value: Any) -> set[str]:
    return set() if value is None or is_checked_number(value) else {"iin_invalid"}


def bin_number(value: Any) -> set[str]:
    return set() if is_checked_number(value) else {"bin_invalid"}


def whole(value: Any) -> set[str]:
    if isinstance(value, float):
        return {"units_not_whole"}
    return _malformed_unless(isinstance(value, int) and not isinstance(value, bool))


def counted(value: Any) -> set[str]:
    """Units that may be none: a count, empties, what a family brings back."""
    return whole(value) or ({"units_not_positive"} if value < 0 else set())


def units(value: Any) -> set[str]:
    return whole(value) or ({"units_not_positive"} if value < 1 else set())


def number(value: Any) -> set[str]:
    """A positive whole number that is not a quantity: days, times, periods."""
    return _malformed_unless(isinstance(value, int) and not isinstance(value, bool) and value > 0)


def one_of(*choices: str) -> Check:
    return lambda value: _malformed_unless(value in choices)


def fields(**spec: Check) -> Check:
    """An object of exactly these members; a name that ends in an underscore may be left out."""
    checks = {key.rstrip("_"): check for key, check in spec.items()}
    needed = {key for key in spec if not key.endswith("_")}

    def check(value: Any) -> set[str]:
        if not isinstance(value, dict):
            return {"malformed"}
        codes = set().union(*(checks[key](value[key]) for key in value if key in checks))
        if needed - set(value):
            codes.add("field_missing")
        if set(value) - set(checks):
            codes.add("field_unknown")
        return codes

    return check


def list_of(member: Check) -> Check:
    def check(value: Any) -> set[str]:
        if not isinstance(value, list) or not value:
            return {"malformed"}
        return set().union(*(member(item) for item in value))

    return check


def maybe_empty(check: Check) -> Check:
    return lambda value: set() if value == [] else check(value)


def or_null(check: Check) -> Check:
    return lambda value: set() if value is None else check(value)


def also(check: Check, rule: Callable[[dict[str, Any]], set[str]]) -> Check:
    """A form that has a rule across its members, asked only where the members are well formed."""
    return lambda value: check(value) or rule(value)


def _one_place(body: dict[str, Any]) -> set[str]:
    if "place" in body and "home" in body:
        return {"malformed"}
    return set() if "place" in body or "home" in body else {"field_missing"}


def _one_order(body: dict[str, Any]) -> set[str]:
    return _malformed_unless(sum(key in body for key in ("prescription", "acknowledged", "ordered_by")) <= 1)


def _iin_or_reason(identity: dict[str, Any]) -> set[str]:
    return {"field_missing"} if identity["iin"] is None and "no_iin_reason" not in identity else set()


def _id_or_seq(body: dict[str, Any]) -> set[str]:
    return set() if "id" in body or "seq" in body else {"field_missing"}


def _sealed_back(body: dict[str, Any]) -> set[str]:
    if body["packs"] == "back_sealed" and not {"seal_no", "place"} <= set(body):
        return {"field_missing"}
    return set()


def _seal_or_stock(item: dict[str, Any]) -> set[str]:
    if "seal_no" in item:
        return _malformed_unless(set(item) == {"seal_no"})
    return set() if {"place", "product", "lot", "units"} <= set(item) else {"field_missing"}


dose = fields(value=lambda value: _malformed_unless(is_decimal_text(value)), unit=text)
frequency = fields(times=number, period=number, period_unit=one_of("h", "d", "wk"), as_needed=truth)
lots = list_of(fields(lot=text, units=units))
lines = list_of(fields(product=name, lot=text, units=units))
dated_lines = list_of(fields(product=name, lot=text, units=units, expires_on=day))
received_lines = list_of(
    fields(product=name, lot=text, units=units, expires_on=day, gtin_=text, serials_=list_of(text))
)
collector = fields(
    kind=one_of("patient", "relative", "health_worker", "delivered"),
    name_=text,
    identity=one_of("seen", "known", "not_asked"),
    document_kind_=text,
)
identity = also(fields(name=text, iin=iin, no_iin_reason_=text, born_on=day, address=text), _iin_or_reason)
supply: dict[str, Check] = {
    "prescription": name,
    "patient": name,
    "place": name,
    "lots": lots,
    "days_supply": number,
    "collector": collector,
    "left_before_": list_of(fields(product=name, lot_=text, units=counted)),
}
source: dict[str, Check] = {"from_log": text, "from_id": uuid, "from_seq_": counted, "from_leaf_": leaf}

BODIES: dict[str, Check] = {
    "person.enrolled": fields(person=name, role=one_of(*ROLES), name=text, registration_no_=text),
    "product.listed": fields(
        product=name,
        inn=text,
        atc_=text,
        form=text,
        strength=dose,
        unit_of_presentation=text,
        schedule=one_of("II", "III", "strong", "none"),
        gtins=maybe_empty(list_of(fields(gtin=text, units=units))),
        divisible=truth,
    ),
    "place.opened": fields(
        place=name,
        kind=one_of("safe", "ward", "mobile_team", "custody"),
        name=text,
        administration=one_of("entered", "on_paper"),
    ),
    "stock.opened": fields(place=name, lines=dated_lines, journal_no_=text, page_=text),
    "stock.received": fields(place=name, lines=received_lines, supplier=text, document_no=text),
    "stock.moved": fields(from_place=name, to_place=name, lines=lines),
    "stock.sent": fields(from_place=name, to_log=text, lines=lines, document_no=text),
    "stock.arrived": fields(to_place=name, lines=dated_lines, document_no=text, **source),
    "stock.counted": fields(
        place=name,
        lines=list_of(fields(product=name, lot_=text, units=counted)),
        blind=truth,
        purpose=one_of("shift", "periodic", "inspection", "closing"),
        as_of_seq_=counted,
    ),
    "stock.broken": fields(place=name, lines=lines, how=text, fragments_kept=truth),
    "discrepancy.resolved": fields(
        discrepancy=discrepancy_id,
        cause=one_of(
            "missing_entry",
            "miscounted",
            "found",
            "expired_not_removed",
            "lost",
            "wrong_place",
            "return_mixed_with_stock",
            "arithmetic",
            "stolen_reported",
        ),
        difference=whole,
        note=text,
    ),
    "lot.quarantined": fields(product=name, lot=text, reason=text),
    "patient.registered": fields(
        patient=name, identity=identity, home_kato=digits, home_phc_bin=bin_number, indication=text, icd10=text
    ),
    "patient.died": fields(patient=name, died_on=day, certificate_no_=text),
    "prescription.issued": fields(
        prescription=name,
        patient=name,
        product=name,
        single_dose=dose,
        route=text,
        frequency=frequency,
        duration_days=number,
        starts_on=day,
        units=units,
        setting=one_of("inpatient", "outpatient", "home"),
        record_no=text,
        blank_no_=text,
        renews_=name,
        replaces_=name,
    ),
    "prescription.stopped": fields(prescription=name, reason=text),
    "dispense.outpatient": fields(**supply),
    "dispense.discharge": fields(
        discharge_summary_no=text, decided_by=text, home_kato=digits, home_phc_bin=bin_number, **supply
    ),
    "dispense.acknowledged": fields(
        patient=name,
        lines=lines,
        days_supply=number,
        course_=fields(single_dose=dose, route=text, frequency=frequency, duration_days=number),
        **source,
    ),
    "notice.received": fields(
        kind=one_of("acknowledged", "died", "returned", "arrived"), about=uuid, on_=day, lines_=lines, **source
    ),
    "dose.administered": also(
        fields(
            patient=name,
            prescription_=name,
            acknowledged_=uuid,
            ordered_by_=name,
            place_=name,
            home_=always,
            product=name,
            lots=lots,
            dose=dose,
            residue_=dose,
            residue_fate_=one_of("wasted", "kept_for_collection"),
        ),
        lambda body: _one_place(body) | _one_order(body),
    ),
    "empties.collected": fields(
        place=name,
        lines=list_of(fields(product=name, lot=text, empty=counted, partial=counted, residue_=dose)),
        seal_no=text,
        to_place=name,
    ),
    "home.counted": fields(patient=name, lines=list_of(fields(product=name, lot_=text, units=counted))),
    "relatives.informed": fields(patient=name, relative=text, relation=text, order_no=text, order_on=day),
    "unused.returned": fields(
        patient_=name,
        brought_by=text,
        relation=text,
        reason=one_of("patient_died", "dose_changed", "side_effects", "expired", "moved_away", "found", "other"),
        lines=list_of(
            fields(
                product=name,
                lot_=text,
                intact=counted,
                broken=counted,
                shortfall_=one_of(
                    "used_not_recorded", "not_asked", "broken_before", "not_found", "kept_by_family", "other"
                ),
            )
        ),
        empties_declined=truth,
        seal_no=text,
        place=name,
        signed_by_relative=one_of("yes", "declined", "absent"),
    ),
    "custody.moved": fields(from_place=name, to_place=name, seals=list_of(text), carrier_=text),
    "destruction.performed": fields(
        act_no=text,
        method=text,
        place=name,
        commission=list_of(name),
        items=list_of(also(fields(seal_no_=text, place_=name, product_=name, lot_=text, units_=units), _seal_or_stock)),
    ),
    "entry.reversed": also(
        fields(
            id_=uuid,
            seq_=counted,
            reason=one_of(
                "wrong_patient",
                "wrong_product",
                "wrong_lot",
                "wrong_quantity",
                "duplicate",
                "not_collected",
                "cancelled",
                "other",
            ),
            note=text,
            packs=one_of("never_left", "back_sealed", "with_wrong_person", "with_right_person", "none"),
            seal_no_=text,
            place_=name,
        ),
        lambda body: _id_or_seq(body) | _sealed_back(body),
    ),
    "entry.countersigned": also(fields(id_=uuid, seq_=counted), _id_or_seq),
}

ENVELOPE = fields(
    id=uuid,
    type=one_of(*BODIES),
    occurred_at=instant,
    performer=name,
    witness_=or_null(name),
    witness_pending_=one_of("alone_on_duty", "at_home", "device_failed"),
    acknowledged_=maybe_empty(list_of(fields(code=text, reason=text))),
    late_reason_=or_null(text),
    sheet_=fields(no=text, line=number),
    body=lambda value: _malformed_unless(isinstance(value, dict)),
)


def find_form_codes(command: Any) -> set[str]:
    """Every form code of a command; `units_implausible` is not among them, the practice rules set no maximum."""
    codes = ENVELOPE(command)
    if not isinstance(command, dict) or not isinstance(command.get("body"), dict):
        return codes
    if command.get("type") in BODIES:
        codes = codes | BODIES[command["type"]](command["body"])
    if command.get("witness") is not None and "witness_pending" in command:
        codes = codes | {"malformed"}
    if len(json.dumps(command["body"], ensure_ascii=False).encode()) > ENTRY_BYTES_MAX:
        codes = codes | {"entry_too_large"}
    return codes
