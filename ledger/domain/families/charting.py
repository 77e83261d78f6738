"""What else stands on the ward's chart: doses of a paper ward, doses not given, patches taken off."""

from typing import Any

from ledger.domain.effects import Effect
from ledger.domain.families.administering import check_expiry, opened_at
from ledger.domain.families.stocking import moved_out
from ledger.domain.form import GONE, Reading, many, obj
from ledger.domain.kind import Case, Kind
from ledger.domain.texts import one_of, ref, sheet_no
from ledger.domain.values import PRODUCT_LINE, integer, time


def _in_order(value: dict[str, Any], path: str, reading: Reading) -> None:
    ends = [time(value.get(name), f"{path}.{name}", Reading()) for name in ("from_at", "to_at")]
    if GONE not in ends and ends[0] >= ends[1]:
        reading.refuse("malformed", f"{path}.to_at")


def _summarise(case: Case) -> None:
    body = case.body
    ward = case.find_place("place", "ward")
    if ward is not None and ward.kind == "ward" and ward.administration != "on_paper":
        case.refuse("place_wrong_kind", "body.place", place=body["place"])
    case.check_come("body.to_at", body["to_at"])
    case.check_stock(moved_out(body["place"], body["lines"]))
    check_expiry(case, body["lines"])


def _summarised(case: Case) -> list[Effect]:
    lines = case.body["lines"]
    return [*moved_out(case.body["place"], lines), *opened_at(case, case.body["place"], lines)]


DOSES_SUMMARISED = Kind(
    name="doses.summarised",
    fact=True,
    fields={
        "place": ref("place"),
        "from_at": time,
        "to_at": time,
        "sheet_no": sheet_no,
        "lines": many(obj({**PRODUCT_LINE, "doses": integer(1, 100_000)})),
    },
    also=_in_order,
    rule=_summarise,
    effects=_summarised,
)


def _patient_of(case: Case) -> list[tuple[str, str]]:
    prescription = case.book.find("prescription", case.body["prescription"])
    return [("patient", prescription.patient)] if prescription is not None else []


DOSE_NOT_GIVEN = Kind(
    name="dose.not_given",
    fact=True,
    fields={
        "prescription": ref("prescription"),
        "due_at": time,
        "reason": one_of("refused", "asleep", "absent", "held", "vomited", "other"),
    },
    rule=lambda case: case.check_come("body.due_at", case.body["due_at"]),
    effects=lambda case: [],
    mentions=_patient_of,
)

PATCH_REMOVED = Kind(
    name="patch.removed",
    fact=True,
    fields={
        "patient": ref("patient"),
        "product": ref("product"),
        "reason": one_of("change", "fell_off", "stopped", "died"),
    },
    effects=lambda case: [],
)

KINDS: tuple[Kind, ...] = (DOSES_SUMMARISED, DOSE_NOT_GIVEN, PATCH_REMOVED)
