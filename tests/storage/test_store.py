"""What is put is there after the commit, or not at all."""

from contextlib import ExitStack
from functools import partial
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ledger.errors import LedgerBusy, LedgerReadOnly, NotFound, NotStored
from ledger.service.patience import one_turn
from ledger.service.ports import CheckpointRow, SealedRow
from ledger.storage import store as store_module
from ledger.storage.store import SqlStore, SqlWriting
from tests.storage.world import (
    DRUG,
    SAFE,
    WARD,
    append,
    check_store,
    fold,
    grown,
    plain_client,
    record,
    replayed,
    to_past,
    to_rows,
    to_theirs,
)


def to_opening(seq: int, path: str = "body.note") -> SealedRow:
    return SealedRow(seq=seq, path=path, subject="p1", nonce=bytes(12), ciphertext=b"sealed")


def test_an_empty_ledger_ends_at_nothing(store: SqlStore) -> None:
    with store.reading() as reading:
        assert (reading.head.size, reading.head.last_leaf) == (0, sha256(b"").digest())
        assert reading.head.last_recorded_at is None
        assert (list(reading.entries()), reading.adopted(), reading.checkpoint()) == ([], {}, None)
    check_store(store, size=0)


def test_what_was_committed_is_read_back_byte_for_byte(store: SqlStore) -> None:
    rows = record(store, *(f"id-{n}" for n in range(5)))
    with store.reading() as reading:
        assert reading.rows() == rows
        assert list(reading.entries(1, 3)) == [(1, rows[1].data), (2, rows[2].data)]
        assert reading.entry(4) == rows[4].data
        assert reading.find_seq("id-3") == 3
        assert reading.find_seq("id-9") is None
        with pytest.raises(NotFound):
            reading.entry(5)
    check_store(store, size=5)


def test_rows_are_found_by_type_by_mention_and_from_the_end(store: SqlStore) -> None:
    rows = record(store, *(f"id-{n}" for n in range(7)))
    with store.reading() as reading:
        assert reading.rows(mention=("patient", "p1")) == [rows[1], rows[4]]
        assert reading.rows(mention=("patient", "p1"), last=1) == [rows[4]]
        assert reading.rows(type="stock.moved", last=2) == rows[5:]
        assert reading.rows(type="stock.counted") == []
        assert reading.rows(type="stock.moved", mention=("place", SAFE)) == []


def test_a_thing_mentioned_twice_is_mentioned_once(store: SqlStore) -> None:
    with store.writing() as writing:
        rows = to_rows(writing.head, ["a"])
        writing.book.remember(to_past(rows[0]), [("lot", "x"), ("lot", "x")])
        assert list(writing.book.past.mentioning("lot", "x", -1)) == [0]
        writing.insert(rows, grown(writing.head.frontier, rows))
    with store.reading() as reading:
        assert list(reading.book.past.mentioning("lot", "x", -1)) == [0]
        assert reading.rows(mention=("lot", "x")) == rows


def test_balances_are_the_sums_of_movements_up_to_a_moment(store: SqlStore) -> None:
    rows = record(store, "a", "b", "c")
    with store.reading() as reading:
        assert list(reading.balances()) == [(SAFE, DRUG, "lot-1", -3), (WARD, DRUG, "lot-1", 3)]
        assert list(reading.balances(at=rows[1].occurred_at)) == [(SAFE, DRUG, "lot-1", -2), (WARD, DRUG, "lot-1", 2)]
        assert list(reading.balances(at="2026-01-01T00:00:00.000000Z")) == []


