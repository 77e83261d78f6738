"""Wrong on purpose: one fault a command, in its form, its people or its things."""

from datetime import datetime, timedelta
from typing import Any

from tests.reference.stage import HOME_KATO, TREATING_KATO, Body, Stage
from tests.reference.telling import new_lot, new_patient


def play_mistakes(stage: Stage) -> None:
    last = max(12, stage.days - 6)
    for mistakes in (
        badly_formed_moves,
        badly_formed_patients,
        badly_formed_commands,
        said_again,
        wrong_people,
        unknown_things,
        things_twice,
        wrong_prescriptions,
        wrong_stock,
        wrong_discharges,
        tomorrow,
    ):
        mistakes(stage, stage.some_time(4, last))


def _good_move(stage: Stage, **changed: Any) -> Body:
    line = {"product": "mor-a10", "lot": stage.stocked["mor-a10"][1], "units": 1}
    return {"from_place": stage.safe, "to_place": stage.floors[0], "lines": [line], **changed}


def _try_moves(stage: Stage, at: datetime, bodies: list[Body]) -> None:
    for number, body in enumerate(bodies):
        stage.say("stock.moved", at + timedelta(minutes=number), stage.one("pharmacist"), body, stage.one("nurse"))


def badly_formed_moves(stage: Stage, at: datetime) -> None:
    good = _good_move(stage)
    line = good["lines"][0]
    _try_moves(
        stage,
        at,
        [
            *({**good, "lines": [{**line, "units": units}]} for units in (0, -3, 1.5, 0.25, 2.75)),
            {key: value for key, value in good.items() if key != "to_place"},
            {**good, "lines": [{"product": "mor-a10", "units": 1}]},
            {**good, "urgent": True},
            {**good, "lines": [{**line, "colour": "red"}]},
            {**good, "lines": "all"},
            {**good, "to_place": "Ward N"},
            {**good, "to_place": "850615100017"},
            {**good, "lines": [{**line, "product": "061211600012"}]},
        ],
    )
    many = [{**line, "lot": f"TOO-MANY-{number:05d}"} for number in range(1500)]
    _try_moves(stage, at + timedelta(hours=1), [{**good, "lines": many}])


def badly_formed_patients(stage: Stage, at: datetime) -> None:
    identity = {"name": "Қате", "iin": None, "no_iin_reason": "newborn", "born_on": "1885-06-15", "address": "-"}
    checked = stage.bin_number()
    wrong_bin = checked[:11] + str((int(checked[11]) + 1) % 10)
    reasonless = {key: value for key, value in identity.items() if key != "no_iin_reason"}
    faults: list[Body] = [
        {"identity": {**identity, "iin": "123456789011"}},
        {"identity": {**identity, "iin": "850615200427"}},
        {"identity": {**identity, "born_on": "1885-02-30"}},
        {"identity": reasonless},
        {"home_phc_bin": wrong_bin},
        {"home_kato": "999999999"},
        {"home_kato": "Astana"},
    ]
    for number, changed in enumerate(faults):
        faulty: Body = {"home_kato": HOME_KATO[0], "identity": identity, **changed}
        stage.register(f"bad-{stage.seed}", at=at + timedelta(minutes=number), **faulty)
    stage.register("850615100801", HOME_KATO[0], at + timedelta(minutes=20))


def badly_formed_commands(stage: Stage, at: datetime) -> None:
    good = _good_move(stage)
    nurse = stage.one("nurse")
    faults: list[Body] = [
        {"id": "not-a-uuid"},
        {"id": stage.uuid().upper()},
        {"type": "stock.teleported"},
        {"occurred_at": "2025-09-31T10:00:00+05:00"},
        {"occurred_at": "2025-09-20T10:00:00"},
        {"body": ["stock"]},
        {"witness_pending": "too_busy", "witness": None},
        {"witness_pending": "alone_on_duty"},
        {"priority": "high"},
    ]
    for number, changed in enumerate(faults):
        stage.say("stock.moved", at + timedelta(minutes=number), stage.one("pharmacist"), good, nurse)
        stage.last.update(changed)
    stage.say("stock.moved", at + timedelta(minutes=30), stage.one("pharmacist"), good, nurse)
    del stage.last["body"]
    patient = new_patient(stage, at)
    dose = {
        "patient": patient,
        "place": stage.floors[0],
        "product": "mor-a10",
        "lots": [{"lot": stage.stocked["mor-a10"][0], "units": 1}],
        "dose": {"value": "10", "unit": "mg"},
    }
    for number, wrong in enumerate(["10.0", "010", "1e1", "-10", "10,5"]):
        body = {**dose, "dose": {"value": wrong, "unit": "mg"}}
        stage.say("dose.administered", at + timedelta(minutes=40 + number), nurse, body)
    course = stage.prescribe(patient, "mor-t10", at, 4, 2, "home")
    supply = stage.supply(
        course, patient, [(stage.stocked["mor-t10"][0], 1)], 1, collector={"kind": "robot", "identity": "seen"}
    )
    stage.say("dispense.outpatient", at + timedelta(minutes=50), stage.one("pharmacist"), supply)


