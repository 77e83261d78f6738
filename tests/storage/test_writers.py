"""Many writers, one history: nothing is forked, nothing lost."""

from pathlib import Path

from ledger.storage.store import SqlStore
from tests.storage import children
from tests.storage.world import check_store


def test_eight_threads_append_one_after_the_other(path: Path, store: SqlStore) -> None:
    children.append_in_threads(path, "thread", threads=8, each=15)
    check_store(store, size=120)


def test_two_processes_with_threads_append_to_one_log(path: Path, store: SqlStore) -> None:
    """Each finds the other's entries between its own and drops what it remembered."""
    processes = [children.start(children.append_in_threads, path, name, 4, 12) for name in ("one", "two")]
    for process in processes:
        process.join()
        assert process.exitcode == 0
        process.close()
    check_store(store, size=96)
    with store.reading() as reading:
        expected = {f"{name}-{thread}-{n}" for name in ("one", "two") for thread in range(4) for n in range(12)}
        assert {row.id for row in reading.rows()} == expected
