"""What the stock's pages show: never the book before a count, why to look at an entry, whose name and when."""

import re
from collections.abc import Iterator

import pytest

from tests.api.serving import Served, serve
from tests.faults.counter import OPENING, SUPPLY, Counter

STORY = f"""
{OPENING}
09:00 pharm + nurse stock.moved from_place=safe to_place=ward lines=[morphine A 10]
09:10 pharm dispense.outpatient {SUPPLY} lots=[A 3] days_supply=1
09:30 pharm (alone_on_duty) stock.broken place=safe lines=[morphine-tab T 2] how="fell" fragments_kept=true
09:40 [wrong] pharm + nurse stock.broken place=safe lines=[morphine-tab T 5] how="fell" fragments_kept=true
09:45 pharm + nurse entry.reversed id=@wrong reason=wrong_quantity note="two" packs=never_left
09:50 head + pharm stock.received place=safe lines=[morphine-tab T 7 expires_on=2027-06-30,
    diazepam OLD 6 expires_on=2026-03-02] supplier=SK document_no=1
10:00 [count] pharm + nurse stock.counted place=safe blind=true purpose=periodic
    lines=[morphine-tab T 98, morphine A 27]
10:30 pharm unused.returned brought_by="a neighbour" relation=neighbour reason=found
    lines=[morphine A intact=4 broken=0] empties_declined=false seal_no=B-2 place=custody signed_by_relative=yes
day 2026-03-03
08:00 pharm lot.quarantined product=morphine lot=A reason="a letter"
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    counter = Counter(tmp_path_factory.mktemp("stock"))
    counter.tell(STORY)
    with serve(counter) as served:
        yield served
    counter.house.close()


def rows(text: str) -> list[str]:
    """Every row of the page's tables as words."""
    found = re.findall(r"<tr.*?</tr>", text, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in found]


@pytest.mark.parametrize("by", ["product", "lot"])
@pytest.mark.parametrize("lang", ["kk", "ru", "en"])
def test_a_count_is_asked_for_without_the_book(told: Served, by: str, lang: str) -> None:
    shown = told.call("GET", f"/stock/count?place=safe&by={by}", headers={"Accept-Language": lang}).text
    form = shown[shown.index('<form method="dialog"') :]
    assert 'name="body.as_of_seq"' in form
    assert not re.search(r"\b(105|27|6)\b", re.sub(r"<[^>]+>", " ", form)), "a balance stands on the page"
    assert form.count('name="units"') == 4  # three lines and the one more


def test_what_moved_as_much_or_lacks_a_signature_leads_the_search_list(told: Served) -> None:
    (seq,) = told.counter.labels["count"][1:]
    counted = told.call("GET", f"/stock/counted/{seq}").text
    assert any("105" in row and "−7" in row for row in rows(counted)), rows(counted)
    name = f"{told.counter.labels['count'][0]}:0"
    shown = told.call("GET", f"/stock/difference/{name}").text
    told_causes = rows(shown)[1:]
    assert "the same quantity the other way" in told_causes[0], "a delivery of seven explains seven too few"
    assert "the second signature is still due" in told_causes[1]
    assert any("reversed" in row for row in told_causes[2:])
    assert "The head pharmacist resolves it" in shown
    assert 'data-type="discrepancy.resolved"' in told.call("GET", f"/stock/difference/{name}", who="head").text


def test_a_family_is_named_when_its_lot_is_held_back_and_that_is_noted(told: Served) -> None:
    held = told.call("GET", "/stock/lot/morphine?lot=A").text
    assert any("home Test 3 1 · ourselves" in row for row in rows(held)), rows(held)
    (noted,) = told.site.access.read(limit=1)
    assert (noted.kind, noted.person) == ("listed", "pharm")
    assert "lot A" in noted.detail
    other = told.call("GET", "/stock/lot/morphine-tab?lot=T").text
    assert "Test" not in re.sub(r"<[^>]+>", " ", other[other.index("holders") :])


def test_what_is_expired_or_held_says_so_in_a_word(told: Served) -> None:
    shown = rows(told.call("GET", "/stock").text)
    assert any(row.startswith("OLD") and "expired" in row for row in shown)
    assert any(row.startswith("A") and "in quarantine" in row for row in shown)
    offered = rows(told.call("GET", "/stock/destruction", who="head").text)
    assert [any(name in row for row in offered) for name in ("B-2", "OLD", "morphine-tab")] == [True, True, False]


def test_a_month_says_what_is_open_before_it_is_sealed(told: Served) -> None:
    shown = told.call("GET", "/stock/month?month=2026-02", who="head").text
    for said in ("−7", "second signature", "not counted since"):
        assert said in shown
    assert 'data-type="period.sealed"' in shown
    assert 'data-type="period.sealed"' not in told.call("GET", "/stock/month?month=2026-03", who="head").text
    assert 'data-type="period.sealed"' not in told.call("GET", "/stock/month?month=2026-02").text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/stock/counted/0", 404),
        ("/stock/destroyed/1", 404),
        ("/stock/counted/999999", 404),
        ("/stock?product=nothing", 404),
        ("/stock/register?month=2026-13", 400),
        ("/stock/lot/morphine?lot=", 400),
        ("/stock/difference/x", 404),
    ],
)
def test_what_is_not_there_is_not_made_up(told: Served, path: str, status: int) -> None:
    assert told.call("GET", path).status_code == status


@pytest.mark.parametrize("path", ["/stock", "/stock/register", "/stock/count", "/stock/month", "/stock/destruction"])
@pytest.mark.parametrize("who", ["nurse", "inspector", "registrar"])
def test_the_stock_is_the_pharmacists(told: Served, path: str, who: str) -> None:
    assert told.call("GET", path, who=who).status_code == 403
