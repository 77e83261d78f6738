"""Signed heads in the background: soon after a commit, whoever made it, one signature holds all of it.

Trusts `ledger.service.checkpoints` to re-read and re-hash before it signs. What goes wrong stays here until a head is
signed again; where the store is not what was signed, nothing is written any more.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from ledger.errors import LedgerReadOnly, SenimError
from ledger.service.checkpoints import sign_head
from ledger.service.ledger import Ledger

_TRY_AGAIN = 10.0
"""Seconds after a failure."""
_PASSES = frozenset({
    "disk_full", "disk_read_only", "disk_unreachable", "disk_error", "clock_astray", "clocks_apart",
    "database_unreachable", "database_refuses", "database_read_only", "database_encoding", "database_missing",
})  # fmt: skip
"""Why a head is not signed now, and may be later; for any other reason the ledger is not to be written to."""


class HeadKeeper:
    """`failed`: why the newest head is not signed; None when it is, or will be at once."""

    def __init__(self, ledger: Ledger) -> None:
        self.failed: Exception | None = None
        self._ledger = ledger
        self._signed = 0

    def sign_due(self) -> None:
        """Sign what was committed since the last time, in this process or another. Raises nothing."""
        try:
            if self._ledger.read_only is not None:
                return
            with self._ledger.reading() as reading:
                size = reading.head.size
            if size > self._signed:
                self._signed = sign_head(self._ledger).size
            self.failed = None
        except Exception as failed:  # noqa: BLE001 - kept, and shown by /health
            self.failed = failed
            if isinstance(failed, LedgerReadOnly) and failed.reason not in _PASSES:
                self._ledger.read_only = failed

    @property
    def reason(self) -> str | None:
        """A stable word for `failed`."""
        if self.failed is None:
            return None
        if isinstance(self.failed, LedgerReadOnly):
            return self.failed.reason
        return self.failed.code if isinstance(self.failed, SenimError) else "server_fault"


@contextmanager
def keep_heads(ledger: Ledger, *, every: float) -> Iterator[HeadKeeper]:
    """Sign at once what is not signed yet, and then at most every so many seconds, until the end."""
    keeper, ended = HeadKeeper(ledger), Event()

    def work() -> None:
        while True:
            keeper.sign_due()
            if ended.wait(_TRY_AGAIN if keeper.failed else every):
                return

    thread = Thread(target=work, name="heads")
    thread.start()
    try:
        yield keeper
    finally:
        ended.set()
        thread.join()
