"""What would be left at home by a day; what a device keeps under which key."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.pages.family.left import find_left
from api.pages.keeping import keep_for
from tests.api.serving import Served
from tests.faults.counter import OPENING, PERSON, UNKNOWN, Counter

COURSE = """08:40 doctor prescription.issued prescription=rx-{who} patient={who} product=morphine units=30
    starts_on=2026-03-02 single_dose=10mg route=20066000 frequency=3/d duration_days=10 setting=home record_no=1
"""
SUPPLY = """09:00 pharm dispense.outpatient prescription=rx-{who} patient={who} place=safe lots=[{lots}] days_supply=10
    collector={{kind=relative identity=seen}}
"""


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """plain: thirty for ten days; counted: twenty found on day four; old: two lots; paper: nobody said how long."""
    counter = Counter(tmp_path_factory.mktemp("left"))
    told = OPENING.replace("morphine A 40", "morphine A 90")
    for who in ("plain", "counted", "old", "paper"):
        told += f"08:35 doctor patient.registered patient={who} {PERSON} {UNKNOWN}\n"
    for who in ("plain", "counted"):
        told += (COURSE + SUPPLY).format(who=who, lots="A 30")
    told += "09:30 head + pharm stock.received place=safe supplier=x document_no=1\n"
    told += "    lines=[morphine B 10 expires_on=2026-12-31]\n"
    told += (COURSE + SUPPLY.replace("09:00", "09:40")).format(who="old", lots="A 10, B 10")
    told += "10:00 nurse + doctor home.opened patient=paper lines=[morphine C 7]\n"
    told += "day 2026-03-05\n09:00 nurse home.counted patient=counted lines=[morphine A 20]\n"
    counter.tell(told)
    yield counter
    counter.house.close()


@pytest.mark.parametrize(("patient", "on", "left"), [
    ("plain", "2026-03-01", [("A", 30, 30)]),
    ("plain", "2026-03-02", [("A", 30, 27)]),
    ("plain", "2026-03-06", [("A", 30, 15)]),
    ("plain", "2026-04-06", [("A", 30, 0)]),
    ("counted", "2026-03-06", [("A", 20, 14)]),
    ("counted", "2026-03-04", [("A", 20, 20)]),
    ("old", "2026-03-07", [("B", 10, 0), ("A", 10, 8)]),
    ("paper", "2026-03-02", [("C", 7, 0)]),
])  # fmt: skip
def test_a_supply_is_used_as_it_was_meant(
    homes: Counter, patient: str, on: str, left: list[tuple[str, int, int]]
) -> None:
    """Every day counts from that of the supply, or of the last count; the oldest lot goes first; what is unknown may
    all be gone, so that nobody is asked."""
    with homes.house.ledger.reading() as reading:
        found = find_left(reading.book, patient, ["morphine"], on)
    assert [(each.lot, each.out, each.expected) for each in found] == left


def test_what_is_kept_on_a_device_opens_for_its_writer_alone(standing: Served) -> None:
    mine = keep_for(standing.site, "feldsher", "return p1")
    assert mine == keep_for(standing.site, "feldsher", "return p1")
    others = [keep_for(standing.site, "nurse", "return p1"), keep_for(standing.site, "feldsher", "return p2")]
    assert len({mine.key, *(other.key for other in others)}) == 3
    assert len({mine.slot, *(other.slot for other in others)}) == 3
    secret: Path = standing.site.directory / "secrets" / "kept.key"
    assert secret.stat().st_mode & 0o077 == 0


def test_a_page_with_a_draft_carries_the_key_of_its_reader_and_its_address(standing: Served) -> None:
    def place(who: str, path: str) -> list[str]:
        return re.findall(
            r'<body[^>]* data-slot="([^"]+)" data-key="([^"]+)"', standing.call("GET", path, who=who).text
        )

    (mine,) = place("pharm", "/stock/count?place=safe")
    assert [mine] == place("pharm", "/stock/count?place=safe")
    assert mine not in place("head", "/stock/count?place=safe") + place("pharm", "/stock/count?place=ward")
    assert len(place("head", "/stock/count?place=safe")) == 1
    assert place("pharm", "/stock") == []
