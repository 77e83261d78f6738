"""Days on which shelves and empties are counted: right, wrong, resolved, reopened by what was found later."""

from datetime import datetime, timedelta

from tests.reference.stage import Body, Stage
from tests.reference.telling import days, give, hours, new_lot, new_patient, reverse


def count(
    stage: Stage,
    product: str,
    lot: str | None,
    found: int,
    at: datetime,
    place: str | None = None,
    entered: datetime | None = None,
) -> str:
    first, second = stage.two_pharmacists()
    line: Body = {"product": product, "units": found} | ({"lot": lot} if lot else {})
    purpose = stage.rng.choice(["shift", "periodic"])
    body = {"place": place or stage.safe, "lines": [line], "blind": True, "purpose": purpose}
    return stage.say("stock.counted", at, first, body, second, entered=entered)


def resolve(stage: Stage, discrepancy: str, difference: int, at: datetime, by: str | None = None) -> str:
    cause = stage.rng.choice(["found", "lost", "arithmetic"]) if difference else "miscounted"
    body = {"discrepancy": discrepancy, "cause": cause, "difference": difference, "note": "тексерілді"}
    return stage.say("discrepancy.resolved", at, by or stage.head, body, stage.one("pharmacist"))


def counted_by_lot(stage: Stage, at: datetime) -> None:
    """Too few, too many, right; resolved, resolved twice, by the wrong person; reopened by what was found later."""
    product, floor = "dia-a10", stage.floors[0]
    lots = [new_lot(stage, product, 50, at + timedelta(minutes=number))[0] for number in range(6)]
    counted = [
        count(stage, product, lot, found, at + days(2))
        for lot, found in zip(lots, [50, 47, 53, 48, 44, 52], strict=True)
    ]
    few, many, reopened, mended, taken_back = counted[1:]
    resolve(stage, f"{few}:0", -3, at + days(2.1), stage.one("pharmacist"))
    resolve(stage, f"{few}:0", -3, at + days(2.2))
    resolve(stage, f"{few}:0", -3, at + days(2.3))
    resolve(stage, f"{few}:1", -3, at + days(2.4))
    resolve(stage, f"{many}:0", 0, at + days(2.5))
    resolve(stage, f"{reopened}:0", -2, at + days(2.6))
    resolve(stage, f"{mended}:0", -6, at + days(2.6))
    stage.move(product, lots[3], 3, at + days(1), floor, entered=at + days(3))
    stage.move(product, lots[4], 4, at + days(1), floor, entered=at + days(3))
    resolve(stage, f"{mended}:0", 4, at + days(3.2))
    stage.move(product, lots[1], 48, at + days(3.3), floor)
    stage.move(product, lots[1], 47, at + days(3.4), floor)
    reverse(stage, taken_back, at + days(3.5), stage.get(taken_back)["performer"], "none")


def counted_as_a_total(stage: Stage, at: datetime) -> None:
    """The shelf of one product without regard to lots: it opens a difference that belongs to no lot."""
    both = 1200
    count(stage, "pre-c75", None, both, at)
    count(stage, "pre-c75", None, both - 4, at + hours(1))
    closed = count(stage, "pre-c75", None, both + 2, at + hours(2))
    resolve(stage, f"{closed}:0", 0, at + hours(3))
    first, second = stage.two_pharmacists()
    lines = [{"product": "pre-c75", "lot": lot, "units": 600} for lot in stage.stocked["pre-c75"][1:]]
    lines.append({"product": "pre-c75", "lot": stage.stocked["pre-c75"][0], "units": 0})
    body = {"place": stage.safe, "lines": lines, "blind": False, "purpose": "inspection"}
    stage.say("stock.counted", at + hours(4), first, body, second)
    stage.say("stock.counted", at + hours(5), first, {**body, "lines": lines[:2]}, second)


def shuffled_findings(stage: Stage, at: datetime) -> None:
    """Doses, moves, counts, collections, what resolves them and what takes them back, dated and entered at random."""
    product, floor, archive = "mid-v15", stage.floors[1], stage.archive
    lots = [new_lot(stage, product, 40, at)[0] for _ in range(2)]
    for lot in lots:
        stage.move(product, lot, 25, at + hours(1), floor)
    patient, findings, others = new_patient(stage, at), [], []
    for number in range(70):
        entered = at + hours(8) + hours(number)
        when = max(at + hours(1.5), entered - hours(stage.rng.choice([0, 0, 0, 5, 20, 60])))
        lot, way = stage.rng.choice(lots), stage.rng.random()
        if way < 0.35:
            others.append(give(stage, patient, product, lot, when, entered=entered))
        elif way < 0.45:
            source, to = stage.rng.sample([stage.safe, floor], 2)
            move = stage.move(product, lot, stage.rng.randint(1, 4), when, to, from_place=source, entered=entered)
            others.append(move)
        elif way < 0.6:
            lines = [{"product": product, "lot": lot, "empty": stage.rng.randint(0, 3), "partial": 0} for _ in range(2)]
            body = {"place": floor, "lines": lines, "seal_no": stage.paper_no("E"), "to_place": archive}
            by, witness = stage.one("pharmacist"), stage.one("nurse")
            findings.append(stage.say("empties.collected", when, by, body, witness, entered=entered))
        elif way < 0.7:
            findings.append(count(stage, product, lot, stage.rng.randint(10, 30), when, floor, entered))
        elif way < 0.85 and findings:
            name = f"{stage.rng.choice(findings[-3:])}:{stage.rng.choice([0, 0, 1])}"
            others.append(resolve(stage, name, stage.rng.randint(-6, 4), entered))
        elif findings and others:
            one = stage.rng.choice(stage.rng.choice([findings, others])[-6:])
            reverse(stage, one, entered, stage.rng.choice([stage.head, stage.get(one)["performer"]]))


def over_collected(stage: Stage, at: datetime) -> None:
    """More empties than were opened: a discrepancy that mends what is due, never what is there."""
    product, floor = "mid-v15", stage.floors[1]
    for resolved in (True, False):
        lot, _ = new_lot(stage, product, 20, at)
        stage.move(product, lot, 10, at + hours(1), floor)
        for number in range(3):
            give(stage, new_patient(stage, at), product, lot, at + hours(2 + number))
        line = {"product": product, "lot": lot, "empty": 4, "partial": 1}
        body = {"place": floor, "lines": [line], "seal_no": stage.paper_no("E"), "to_place": stage.archive}
        collected = stage.say("empties.collected", at + days(1), stage.one("pharmacist"), body, stage.one("nurse"))
        if resolved:
            resolve(stage, f"{collected}:0", 2, at + days(1.2))
