"""Everyday care: courses on a ward with their empties, discharge, and the days at home."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.reference.stage import HOME_KATO, INJECTED, PRODUCTS, TAKEN_HOME, TREATING_KATO, Body, Stage

SHORTFALLS = (None, "used_not_recorded", "not_asked", "broken_before", "not_found", "kept_by_family", "other")


@dataclass(frozen=True)
class Handover:
    """A discharge that the home side takes over, with the id its acknowledgement will have."""

    discharge: str
    acknowledgement: str
    patient: str
    home_kato: str
    at: datetime
    lots: list[tuple[str, int]]
    product: str
    days: int


# -- on the ward ---------------------------------------------------------------------------------


def play_ward(stage: Stage, log: str, phc_log: str) -> list[Handover]:
    """Courses of doses on the wards, then home or death; empties once a week. Gives what went home."""
    opened: dict[tuple[str, str], list[datetime]] = {}
    handovers = []
    for number in range(max(4, stage.days // 5)):
        patient, product = f"h{stage.seed}-{number:03d}", stage.rng.choice(INJECTED)
        home_kato = TREATING_KATO if number % 4 == 0 else HOME_KATO[number % 4]
        starts = stage.rng.randint(1, max(1, stage.days - 18))
        length = stage.rng.randint(3, 8)
        stage.register(patient, home_kato, stage.at(starts, 8, 5))
        floor = stage.rng.choice(stage.floors)
        course = stage.prescribe(patient, product, stage.at(starts, 8, 30), 2 * length, length, "inpatient")
        for half_day in range(2 * length):
            at = stage.at(starts + half_day // 2, 10 if half_day % 2 == 0 else 20, stage.rng.randrange(50))
            opened.setdefault((floor, product), []).extend(_give(stage, patient, course, product, floor, at))
        leaves = stage.at(starts + length, 12, stage.rng.randrange(40))
        if stage.rng.random() < 0.2:
            _die(stage, patient, leaves)
        elif home_kato == TREATING_KATO:
            _send_home_nearby(stage, patient, leaves)
        else:
            handovers.append(_discharge(stage, patient, home_kato, leaves, phc_log))
    _collect_empties(stage, opened)
    return handovers


def _give(stage: Stage, patient: str, course: str, product: str, floor: str, at: datetime) -> list[datetime]:
    """One dose, in the many ways that doses are written; gives the times of the units it opened."""
    _, _, strength, unit, _, _ = PRODUCTS[product]
    half = {"10": "5", "20": "10", "15": "7.5"}[strength]
    body: Body = {
        "patient": patient,
        "prescription": course,
        "place": floor,
        "product": product,
        "lots": [{"lot": stage.stocked[product][0], "units": 1}],
        "dose": {"value": strength, "unit": unit},
    }
    envelope: Body = {}
    witness, way = None, stage.rng.random()
    nurse, other = stage.rng.sample(stage.people["nurse"], 2)
    if way < 0.30:
        body |= {"dose": {"value": half, "unit": unit}, "residue": {"value": half, "unit": unit}}
        body["residue_fate"] = "kept_for_collection" if way < 0.20 else "wasted"
        witness = other if way < 0.26 else None
        if way >= 0.26:
            envelope["witness_pending"] = "device_failed"
    elif way < 0.34:
        body["lots"] = [{"lot": stage.stocked[product][0], "units": 2}]
        body["dose"] = {"value": str(2 * int(strength)), "unit": unit}
    elif way < 0.36:
        body["dose"] = {"value": half, "unit": unit}
    elif way < 0.39:
        del body["prescription"]
    elif way < 0.43:
        del body["prescription"]
        body["ordered_by"] = stage.one("physician")
    given = stage.say("dose.administered", at, nurse, body, witness, **envelope)
    if "ordered_by" in body and stage.rng.random() < 0.6:
        stage.say("entry.countersigned", at + timedelta(hours=9), body["ordered_by"], {"id": given})
    if "witness_pending" in envelope and stage.rng.random() < 0.6:
        stage.say("entry.countersigned", at + timedelta(hours=7), other, {"id": given})
    return [at] * body["lots"][0]["units"]


def _collect_empties(stage: Stage, opened: dict[tuple[str, str], list[datetime]]) -> None:
    """Weekly and never more than is due: what is over-collected is a story of its own."""
    for (floor, product), times in sorted(opened.items()):
        collected = 0
        for week in range(7, stage.days, 7):
            at = stage.at(week, 7, stage.rng.randrange(40))
            due = sum(time < at for time in times) - collected
            take = due if stage.rng.random() < 0.7 else stage.rng.randint(0, due)
            if take == 0:
                continue
            partial = stage.rng.randint(0, min(2, take))
            line = {"product": product, "lot": stage.stocked[product][0], "empty": take - partial, "partial": partial}
            if partial:
                line["residue"] = {"value": "5", "unit": "mg"}
            body = {"place": floor, "lines": [line], "seal_no": stage.paper_no("E"), "to_place": stage.custody}
            stage.say("empties.collected", at, stage.one("pharmacist"), body, stage.one("nurse"))
            collected += take


def _die(stage: Stage, patient: str, at: datetime) -> None:
    body = {"patient": patient, "died_on": at.date().isoformat(), "certificate_no": stage.paper_no("C")}
    stage.say("patient.died", at, stage.one("physician"), body)


# -- going home ----------------------------------------------------------------------------------


def split_lots(stage: Stage, product: str, units: int) -> list[tuple[str, int]]:
    """Units of the first everyday lot, sometimes the last of them from the second."""
    first, second, _ = stage.stocked[product]
    rest = stage.rng.choice([0, 0, 3]) if units > 3 else 0
    return [(first, units - rest)] + ([(second, rest)] if rest else [])


def _course_home(stage: Stage, patient: str, at: datetime) -> tuple[str, str, int, int]:
    """A prescription to go on with at home: (prescription, product, units, days)."""
    product = stage.rng.choice(TAKEN_HOME)
    days = stage.rng.choice([6, 9])
    units = days // 3 if product == "fen-p12.5" else 2 * days
    return stage.prescribe(patient, product, at, units, days, "home"), product, units, days


def _discharge(stage: Stage, patient: str, home_kato: str, at: datetime, phc_log: str) -> Handover:
    prescription, product, units, days = _course_home(stage, patient, at)
    lots = split_lots(stage, product, units)
    body = stage.supply(
        prescription,
        patient,
        lots,
        days,
        discharge_summary_no=stage.paper_no("D"),
        decided_by=stage.one("physician"),
        home_kato=home_kato,
        home_phc_bin=stage.phc_bin,
    )
    pharmacist = stage.one("pharmacist")
    if stage.rng.random() < 0.3:
        too_long = {**body, "days_supply": 11 + stage.rng.randrange(50)}
        stage.say("dispense.discharge", at + timedelta(minutes=3), pharmacist, too_long)
    given_at = at + timedelta(minutes=8)
    discharge = stage.say("dispense.discharge", given_at, pharmacist, body)
    handover = Handover(discharge, stage.uuid(), patient, home_kato, given_at, lots, product, days)
    _hear_of_it(stage, handover, phc_log)
    return handover


def _hear_of_it(stage: Stage, handover: Handover, phc_log: str) -> None:
    """The home side's notices: taken over whole, in part, twice, or not yet; later a death or a return."""
    way, at = stage.rng.random(), handover.at + timedelta(hours=6)
    if way < 0.2:
        return
    lots = handover.lots if way < 0.8 else [(lot, max(1, units - 1)) for lot, units in handover.lots]
    lines = [{"product": handover.product, "lot": lot, "units": units} for lot, units in lots]
    body = {
        "kind": "acknowledged",
        "from_log": phc_log,
        "from_id": handover.acknowledgement,
        "about": handover.discharge,
        "lines": lines,
    }
    stage.say("notice.received", at, stage.one("pharmacist"), body)
    if way < 0.35:
        stage.say("notice.received", at + timedelta(hours=1), stage.one("pharmacist"), body)
    if way > 0.65:
        later = {"from_log": phc_log, "from_id": stage.uuid(), "about": handover.discharge}
        died_on = (at + timedelta(days=3)).date().isoformat()
        stage.say("notice.received", at + timedelta(days=4), stage.head, {**later, "kind": "died", "on": died_on})


