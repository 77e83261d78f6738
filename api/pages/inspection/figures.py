"""What the register knows of itself at any moment: read through indexes and projections, never entry by entry.

The counts are of what came since the last visit, and stop at `MOST`: who wants all of it has the lists.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from api.opinions import Opinion
from api.pages.inspection.sentences import BAD, GOOD, GREY, STATES, TO_READ, Sentence
from ledger.domain.asking.courses import days_between
from ledger.domain.history.deadlines import find_deadlines
from ledger.domain.judge import ANSWERED, LATE
from ledger.domain.kind import is_older
from ledger.domain.regulation import RuleSet
from ledger.service import queries
from ledger.service.ports import EntryRow, Reading, Wanted
from ledger.words import Words

MOST = 100
RIGHTS = (
    "person.enrolled", "person.role_changed", "person.left", "key.enrolled", "key.revoked", "key.rotated",
    "regulation.adopted", "import.closed",
)  # fmt: skip
LISTS: dict[str, tuple[Wanted, ...]] = {
    "late": (Wanted(mention=LATE, limit=MOST),),
    "warnings": (Wanted(mention=ANSWERED, limit=MOST),),
    "rights": tuple(Wanted(type=type, limit=MOST) for type in RIGHTS),
}
"""Where the rows of each list are found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Where and when one looks: *now* is canonical UTC text, *today* the facility's day, *since* the last visit."""

    reading: Reading
    rules: RuleSet
    now: str
    today: str
    since: int


def read_rows(reading: Reading, wanted: Sequence[Wanted], *, before: int | None, limit: int) -> list[EntryRow]:
    """The newest of what *wanted* find, with numbers below *before*."""
    found: dict[int, EntryRow] = {}
    for each in wanted:
        after = None if before is None else ("", before)
        page = Wanted(type=each.type, mention=each.mention, after=after, limit=limit)
        found |= {row.seq: row for row in reading.page(page)}
    return [found[seq] for seq in sorted(found, reverse=True)][:limit]


def read_figures(moment: Moment, words: Words, opinion: Opinion | None) -> Iterator[Sentence]:
    """The sentences that need no verification but the last, in the order of the screen."""
    say = words.say
    yield _circle(moment, words)
    since = say("since the last visit") if moment.since else say("since the first entry")
    n, imported = _count(moment, words, "late"), words.number(moment.reading.book.find("imported") or 0)
    late = say(
        "Entered late {since}: {n}. Imported from paper and not among them: {imported}.",
        since=since, n=n, imported=imported,
    )  # fmt: skip
    yield _noted(moment, words, "late", late)
    yield _overdue(moment, words)
    n = _count(moment, words, "rights")
    yield _noted(moment, words, "rights", say("Changes of rights and keys {since}: {n}.", since=since, n=n))
    n = _count(moment, words, "warnings")
    yield _noted(moment, words, "warnings", say("Warnings answered {since}: {n}.", since=since, n=n))
    yield _pending(moment, words)
    yield _access(words, opinion)


def _sentence(words: Words, name: str, state: str, said: str, *, word: str = "") -> Sentence:
    shown = word or STATES[state]
    return Sentence(name=name, state=state, word=words.say(shown), said=said, href=f"/inspection/rows/{name}")


def _circle(moment: Moment, words: Words) -> Sentence:
    found = queries.find_beyond(moment.reading, moment.today)
    if not found:
        return _sentence(words, "circle", GOOD, words.say("The circle is closed: nothing is out beyond its course."))
    beyond, oldest_on = sum(out.units for _, _, out in found), found[0][2].ends_on
    days = days_between(oldest_on, moment.today) if oldest_on else 0
    said = words.say(
        "Out beyond the course: {units} units, the oldest for {days} days.",
        units=words.number(beyond), days=words.number(days),
    )  # fmt: skip
    return _sentence(words, "circle", BAD, said)


def _count(moment: Moment, words: Words, name: str) -> str:
    rows = read_rows(moment.reading, LISTS[name], before=None, limit=MOST)
    found = sum(row.seq > moment.since for row in rows)
    return words.say("{n} or more", n=found) if found == MOST else words.number(found)


def _noted(moment: Moment, words: Words, name: str, said: str) -> Sentence:
    """What a person has to judge: that it happened is no fault."""
    newest = read_rows(moment.reading, LISTS[name], before=None, limit=1)
    if not newest or newest[0].seq <= moment.since:
        return _sentence(words, name, GOOD, said)
    return _sentence(words, name, GREY, said, word=TO_READ)


def _overdue(moment: Moment, words: Words) -> Sentence:
    reading = moment.reading
    if moment.rules.value("inventory_days", moment.today) is None:
        return _sentence(words, "counts", GREY, words.say("The rule set leaves open how often stock is to be counted."))
    due = find_deadlines(reading.book, moment.rules, moment.now, stock=reading.balances(), only="inventory")
    overdue = sum(each.overdue_days > 0 for each in due)
    said = words.say("Counts of stock that are overdue: {n}.", n=words.number(overdue))
    return _sentence(words, "counts", BAD if overdue else GOOD, said)


def _pending(moment: Moment, words: Words) -> Sentence:
    rows = queries.read_pending(moment.reading)
    overdue = sum(is_overdue(moment, row) for row in rows)
    said = words.say(
        "Signatures still due: {n}, of them overdue: {late}.", n=words.number(len(rows)), late=words.number(overdue)
    )
    if overdue or not rows:
        return _sentence(words, "pending", BAD if overdue else GOOD, said)
    return _sentence(words, "pending", GREY, said, word=TO_READ)


def is_overdue(moment: Moment, pending: queries.Row) -> bool:
    hours = moment.rules.value("countersign_hours", pending["since"][:10])
    return hours is not None and is_older(pending["since"], moment.now, hours)


def _access(words: Words, opinion: Opinion | None) -> Sentence:
    if opinion is None:
        return _sentence(words, "access", GREY, words.say("Whether the access log is whole was not checked yet."))
    if opinion.access is not None:
        said = words.say("The access log is not whole: row {seq}.", seq=words.number(opinion.access.seq))
        return _sentence(words, "access", BAD, said)
    rows = words.number(opinion.access_size)
    return _sentence(words, "access", GOOD, words.say("The access log is whole, rows: {rows}.", rows=rows))
