"""Random but plausible quarters of other facilities, in the command format of section 4.

    python -m tests.reference.generate SEED hospital|phc DAYS > file.jsonl

The same seed gives the same commands for ever. The hospital and the primary-care organisation of one seed and one
number of days belong together: what the one discharges and sends, the other takes over and receives. Most commands are
right, many are wrong on purpose; what is right is for the reference to say, not for this module.
"""

import argparse
import json
from datetime import timedelta
from typing import Any

from tests.reference.care import Handover, play_homes, play_ward
from tests.reference.counting import shuffled_findings
from tests.reference.mistakes import play_mistakes
from tests.reference.opening import open_facility
from tests.reference.stage import Stage, facility_of
from tests.reference.stories import play_stories

KINDS = ("hospital", "phc")


def generate(seed: int, kind: str, days: int) -> list[dict[str, Any]]:
    """The commands of a quarter in the order of their entry; `days` is 30 to 180."""
    if kind not in KINDS or not 30 <= days <= 180:
        raise ValueError("kind is hospital or phc, and days are 30 to 180")
    hospital, handovers, transfers = _play_hospital(seed, days)
    if kind == "hospital":
        return hospital.commands()
    stage = Stage(seed, "phc", days)
    stage.identities.update(hospital.identities)
    open_facility(stage)
    play_homes(stage, facility_of(seed, "hospital")["log"], handovers)
    for transfer in transfers:
        _receive(stage, facility_of(seed, "hospital")["log"], transfer)
    play_stories(stage)
    play_mistakes(stage)
    return stage.commands()


def _play_hospital(seed: int, days: int) -> tuple[Stage, list[Handover], list[dict[str, Any]]]:
    stage = Stage(seed, "hospital", days)
    open_facility(stage)
    handovers = play_ward(stage, facility_of(seed, "hospital")["log"], facility_of(seed, "phc")["log"])
    transfers = [_send(stage, facility_of(seed, "phc")["log"]) for _ in range(2)]
    play_stories(stage)
    play_mistakes(stage)
    shuffled_findings(stage, stage.some_time(3, days - 10))
    return stage, handovers, transfers


def _send(stage: Stage, to_log: str) -> dict[str, Any]:
    product = stage.rng.choice(["mor-t10", "tra-c50"])
    line = {"product": product, "lot": stage.stocked[product][2], "units": stage.rng.randint(10, 40)}
    first, second = stage.two_pharmacists()
    body = {"from_place": stage.safe, "to_log": to_log, "lines": [line], "document_no": stage.paper_no("T")}
    at = stage.some_time(5, stage.days - 5)
    return {"id": stage.say("stock.sent", at, first, body, second), "at": at, "body": body}


def _receive(stage: Stage, from_log: str, transfer: dict[str, Any]) -> None:
    first, second = stage.two_pharmacists()
    body = {
        "to_place": stage.safe,
        "from_log": from_log,
        "from_id": transfer["id"],
        "lines": [{**line, "expires_on": "2028-02-29"} for line in transfer["body"]["lines"]],
        "document_no": transfer["body"]["document_no"],
    }
    stage.say("stock.arrived", transfer["at"] + timedelta(days=1), first, body, second)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.reference.generate", description="A random quarter as JSON lines."
    )
    parser.add_argument("seed", type=int)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("days", type=int)
    asked = parser.parse_args()
    for command in generate(asked.seed, asked.kind, asked.days):
        print(json.dumps(command, ensure_ascii=False))  # noqa: T201 - this is a command


if __name__ == "__main__":
    main()
