"""A page of entries is what a plain filter over all of them finds, whatever is asked together."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random

import pytest
from msgspec import structs

from ledger.service.ports import EntryRow, Wanted
from ledger.storage import engine
from ledger.storage.store import SqlStore
from tests.storage.world import grown, to_past, to_rows

TYPES, PRODUCTS, PATIENTS = ("stock.moved", "stock.counted"), ("p", "q"), ("a", "b", "c")
DAYS = [f"2026-03-{day:02}T08:00:00.000000Z" for day in range(1, 8)]
Mentions = frozenset[tuple[str, str]]
Filled = tuple[SqlStore, dict[int, tuple[EntryRow, Mentions]]]


@pytest.fixture
def filled(store: SqlStore) -> Filled:
    """Sixty entries; days repeat, and come in no order."""
    random, known = Random(1), {}
    with store.writing() as writing:
        rows = to_rows(writing.head, [f"id-{n}" for n in range(60)])
        rows = [structs.replace(row, type=random.choice(TYPES), occurred_at=random.choice(DAYS)) for row in rows]
        for row in rows:
            named = {("product", random.choice(PRODUCTS)), ("patient", random.choice(PATIENTS))}
            named |= {("patient", random.choice(PATIENTS))}
            writing.book.remember(to_past(row), sorted(named))
            known[row.seq] = row, frozenset(named)
        writing.insert(rows, grown(writing.head.frontier, rows))
    return store, known


def to_the_end(store: SqlStore, wanted: Wanted) -> Iterator[EntryRow]:
    with store.reading() as reading:
        while page := reading.page(wanted):
            assert len(page) <= wanted.limit
            yield from page
            wanted = replace(wanted, after=(page[-1].occurred_at, page[-1].seq))


def test_the_newest_entry_that_mentions_a_thing_is_found_for_many_at_once(filled: Filled) -> None:
    store, known = filled
    right: dict[str, tuple[str, str]] = {}
    for row, named in known.values():
        right |= {key: (row.id, row.occurred_at) for kind, key in named if kind == "patient"}
    with store.reading() as reading:
        assert reading.newest("patient", [*PATIENTS, *(f"nobody {n}" for n in range(150))]) == right
        assert reading.newest("patient", []) == {}


def test_entries_read_together_are_those_read_one_by_one(filled: Filled) -> None:
    store, _ = filled
    with store.reading() as together, store.reading() as alone:
        together.mentions_at_hand("patient", "a")
        for seq in together.book.past.mentioning("patient", "a"):
            assert together.book.past.by_seq(seq) == alone.book.past.by_seq(seq) is not None


EVERY = list(product((None, TYPES[1]), (None, "q"), ((), ("a",), ("a", "c")), (None, DAYS[2]), (None, DAYS[4])))


def test_pages_hold_what_is_wanted_newest_first(filled: Filled) -> None:
    store, known = filled
    for type, drug, patients, from_at, until_at in EVERY:
        wanted = Wanted(type=type, product=drug, patients=patients, from_at=from_at, until_at=until_at, limit=7)
        right = [
            row
            for row, named in known.values()
            if type in (None, row.type)
            and (drug is None or ("product", drug) in named)
            and (not patients or any(("patient", each) in named for each in patients))
            and (from_at or "") <= row.occurred_at <= (until_at or "~")
        ]
        by_time = from_at is not None or until_at is not None
        right.sort(key=lambda row: (row.occurred_at if by_time else "", row.seq), reverse=True)
        assert right
        assert list(to_the_end(store, wanted)) == right, wanted


def test_what_comes_meanwhile_shifts_no_page(filled: Filled) -> None:
    store, known = filled
    pages = to_the_end(store, Wanted(limit=5))
    first = [next(pages).seq for _ in range(5)]
    with store.writing() as writing:
        rows = to_rows(writing.head, ["late"])
        writing.insert(rows, grown(writing.head.frontier, rows))
    assert first + [row.seq for row in pages] == sorted(known, reverse=True)


@pytest.mark.once("SQLite alone prepares statements anew")
def test_a_page_asked_again_is_not_prepared_again(filled: Filled, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever SQLite prepares a statement it asks whether the table may be read."""
    asked = list[str | None]()
    allow = engine._may_look

    def look(action: int, first: str | None, second: str | None, *rest: str | None) -> int:
        asked.append(first)
        return allow(action, first, second, *rest)

    monkeypatch.setattr(engine, "_may_look", look)
    found = list[int]()
    with closing(SqlStore(path)) as store:
        for _ in range(3):
            with store.reading() as reading:
                assert len(reading.page(Wanted(limit=7))) == 7
                assert len(reading.rows(type=TYPES[0], last=3)) == 3
            found.append(asked.count("entry"))
    assert found[0] > 0
    assert found == [found[0]] * 3