def _send_home_nearby(stage: Stage, patient: str, at: datetime) -> None:
    """A patient of this very unit: not by discharge, but as an outpatient, who later brings packs back."""
    prescription, product, units, days = _course_home(stage, patient, at)
    lots = split_lots(stage, product, units)
    discharge = {
        "discharge_summary_no": stage.paper_no("D"),
        "decided_by": stage.one("physician"),
        "home_kato": TREATING_KATO,
        "home_phc_bin": stage.phc_bin,
    }
    refused = stage.supply(prescription, patient, lots, days, **discharge)
    stage.say("dispense.discharge", at + timedelta(minutes=2), stage.one("pharmacist"), refused)
    stage.say(
        "dispense.outpatient",
        at + timedelta(minutes=5),
        stage.one("pharmacist"),
        stage.supply(prescription, patient, lots, days),
    )
    once_more = stage.supply(prescription, patient, [(lots[0][0], 1)], 1)
    stage.say("dispense.outpatient", at + timedelta(minutes=9), stage.one("pharmacist"), once_more)
    if stage.rng.random() < 0.7:
        bring_back(stage, patient, product, lots, at + timedelta(days=stage.rng.randint(3, 7)))


# -- bringing back -------------------------------------------------------------------------------


def bring_back(stage: Stage, patient: str, product: str, lots: list[tuple[str, int]], at: datetime) -> str:
    """A return of some of these lots, each with its own kind of shortfall; sometimes without naming lots.

    Lots are always named where they came from elsewhere: their expiry is not known here.
    """
    lines: list[dict[str, Any]] = []
    for lot, units in lots:
        intact = stage.rng.randint(0, units)
        broken = stage.rng.randint(0, min(2, units - intact))
        lines.append({"product": product, "lot": lot, "intact": intact, "broken": broken})
    if len(lots) > 1 and stage.inpatient and stage.rng.random() < 0.5:
        lines = [{"product": product, "intact": sum(line["intact"] for line in lines), "broken": 0}]
    for line in lines:
        if (shortfall := stage.rng.choice(SHORTFALLS)) is not None:
            line["shortfall"] = shortfall
    body = {
        "patient": patient,
        "brought_by": "Жұбайы",
        "relation": "spouse",
        "reason": stage.rng.choice(["patient_died", "dose_changed", "side_effects", "moved_away", "other"]),
        "lines": lines,
        "empties_declined": stage.rng.random() < 0.3,
        "seal_no": stage.paper_no("S"),
        "place": stage.custody,
        "signed_by_relative": stage.rng.choice(["yes", "declined", "absent"]),
    }
    stage.say("unused.returned", at, stage.one(stage.bedside), body)
    return str(body["seal_no"])


