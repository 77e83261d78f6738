"""The body of each of the 64 types of section 4; a member whose name ends in an underscore may be left out."""

from decimal import Decimal
from typing import Any

from tests.reference.fields import (
    Check,
    also,
    always,
    bin_number,
    counted,
    day,
    discrepancy_id,
    fields,
    iin,
    instant,
    list_of,
    malformed_unless,
    matching,
    maybe_empty,
    name,
    number,
    one_of,
    text,
    truth,
    units,
    uuid,
    whole,
)
from tests.reference.numbers import find_instant, is_decimal_text

ROLES = {"pharmacist", "head_pharmacist", "physician", "nurse", "phc_worker", "inspector", "registrar"}

edqm = matching(r"[0-9]{1,20}")
kato = matching(r"[0-9]{9}")
hash_text = matching(r"[0-9a-f]{64}")
key_id = matching(r"[0-9a-f]{16}")


def _one_place(body: dict[str, Any]) -> set[str]:
    if "place" in body and "home" in body:
        return {"malformed"}
    return set() if "place" in body or "home" in body else {"field_missing"}


def _one_order(body: dict[str, Any]) -> set[str]:
    return malformed_unless(sum(key in body for key in ("prescription", "acknowledged", "ordered_by")) <= 1)


def _residue_with_fate(body: dict[str, Any]) -> set[str]:
    return {"field_missing"} if "residue_fate" in body and "residue" not in body else set()


def _iin_or_reason(identity: dict[str, Any]) -> set[str]:
    return {"field_missing"} if identity["iin"] is None and "no_iin_reason" not in identity else set()


def _id_or_seq(body: dict[str, Any]) -> set[str]:
    named = {"id", "seq"} & set(body)
    return malformed_unless(len(named) == 1) if named else {"field_missing"}


def _sealed_back(body: dict[str, Any]) -> set[str]:
    if body["packs"] == "back_sealed" and not {"seal_no", "place"} <= set(body):
        return {"field_missing"}
    return set()


def _seal_or_stock(item: dict[str, Any]) -> set[str]:
    if "seal_no" in item:
        return malformed_unless(set(item) == {"seal_no"})
    return set() if {"place", "product", "lot", "units"} <= set(item) else {"field_missing"}


def _something_corrected(body: dict[str, Any]) -> set[str]:
    return set() if body.get("identity") or "icd10" in body else {"field_missing"}


def _another_lot(body: dict[str, Any]) -> set[str]:
    if not {"to_lot", "expires_on"} & set(body):
        return {"field_missing"}
    return malformed_unless(body.get("to_lot") != body["lot"])


def _in_order(body: dict[str, Any]) -> set[str]:
    first, last = find_instant(body["from_at"]), find_instant(body["to_at"])
    return malformed_unless(first is not None and last is not None and first < last)


def _one_claim_holds(body: dict[str, Any]) -> set[str]:
    claims = body["claims"]
    several = len(claims) >= 2 and len(set(claims)) == len(claims)
    return malformed_unless(several and body["holds"] in (*claims, "none"))


def _lines_in_order(body: dict[str, Any]) -> set[str]:
    return malformed_unless(body["unused"] == sorted(set(body["unused"])))


def _is_part(value: Any) -> bool:
    return is_decimal_text(value) and Decimal(value) <= 1


def _ledgers_own_use(body: dict[str, Any]) -> set[str]:
    ledgers, use = body["person"] == "ledger", body["use"]
    return malformed_unless(not (use == "ledger" and not ledgers) and not (ledgers and use in ("sign", "import")))


dose = fields(value=lambda value: malformed_unless(is_decimal_text(value)), unit=text)
frequency = fields(times=number, period=number, period_unit=one_of("h", "d", "wk"), as_needed=truth)
lots = list_of(fields(lot=text, units=units))
lines = list_of(fields(product=name, lot=text, units=units))
maybe_dated_lines = list_of(fields(product=name, lot=text, units=units, expires_on_=day))
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
course: dict[str, Check] = {
    "prescription": name,
    "patient": name,
    "product": name,
    "single_dose": dose,
    "route": edqm,
    "frequency": frequency,
    "duration_days": number,
    "starts_on": day,
    "units": units,
    "setting": one_of("inpatient", "outpatient", "home"),
    "record_no": text,
    "blank_no_": text,
    "renews_": name,
    "replaces_": name,
}
source: dict[str, Check] = {"from_log": text, "from_id": uuid, "from_seq_": counted, "from_hash_text_": hash_text}