@pytest.mark.parametrize("seed", range(6))
def test_a_past_balance_is_what_had_moved_by_then_in_whichever_order_it_was_entered(store: SqlStore, seed: int) -> None:
    random, moved = Random(seed), list[tuple[str, str, int]]()
    for turn in range(12):
        with store.writing() as writing:
            rows = to_rows(writing.head, [f"{turn}-{n}" for n in range(4)])
            for row in rows:
                month, day, hour = (
                    random.choice((1, 2, 5, 6, 12)),
                    random.choice((1, 14, 15, 16, 17, 28)),
                    random.randrange(24),
                )
                at = f"2026-{month:02}-{day:02}T{hour:02}:00:00.000000Z"
                move = random.choice(("l1", "l2", "l3")), at, random.choice((-3, 0, 2, 5))
                writing.book.move(SAFE, DRUG, *move[:2], row.seq, move[2])
                writing.book.remember(to_past(row), [])
                moved.append(move)
            writing.insert(rows, grown(writing.head.frontier, rows))
    months = (f"2026-{month:02}-{day}T00:00:00.000000Z" for month in range(1, 13) for day in ("01", "15", "16", "30"))
    moments = {"2025-12-31T23:59:59.999999Z", *months, *(at for _, at, _ in moved)}
    with store.reading() as reading:
        for moment in sorted(moments):
            due: dict[str, int] = {}
            for lot, at, units in moved:
                due |= {lot: due.get(lot, 0) + units} if at <= moment else {}
            found = {lot: units for _, _, lot, units in reading.balances(at=moment)}
            assert found == due, moment


def test_movements_are_those_from_a_moment_to_before_another(store: SqlStore) -> None:
    rows = record(store, "a", "b", "c")
    first, second, third = (row.occurred_at for row in rows)
    with store.reading() as reading:
        asked = partial(reading.movements, SAFE, DRUG, "lot-1")
        assert asked(from_at=first, until_at="9999") == [(first, 0, -1), (second, 1, -1), (third, 2, -1)]
        assert asked(from_at=second, until_at=third) == [(second, 1, -1)]
        assert reading.movements(SAFE, DRUG, "lot-2", from_at=first, until_at="9999") == []


@pytest.mark.parametrize("batch", [1, 300, 700])
def test_every_subtree_is_served_across_full_tiles(store: SqlStore, batch: int) -> None:
    """256 leaves fill a tile whatever the size of the transactions that brought them."""
    ids = [str(n) for n in range(520 if batch == 1 else 700)]
    for start in range(0, len(ids), batch):
        with store.writing() as writing:
            rows = to_rows(writing.head, ids[start : start + batch])
            for row in rows:
                fold(writing.book, row)
            writing.insert(rows, grown(writing.head.frontier, rows))
    check_store(store, size=len(ids))
    with store.reading() as reading, pytest.raises(NotFound):
        reading.node(0, len(ids))


@pytest.mark.once("the same code in front of a database, at minutes for its rows")
def test_tiles_of_tiles_are_full_at_65536_leaves(store: SqlStore) -> None:
    with store.writing() as writing:
        rows = to_rows(writing.head, map(str, range(65_536 + 3)))
        writing.insert(rows, grown(writing.head.frontier, rows))
    with store.reading() as reading:
        assert reading.node(16, 0) == reading.head.frontier.to_bytes()[8:40]
        left, right = reading.node(15, 0), reading.node(15, 1)
        assert sha256(b"\1" + left + right).digest() == reading.node(16, 0)
        assert list(reading.leaves(65_000, 65_539)) == [row.leaf for row in rows[65_000:]]
        with pytest.raises(NotFound):
            reading.node(16, 1)


def test_a_ceremony_that_raises_leaves_nothing(store: SqlStore) -> None:
    def fail(writing: SqlWriting) -> None:
        append(writing, "b", "c")
        writing.insert_adopted("0" * 64, b"rules")
        raise KeyError

    record(store, "a")
    with pytest.raises(KeyError), store.writing() as writing:
        fail(writing)
    check_store(store, size=1)
    record(store, "b")
    check_store(store, size=2)


def test_a_commit_that_fails_gives_nothing_and_leaves_the_store_usable(store: SqlStore) -> None:
    """The opening of an entry that is not there is found out by COMMIT itself."""
    record(store, "a")
    opening = to_opening(7)
    with ExitStack() as stack:
        stack.enter_context(pytest.raises(NotStored))
        writing = stack.enter_context(store.writing())
        append(writing, "b")
        writing.insert_sealed([opening])
    check_store(store, size=1)
    record(store, "b", "c")
    check_store(store, size=3)


def test_an_id_is_recorded_once(store: SqlStore) -> None:
    record(store, "a")
    with pytest.raises(NotStored):
        record(store, "b", "a")
    check_store(store, size=1)


