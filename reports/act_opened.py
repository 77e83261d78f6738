"""What the vault still opens of an act and of its patient's identity, each with the key that proves it."""

from collections.abc import Iterable

from ledger.log.canonical import from_bytes
from ledger.service.opened import find_standing, open_entry
from ledger.service.ports import EntryRow, Reading, Vault
from reports.act import IDENTITY, NAMED, Opened


def read_opened(reading: Reading, vault: Vault, seq: int, patient: str | None) -> tuple[Opened, ...]:
    """Of the entry *seq* every sealed value, of *patient* the name and the day of birth as told last."""
    entry = from_bytes(reading.entry(seq))["statement"]
    own = next(row for row in reading.rows(type=entry["type"]) if row.seq == seq)
    found = _open(reading, vault, own, entry.get("sealed", {}))
    return (*found, *(read_identity_opened(reading, vault, patient) if patient is not None else ()))


def read_all_opened(reading: Reading, vault: Vault, seqs: Iterable[int]) -> tuple[Opened, ...]:
    """Every sealed value of the entries *seqs*."""
    return tuple(each for seq in sorted(seqs) for each in read_opened(reading, vault, seq, None))


def read_identity_opened(reading: Reading, vault: Vault, patient: str) -> tuple[Opened, ...]:
    """Of *patient* the name and the day of birth as told last."""
    told: dict[str, Opened] = {}
    for row in find_standing(reading, sorted(NAMED), patient):
        told |= {each.path: each for each in _open(reading, vault, row, IDENTITY)}
    return tuple(told[path] for path in sorted(told))


def _open(reading: Reading, vault: Vault, row: EntryRow, paths: Iterable[str]) -> Iterable[Opened]:
    opened = open_entry(reading, vault, row)
    for path in sorted(set(paths) & set(opened)):
        yield Opened(seq=row.seq, path=path, value=str(opened[path].value), key=opened[path].key.hex())