BODIES: dict[str, Check] = {
    "facility.opened": fields(
        facility=text,
        bin=bin_number,
        kato=kato,
        kind=one_of("hospital", "hospice", "phc", "pharmacy"),
        zone=text,
        practice=truth,
        rules=one_of("senim-rules/1"),
        keys=list_of(fields(person=name, key=key_id, alg=text, public=text, use=text)),
    ),
    "regulation.adopted": fields(name=text, sha256=hash_text, rules=one_of("senim-rules/1")),
    "person.enrolled": fields(
        person=name, role=one_of(*ROLES), name=text, registration_no_=text, commission_=list_of(name)
    ),
    "person.role_changed": fields(person=name, role=one_of(*ROLES), order_no=text, commission_=list_of(name)),
    "person.left": fields(person=name, on=day),
    "key.enrolled": also(
        fields(
            person=name,
            key=key_id,
            alg=one_of("ed25519", "webauthn-es256", "ecdsa-p256"),
            public=text,
            use=one_of("sign", "import", "ledger", "pdf"),
            custody=one_of("passkey", "device", "wrapped", "facility"),
            rp_id_=text,
            origins_=list_of(text),
            proof=text,
            commission_=list_of(name),
        ),
        _ledgers_own_use,
    ),
    "key.revoked": fields(key=key_id, reason=text),
    "key.rotated": fields(old=key_id, new=key_id, public=text),
    "import.closed": fields(count=counted, keys=maybe_empty(list_of(key_id))),
    "product.listed": fields(
        product=name,
        inn=text,
        atc_=text,
        form=edqm,
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
    "pack.listed": fields(product=name, gtins=list_of(fields(gtin=text, units=units))),
    "product.delisted": fields(product=name, reason=text),
    "place.closed": fields(place=name),
    "home.opened": fields(patient=name, lines=maybe_dated_lines, journal_no_=text),
    "custody.opened": fields(place=name, seal_no=text, lines=maybe_dated_lines),
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
    "lot.released": fields(product=name, lot=text, reason=text),
    "lot.recalled": fields(product=name, lot=text, reason=text, document_no=text),
    "lot.corrected": also(fields(product=name, lot=text, to_lot_=text, expires_on_=day, reason=text), _another_lot),
    "doses.summarised": also(
        fields(
            place=name,
            from_at=instant,
            to_at=instant,
            sheet_no=text,
            lines=list_of(fields(product=name, lot=text, units=units, doses=number)),
        ),
        _in_order,
    ),
    "patient.registered": fields(
        patient=name, identity=identity, home_kato=kato, home_phc_bin=bin_number, indication=text, icd10=text
    ),
    "patient.corrected": also(
        fields(
            patient=name,
            identity_=fields(name_=text, iin_=iin, no_iin_reason_=text, born_on_=day, address_=text),
            icd10_=text,
            reason=text,
        ),
        _something_corrected,
    ),
    "patient.moved": fields(patient=name, home_kato=kato, home_phc_bin=bin_number),
    "patients.merged": also(
        fields(keep=name, drop=name, reason=text), lambda body: malformed_unless(body["keep"] != body["drop"])
    ),
    "identity.erased": fields(patient=name, basis=text),
    "patient.died": fields(patient=name, died_on=day, certificate_no_=text),
    "prescription.issued": fields(**course),
    "prescription.transcribed": fields(
        issued_by=fields(name=text, organisation=text),
        issued_on=day,
        blank_series_=text,
        units_used_before=counted,
        **course,
    ),
    "prescription.stopped": fields(prescription=name, reason=text),
    "dispense.outpatient": fields(**supply),
    "dispense.discharge": fields(
        discharge_summary_no=text, decided_by=text, home_kato=kato, home_phc_bin=bin_number, **supply
    ),
    "dispense.acknowledged": fields(
        patient=name,
        lines=lines,
        days_supply=number,
        course_=fields(single_dose=dose, route=edqm, frequency=frequency, duration_days=number),
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
        lambda body: _one_place(body) | _one_order(body) | _residue_with_fate(body),
    ),
    "dose.not_given": fields(
        prescription=name, due_at=instant, reason=one_of("refused", "asleep", "absent", "held", "vomited", "other")
    ),
    "patch.removed": fields(patient=name, product=name, reason=one_of("change", "fell_off", "stopped", "died")),
    "infusion.started": also(
        fields(
            infusion=name,
            patient=name,
            prescription_=name,
            place_=name,
            home_=always,
            contents=list_of(fields(product=name, lots=lots, dose=dose)),
            hours=number,
        ),
        _one_place,
    ),
    "infusion.stopped": fields(
        infusion=name, given_part=lambda value: malformed_unless(_is_part(value)), discarded_=truth
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
    "claim.settled": also(
        fields(claims=list_of(uuid), holds=lambda value: set() if value == "none" else uuid(value), note=text),
        _one_claim_holds,
    ),
    "sheet.issued": fields(sheet_no=text, place=name, lines=number),
    "sheet.closed": also(fields(sheet_no=text, unused=maybe_empty(list_of(number))), _lines_in_order),
    "inspection.opened": fields(scope=text, document_no=text),
    "inspection.noted": fields(text=text, about_=uuid),
    "inspection.answered": fields(note=uuid, text=text),
    "inspection.closed": fields(protocol_sha256_=hash_text),
    "period.sealed": fields(
        period=matching(r"(19|20|21)\d\d-(0[1-9]|1[0-2])"),
        size=counted,
        rows_root=hash_text,
        totals=maybe_empty(list_of(fields(product=name, **dict.fromkeys(("opening", "in", "out", "closing"), whole)))),
    ),
    "report.issued": fields(kind=text, sha256=hash_text, size=counted, subjects=maybe_empty(list_of(name))),
    "checkpoint.anchored": fields(size=number, root=hash_text, token_sha256=hash_text),
}