def test_entries_out_of_step_with_the_book_or_the_tree_are_not_stored(store: SqlStore) -> None:
    with store.writing() as writing:
        rows = to_rows(writing.head, ["a", "b"])
    with ExitStack() as stack:
        stack.enter_context(pytest.raises(ValueError, match="book"))
        writing = stack.enter_context(store.writing())
        fold(writing.book, rows[0])
        writing.insert(rows, grown(writing.head.frontier, rows))
    with pytest.raises(ValueError, match="frontier"), store.writing() as writing:
        writing.insert(rows, grown(writing.head.frontier, rows[:1]))
    with pytest.raises(NotStored), store.writing() as writing:
        writing.insert(rows[1:], grown(writing.head.frontier, rows[1:]))
    check_store(store, size=0)


def test_openings_adopted_files_and_checkpoints_come_back(store: SqlStore) -> None:
    note, later = CheckpointRow(size=1, root=bytes(32), note=b"one"), CheckpointRow(size=2, root=bytes(32), note=b"two")
    with store.writing() as writing:
        writing.insert_sealed([to_opening(0, "body.b"), to_opening(0, "body.a")])
        append(writing, "a", "b")
        writing.insert_adopted("ab" * 32, b"rules")
        writing.insert_adopted("ab" * 32, b"rules")
        writing.insert_checkpoint(later)
        writing.insert_checkpoint(note)
    with store.reading() as reading:
        assert reading.sealed(0) == [to_opening(0, "body.a"), to_opening(0, "body.b")]
        assert reading.sealed(1) == []
        assert reading.adopted() == {"ab" * 32: b"rules"}
        assert reading.checkpoint() == later


def test_one_size_never_has_two_roots(store: SqlStore) -> None:
    record(store, "a")
    with store.writing() as writing:
        writing.insert_checkpoint(CheckpointRow(size=1, root=bytes(32), note=b"one"))
        writing.insert_checkpoint(CheckpointRow(size=1, root=bytes(32), note=b"one, cosigned"))
    with pytest.raises(NotStored), store.writing() as writing:
        writing.insert_checkpoint(CheckpointRow(size=1, root=bytes([1]) * 32, note=b"other"))
    with store.reading() as reading:
        newest = reading.checkpoint()
        assert newest is not None
        assert newest.note == b"one, cosigned"


def test_a_transaction_shows_what_was_inserted_and_settled(store: SqlStore) -> None:
    record(store, "a")
    with store.writing() as writing:
        append(writing, "b")
        assert writing.find_seq("b") == 1
        assert writing.entry(1)
        assert list(writing.balances()) == [(SAFE, DRUG, "lot-1", -1), (WARD, DRUG, "lot-1", 1)]
        writing.book.settle()
        assert list(writing.balances()) == [(SAFE, DRUG, "lot-1", -2), (WARD, DRUG, "lot-1", 2)]
        assert [row.id for row in writing.rows(mention=("place", WARD))] == ["a", "b"]
        assert dict(writing.shelf("acknowledged", (WARD,))) == {(WARD, "a"): 0, (WARD, "b"): 1}
    check_store(store, size=2)


def test_a_snapshot_does_not_see_later_entries(store: SqlStore) -> None:
    record(store, "a")
    with store.reading() as reading:
        record(store, "b")
        assert [seq for seq, _ in reading.entries()] == [0]
        assert reading.book.past.by_id("b") is None


def test_a_stream_left_half_read_holds_no_old_snapshot(store: SqlStore) -> None:
    record(store, *map(str, range(250)))
    with store.reading() as reading:
        left = reading.entries()
        next(left)
    with store.writing() as writing:
        also_left = writing.entries()
        next(also_left)
        append(writing, "last")
    with store.reading() as reading:
        assert reading.head.size == 251
    del left, also_left