def said_again(stage: Stage, at: datetime) -> None:
    """Resent word for word, resent with another body, and a refused id used again."""
    good = _good_move(stage)
    line = good["lines"][0]
    mover, nurse = stage.one("pharmacist"), stage.one("nurse")
    moved = stage.say("stock.moved", at, mover, good, nurse)
    stage.say_again(moved, at + timedelta(minutes=5))
    stage.say_again(moved, at + timedelta(minutes=6), body={**good, "lines": [{**line, "units": 2}]})
    stage.say_again(moved, at + timedelta(minutes=7), performer=stage.head)
    stage.say_again(moved, at + timedelta(minutes=8), body={**good, "lines": [{**line, "units": 0}]})
    stage.say_again(moved, at + timedelta(days=4))
    refused = stage.say("stock.moved", at + timedelta(minutes=20), mover, {**good, "to_place": "nowhere"}, nurse)
    stage.say_again(refused, at + timedelta(minutes=25))
    stage.say_again(refused, at + timedelta(minutes=30), body=good)
    stage.say_again(refused, at + timedelta(minutes=35), body=good)


def wrong_people(stage: Stage, at: datetime) -> None:
    mover, nurse = stage.one("pharmacist"), stage.one("nurse")
    good = _good_move(stage)
    for number, (performer, witness) in enumerate(
        [
            ("ghost", nurse),
            (stage.one("physician"), nurse),
            (stage.one("inspector"), nurse),
            (mover, mover),
            (mover, None),
            (mover, stage.one("inspector")),
            (mover, "registrar"),
        ]
    ):
        stage.say("stock.moved", at + timedelta(minutes=number), performer, good, witness)
    for number, (role, witness) in enumerate(
        [("nurse", None), ("nurse", mover), ("pharmacist", stage.one("inspector"))]
    ):
        body = {"person": f"new{number}.{stage.seed}", "role": role, "name": "Жаңа"}
        stage.say("person.enrolled", at + timedelta(minutes=20 + number), "registrar", body, witness)
    patient = new_patient(stage, at)
    wasted = {
        "patient": patient,
        "place": stage.floors[0],
        "product": "mor-a10",
        "lots": [{"lot": stage.stocked["mor-a10"][0], "units": 1}],
        "dose": {"value": "4", "unit": "mg"},
        "residue": {"value": "6", "unit": "mg"},
        "residue_fate": "wasted",
    }
    stage.say("dose.administered", at + timedelta(minutes=30), nurse, wasted)
    stage.say("dose.administered", at + timedelta(minutes=31), mover, wasted, nurse)
    course = {"prescription": stage.paper_no("rx").lower(), "reason": "dose_changed"}
    stage.say("prescription.stopped", at + timedelta(minutes=32), nurse, course)
    stage.say(
        "lot.quarantined", at + timedelta(minutes=33), nurse, {"product": "mor-a10", "lot": "X", "reason": "complaint"}
    )
    body = {"place": stage.safe, "kind": "safe", "name": "Тағы сейф", "administration": "entered"}
    stage.say("place.opened", at + timedelta(minutes=34), stage.head, body)
    moved = stage.say("stock.moved", at + timedelta(minutes=40), mover, good, nurse)
    for number, by in enumerate([stage.one("physician"), "ghost", stage.one("inspector")]):
        body = {"id": moved, "reason": "other", "note": "-", "packs": "never_left"}
        stage.say("entry.reversed", at + timedelta(minutes=41 + number), by, body, stage.head)
    reversal = {"id": moved, "reason": "duplicate", "note": "-", "packs": "never_left"}
    stage.say("entry.reversed", at + timedelta(minutes=46), mover, reversal)


