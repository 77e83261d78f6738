"""The figures and entries, for people as tables of 80 columns, for programs as JSON with every member."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from shutil import get_terminal_size
from typing import Any

from ledger.cli.options import WORDS, answer, say, tell
from ledger.cli.reading import read_moment, verify_known
from ledger.cli.table import Columns, lay_out
from ledger.cli.wiring import House
from ledger.domain.vocabulary import KINDS
from ledger.errors import WronglyCalled
from ledger.log.canonical import to_timestamp
from ledger.refusal_words.terms import TYPES
from ledger.service import queries
from ledger.service.ports import Reading

_WIDEST = 80


def table(columns: Columns, rows: Sequence[dict[str, Any]], *, title: str, empty: str, by: str | None = None) -> None:
    """Print *rows* as a table under *title*, or that there are none."""
    if not rows:
        tell(empty)
        return
    tell(title, "", *lay_out(columns, rows, width=get_terminal_size().columns, number=WORDS.number, by=by), "")


def _local(at: str, zone: str) -> str:
    return WORDS.moment(datetime.fromisoformat(at), zone)


def show_balances(house: House, *, product: str | None, place: str | None, at: str | None, as_json: bool) -> None:
    until = read_moment(at, house.zone)
    with house.ledger.reading() as reading:
        verify_known(reading, product=product, place=place)
        rows = queries.read_balances(reading, product=product, place=place, at=until)
        seq = reading.head.size - 1
    if as_json:
        answer(rows)
        return
    title = say("Balances, as known at entry {seq}", seq=seq)
    if until is not None:
        title = say("Balances at {at}, as known at entry {seq}", at=_local(until, house.zone), seq=seq)
    columns = (
        ("place", say("Place")),
        ("product", say("Product")),
        ("lot", say("Lot")),
        ("units", say("Units")),
    )
    table(columns, rows, title=title, empty=say("Nothing had come to stock."))


def show_circle(house: House, *, patient: str | None, product: str | None, only_open: bool, as_json: bool) -> None:
    with house.ledger.reading() as reading:
        verify_known(reading, patient=patient, product=product)
        today = queries.read_today(reading, to_timestamp(house.ledger.clock()))
        rows = queries.read_circle(reading, today=today, patient=patient, product=product, only_open=only_open)
        seq = reading.head.size - 1
    if as_json:
        answer(rows)
        return
    # What came in equals what is settled, not found and out: the columns of --json added up.
    shown = [
        row
        | {"out": row["dispensed"] + row["surplus"]}
        | {"settled": row["administered"] + row["used"] + row["returned"] + row["handed_over"]}
        for row in rows
    ]
    columns = (
        ("product", say("Product")),
        ("lot", say("Lot")),
        ("out", say("Given")),
        ("settled", say("Settled")),
        ("missing", say("Not found")),
        ("within_course", say("In course")),
        ("beyond_course", say("Beyond course")),
        ("age_days", say("Days")),
    )
    empty = say("Nothing is out.") if only_open else say("Nothing was handed out.")
    table(columns, shown, title=say("Circle, as known at entry {seq}", seq=seq), empty=empty, by="patient")


def show_custody(house: House, *, as_json: bool) -> None:
    with house.ledger.reading() as reading:
        rows = queries.read_custody(reading)
        seq = reading.head.size - 1
    if as_json:
        answer(rows)
        return
    shown = [
        row | {"received_at": _local(row["received_at"], house.zone), "contents": _to_contents(row["contents"])}
        for row in rows
    ]
    columns = (
        ("seal_no", say("Seal")),
        ("place", say("Place")),
        ("received_at", say("Since")),
        ("contents", say("What is in it")),
        ("units", say("Units")),
    )
    title = say("In custody, as known at entry {seq}", seq=seq)
    table(columns, shown, title=title, empty=say("Nothing is in custody."))


def _to_contents(contents: Sequence[dict[str, Any]]) -> str:
    return "\n".join(" ".join([each["product"], each.get("lot", ""), f"× {each['units']}"]) for each in contents)


def show_discrepancies(house: House, *, as_json: bool) -> None:
    with house.ledger.reading() as reading:
        rows, due = queries.read_discrepancies(reading), queries.read_empties_due(reading)
        seq = reading.head.size - 1
    if as_json:
        answer({"discrepancies": rows, "empties_due": due})
        return
    columns = (
        ("place", say("Place")),
        ("product", say("Product")),
        ("lot", say("Lot")),
        ("counted", say("Counted")),
        ("difference", say("Difference")),
        ("seq", say("Entry")),
    )
    title = say("Open discrepancies, as known at entry {seq}", seq=seq)
    shown = [row | {"seq": str(row["seq"])} for row in rows]
    table(columns, shown, title=title, empty=say("No discrepancy is open."), by="discrepancy")
    due_columns = (
        ("place", say("Place")),
        ("product", say("Product")),
        ("lot", say("Lot")),
        ("units", say("Units")),
    )
    title = say("Empties due, as known at entry {seq}", seq=seq)
    table(due_columns, due, title=title, empty=say("No empties are due."))


def show_pending(house: House, *, as_json: bool) -> None:
    with house.ledger.reading() as reading:
        rows = queries.read_pending(reading)
        seq = reading.head.size - 1
    if as_json:
        answer(rows)
        return
    why = {
        "witness": say("second signature"),
        "verbal_order": say("the physician's signature under a verbal order"),
        "very_late": say("the head pharmacist's signature under a late entry"),
    }
    shown = [
        row | {"seq": str(row["seq"]), "why": why[row["why"]], "since": _local(row["since"], house.zone)}
        for row in rows
    ]
    columns = [
        ("seq", say("Entry")),
        ("why", say("Waits for")),
        *([("by", say("Whose"))] if any("by" in row for row in rows) else []),
        ("performer", say("Entered by")),
        ("since", say("Since")),
    ]
    title = say("Signatures due, as known at entry {seq}", seq=seq)
    table(columns, shown, title=title, empty=say("No signature is due."))


def show_entries(
    house: House,
    *,
    seq: int | None,
    patient: str | None,
    product: str | None,
    type: str | None,
    last: int | None,
    as_json: bool,
) -> None:
    """Entries that all of the filters fit. Raises `WronglyCalled` for a filter beside *seq*, or of nothing known."""
    mentions = [(kind, name) for kind, name in (("patient", patient), ("product", product)) if name is not None]
    if seq is not None and (mentions or type is not None or last is not None):
        raise WronglyCalled("option_beside_entry")
    if type is not None and type not in KINDS:
        raise WronglyCalled("type_unknown")
    with house.ledger.reading() as reading:
        verify_known(reading, patient=patient, product=product)
        entries = list(_find_entries(reading, mentions, seq=seq, type=type, last=last))
        reversals = {
            entry["seq"]: found.seq
            for entry in entries
            if (found := reading.book.find("reversal", entry["statement"]["id"])) is not None
        }
    if as_json:
        answer(entries[0] if seq is not None else entries)
        return
    for entry in entries:
        tell("\n".join(_to_lines(entry, house.zone, reversals.get(entry["seq"]))))
    if not entries:
        tell(say("No entries."))


def _find_entries(
    reading: Reading, mentions: Sequence[tuple[str, str]], *, seq: int | None, type: str | None, last: int | None
) -> Iterator[dict[str, Any]]:
    if len(mentions) < 2:
        yield from queries.read_entries(
            reading, seq=seq, type=type, mention=mentions[0] if mentions else None, last=last
        )
        return
    both = {row.seq for row in reading.rows(mention=mentions[1])}
    fitting = [each for each in queries.read_entries(reading, type=type, mention=mentions[0]) if each["seq"] in both]
    yield from fitting[-last:] if last else fitting


def _to_lines(entry: dict[str, Any], zone: str, reversed_by: int | None) -> Iterator[str]:
    statement = entry["statement"]
    type = statement["type"]
    name = say(TYPES[type]) if type in TYPES else ""
    by = statement["performer"] + (f" + {statement['witness']}" if statement["witness"] else "")
    yield f"{entry['seq']:>6}  {_local(statement['occurred_at'], zone)}  {name} ({type})"
    yield f"        {by}"
    if reversed_by is not None:
        yield "        " + say("Reversed by entry {seq}.", seq=reversed_by)
    for line in _to_outline(statement["body"]):
        yield f"        {line}"


def _to_outline(body: dict[str, Any]) -> Iterator[str]:
    """The body with its plain members on one line and a line for each item of a list."""
    plain = [f"{name} {_to_plain(value)}" for name, value in body.items() if not isinstance(value, list)]
    line = ""
    for each in plain:
        if line and len(line) + len(each) > _WIDEST - 11:
            yield line
            line = ""
        line += f"{' · ' if line else ''}{each}"
    if line:
        yield line
    for name, items in body.items():
        for item in items if isinstance(items, list) else ():
            yield f"{name}: {_to_text(item)}"


def _to_plain(value: Any) -> str:
    text = _to_text(value)
    return f"({text})" if ", " in text and isinstance(value, dict) else text


def _to_text(value: Any) -> str:
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, dict):
        if value.keys() == {"value", "unit"}:
            return f"{value['value']} {value['unit']}"
        return ", ".join(f"{name} {_to_text(each)}" for name, each in value.items())
    if isinstance(value, list):
        return "; ".join(_to_text(each) for each in value)
    return str(value)
