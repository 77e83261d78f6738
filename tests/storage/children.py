"""What other processes do to a ledger in these tests: append beside us, die in the middle, meet a full disk."""

import os
import resource
import signal
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from threading import Thread
from typing import Any

from ledger.errors import LedgerBusy, LedgerReadOnly
from ledger.storage import store as store_module
from ledger.storage.store import SqlStore, SqlWriting
from tests.storage.world import append, record

_processes = get_context("forkserver")
_processes.set_forkserver_preload(["tests.storage.children"])

STEPS = ("began", "inserted", "written", "committed")
READ_ONLY, RECORDED = 3, 4


def start(target: Callable[..., None], *args: Any) -> Any:
    process = _processes.Process(target=target, args=args)
    process.start()
    return process


def run(target: Callable[..., None], *args: Any) -> int:
    """Its exit code; minus the signal that ended it."""
    process = start(target, *args)
    process.join()
    code: int = process.exitcode
    process.close()
    return code


def append_in_threads(path: Path, name: str, threads: int, each: int) -> None:
    """Each thread records *each* entries of one name and number, one a transaction."""
    store = SqlStore(path)

    def work(thread: int) -> None:
        for n in range(each):
            while True:
                try:
                    record(store, f"{name}-{thread}-{n}")
                    break
                except LedgerBusy:
                    continue

    workers = [Thread(target=work, args=(thread,)) for thread in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    store.close()


def die_at(path: Path, step: str) -> None:
    """SIGKILL at a step of an append: no handler runs, nothing is closed."""
    hooks: dict[str, tuple[Any, str]] = {
        "began": (SqlWriting, "insert"),
        "inserted": (SqlWriting, "insert_sealed"),
        "written": (store_module, "_commit"),
    }
    store = SqlStore(path)
    if step in hooks:
        setattr(*hooks[step], lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    with store.writing() as writing:
        _append_more(writing)
    os.kill(os.getpid(), signal.SIGKILL)


def die_after_bytes(path: Path, before: int, more: int) -> None:
    """The kernel kills the process in the middle of the write that would make the log longer than that."""
    store = SqlStore(path)
    record(store, *(f"before-{n}" for n in range(before)))
    _limit(_log_size(path) + more)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    with store.writing() as writing:
        _append_more(writing)
    os._exit(RECORDED)


def fill_the_disk(path: Path, more: int) -> None:
    """The same limit, met as a failing write; then the disk has room again."""
    store = SqlStore(path)
    record(store, "before")
    _limit(_log_size(path) + more)
    try:
        record(store, *(f"more-{n}" for n in range(50)))
    except LedgerReadOnly as error:
        if error.reason not in ("disk_error", "disk_full"):
            raise
    else:
        os._exit(RECORDED)
    _limit(resource.RLIM_INFINITY)
    record(store, "after")
    os._exit(READ_ONLY)


def measure(path: Path, before: int, sizes: Any) -> None:
    """How many bytes of the log the append of `die_after_bytes` writes."""
    store = SqlStore(path)
    record(store, *(f"before-{n}" for n in range(before)))
    start = _log_size(path)
    with store.writing() as writing:
        _append_more(writing)
    sizes.put(_log_size(path) - start)


def measured(path: Path, before: int) -> int:
    sizes = _processes.SimpleQueue()
    assert run(measure, path, before, sizes) == 0
    size: int = sizes.get()
    return size


def _append_more(writing: SqlWriting) -> None:
    append(writing, "more-1", "more-2", "more-3")
    writing.insert_sealed([])


def _log_size(path: Path) -> int:
    return path.with_name(f"{path.name}-wal").stat().st_size


def _limit(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
