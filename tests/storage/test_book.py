"""The book over SQL is the book in memory: under any operations, taken back, committed, failed or read anew."""

from collections.abc import Callable
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.domain.book import Book
from ledger.domain.home import HomeEvent
from ledger.domain.records import SHELVES, Person, Reversal, Seal
from ledger.storage.shelves import Shelf, Source
from ledger.storage.store import SqlStore
from tests.storage.world import grown, plain_client, record, replayed, to_past, to_rows, to_theirs, when

NAMES = ["a", "b c", 'q"', "я", ""]
PLACES, LOTS, TIMES = ["safe", "ward"], ["l1", "l2"], ["2026-03-01T00:00:00.000000Z", "2026-03-02T00:00:00.000000Z"]
RECORDS: dict[str, Callable[[int], Any]] = {
    "person": lambda n: Person(roles=((n, TIMES[0], "nurse"),), left_at=None if n % 2 else TIMES[1]),
    "seal": lambda n: Seal(place="safe", units=n, kind="empties", contents=(("p", "", n),), received_at=TIMES[0]),
    "reversal": lambda n: Reversal(seq=n, packs="none"),
    "home": lambda n: (HomeEvent(at=TIMES[0], seq=n, line=0, what="dispensed", lot="", units=n, shortfall=None),),
    "acknowledged": lambda n: n,
    "last_count": lambda n: TIMES[n % 2],
}

names, small = st.sampled_from(NAMES), st.integers(0, 3)
shelves = st.sampled_from(sorted(RECORDS))
keys = st.sampled_from([("a",), ("a", "b c"), ('q"',), ("", "я")])
operations = st.lists(
    st.one_of(
        st.tuples(st.just("put"), shelves, keys, small),
        st.tuples(st.just("take"), shelves, keys),
        st.tuples(st.just("find"), shelves, keys),
        st.tuples(st.just("whole"), shelves),
        st.tuples(st.just("load"), shelves, st.none() | st.lists(keys, max_size=3)),
        st.tuples(st.just("move"), *map(st.sampled_from, (PLACES, LOTS, TIMES)), st.integers(0, 2), st.integers(-2, 2)),
        st.tuples(st.just("look"), st.sampled_from(PLACES), st.sampled_from(LOTS)),
        st.tuples(st.just("ask"), *map(st.sampled_from, (PLACES, LOTS, TIMES)), st.integers(0, 3), st.integers(-3, 3)),
        st.tuples(st.just("close"), st.lists(st.tuples(st.just("k"), names), max_size=3, unique=True)),
        st.tuples(st.just("mentions"), names),
        st.tuples(st.just("gather"), names),
        st.sampled_from([("mark",), ("rewind",), ("commit",), ("fail",), ("anew",)]),
    ),
    max_size=40,
)


Step = Callable[[Book], None]


def moves(book: Book, place: str, lot: str) -> tuple[int, list[tuple[str, int, int]]]:
    """(total, movements); what was taken back may stand there with 0 units."""
    timeline = book.stock.timeline(place, "drug", lot)
    return timeline.total, [move for move in timeline if move[2]]


def asked(book: Book, place: str, lot: str, at: str, seq: int, units: int) -> Any:
    """What is asked of a moment, for which not every movement is loaded."""
    timeline = book.stock.timeline(place, "drug", lot)
    return [
        timeline.first_below(at, seq, units),
        timeline.balance_at(at, seq),
        timeline.balance_at(at),
        timeline.lowest_from(at, seq),
        timeline.first_arrival_at(),
        timeline.total,
        [move for move in timeline.later(seq) if move[2]],
    ]


def contents(book: Book) -> Any:
    """All that can be asked of a book."""
    moved = list(book.past.of_type("stock.moved"))  # before each is at hand
    past = [book.past.by_seq(seq) for seq in range(book.size)]
    return {
        "of type": [moved, list(book.past.of_type("stock.counted"))],
        "shelves": {name: dict(book.shelves[name]) for name in SHELVES},
        "moves": {(p, lot): moves(book, p, lot) for p in PLACES for lot in LOTS},
        "lots": {p: {lot for lot in book.stock.lots(p, "drug") if moves(book, p, lot)[1]} for p in PLACES},
        "past": past,
        "ids": [None if each is None else book.past.by_id(each.id) for each in past],
        "mentions": {name: list(book.past.mentioning("k", name, after)) for name in NAMES for after in (-1, 1)},
        "size": book.size,
    }


