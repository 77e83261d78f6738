"""`senim due`: packs to take back after a death, bags to destroy, stock to count, each with its day of the rule set."""

from datetime import date
from typing import Any

from ledger.cli.options import WORDS, answer, say, tell
from ledger.cli.showing import table
from ledger.cli.wiring import House
from ledger.domain.history.deadlines import GOVERNED_BY
from ledger.domain.regulation import RuleSet
from ledger.log.canonical import to_timestamp
from ledger.service import queries
from ledger.service.ledger import find_adoption
from ledger.words import phrase

_WHAT = {
    "return": phrase("take back after a death"),
    "destruction": phrase("destroy"),
    "inventory": phrase("count"),
}
_NO_RULES = RuleSet(name="", sha256="", provisions={}, tables={})


def show_due(house: House, *, as_json: bool) -> None:
    now = to_timestamp(house.ledger.clock())
    with house.ledger.reading() as reading:
        adoption = find_adoption(reading)
        rules = adoption.rules if adoption is not None else _NO_RULES
        rows, today = queries.read_due(reading, rules, now), queries.read_today(reading, now)
        seq = reading.head.size - 1
    unset = [key for key in GOVERNED_BY.values() if rules.value(key, today) is None]
    if as_json:
        answer({"due": rows, "unset": unset})
        return
    columns = (
        ("due_on", say("Due")),
        ("overdue_days", say("Days overdue")),
        ("what", say("What to do")),
        ("which", say("With what")),
        ("units", say("Units")),
    )
    title = say("Due by the rule set {name}, as known at entry {seq}", name=rules.name, seq=seq)
    table(columns, list(map(_to_row, rows)), title=title, empty=say("Nothing is due."))
    if unset:
        tell(say("Not watched, for the rule set sets no days for it: {values}", values=", ".join(unset)))


def _to_row(row: dict[str, Any]) -> dict[str, Any]:
    """*row* with its words; what is in time shows no days."""
    which = [row[name] for name in ("patient", "seal_no", "product", "place") if name in row]
    return {
        "due_on": WORDS.day(date.fromisoformat(row["due_on"])),
        "overdue_days": row["overdue_days"] or None,
        "what": say(_WHAT[row["what"]]),
        "which": " · ".join(which),
        "units": row["units"],
    }
