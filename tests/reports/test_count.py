"""A count: found, by the book, the difference and what became of it; all of it derived again from its entries."""

from dataclasses import replace
from typing import Any

import pytest

from ledger.errors import NotFound
from reports.count import Count, build_count, find_count_differences, gather_count, needed_by_count
from reports.data import from_report, to_report
from tests.reports.world import PRODUCT, Log, at, issue_passing

MIDAZOLAM = "midazolam-inj-5"


def counted_log() -> tuple[Log, int]:
    """Four lines were counted: one agrees, one was resolved twice, one came to agree later, one is open."""
    log = Log.opened()
    log.list_product(MIDAZOLAM)
    lines = [{"product": PRODUCT, "lot": lot, "units": units} for lot, units in (("A1", 100), ("B2", 50))]
    more = [{"product": MIDAZOLAM, "lot": lot, "units": units} for lot, units in (("M1", 20), ("M2", 30))]
    log.add("stock.opened", {"place": "safe", "lines": [*lines, *more]}, "2026-02-01 09:00")
    log.moved("stock.broken", "2026-02-10 09:00", 1)
    found = [("A1", 97), ("B2", 47)]
    of_midazolam = [{"product": MIDAZOLAM, "units": 51}, {"product": MIDAZOLAM, "lot": "M2", "units": 30}]
    lines = [{"product": PRODUCT, "lot": lot, "units": units} for lot, units in found]
    body = {"place": "safe", "lines": [*lines, *of_midazolam], "purpose": "periodic", "blind": True}
    counted = log.add("stock.counted", body, "2026-02-20 09:00")
    log.moved("stock.broken", "2026-02-15 09:00", 3, lot="B2", recorded="2026-02-21 09:00")

    def resolve(line: int, difference: int, cause: str, happened: str) -> int:
        told = {"discrepancy": f"{log.id(counted)}:{line}", "cause": cause, "difference": difference}
        return log.add("discrepancy.resolved", told, happened, by="d.akhmetova", witness="a.nurlanova")

    wrong = resolve(0, -1, "lost", "2026-02-22 09:00")
    undo = {"seq": wrong, "reason": "wrong_quantity", "packs": "never_left"}
    log.add("entry.reversed", undo, "2026-02-22 09:30", by="d.akhmetova", witness="a.nurlanova")
    resolve(0, -2, "arithmetic", "2026-02-22 10:00")
    log.moved("stock.received", "2026-02-23 09:00", 40)
    return log, counted


def count_of(log: Log, seq: int, language: str = "en") -> Count:
    kept = gather_count(log.entries.items(), seq)
    return build_count(kept, log.names, frame=log.frame(language, kind="count"), seq=seq)


def test_each_line_says_what_was_found_what_the_book_says_and_what_became_of_it() -> None:
    log, seq = counted_log()
    count = count_of(log, seq)
    told = [(line.lot, line.counted, line.book_then, line.book, line.difference, line.open) for line in count.lines]
    assert told == [
        ("A1", 97, 99, 99, -2, 0),
        ("B2", 47, 50, 47, 0, 0),
        ("", 51, 50, 50, 1, 1),
        ("M2", 30, 30, 30, 0, 0),
    ]
    first, second = count.lines[0].resolutions
    assert (first.difference, first.by.reversed_by) == (-1, first.by.seq + 1)
    assert (second.difference, second.cause, second.by.reversed_by) == (-2, "arithmetic", None)
    assert [each.username for each in count.by.signed_by] == ["a.nurlanova", "d.akhmetova"]


def test_a_count_that_was_reversed_says_so_and_another_entry_is_no_count() -> None:
    log, seq = counted_log()
    undo = log.add("entry.reversed", {"seq": seq, "reason": "other", "packs": "none"}, "2026-02-25 09:00")
    assert count_of(log, seq).by.reversed_by == undo
    with pytest.raises(NotFound):
        count_of(log, undo)


def test_what_is_attached_suffices_and_its_data_have_one_spelling() -> None:
    log, seq = counted_log()
    count = count_of(log, seq, "kk")
    kept = {n: log.entries[n] for n in needed_by_count(count, log.entries)}
    assert list(find_count_differences(count, kept)) == []
    assert len(kept) < len(log.entries)
    assert from_report(to_report(count)) == count


def lie_about_line(count: Count, **changes: Any) -> Count:
    return replace(count, lines=(replace(count.lines[0], **changes), *count.lines[1:]))


@pytest.mark.parametrize(
    "lie",
    [
        lambda count: lie_about_line(count, counted=99),
        lambda count: lie_about_line(count, book=97),
        lambda count: lie_about_line(count, resolutions=()),
        lambda count: lie_about_line(count, open=-2),
        lambda count: replace(count, lines=count.lines[:2]),
        lambda count: replace(count, by=replace(count.by, witnesses=())),
        lambda count: replace(count, purpose="shift"),
    ],
)
def test_a_figure_that_does_not_follow_is_found(lie: Any) -> None:
    log, seq = counted_log()
    assert list(find_count_differences(lie(count_of(log, seq)), log.entries))


def test_a_movement_that_is_left_out_changes_the_book_and_is_found() -> None:
    log, seq = counted_log()
    count = count_of(log, seq)
    kept = {n: log.entries[n] for n in needed_by_count(count, log.entries)}
    for n in kept:
        if n not in (0, 4, 5) and kept[n]["statement"]["type"] != "key.enrolled":
            less = {other: entry for other, entry in kept.items() if other != n}
            assert list(find_count_differences(count, less)), n


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_an_issued_count_passes_every_check(language: str) -> None:
    log, seq = counted_log()
    count = count_of(log, seq, language)
    issue_passing(count, log)


def test_a_report_before_the_resolution_is_known_shows_it_as_open() -> None:
    log, seq = counted_log()
    known = log.frame(kind="count").as_known
    frame = log.frame(kind="count", as_known=replace(known, seq=seq))
    count = build_count(gather_count(log.entries.items(), seq), log.names, frame=frame, seq=seq)
    assert [line.open for line in count.lines] == [-2, -3, 1, 0]
    assert count.by.at == at("2026-02-20 09:00")