class Twin:
    """A book in a store, and the list of what was done to it and not taken back."""

    def __init__(self, path: Path) -> None:
        self.path, self.store = path, SqlStore(path)
        self.committed: list[tuple[Step, Any]] = []
        self.made = 0
        self.begin()

    def begin(self) -> None:
        self.door = self.store.writing()
        self.writing = self.door.__enter__()
        self.book = self.writing.book
        self.steps = list(self.committed)
        self.marks: list[tuple[int, int]] = [(self.book.mark(), len(self.steps))]
        self.ids: list[str] = []
        self.open = False

    @property
    def memory(self) -> Book:
        """What every step does to a book that never took anything back."""
        book = Book()
        for step, _ in self.steps:
            step(book)
        return book

    def do(self, step: Step, tag: Any = None) -> None:
        step(self.book)
        self.steps.append((step, tag))
        self.open = True

    def put(self, shelf: str, key: tuple[str, ...], n: int) -> None:
        self.do(lambda book: book.put(shelf, key, RECORDS[shelf](n)))

    def take(self, shelf: str, key: tuple[str, ...]) -> None:
        self.do(lambda book: book.put(shelf, key, None))

    def move(self, place: str, lot: str, at: str, back: int, units: int) -> None:
        """Of this entry, or in the place of an earlier one that it reverses; never its own last one's opposite."""
        move = (place, "drug", lot, at, max(0, self.book.size - back))
        last = next((tag for _, tag in reversed(self.steps) if tag is not None), None)
        if last != (*move, -units):
            self.do(lambda book: book.move(*move, units), tag=(*move, units))

    def close(self, mentions: list[tuple[str, str]]) -> None:
        self.made += 1
        self.ids.append(f"id-{self.made}")
        seq = self.book.size
        past = to_past(*to_rows(self.writing.head, [self.ids[-1]]))._replace(seq=seq, occurred_at=when(seq))
        self.do(lambda book: book.remember(past, mentions), tag="closed")
        self.open = False

    def find(self, shelf: str, key: tuple[str, ...]) -> None:
        assert self.book.find(shelf, *key) == self.memory.find(shelf, *key)

    def whole(self, shelf: str) -> None:
        assert dict(self.book.shelves[shelf]) == dict(self.memory.shelves[shelf])
        assert len(self.book.shelves[shelf]) == len(self.memory.shelves[shelf])

    def load(self, shelf: str, wanted: list[tuple[str, ...]] | None) -> None:
        """What is not written yet goes before what is stored."""
        self.writing.at_hand(shelf, wanted)
        for key in wanted or ():
            self.find(shelf, key)

    def look(self, place: str, lot: str) -> None:
        assert moves(self.book, place, lot) == moves(self.memory, place, lot)

    def ask(self, place: str, lot: str, at: str, seq: int, units: int) -> None:
        assert asked(self.book, place, lot, at, seq, units) == asked(self.memory, place, lot, at, seq, units)

    def mentions(self, name: str) -> None:
        assert list(self.book.past.mentioning("k", name, -1)) == list(self.memory.past.mentioning("k", name, -1))

    def gather(self, name: str) -> None:
        """What was read together is soon out of date."""
        self.writing.mentions_at_hand("k", name)
        self.mentions(name)

    def mark(self) -> None:
        self.marks.append((self.book.mark(), len(self.steps)))

    def rewind(self) -> None:
        mark, kept = self.marks.pop() if len(self.marks) > 1 else self.marks[0]
        self.book.rewind(mark)
        del self.steps[kept:]
        self.ids = self.ids[: self.book.size - self.writing.head.size]
        self.open = True

    def commit(self) -> None:
        if self.open:
            self.close([])
        rows = to_rows(self.writing.head, self.ids)
        self.writing.insert(rows, grown(self.writing.head.frontier, rows))
        self.door.__exit__(None, None, None)
        self.committed = self.steps
        self.begin()

    def fail(self) -> None:
        assert not self.door.__exit__(KeyError, KeyError(), None)
        self.begin()

    def anew(self) -> None:
        self.end()
        self.store = SqlStore(self.path)
        self.begin()

    def end(self) -> None:
        assert not self.door.__exit__(KeyError, KeyError(), None)
        self.store.close()


@settings(max_examples=100, deadline=None)
@given(operations)
@example([("gather", "a"), ("close", [("k", "a")]), ("commit",)])
def test_the_stored_book_equals_the_one_in_memory(blank: Path, script: list[tuple[Any, ...]]) -> None:
    with TemporaryDirectory() as directory:
        twin = Twin(Path(copyfile(blank, Path(directory) / "ledger.db")))
        for name, *values in script:
            getattr(twin, name)(*values)
        assert contents(twin.writing.book) == contents(twin.memory)
        twin.commit()
        assert contents(twin.writing.book) == contents(twin.memory)
        twin.end()
        store = SqlStore(twin.path)
        with store.reading() as reading:
            assert contents(reading.book) == contents(twin.memory)
            assert list(reading.differences(twin.memory)) == []
            for name in SHELVES:
                expected = sorted(twin.memory.shelves[name].items(), key=lambda item: item[0])
                assert list(reading.shelf(name)) == expected
                assert list(reading.shelf(name, ("a",))) == [item for item in expected if item[0][:1] == ("a",)]
        store.close()


def test_what_is_not_there_is_asked_for_once(store: SqlStore) -> None:
    class Counted(Source):
        asked = 0

        def all(self, statement: str, *values: Any) -> Any:
            self.asked += 1
            return super().all(statement, *values)

    with store.writing() as writing:
        source = Counted.of(writing._connection)
        shelf = Shelf("acknowledged", source)
        for _ in range(3):
            assert shelf.get(("ward", "x")) is None
        assert source.asked == 1