def test_a_reading_does_not_write(store: SqlStore) -> None:
    (row,) = record(store, "a")
    with store.reading() as reading:
        book = reading.book
        assert book.find("acknowledged", WARD, "a") == 0
        with pytest.raises(TypeError):
            book.put("acknowledged", (WARD, "a"), 3)
        with pytest.raises(TypeError):
            book.move(WARD, DRUG, "lot-1", row.occurred_at, 1, 1)
        with pytest.raises(TypeError):
            fold(book, row)
        assert book.find("acknowledged", WARD, "a") == 0
        assert list(book.stock.timeline(WARD, DRUG, "lot-1")) == [(row.occurred_at, 0, 1)]


def test_another_process_makes_the_writer_forget_what_it_remembered(path: Path, store: SqlStore) -> None:
    record(store, "a")
    other = SqlStore(path)
    record(other, "b")
    with store.writing() as writing:
        assert writing.book.size == 2
        assert writing.book.find("acknowledged", WARD, "b") == 1
        append(writing, "c")
    other.close()
    check_store(store, size=3)


def test_a_rebuild_elsewhere_makes_the_writer_forget_too(path: Path, store: SqlStore) -> None:
    record(store, "a")
    with plain_client(path) as client:
        client.execute("DELETE FROM projection")
    other = SqlStore(path)
    with store.writing() as writing:  # it remembers; the damage is not its own
        assert writing.book.find("acknowledged", WARD, "a") == 0
    other.replace_projections(replayed(store))
    with plain_client(path) as client:
        client.execute("DELETE FROM projection")
    with store.writing() as writing:
        assert writing.book.find("acknowledged", WARD, "a") is None
    other.close()


def test_what_was_at_hand_is_read_again_together_once_another_process_wrote(path: Path, store: SqlStore) -> None:
    record(store, "a")
    other = SqlStore(path)
    record(other, "b")
    with store.writing() as writing:
        shelf: Any = writing.book.shelves["balance"]
        assert shelf._known[WARD, DRUG, "lot-1"] == 2
    other.close()


def test_memory_is_bounded_by_reading_the_book_anew(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    record(store, "a", "b", "c")
    monkeypatch.setattr(store_module, "MOST_REMEMBERED", 3)
    with store.writing() as writing:
        assert writing._stored.weight() == 0
        append(writing, "d")
    check_store(store, size=4)


def test_projections_are_replaced_only_by_those_of_the_same_entries(store: SqlStore) -> None:
    record(store, "a")
    behind = replayed(store)
    record(store, "b")
    with pytest.raises(LedgerBusy):
        store.replace_projections(behind)
    check_store(store, size=2)


def test_a_head_that_is_not_where_the_entries_end_is_refused(path: Path, store: SqlStore) -> None:
    rows = record(store, "a")
    (extra,) = to_rows(_head(store), ["b"])
    values = [getattr(extra, name) for name in ("seq", "id", "type", "occurred_at", "recorded_at", "performer")]
    with plain_client(path) as client:
        client.execute(
            to_theirs(path, "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)"), [*values, extra.leaf, extra.data]
        )
    for door in (store.reading, store.writing):
        with pytest.raises(LedgerReadOnly, match="self_check"), door():
            raise AssertionError(rows)


def test_damaged_projections_are_an_error_not_an_absence(path: Path, store: SqlStore) -> None:
    record(store, "a")
    with plain_client(path) as client:
        client.execute(to_theirs(path, "UPDATE projection SET value = x'00'"))
    with store.reading() as reading, pytest.raises(LedgerReadOnly, match="self_check"):
        reading.book.find("acknowledged", WARD, "a")


def _head(store: SqlStore) -> Any:
    with store.reading() as reading:
        return reading.head


def _replayed(store: SqlStore) -> Any:
    from tests.storage.world import replayed

    return replayed(store)


def test_those_who_read_in_one_turn_see_one_state_and_the_next_turn_a_newer_one(store: SqlStore) -> None:
    def sizes() -> list[int]:
        with store.reading() as one, store.reading() as other:
            return [one.head.size, other.head.size]

    with one_turn():
        assert sizes() == [0, 0]
        record(store, "a")
        assert sizes() == [0, 0]
        with pytest.raises(NotFound), store.reading() as reading:
            reading.entry(0)
    with one_turn():
        assert sizes() == [1, 1]
    record(store, "b")
    assert sizes() == [2, 2]
