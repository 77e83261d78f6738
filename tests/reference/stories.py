"""The intricate days: what is found late, taken back, counted twice, sealed, moved and destroyed.

Every story has lots, patients and prescriptions of its own, so that none disturbs another.
"""

from datetime import datetime

from tests.reference.care import bring_back, split_lots
from tests.reference.counting import counted_as_a_total, counted_by_lot, over_collected
from tests.reference.stage import TREATING_KATO, Body, Stage
from tests.reference.telling import break_some, days, give, hours, new_lot, new_patient, reverse


def play_stories(stage: Stage) -> None:
    last = max(12, stage.days - 10)
    for story in (
        found_in_the_paper_journal,
        shuffled_stock,
        expired_and_quarantined,
        counted_by_lot,
        counted_as_a_total,
        receipt_with_dependents,
        taken_back_at_the_counter,
        wrong_entries,
        learned_late,
        last_day_of_a_course,
        alone_on_duty,
        seals,
        returns,
        destroyed,
    ):
        story(stage, stage.some_time(3, last))
    if stage.inpatient:
        over_collected(stage, stage.some_time(3, last))
        wrong_patient_at_the_bed(stage, stage.some_time(3, last))


# -- dates ---------------------------------------------------------------------------------------


def found_in_the_paper_journal(stage: Stage, at: datetime) -> None:
    """Entries dated back: before the lot came, below zero later, and just enough."""
    product, floor = "mor-a10", stage.floors[0]
    lot, _ = new_lot(stage, product, 20, at)
    stage.move(product, lot, 15, at + days(6), floor)
    stage.move(product, lot, 1, at - days(1), floor, entered=at + days(7))
    stage.move(product, lot, 6, at + days(2), floor, entered=at + days(7.1))
    stage.move(product, lot, 5, at + days(2), floor, entered=at + days(7.2))
    stage.move(product, lot, 1, at + days(8), floor)
    stage.move(product, lot, 4, at + days(3), stage.safe, from_place=floor, entered=at + days(8.1))
    stage.move(product, lot, 17, at + days(4), stage.safe, from_place=floor, entered=at + days(8.2))