def test_a_rebuild_gives_back_the_same_bytes(path: Path, store: SqlStore) -> None:
    record(store, *(f"id-{n}" for n in range(50)))
    with plain_client(path) as client:
        tables = ("projection", "mention", "movement")
        before = [sorted(client.execute(f"SELECT * FROM {table}").fetchall()) for table in tables]
        assert all(before)
        client.execute("DELETE FROM mention WHERE seq > 10")
        client.execute("UPDATE movement SET units = 7")
        client.execute(to_theirs(path, """INSERT INTO projection VALUES ('moved', '["x","y"]', x'31')"""))
        with store.reading() as reading:
            found = list(reading.differences(replayed(store)))
        assert len(found) == 2 * 39 + 100 + 1
        store.replace_projections(replayed(store))
        assert [sorted(client.execute(f"SELECT * FROM {table}").fetchall()) for table in tables] == before


def test_keys_that_begin_alike_are_not_mixed_up(store: SqlStore) -> None:
    keys = [("a",), ("a", "b"), ("ab",), ("a b", "c"), ('a"', "b"), ("a!",), ("a", "b", "c")]
    with store.writing() as writing:
        for key in keys:
            writing.book.put("acknowledged", key, 1)
    with store.reading() as reading:
        assert [key for key, _ in reading.shelf("acknowledged")] == sorted(keys)
        assert [key for key, _ in reading.shelf("acknowledged", ("a",))] == [("a",), ("a", "b"), ("a", "b", "c")]
        assert [key for key, _ in reading.shelf("acknowledged", ("a", "b", "c"))] == [("a", "b", "c")]
        assert [key for key, _ in reading.shelf("seal")] == []


def test_a_movement_reversed_in_its_own_transaction_is_still_a_row(store: SqlStore) -> None:
    """ "Every row ever used": the same in one transaction as in two; what was only rewound is no row."""
    with store.writing() as writing:
        book = writing.book
        rows = to_rows(writing.head, ["a", "b"])
        book.move("safe", "drug", "l1", TIMES[0], 0, 5)
        book.remember(to_past(rows[0]), [])
        book.move("safe", "drug", "l1", TIMES[0], 0, -5)
        mark = book.mark()
        book.move("safe", "drug", "l2", TIMES[0], 1, 5)
        book.rewind(mark)
        book.remember(to_past(rows[1]), [])
        writing.insert(rows, grown(writing.head.frontier, rows))
    with store.reading() as reading:
        assert list(reading.balances()) == [("safe", "drug", "l1", 0)]


def test_a_moment_is_answered_with_nothing_loaded_that_came_before_it(store: SqlStore) -> None:
    """In any order of asking, also with movements that are not written yet and lie before what was loaded."""
    days = [f"2026-03-0{day}T12:00:00.000000Z" for day in range(1, 7)]
    units = [0, 5, -2, 9, -3, 4]
    with store.writing() as writing:
        rows = to_rows(writing.head, [f"id-{n}" for n in range(6)])
        for n, row in enumerate(rows):
            writing.book.move("safe", "drug", "l1", days[n], n, units[n])
            writing.book.remember(to_past(row), [])
        writing.insert(rows, grown(writing.head.frontier, rows))
    memory = Book()
    for n in range(6):
        memory.move("safe", "drug", "l1", days[n], n, units[n])
    with store.reading() as reading:
        timeline = reading.book.stock.timeline("safe", "drug", "l1")
        assert (timeline.first_arrival_at(), timeline.balance_at(days[5])) == (days[1], 13)
        assert len(list(timeline._order)) == 1
        for at in reversed(days):
            for taken in (0, -5, -10):
                assert asked(reading.book, "safe", "l1", at, 3, taken) == asked(memory, "safe", "l1", at, 3, taken)
    store._remembered = None
    with store.writing() as writing:
        for book in (memory, writing.book):
            timeline = book.stock.timeline("safe", "drug", "l1")
            assert (timeline.balance_at(days[4]), timeline.first_arrival_at()) == (9, days[1])
            book.move("safe", "drug", "l1", days[1], 1, -5)
            assert timeline.first_arrival_at() == days[3]
            book.move("safe", "drug", "l1", days[0], 6, 2)
        for at in days:
            assert asked(writing.book, "safe", "l1", at, 6, -4) == asked(memory, "safe", "l1", at, 6, -4)
        writing.book.rewind(0)


def test_a_whole_shelf_shows_what_was_changed_and_what_was_not(store: SqlStore) -> None:
    with store.writing() as writing:
        for name in "abc":
            writing.book.put("acknowledged", (name,), 1)
    store._remembered = None
    with store.writing() as writing:
        shelf = writing.book.shelves["acknowledged"]
        shelf[("a",)] = 2
        del shelf[("b",)]
        shelf[("d",)] = 3
        assert dict(shelf) == {("a",): 2, ("c",): 1, ("d",): 3}
        assert ("b",) not in shelf
        assert len(shelf) == 3
