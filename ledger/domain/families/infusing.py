"""Infusions and syringe drivers: what goes in is given at the start, what was left over is said at the stop."""

from decimal import Decimal
from typing import Any

from ledger.domain.effects import Changed, Effect, Made
from ledger.domain.families.administering import (
    Line,
    check_arithmetic,
    check_given,
    check_order,
    check_poured_away,
    given,
    one_place,
)
from ledger.domain.form import Opt, Reading, many, obj
from ledger.domain.kind import Case, Kind
from ledger.domain.records import Infusion
from ledger.domain.terms import DECIMAL
from ledger.domain.texts import new, ref
from ledger.domain.values import LOT_LINE, flag, integer, quantity, yes

_HOURS_MAX = 24 * 31


def _lines(case: Case) -> list[Line]:
    return [{"product": each["product"], **line} for each in case.body["contents"] for line in each["lots"]]


def _start(case: Case) -> None:
    lines = _lines(case)
    if "prescription" in case.body:
        check_order(case, lines)
    else:
        case.note("without_prescription")
    check_given(case, lines)
    for each in case.body["contents"]:
        check_arithmetic(case, each)


def _started(case: Case) -> list[Effect]:
    body = case.body
    infusion = Infusion(patient=body["patient"], started_at=case.at, hours=body["hours"])
    return [*given(case, _lines(case)), Made("infusion", (body["infusion"],), infusion, thing="infusion")]


INFUSION_STARTED = Kind(
    name="infusion.started",
    fact=True,
    fields={
        "infusion": new("infusion"),
        "patient": ref("patient"),
        "prescription": Opt(ref("prescription")),
        "place": Opt(ref("place")),
        "home": Opt(yes),
        "contents": many(
            obj({"product": ref("product"), "lots": many(obj(LOT_LINE)), "dose": quantity}),
            most=20,
        ),
        "hours": integer(1, _HOURS_MAX),
    },
    also=one_place,
    rule=_start,
    effects=_started,
)


def _part(value: Any, path: str, reading: Reading) -> Any:
    """The part of the contents that was given: decimal text from "0" to "1"."""
    good = type(value) is str and value.isascii() and DECIMAL.fullmatch(value) and len(value) <= 18
    return value if good and Decimal(value) <= 1 else reading.refuse("malformed", path)


def _stop(case: Case) -> None:
    name = case.body["infusion"]
    infusion: Infusion | None = case.book.find("infusion", name)
    if infusion is None:
        return
    if case.at < infusion.started_at:
        case.refuse("entry_unknown", "body.infusion")
    elif infusion.stopped_at is not None:
        case.refuse("already_closed", "body.infusion", infusion=name)
    if case.body.get("discarded"):
        check_poured_away(case)
    elif Decimal(case.body["given_part"]) < 1:
        case.note("rest_without_fate")


def _patient_of(case: Case) -> list[tuple[str, str]]:
    infusion = case.book.find("infusion", case.body["infusion"])
    return [("patient", infusion.patient)] if infusion is not None else []


INFUSION_STOPPED = Kind(
    name="infusion.stopped",
    fact=True,
    fields={"infusion": ref("infusion"), "given_part": _part, "discarded": Opt(flag)},
    rule=_stop,
    effects=lambda case: [Changed("infusion", (case.body["infusion"],), "stopped_at", case.at, None)],
    mentions=_patient_of,
)

KINDS: tuple[Kind, ...] = (INFUSION_STARTED, INFUSION_STOPPED)
