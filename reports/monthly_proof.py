"""A month against the entries that it carries: which of them it needs, and whether its figures follow from them."""

from collections.abc import Iterator

from ledger.errors import NotFound
from reports.monthly import Monthly
from reports.monthly_book import MonthBook, build_monthly
from reports.movements import Entries, refers_to, statement
from reports.naming import names_in
from reports.provenance import about
from reports.register_proof import Difference, find_frame_differences
from reports.resting import rest_on


def needed_by_monthly(monthly: Monthly, entries: Entries) -> set[int]:
    """What moved, was counted and resolved in the period, and who sealed it."""
    frame = monthly.frame
    book = MonthBook(entries, {}, frame, monthly.period, monthly.place, monthly.on_lots, None)
    products = [each.product.id for each in monthly.products]
    moved = {move.seq for product in products for move in book.moved(product) if move.at >= book.start}
    counted = set(book.counts)
    resolved = {
        seq
        for seq, entry in book.entries.items()
        if statement(entry)["type"] == "discrepancy.resolved" and not counted.isdisjoint(refers_to(entry, book.by_id))
    }
    sealed = {monthly.approved.seq} if monthly.approved is not None else set()
    acts = counted | resolved | sealed
    return rest_on(
        moved | acts | about(book.entries, acts),
        book.entries,
        products=products,
        places={each.id for each in monthly.places},
        known_seq=frame.as_known.seq,
    )


def find_monthly_differences(monthly: Monthly, entries: Entries) -> Iterator[Difference]:
    """Everything in *monthly* that does not follow from *entries* and what it claims lay there before."""
    yield from find_frame_differences(monthly.frame, entries)
    try:
        again = build_monthly(
            entries,
            names_in(monthly),
            frame=monthly.frame,
            period=monthly.period,
            product=monthly.product,
            place=monthly.place,
            on_lots=monthly.on_lots,
            lay=monthly.lay,
        )
    except (NotFound, LookupError, ValueError, TypeError, AttributeError):
        yield Difference("entry_not_attached")
        return
    if again == monthly:
        return
    for n, (month, other) in enumerate(zip(monthly.products, again.products, strict=False), start=1):
        if month != other:
            yield Difference("row_differs", None, {"number": n})
            return
    yield Difference("totals_differ")
