"""A log that cannot be read any more gives way to a new one: nobody is kept from care, and it is not forgotten."""

from contextlib import closing
from pathlib import Path

from api.access.log import AccessLog
from ledger.errors import LedgerReadOnly
from ledger.service.clock import Clock, system_clock
from ledger.storage.layout import ACCESS
from ledger.storage.moving import put_aside


def put_damaged_aside(directory: Path, *, clock: Clock = system_clock) -> str | None:
    """What the damaged log is called from now on; None where it is whole, or there is none.

    The new log's first row says so. It does not follow from what was noted outside of the old one, which is therefore
    missed for good. Raises `LedgerReadOnly` for anything that a new file would not mend.
    """
    path = directory / ACCESS
    if not path.exists():
        return None
    try:
        with closing(AccessLog(path, clock, None)) as log:
            log.look_through()
        return None
    except LedgerReadOnly as failed:
        if failed.reason != "database_damaged":
            raise
    name = put_aside(path)
    with closing(AccessLog(path, clock, None)) as log:
        log.note("log_damaged", person="", detail=name)
    return name
