"""What this person may countersign now: each with the words of the entry that waits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from api.caller import Caller
from api.pages.day.waiting import Desk
from api.pages.terms import sentence_case
from ledger.log.canonical import from_timestamp
from ledger.refusal_words.terms import TYPES
from ledger.service import queries
from ledger.words import phrase

MOST = 30
_WHYS: Mapping[str, str] = {
    "witness": phrase("the second signature"),
    "verbal_order": phrase("your verbal order"),
    "very_late": phrase("entered very late"),
}
_WITNESSES = frozenset({"pharmacist", "head_pharmacist", "physician", "nurse", "phc_worker"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Signable:
    """An entry that waits: `state` is bad once it is overdue by the rule set."""

    seq: int
    said: str
    why: str
    by: str
    since: str
    state: str


def find_signable(desk: Desk, caller: Caller) -> Iterator[Signable]:
    """The oldest first, at most `MOST`. Whether it may be signed is judged when it is."""
    rows = [row for row in queries.read_pending(desk.reading) if _may_sign(row, caller)]
    for row in sorted(rows, key=lambda row: (row["since"], row["seq"]))[:MOST]:
        (entry,) = queries.read_entries(desk.reading, seq=row["seq"])
        hours = desk.rules.value("countersign_hours", row["since"][:10])
        age = (from_timestamp(desk.now) - from_timestamp(row["since"])).total_seconds() / 3600
        yield Signable(
            seq=row["seq"],
            said=sentence_case(desk.words.say(TYPES[entry["statement"]["type"]])),
            why=desk.words.say(_WHYS[row["why"]]),
            by=desk.names.person(row["performer"]),
            since=desk.words.moment(from_timestamp(row["since"]), desk.zone),
            state="bad" if hours is not None and age > hours else "",
        )


def _may_sign(row: Mapping[str, object], caller: Caller) -> bool:
    if row["performer"] == caller.person or ("by" in row and row["by"] != caller.person):
        return False
    if row["why"] == "very_late":
        return caller.role == "head_pharmacist"
    return row["why"] == "verbal_order" or caller.role in _WITNESSES
