"""Where the service meets its stores: the only place that knows both. Settings come in as arguments."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from ledger.cli.reading import read_file
from ledger.domain.regulation import Adoption, read_adoption
from ledger.errors import LedgerReadOnly, WronglyCalled
from ledger.log.canonical import from_bytes
from ledger.service.checkpoints import check_head
from ledger.service.clock import Clock, system_clock
from ledger.service.epochs import end_old_log
from ledger.service.erasing import erase_again
from ledger.service.ledger import Ledger
from ledger.service.ports import Heads
from ledger.service.rotating import finish_rotation
from ledger.storage.heads import FileHeads
from ledger.storage.holding import hold, let_go
from ledger.storage.kept import KeptReports
from ledger.storage.layout import Opened, create_store, is_ledger, open_store, verify_secrets
from ledger.storage.places import Where

PRACTICE_RULES = "practice.rules.json"


def heads_directory(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the last signed heads are kept, outside every data directory (`SENIM_HEADS`)."""
    if environ.get("SENIM_HEADS"):
        return Path(environ["SENIM_HEADS"])
    state = environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "senim" / "heads"


@dataclass(frozen=True, slots=True)
class House:
    """An open data directory."""

    directory: Path
    stores: Opened
    ledger: Ledger
    zone: str
    held: int | None = None

    def close(self) -> None:
        self.stores.close()
        let_go(self.held)

    def read_reports(self) -> dict[str, bytes]:
        """The issued reports by file name; without those that show somebody who was erased."""
        return KeptReports(self.stores.reports, self.stores.vault).read_all()


def open_house(
    directory: Path, *, heads: Heads | None = None, clock: Clock = system_clock, writes: bool = False
) -> House:
    """Open the ledger in *directory*; *writes*: whether keys and head store must be fit for it.

    Raises `WronglyCalled('no_ledger')`, `LedgerReadOnly`.
    """
    if writes:
        verify_secrets(directory)
    held = _hold(directory) if writes else None
    try:
        stores = open_store(directory)
    except BaseException:
        let_go(held)
        raise
    try:
        with stores.store.reading() as reading:
            if not reading.head.size:
                raise WronglyCalled("no_ledger", directory=str(directory))
            log: str = from_bytes(reading.entry(0))["log"]
            zone = reading.book.facility.zone
        house = _house(directory, stores, log, zone, heads or _file_heads(writes=writes), clock, held)
        try:
            check_head(house.ledger)
        except LedgerReadOnly as behind:
            if writes:
                raise
            house.ledger.read_only = behind
        if writes:
            _finish(house)
    except BaseException:
        stores.close()
        let_go(held)
        raise
    return house


def _hold(directory: Path) -> int | None:
    """Nothing is recorded while a restore reads the folder, or writes it."""
    try:
        return hold(directory, alone=False) if is_ledger(directory) else None
    except BlockingIOError as error:
        raise LedgerReadOnly("being_restored", directory=str(directory)) from error


def _finish(house: House) -> None:
    """What a crash or a restore may have left undone: whom an entry erased, the end of an old log, the handover to
    the log's next key.
    """
    with house.ledger.reading() as reading:
        erase_again(reading, house.ledger.vault)
    end_old_log(house.ledger)
    finish_rotation(house.ledger)


def make_house(
    directory: Path,
    log: str,
    *,
    zone: str = "UTC",
    where: Where | None = None,
    heads: Heads | None = None,
    clock: Clock = system_clock,
) -> House:
    """Make an empty data directory for *log*, its entries *where* they are to lie if not in it.

    Raises `WronglyCalled`: `directory_taken`, `target_taken`; `LedgerReadOnly`.
    """
    usable = heads or _file_heads(writes=True)
    verify_secrets(directory)
    return _house(directory, create_store(directory, where), log, zone, usable, clock)


def _file_heads(*, writes: bool) -> Heads:
    heads = FileHeads(heads_directory())
    if writes:
        heads.verify()
    return heads


def _house(
    directory: Path, stores: Opened, log: str, zone: str, heads: Heads, clock: Clock, held: int | None = None
) -> House:
    ledger = Ledger(
        log=log,
        store=stores.store,
        vault=stores.vault,
        heads=heads,
        secrets=stores.keys,
        entropy=secrets.token_bytes,
        clock=clock,
    )
    return House(directory, stores, ledger, zone, held)


def read_rules(path: Path | None) -> Adoption:
    """The rule set at *path* with the tables beside it, or the practice rule set that comes with the product."""
    if path is None:
        folder = files("ledger.domain") / "reference"
        data = (folder / PRACTICE_RULES).read_bytes()
        beside = [entry.read_bytes() for entry in folder.iterdir() if entry.name.endswith(".csv")]
    else:
        try:
            data = read_file(path)
            beside = [read_file(entry) for entry in path.parent.iterdir() if entry.suffix == ".csv"]
        except OSError as bad:
            raise WronglyCalled("file_unreadable", path=path.name) from bad
    known = {sha256(each).hexdigest(): each for each in (data, *beside)}
    try:
        return read_adoption(known, sha256(data).hexdigest())
    except WronglyCalled as bad:
        if bad.reason == "adopted_file_missing":
            raise WronglyCalled("rules_table_missing", **bad.values) from bad
        raise