def unknown_things(stage: Stage, at: datetime) -> None:
    good = _good_move(stage)
    line = good["lines"][0]
    _try_moves(
        stage,
        at,
        [
            {**good, "to_place": "nowhere"},
            {**good, "lines": [{**line, "lot": "NO-SUCH"}]},
            {**good, "lines": [{**line, "units": 100_000}]},
        ],
    )
    at += timedelta(minutes=10)
    first, second = stage.two_pharmacists()
    stage.receive("diamorphine", stage.paper_no("L"), 3, at)
    stage.say("home.counted", at, stage.one("nurse"), {"patient": "nobody", "lines": [{**line, "units": 1}]})
    stage.say("patient.died", at, stage.one("physician"), {"patient": "nobody", "died_on": at.date().isoformat()})
    stage.prescribe("nobody", "mor-t10", at, 2, 1, "home")
    reversal = {"id": stage.uuid(), "reason": "other", "note": "-", "packs": "never_left"}
    stage.say("entry.reversed", at, first, reversal, second)
    body = {"discrepancy": f"{stage.uuid()}:0", "cause": "lost", "difference": -1, "note": "-"}
    stage.say("discrepancy.resolved", at, stage.head, body, second)
    notice = {"kind": "acknowledged", "from_log": "senim/elsewhere/1", "from_id": stage.uuid(), "about": stage.uuid()}
    stage.say("notice.received", at, first, {**notice, "lines": [line]})
    counted = {"place": stage.safe, "lines": [{**line, "lot": "NO-SUCH"}], "blind": True, "purpose": "shift"}
    stage.say("stock.counted", at, first, counted, second)
    broken = {"place": stage.safe, "lines": [{**line, "units": 100_000}], "how": "-", "fragments_kept": False}
    stage.say("stock.broken", at, first, broken, second)
    collected: Body = {
        "place": stage.floors[0] if not stage.inpatient else stage.safe,
        "lines": [{"product": "mor-a10", "lot": stage.stocked["mor-a10"][0], "empty": 1, "partial": 0}],
        "seal_no": stage.paper_no("E"),
        "to_place": stage.custody,
    }
    stage.say("empties.collected", at, first, collected, stage.one("nurse"))
    if stage.inpatient:
        elsewhere = {**collected, "place": stage.floors[0], "to_place": stage.safe}
        stage.say("empties.collected", at, first, elsewhere, stage.one("nurse"))


def things_twice(stage: Stage, at: datetime) -> None:
    patient = new_patient(stage, at)
    stage.register(patient, HOME_KATO[2], at + timedelta(minutes=1))
    course = stage.prescribe(patient, "mor-t10", at, 4, 2, "home")
    stage.prescribe(patient, "tra-c50", at + timedelta(minutes=2), 4, 2, "home", prescription=course)
    place = {"place": stage.safe, "kind": "safe", "name": "Екінші", "administration": "entered"}
    stage.say("place.opened", at, "registrar", place)
    listed = next(command for _, _, command in stage.said if command["type"] == "product.listed")
    stage.say("product.listed", at, "registrar", listed["body"])
    body = {"person": stage.one("nurse"), "role": "nurse", "name": "Тағы"}
    stage.say("person.enrolled", at, "registrar", body, stage.head)
    line = {"product": "mor-a10", "lot": stage.paper_no("L"), "expires_on": "2028-01-31", "units": 50}
    stage.say("stock.opened", at, stage.head, {"place": stage.safe, "lines": [line]}, stage.one("pharmacist"))
    first, second = stage.two_pharmacists()
    arrival = {
        "to_place": stage.safe,
        "from_log": "senim/elsewhere/1",
        "from_id": stage.uuid(),
        "lines": [{**line, "lot": stage.paper_no("L"), "units": 9}],
        "document_no": stage.paper_no("T"),
    }
    stage.say("stock.arrived", at, first, arrival, second)
    stage.say("stock.arrived", at + timedelta(hours=1), second, arrival, first)


