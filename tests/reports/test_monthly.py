"""A month: what was there, came, went and was counted, derived again from the entries of the month alone."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from reports.data import from_report, to_report
from reports.model import Period
from reports.monthly import Monthly, month_of
from reports.monthly_book import build_monthly, gather_monthly
from reports.monthly_paper import render_monthly
from reports.monthly_proof import find_monthly_differences, needed_by_monthly
from tests.reports.world import PRODUCT, Log, busy_log, issue_passing

MARCH = month_of(date(2026, 3, 1))


def told_log(*, sealed: int | None = 627) -> Log:
    """The quarter of `busy_log`; ward stock counted short, a product that lies still, March sealed."""
    log = busy_log()
    log.list_product("midazolam-inj-5")
    log.list_product("tramadol-inj-50")
    still = {"place": "safe", "lines": [{"product": "midazolam-inj-5", "lot": "M1", "units": 12}]}
    log.add("stock.opened", still, "2026-01-06 09:00")
    counted = {"place": "ward-1", "purpose": "closing", "blind": True}
    log.add("stock.counted", counted | {"lines": [{"product": PRODUCT, "units": 122}]}, "2026-03-31 18:00")
    if sealed is not None:
        totals = [{"product": PRODUCT, "opening": 580, "in": 53, "out": 6, "closing": sealed}]
        body = {"period": "2026-03", "size": 20, "rows_root": "0" * 64, "totals": totals}
        log.add("period.sealed", body, "2026-03-31 20:00", by="d.akhmetova", witness="a.nurlanova")
    return log


def month_told(log: Log, language: str = "en", *, period: Period = MARCH, **asked: Any) -> Monthly:
    kept = gather_monthly(log.entries.items(), asked.get("product"))
    return build_monthly(kept, log.names, frame=log.frame(language, kind="monthly"), period=period, **asked)


def test_each_product_says_what_was_there_came_went_and_is_there() -> None:
    morphine, midazolam = sorted(month_told(told_log()).products, key=lambda each: each.product.id, reverse=True)
    assert (midazolam.product.id, midazolam.opening, midazolam.closing) == ("midazolam-inj-5", 12, 12)
    told = [(each.place, each.opening, each.came, each.went, each.closing) for each in morphine.places]
    assert told == [("safe", 460, 50, 6, 504), ("ward-1", 120, 3, 0, 123)]
    assert (morphine.opening, morphine.came, morphine.went, morphine.closing) == (580, 53, 6, 627)
    assert morphine.sealed == 627


def test_the_last_count_of_a_place_stands_beside_its_book() -> None:
    safe, ward = month_told(told_log(), product=PRODUCT).products[0].places
    assert safe.count is not None
    assert ward.count is not None
    assert (safe.count.counted, safe.count.book, safe.count.difference, safe.count.open) == (258, 260, -2, 0)
    assert (safe.count.partial, ward.count.partial) == (True, False)
    assert (ward.count.counted, ward.count.difference, ward.count.open) == (122, -1, -1)


def test_who_sealed_the_month_approves_it_and_part_of_a_month_is_approved_by_nobody() -> None:
    approved = month_told(told_log()).approved
    assert approved is not None
    assert [each.username for each in approved.signed_by] == ["d.akhmetova", "a.nurlanova"]
    assert month_told(told_log(sealed=None)).approved is None
    assert month_told(told_log(), period=Period(from_on=date(2026, 3, 1), to_on=date(2026, 3, 30))).approved is None


def test_one_place_alone_and_a_period_without_anything() -> None:
    log = told_log()
    (ward,) = month_told(log, place="ward-1").products
    assert (ward.opening, ward.closing, ward.sealed) == (120, 123, None)
    nothing = month_told(log, period=month_of(date(2025, 12, 1)))
    assert nothing.products == ()
    assert render_monthly(nothing).startswith(b"%PDF")


@pytest.mark.parametrize("asked", [{}, {"place": "safe"}, {"product": PRODUCT}, {"period": month_of(date(2025, 2, 1))}])
def test_the_entries_of_the_month_suffice_and_its_data_have_one_spelling(asked: dict[str, Any]) -> None:
    log = told_log()
    month = month_told(log, "kk", **asked)
    kept = {seq: log.entries[seq] for seq in needed_by_monthly(month, log.entries)}
    assert list(find_monthly_differences(month, kept)) == []
    assert len(kept) < len(log.entries)
    assert from_report(to_report(month)) == month


def lie(month: Monthly, **changes: Any) -> Monthly:
    return replace(month, products=(*month.products[:-1], replace(month.products[-1], **changes)))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda month: lie(month, came=54),
        lambda month: lie(month, closing=600),
        lambda month: lie(month, sealed=600),
        lambda month: lie(month, places=month.products[-1].places[:1]),
        lambda month: replace(month, products=month.products[:1]),
        lambda month: replace(month, approved=None),
        lambda month: replace(month, lay=month.lay[:-1]),
    ],
)
def test_a_figure_that_does_not_follow_is_found(wrong: Any) -> None:
    log = told_log()
    assert list(find_monthly_differences(wrong(month_told(log)), log.entries))


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_an_issued_month_passes_every_check(language: str) -> None:
    log = told_log()
    month = month_told(log, language)
    verdict = issue_passing(month, log)
    assert "opening_is_claimed" in {note.code for note in verdict.checks["figures"].notes}


def test_a_product_stands_on_one_page_with_all_its_places(text: Callable[..., str]) -> None:
    log = told_log()
    for n in range(40):
        log.list_product(f"drug-{n}")
        for place in ("safe", "ward-1"):
            lines = [{"product": f"drug-{n}", "lot": "L1", "units": 100 + n}]
            log.add("stock.opened", {"place": place, "lines": lines}, "2026-01-06 09:00")
    first, *more = text(render_monthly(month_told(log))).split("\f")[:-1]
    assert len(more) > 3
    for page in (first, *more):
        of_products = re.findall(r"^ +\d+ Morphine, .*? mg +(\d+) ", page, re.MULTILINE)
        of_places = re.findall(r"^ +(?:Дәріхана сейфі|Паллиативтік бөлімше 1) +(\d+) ", page, re.MULTILINE)
        assert sum(map(int, of_products)) == sum(map(int, of_places)) > 0