def shuffled_stock(stage: Stage, at: datetime) -> None:
    """Small moves to and fro whose dates and order of entry have nothing to do with each other."""
    product = "pro-a20"
    lots = [new_lot(stage, product, stage.rng.randint(20, 40), at - days(1))[0] for _ in range(2)]
    for _ in range(14 + stage.days // 4):
        lot, when = stage.rng.choice(lots), at + hours(stage.rng.randint(-12, 150))
        entered = when + hours(stage.rng.choice([0, 0, 30, 100]))
        units, way = stage.rng.randint(1, 15), stage.rng.random()
        from_place, to_place = stage.rng.sample([stage.safe, *stage.floors], 2)
        if way < 0.8:
            stage.move(product, lot, units, when, to_place, from_place=from_place, entered=entered)
        elif way < 0.9:
            _, by = broken = break_some(stage, product, lot, stage.rng.randint(1, 5), when, entered=entered)
            if stage.rng.random() < 0.5:
                reverse(stage, broken[0], entered + hours(1), by)
        else:
            first, second = stage.two_pharmacists()
            body = {
                "from_place": from_place,
                "to_log": "senim/elsewhere/1",
                "lines": [{"product": product, "lot": lot, "units": units}],
                "document_no": stage.paper_no("T"),
            }
            stage.say("stock.sent", when, first, body, second, entered=entered)


def expired_and_quarantined(stage: Stage, at: datetime) -> None:
    """Such lots go to a safe, away or to pieces; not to a ward, not to a patient, not in."""
    floor, patient = stage.floors[1], new_patient(stage, at)
    expiring, _ = new_lot(stage, "mor-t10", 30, at, (at.date() + days(2)).isoformat())
    blocked, _ = new_lot(stage, "mor-t10", 30, at)
    course = stage.prescribe(patient, "mor-t10", at, 8, 20, "home")
    for lot in (expiring, blocked):
        stage.move("mor-t10", lot, 10, at + hours(2), floor)
        stage.say(
            "dispense.outpatient", at + hours(3), stage.one("pharmacist"), stage.supply(course, patient, [(lot, 2)], 1)
        )
    line = {"product": "mor-t10", "lot": blocked}
    by = stage.one("pharmacist")
    block = stage.say("lot.quarantined", at + days(3), by, {**line, "reason": "complaint"})
    for lot in (expiring, blocked):
        stage.move("mor-t10", lot, 1, at + days(4), floor)
        stage.move("mor-t10", lot, 1, at + days(1), floor, entered=at + days(4.05))
        stage.move("mor-t10", lot, 3, at + days(4.1), stage.safe, from_place=floor)
        stage.move("mor-t10", lot, 2, at + days(4.15), stage.custody)
        stage.say("dispense.outpatient", at + days(4.2), by, stage.supply(course, patient, [(lot, 1)], 1))
        break_some(stage, "mor-t10", lot, 1, at + days(4.3))
    give(stage, patient, "mor-t10", expiring, at + days(4.35))
    stage.receive("mor-t10", stage.paper_no("L"), 5, at + days(4.4), (at.date() + days(3)).isoformat())
    stage.receive("mor-t10", blocked, 5, at + days(4.5))
    reverse(stage, block, at + days(5), by, "none")
    stage.move("mor-t10", blocked, 1, at + days(5.1), floor)


def learned_late(stage: Stage, at: datetime) -> None:
    """A death known three days after: what was dispensed meanwhile stands, what comes after its day does not."""
    patient = new_patient(stage, at)
    course = stage.prescribe(patient, "tra-c50", at, 20, 5, "home")
    lot, pharmacist, doctor = stage.stocked["tra-c50"][0], stage.one("pharmacist"), stage.one("physician")
    one = stage.supply(course, patient, [(lot, 1)], 1)
    stage.say("dispense.outpatient", at + days(3), pharmacist, one)
    died_on = (at + days(1)).date().isoformat()
    death = stage.say("patient.died", at + days(4), doctor, {"patient": patient, "died_on": died_on})
    stage.say("dispense.outpatient", at + days(1), pharmacist, one, entered=at + days(4.1))
    stage.say("dispense.outpatient", at + days(2), pharmacist, one, entered=at + days(4.2))
    stage.prescribe(patient, "tra-c50", at + days(4.3), 2, 1, "outpatient")
    give(stage, patient, "tra-c50", lot, at + days(4.35), prescription=course)
    if stage.rng.random() < 0.5:
        reverse(stage, death, at + days(4.4), doctor, "none")
        stage.say("dispense.outpatient", at + days(4.5), pharmacist, one)
    give(stage, patient, "tra-c50", lot, at + days(8), prescription=course)


def last_day_of_a_course(stage: Stage, at: datetime) -> None:
    """Midnight here is not midnight in UTC; before the first day and after the last nothing leaves."""
    patient = new_patient(stage, at)
    course = stage.prescribe(patient, "mor-t10", at, 12, 3, "home", starts_on=(at + days(1)).date().isoformat())
    lot, pharmacist = stage.stocked["mor-t10"][0], stage.one("pharmacist")
    one = stage.supply(course, patient, [(lot, 1)], 1)
    first_midnight = datetime.combine((at + days(1)).date(), datetime.min.time(), at.tzinfo)
    for moment in (-0.2, 0.2, 71.8, 72.2):
        stage.say("dispense.outpatient", first_midnight + hours(moment), pharmacist, one)
    stage.say("dispense.outpatient", at - days(2), pharmacist, one, entered=at + days(1.9))


# -- taking back ---------------------------------------------------------------------------------


def receipt_with_dependents(stage: Stage, at: datetime) -> None:
    """What later entries stand on cannot be pulled away; once they are gone, it can."""
    product, floor = "dia-t2.5", stage.floors[0]
    lot, receipt = new_lot(stage, product, 10, at)
    mover = stage.one("pharmacist")
    moved = stage.move(product, lot, 6, at + hours(1), floor, performer=mover)
    reverse(stage, receipt, at + hours(2), stage.head)
    reverse(stage, moved, at + hours(3), mover)
    reverse(stage, moved, at + hours(4), mover)
    if stage.rng.random() < 0.5:
        reverse(stage, receipt, at + hours(5), stage.head)
        reverse(stage, receipt, at + hours(6), stage.head)


def taken_back_at_the_counter(stage: Stage, at: datetime) -> None:
    """Five dispensings reversed: the packs never left, came back sealed, or are with somebody."""
    for packs in ("never_left", "back_sealed", "with_wrong_person", "with_right_person"):
        patient = new_patient(stage, at, TREATING_KATO)
        course = stage.prescribe(patient, "tra-c50", at, 6, 3, "home")
        lots, pharmacist = split_lots(stage, "tra-c50", 6), stage.one("pharmacist")
        body = stage.supply(course, patient, lots, 3)
        given = stage.say("dispense.outpatient", at + hours(1), pharmacist, body)
        if packs == "back_sealed":
            more = {"seal_no": stage.paper_no("B"), "place": stage.custody}
            wrong = {"seal_no": stage.paper_no("B"), "place": stage.safe}
            reverse(stage, given, at + hours(2), pharmacist, packs, **wrong)
            reverse(stage, given, at + hours(3), pharmacist, packs, **more)
        else:
            reverse(stage, given, at + hours(3), pharmacist, packs)
        reverse(stage, given, at + hours(4), pharmacist, packs="never_left")
        if packs == "never_left":
            stage.say("dispense.outpatient", at + hours(5), pharmacist, body)
        if packs == "with_right_person":
            bring_back(stage, patient, "tra-c50", lots, at + days(2))


def wrong_entries(stage: Stage, at: datetime) -> None:
    """A prescription written twice, a patient registered in error, a return and a collection taken back."""
    patient, doctor = new_patient(stage, at), stage.one("physician")
    course = stage.prescribe(patient, "mor-t10", at, 4, 2, "home")
    issued = stage.last["id"]
    body = stage.supply(course, patient, [(stage.stocked["mor-t10"][0], 1)], 1)
    if stage.rng.random() < 0.5:
        stage.say("dispense.outpatient", at + hours(1), stage.one("pharmacist"), body)
    reverse(stage, issued, at + hours(2), doctor, "none")
    stage.say("dispense.outpatient", at + hours(3), stage.one("pharmacist"), body)
    guest = new_patient(stage, at)
    registered = stage.last["id"]
    if stage.rng.random() < 0.5:
        stage.prescribe(guest, "mor-t10", at + hours(1), 4, 2, "home")
    reverse(stage, registered, at + hours(2), doctor, "none")
    stage.prescribe(guest, "mor-t10", at + hours(3), 4, 2, "home")
    seal = bring_back(stage, patient, "mor-t10", [(stage.stocked["mor-t10"][0], 1)], at + hours(4))
    returned, by = stage.last["id"], stage.last["performer"]
    if stage.rng.random() < 0.5:
        moved = {"from_place": stage.custody, "to_place": stage.archive, "seals": [seal]}
        stage.say("custody.moved", at + hours(5), stage.head, moved, stage.one("pharmacist"))
    reverse(stage, returned, at + hours(6), by)


def wrong_patient_at_the_bed(stage: Stage, at: datetime) -> None:
    """A dose under the wrong name: reversed by the nurse who gave it, written again for the right one."""
    product, floor = "dia-a10", stage.floors[0]
    lot, _ = new_lot(stage, product, 10, at)
    stage.move(product, lot, 5, at + hours(1), floor)
    nurse, patients = stage.one("nurse"), [new_patient(stage, at), new_patient(stage, at)]
    body = {
        "place": floor,
        "product": product,
        "lots": [{"lot": lot, "units": 5}],
        "dose": {"value": "50", "unit": "mg"},
    }
    wrong = stage.say("dose.administered", at + hours(2), nurse, {**body, "patient": patients[0]})
    stage.say("dose.administered", at + hours(3), nurse, {**body, "patient": patients[1]})
    reverse(stage, wrong, at + hours(4), nurse)
    stage.say("dose.administered", at + hours(5), nurse, {**body, "patient": patients[1]})


# -- second persons, seals, the end --------------------------------------------------------------


def alone_on_duty(stage: Stage, at: datetime) -> None:
    """Moves at night without a witness: countersigned, left waiting, countersigned twice, promised in vain."""
    product = "mor-a10"
    lot, _ = new_lot(stage, product, 30, at)
    mover, other = stage.two_pharmacists()
    alone: Body = {"performer": mover, "witness": None, "witness_pending": "alone_on_duty"}
    signed = stage.move(product, lot, 2, at + hours(10), stage.floors[0], **alone)
    stage.move(product, lot, 1, at + hours(11), stage.floors[1], **alone)
    stage.say("entry.countersigned", at + hours(20), other, {"id": signed})
    stage.say("entry.countersigned", at + hours(21), other, {"id": signed})
    stage.say("entry.countersigned", at + hours(22), other, {"id": stage.uuid()})
    opening = {"place": stage.safe, "lines": [{"product": product, "lot": lot, "expires_on": "2028-01-31", "units": 1}]}
    stage.say("stock.opened", at + hours(23), stage.head, opening, None, witness_pending="alone_on_duty")


def returns(stage: Stage, at: datetime) -> None:
    """More than was ever given, without a name, without lots, and a second time under one seal."""
    patient = new_patient(stage, at, TREATING_KATO)
    first, second, third = stage.stocked["tra-c50"]
    course = stage.prescribe(patient, "tra-c50", at, 30, 15, "home")
    body = stage.supply(course, patient, [(third, 10), (first, 10), (second, 10)], 9)
    stage.say("dispense.outpatient", at + hours(1), stage.one("pharmacist"), body)
    by = stage.one(stage.bedside)
    returned: Body = {
        "patient": patient,
        "brought_by": "Ұлы",
        "relation": "child",
        "reason": "other",
        "lines": [{"product": "tra-c50", "lot": second, "intact": 11, "broken": 1}],
        "empties_declined": True,
        "seal_no": stage.paper_no("S"),
        "place": stage.custody,
        "signed_by_relative": "yes",
    }
    stage.say("unused.returned", at + days(1), by, returned)
    stage.say("unused.returned", at + days(1.1), by, returned)
    loose = {"product": "tra-c50", "intact": 12, "broken": 1, "shortfall": stage.rng.choice(["not_asked", "not_found"])}
    stage.say("unused.returned", at + days(1.2), by, {**returned, "lines": [loose], "seal_no": stage.paper_no("S")})
    nobody = {key: value for key, value in returned.items() if key != "patient"}
    line = {"product": "mor-a10", "intact": 3, "broken": 0}
    stage.say(
        "unused.returned",
        at + days(2),
        by,
        {**nobody, "reason": "found", "lines": [line], "seal_no": stage.paper_no("S")},
    )


def seals(stage: Stage, at: datetime) -> None:
    """From one custody to the other and not twice; never to a shelf."""
    giver, receiver = stage.one(stage.bedside), stage.one("pharmacist")
    body: Body = {
        "brought_by": "Көрші",
        "relation": "neighbour",
        "reason": "found",
        "lines": [{"product": "dia-t2.5", "lot": stage.stocked["dia-t2.5"][0], "intact": 7, "broken": 0}],
        "empties_declined": False,
        "seal_no": stage.paper_no("S"),
        "place": stage.safe,
        "signed_by_relative": "declined",
    }
    stage.say("unused.returned", at, giver, body)
    stage.say("unused.returned", at + hours(1), giver, {**body, "place": stage.archive})
    there = {"from_place": stage.archive, "to_place": stage.custody, "seals": [body["seal_no"]]}
    stage.say("custody.moved", at + hours(2), giver, {**there, "to_place": stage.safe}, receiver)
    stage.say("custody.moved", at + hours(3), giver, {**there, "carrier": "жүргізуші"}, receiver)
    stage.say("custody.moved", at + hours(4), giver, there, receiver)
    stage.say("custody.moved", at + hours(5), giver, {**there, "seals": [stage.paper_no("Z")]}, receiver)


def destroyed(stage: Stage, at: datetime) -> None:
    """A commission destroys seals and stock; not too small, not one of them twice, nothing twice."""
    by, product = stage.one(stage.bedside), "dia-t2.5"
    lot, _ = new_lot(stage, product, 12, at, (at.date() + days(1)).isoformat())
    sealed = []
    for units in (4, 5):
        line = {"product": product, "lot": lot, "intact": units, "broken": 0}
        body: Body = {
            "brought_by": "Көрші",
            "relation": "neighbour",
            "reason": "expired",
            "lines": [line],
            "empties_declined": False,
            "seal_no": stage.paper_no("S"),
            "place": stage.custody,
            "signed_by_relative": "absent",
        }
        stage.say("unused.returned", at + hours(1), by, body)
        sealed.append({"seal_no": body["seal_no"]})
    stock = {"place": stage.safe, "product": product, "lot": lot, "units": 10}
    act: Body = {"method": "crushing", "place": stage.custody, "items": [*sealed[:1], stock]}
    three = [stage.head, stage.people["pharmacist"][0], stage.people["physician"][0]]
    attempts: list[tuple[list[str], list[Body]]] = [
        (three[:2], act["items"]),
        ([three[0], three[1], three[1]], act["items"]),
        (three, [*sealed, {**stock, "units": 13}]),
        (three, act["items"]),
        (three, sealed[:1]),
        (three, [{"seal_no": stage.paper_no("Z")}]),
    ]
    for number, (commission, items) in enumerate(attempts):
        body = {**act, "act_no": stage.paper_no("A"), "commission": commission, "items": items}
        stage.say("destruction.performed", at + days(3) + hours(number), stage.head, body)