def wrong_prescriptions(stage: Stage, at: datetime) -> None:
    mine, other = new_patient(stage, at), new_patient(stage, at)
    course = stage.prescribe(mine, "mor-t10", at, 4, 4, "outpatient")
    on_ward = stage.prescribe(mine, "mor-t10", at, 4, 2, "inpatient")
    lot, pharmacist = stage.stocked["mor-t10"][0], stage.one("pharmacist")
    for number, (prescription, patient, units) in enumerate(
        [
            (course, other, 1),
            ("rx-none", mine, 1),
            (on_ward, mine, 1),
            (course, mine, 5),
            (course, mine, 3),
            (course, mine, 2),
        ]
    ):
        body = stage.supply(prescription, patient, [(lot, units)], 1)
        stage.say("dispense.outpatient", at + timedelta(minutes=10 + number), pharmacist, body)
    dose: Body = {
        "patient": other,
        "prescription": course,
        "place": stage.floors[0],
        "product": "mor-t10",
        "lots": [{"lot": lot, "units": 1}],
        "dose": {"value": "10", "unit": "mg"},
    }
    tramadol = {"product": "tra-c50", "lots": [{"lot": stage.stocked["tra-c50"][0], "units": 1}]}
    attempts: list[Body] = [dose, {**dose, "prescription": "rx-none"}, {**dose, "patient": mine, **tramadol}]
    attempts.append({**dose, "patient": mine, "lots": [{"lot": "NO-SUCH", "units": 1}]})
    attempts.append(
        {**dose, "patient": mine, "lots": [{"lot": lot, "units": 1000}], "dose": {"value": "10000", "unit": "mg"}}
    )
    for number, body in enumerate(attempts):
        stage.say("dose.administered", at + timedelta(minutes=30 + number), stage.one("nurse"), body)
    doctor = stage.one("physician")
    stage.say(
        "prescription.stopped",
        at + timedelta(minutes=40),
        doctor,
        {"prescription": "rx-none", "reason": "dose_changed"},
    )
    stage.say(
        "prescription.stopped", at + timedelta(minutes=41), doctor, {"prescription": course, "reason": "dose_changed"}
    )
    body = stage.supply(course, mine, [(lot, 1)], 1)
    stage.say("dispense.outpatient", at + timedelta(minutes=50), pharmacist, body)


def wrong_stock(stage: Stage, at: datetime) -> None:
    """One ampoule left and two hands that reach for it; a fact that would leave less than nothing."""
    lot, _ = new_lot(stage, "pro-a20", 1, at)
    body = _good_move(stage, lines=[{"product": "pro-a20", "lot": lot, "units": 1}])
    _try_moves(stage, at + timedelta(hours=1), [body, body])
    first, second = stage.two_pharmacists()
    broken = {"place": stage.safe, "lines": body["lines"], "how": "-", "fragments_kept": True}
    stage.say("stock.broken", at + timedelta(hours=2), first, broken, second)


def wrong_discharges(stage: Stage, at: datetime) -> None:
    patient = new_patient(stage, at)
    course = stage.prescribe(patient, "mor-t10", at, 10, 5, "home")
    discharge = {
        "discharge_summary_no": stage.paper_no("D"),
        "decided_by": stage.one("physician"),
        "home_kato": HOME_KATO[1],
        "home_phc_bin": stage.phc_bin,
    }
    lots = [(stage.stocked["mor-t10"][0], 2)]
    good = stage.supply(course, patient, lots, 5, **discharge)
    own = TREATING_KATO if stage.inpatient else HOME_KATO[0]
    faults: list[Body] = [{"days_supply": 11}, {"home_kato": own}, {"home_kato": "888888888"}, {}]
    for number, changed in enumerate(faults):
        stage.say(
            "dispense.discharge", at + timedelta(minutes=10 + number), stage.one("pharmacist"), {**good, **changed}
        )


def tomorrow(stage: Stage, at: datetime) -> None:
    far = datetime(2098, 1, 1, 12, tzinfo=at.tzinfo)
    pharmacist, nurse = stage.one("pharmacist"), stage.one("nurse")
    for body in (_good_move(stage), _good_move(stage, to_place="nowhere")):
        stage.say("stock.moved", far, pharmacist, body, nurse, entered=at)
    stage.say("stock.moved", far, pharmacist, _good_move(stage), pharmacist, entered=at)
    died = {"patient": new_patient(stage, at), "died_on": "2098-01-01"}
    stage.say("patient.died", far, stage.one("physician"), died, entered=at + timedelta(hours=1))
