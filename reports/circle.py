"""What is still out: the closed circle of each patient, product and lot, with the age of what outlived its course."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from ledger.domain.home import COLUMNS, last_until
from ledger.errors import NotFound
from reports.homes import DELIVERIES, Home, Homes, days_between
from reports.model import Frame, Product
from reports.movements import Entries, ids, refers_to, statement
from reports.naming import product_of
from reports.register_proof import Difference, find_frame_differences
from reports.resting import rest_on


@dataclass(frozen=True, slots=True, kw_only=True)
class CircleRow:
    """One lot with one patient; `lot` is "" where nobody read it.

    `dispensed + surplus = administered + used + returned + missing + handed_over + still_out`. `within` and `beyond`
    the course are the parts of `still_out`, `reversed` those that left under an entry that was reversed; only what is
    beyond has an age, in days since the course ended (None: no course is known).
    """

    number: int
    patient: str
    product: str
    lot: str
    dispensed: int
    surplus: int
    administered: int
    used: int
    returned: int
    missing: int
    handed_over: int
    still_out: int
    reversed: int
    within: int
    beyond: int
    age_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfProduct:
    """What is out of one product with all the patients of the report together."""

    product: Product
    within: int
    beyond: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CircleReport:
    """The rows of one patient or product, or (None) of all. Of one patient every row, else those with something out."""

    frame: Frame
    patient: str | None = None
    product: str | None = None
    rows: tuple[CircleRow, ...] = ()
    products: tuple[OutOfProduct, ...] = ()


def build_circle(
    entries: Entries,
    *,
    frame: Frame,
    patient: str | None = None,
    product: str | None = None,
    among: Collection[Home] | None = None,
) -> CircleReport:
    """The circle at `frame.as_known` out of *entries*, as `gather_homes` keeps them; *among*: of these homes only.

    Raises `NotFound` for a product that no entry names, `KeyError` where an entry is missing that another refers to.
    """
    at, zone = frame.as_known.at, ZoneInfo(frame.facility.zone)
    homes = Homes({seq: entry for seq, entry in entries.items() if seq <= frame.as_known.seq}, zone)
    whose = None if patient is None else homes.kept.get(patient, patient)
    today = at.astimezone(zone).date().isoformat()
    rows: list[dict[str, Any]] = []
    for home in sorted(homes.events):
        if whose in (None, home[0]) and product in (None, home[1]) and (among is None or home in among):
            rows += [row for row in _rows(homes, home, today) if row["still_out"] or whose is not None]
    listed = tuple(CircleRow(number=n, **row) for n, row in enumerate(rows, start=1))
    return CircleReport(
        frame=frame, patient=whose, product=product, rows=listed, products=tuple(_products(entries, listed, product))
    )


def _rows(homes: Homes, home: Home, today: str) -> Iterator[dict[str, Any]]:
    ends_on = last_until(homes.events[home])
    is_beyond = ends_on is None or ends_on < today
    for lot, circle in sorted(homes.circle(home).items()):
        yield {
            "patient": home[0],
            "product": home[1],
            "lot": lot,
            **{column: getattr(circle, column) for column in (*COLUMNS, "reversed")},
            "within": 0 if is_beyond else circle.still_out,
            "beyond": circle.still_out if is_beyond else 0,
            "age_days": days_between(ends_on, today) if is_beyond and ends_on and circle.still_out else None,
        }


def _products(entries: Entries, rows: tuple[CircleRow, ...], asked: str | None) -> Iterator[OutOfProduct]:
    for product in sorted({row.product for row in rows} | ({asked} if asked else set())):
        of_it = [row for row in rows if row.product == product]
        yield OutOfProduct(
            product=product_of(entries, product),
            within=sum(row.within for row in of_it),
            beyond=sum(row.beyond for row in of_it),
        )


# what it rests on


def _homes_of(report: CircleReport) -> set[Home]:
    return {(row.patient, row.product) for row in report.rows}


def needed_by_circle(report: CircleReport, entries: Entries) -> set[int]:
    """What tells of the homes of the rows, of lots of their products, and of who is whom."""
    known_seq = report.frame.as_known.seq
    entries = {seq: entry for seq, entry in entries.items() if seq <= known_seq}
    homes, shown = Homes(entries, ZoneInfo(report.frame.facility.zone)), _homes_of(report)
    products, by_id = {product for _, product in shown}, ids(entries)
    seqs = {event.seq for home in shown for event in homes.events.get(home, ())}
    for seq, entry in entries.items():
        said = statement(entry)
        if said["type"] == "patients.merged":
            seqs.add(seq)
        elif said["type"] == "lot.corrected" and said["body"]["product"] in products:
            seqs.add(seq)
        elif said["type"] in DELIVERIES and any(line["product"] in products for line in said["body"]["lines"]):
            seqs.add(seq)
    seqs |= {by_id[statement(entries[seq])["body"]["about"]] for seq in seqs if _is_notice(entries, seq)}
    changed = [seq for seq, entry in entries.items() if not seqs.isdisjoint(refers_to(entry, by_id))]
    named = {each.product.id for each in report.products}
    return rest_on({*seqs, *changed}, entries, products=named, places=(), known_seq=known_seq)


def _is_notice(entries: Entries, seq: int) -> bool:
    return bool(statement(entries[seq])["type"] == "notice.received")


def find_circle_differences(report: CircleReport, entries: Entries) -> Iterator[Difference]:
    """Everything in *report* that does not follow from *entries*. Homes that were left out this cannot show."""
    yield from find_frame_differences(report.frame, entries)
    try:
        again = build_circle(
            entries, frame=report.frame, patient=report.patient, product=report.product, among=_homes_of(report)
        )
    except (NotFound, LookupError, ValueError, TypeError, AttributeError):
        yield Difference("entry_not_attached")
        return
    if again == report:
        return
    for row, other in zip(report.rows, again.rows, strict=False):
        if row != other:
            yield Difference("row_differs", None, {"number": row.number})
            return
    yield Difference("totals_differ")


def subjects_of_circle(report: CircleReport) -> tuple[str, ...]:
    asked = {report.patient} if report.patient is not None else set()
    return tuple(sorted({row.patient for row in report.rows} | asked))
