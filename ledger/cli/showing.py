"""The figures and entries, for people as tables, for programs as JSON."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ledger.cli.options import WORDS, answer, say
from ledger.cli.wiring import House
from ledger.log.canonical import to_timestamp
from ledger.service import queries


def table(columns: Sequence[tuple[str, str]], rows: Sequence[dict[str, Any]], *, title: str, empty: str) -> None:
    """Print *rows*; *columns* is (member, heading). Numbers stand to the right."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if not rows:
        console.print(Text(empty))
        return
    drawn = Table(title=title, title_justify="left")
    for member, heading in columns:
        drawn.add_column(heading, justify="right" if isinstance(rows[0].get(member), int) else "left", overflow="fold")
    for row in rows:
        # Text, not markup: a lot or a name may hold brackets.
        drawn.add_row(*(Text(_cell(row.get(member))) for member, _ in columns))
    console.print(drawn)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return WORDS.number(value) if type(value) is int else str(value)


def _local(at: str, zone: str) -> str:
    return WORDS.moment(datetime.fromisoformat(at), zone)


def show_balances(house: House, *, product: str | None, place: str | None, at: datetime | None, as_json: bool) -> None:
    with house.ledger.reading() as reading:
        until = None if at is None else to_timestamp(_with_zone(at, reading.book.facility.zone))
        rows = queries.read_balances(reading, product=product, place=place, at=until)
    if as_json:
        answer(rows)
        return
    columns = (
        ("place", say("Place")),
        ("product", say("Product")),
        ("lot", say("Lot")),
        ("units", say("Units")),
    )
    table(columns, rows, title=say("Balances"), empty=say("Nothing is in stock yet."))


def _with_zone(at: datetime, zone: str) -> datetime:
    """A day alone means its end in the facility's zone."""
    if at.tzinfo is not None:
        return at.astimezone(UTC)
    from zoneinfo import ZoneInfo

    return (at + timedelta(days=1, microseconds=-1)).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def show_circle(house: House, *, patient: str | None, product: str | None, only_open: bool, as_json: bool) -> None:
    with house.ledger.reading() as reading:
        today = queries.read_today(reading, to_timestamp(house.ledger.clock()))
        rows = queries.read_circle(reading, today=today, patient=patient, product=product, only_open=only_open)
    if as_json:
        answer(rows)
        return
    columns = (
        ("patient", say("Patient")),
        ("product", say("Product")),
        ("lot", say("Lot")),
        ("dispensed", say("Dispensed")),
        ("surplus", say("Surplus")),
        ("administered", say("Administered")),
        ("used", say("Used")),
        ("returned", say("Returned")),
        ("missing", say("Not found")),
        ("handed_over", say("Handed over")),
        ("within_course", say("Out, within the course")),
        ("beyond_course", say("Out, beyond the course")),
        ("age_days", say("Days beyond")),
    )
    table(columns, rows, title=say("Circle"), empty=say("Nothing was handed out."))


def show_custody(house: House, *, as_json: bool) -> None:
    with house.ledger.reading() as reading:
        rows = queries.read_custody(reading)
        zone = reading.book.facility.zone
    if as_json:
        answer(rows)
        return
    shown = [row | {"received_at": _local(row["received_at"], zone)} for row in rows]
    columns = (
        ("seal_no", say("Seal")),
        ("place", say("Place")),
        ("units", say("Units")),
        ("received_at", say("Since")),
    )
    table(columns, shown, title=say("In custody"), empty=say("Nothing is in custody."))


def show_discrepancies(house: House, *, as_json: bool) -> None:
    with house.ledger.reading() as reading:
        rows, due = queries.read_discrepancies(reading), queries.read_empties_due(reading)
    if as_json:
        answer({"discrepancies": rows, "empties_due": due})
        return
    columns = (
        ("discrepancy", say("Discrepancy")),
        ("place", say("Place")),
        ("product", say("Product")),
        ("lot", say("Lot")),
        ("counted", say("Counted")),
        ("difference", say("Difference")),
    )
    table(columns, rows, title=say("Open discrepancies"), empty=say("No discrepancy is open."))
    due_columns = (
        ("place", say("Place")),
        ("product", say("Product")),
        ("lot", say("Lot")),
        ("units", say("Units")),
    )
    table(due_columns, due, title=say("Empties due"), empty=say("No empties are due."))


def show_pending(house: House, *, as_json: bool) -> None:
    with house.ledger.reading() as reading:
        rows = queries.read_pending(reading)
        zone = reading.book.facility.zone
    if as_json:
        answer(rows)
        return
    why = {
        "witness": say("second signature"),
        "verbal_order": say("the physician's signature under a verbal order"),
        "very_late": say("the head pharmacist's signature under a late entry"),
    }
    shown = [row | {"why": why[row["why"]], "since": _local(row["since"], zone)} for row in rows]
    columns = (
        ("seq", say("Entry")),
        ("why", say("Waits for")),
        ("performer", say("Entered by")),
        ("since", say("Since")),
    )
    table(columns, shown, title=say("Signatures due"), empty=say("No signature is due."))


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
    mentions = [(kind, name) for kind, name in (("patient", patient), ("product", product)) if name is not None]
    with house.ledger.reading() as reading:
        entries = list(
            queries.read_entries(
                reading,
                seq=seq,
                type=type,
                mention=mentions[0] if mentions else None,
                last=last if len(mentions) < 2 else None,
            )
        )
        if len(mentions) == 2:
            wanted = {row.seq for row in reading.rows(mention=mentions[1])}
            entries = [entry for entry in entries if entry["seq"] in wanted][-(last or 0) :]
        zone = reading.book.facility.zone
    if as_json:
        answer(entries[0] if seq is not None else entries)
        return
    for entry in entries:
        statement = entry["statement"]
        by = statement["performer"] + (f" + {statement['witness']}" if statement["witness"] else "")
        print(f"{entry['seq']:>6}  {_local(statement['occurred_at'], zone)}  {statement['type']}  {by}")
        print(f"        {json.dumps(statement['body'], ensure_ascii=False)}")
    if not entries:
        print(say("No entries."))