# -- at home -------------------------------------------------------------------------------------


def play_homes(stage: Stage, hospital_log: str, handovers: list[Handover]) -> None:
    """The home side of the same seed: takes over, counts, treats, and receives what is left."""
    for handover in handovers:
        at = handover.at + timedelta(hours=4)
        stage.register(handover.patient, handover.home_kato, at)
        lines = [{"product": handover.product, "lot": lot, "units": units} for lot, units in handover.lots]
        body = {
            "from_log": hospital_log,
            "from_id": handover.discharge,
            "patient": handover.patient,
            "lines": lines,
            "days_supply": handover.days,
        }
        taking = at + timedelta(hours=1)
        stage.say("dispense.acknowledged", taking, stage.one("phc_worker"), body, id=handover.acknowledgement)
        if stage.rng.random() < 0.3:
            stage.say("dispense.acknowledged", taking + timedelta(hours=2), stage.one("physician"), body)
        _count_at_home(stage, handover, taking + timedelta(days=2))
        if stage.rng.random() < 0.5:
            _treat_at_home(stage, handover.patient, taking + timedelta(days=1))
        if stage.rng.random() < 0.6:
            _end_at_home(stage, handover, taking + timedelta(days=stage.rng.randint(4, 7)))


def _count_at_home(stage: Stage, handover: Handover, at: datetime) -> None:
    """Two visits; the second finds less, the same or, now and then, more than the first."""
    left = dict(handover.lots)
    for _ in range(stage.rng.choice([1, 2, 2])):
        lot = stage.rng.choice(list(left))
        left[lot] = max(0, left[lot] + stage.rng.choice([-6, -4, -2, -1, 0, 2]))
        line = {"product": handover.product, "lot": lot, "units": left[lot]}
        body = {"patient": handover.patient, "lines": [line]}
        stage.say("home.counted", at, stage.one("phc_worker"), body)
        at += timedelta(hours=30)


def _treat_at_home(stage: Stage, patient: str, at: datetime) -> None:
    """Our own prescription, handed out in one or two parts, partly given by the visiting nurse."""
    product, lot = "mor-a10", stage.stocked["mor-a10"][0]
    prescription = stage.prescribe(patient, product, at, 8, 6, "home")
    parts = stage.rng.choice([[8], [5, 3]])
    for number, units in enumerate(parts):
        body = stage.supply(prescription, patient, [(lot, units)], units)
        if number:
            body["left_before"] = [{"product": product, "lot": lot, "units": stage.rng.randint(0, 2)}]
        stage.say("dispense.outpatient", at + timedelta(minutes=20, days=2 * number), stage.one("pharmacist"), body)
    for day in range(1, stage.rng.randint(2, 5)):
        given_at = at + timedelta(days=day)
        body = {
            "patient": patient,
            "prescription": prescription,
            "home": True,
            "product": product,
            "lots": [{"lot": lot, "units": 1}],
            "dose": {"value": "10", "unit": "mg"},
        }
        late = given_at + timedelta(days=stage.rng.choice([0, 0, 0, 3]))
        stage.say("dose.administered", given_at, stage.one("nurse"), body, entered=late)
    if stage.rng.random() < 0.4:
        stopped_at = at + timedelta(days=5)
        stage.say(
            "prescription.stopped",
            stopped_at,
            stage.one("physician"),
            {"prescription": prescription, "reason": "dose_changed"},
        )
        again = stage.supply(prescription, patient, [(lot, 1)], 1)
        stage.say("dispense.outpatient", stopped_at + timedelta(hours=1), stage.one("pharmacist"), again)


def _end_at_home(stage: Stage, handover: Handover, at: datetime) -> None:
    _die(stage, handover.patient, at)
    body = {
        "patient": handover.patient,
        "relative": "Қызы",
        "relation": "child",
        "order_no": "7-Ө",
        "order_on": "2025-08-20",
    }
    stage.say("relatives.informed", at + timedelta(hours=20), stage.one("phc_worker"), body)
    stage.prescribe(handover.patient, "mor-t10", at + timedelta(days=2), 4, 2, "home")
    back_at = at + timedelta(days=5)
    seal = bring_back(stage, handover.patient, handover.product, handover.lots, back_at)
    if stage.rng.random() < 0.6:
        giver, receiver = stage.one("phc_worker"), stage.one("pharmacist")
        moved = {"from_place": stage.custody, "to_place": stage.archive, "seals": [seal]}
        stage.say("custody.moved", back_at + timedelta(hours=3), giver, moved, receiver)
        if stage.rng.random() < 0.5:
            stage.say("custody.moved", back_at + timedelta(hours=4), giver, moved, receiver)
