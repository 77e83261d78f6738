"""The evidence folder (contract, section 6), or a zip of it: static files that any C2SP tool reads, without a server."""

import base64
import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import IO, Any, TypeAlias
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from ledger.log.canonical import from_bytes, to_canonical
from ledger.log.epochs import find_after
from ledger.log.keys import KeyBook
from ledger.log.tiles import WIDTH, build_tiles, tile_path, to_bundle
from ledger.service.ledger import Ledger, derive_keys
from ledger.service.ports import CheckpointRow, Reading
from ledger.service.sealing import from_rows
from ledger.service.sources import BEFORE


Put: TypeAlias = Callable[[str, bytes], None]
"""What takes a file of the evidence: its name, parts joined by `/`, and its bytes."""
_THEN = (1980, 1, 1, 0, 0, 0)


def write_evidence(
    ledger: Ledger,
    checkpoint: CheckpointRow,
    out: Path,
    *,
    readme: str,
    reports: Mapping[str, bytes],
    disclose: bool = False,
) -> None:
    """Write the folder *out*, which must not hold anything yet, for the entries under *checkpoint*.

    *reports*: signed PDFs by file name. *disclose*: whether the openings that the exporter may show go along.
    """
    _put_all(ledger, checkpoint, partial(_write, out), readme=readme, reports=reports, disclose=disclose)


def pack_evidence(ledger: Ledger, checkpoint: CheckpointRow, out: IO[bytes], *, step: Callable[[], None]) -> None:
    """The same as a zip, with nothing that names a patient: neither openings nor reports.

    Under one checkpoint its bytes are always the same, so that its hash is. *step* is called once an entry.
    """
    with ZipFile(out, "w") as archive:

        def put(name: str, data: bytes) -> None:
            archive.writestr(ZipInfo(name, _THEN), data, ZIP_DEFLATED, 6)

        _put_all(ledger, checkpoint, put, readme=read_readme(), reports={}, disclose=False, step=step)


def read_readme() -> str:
    """What this is and how it is checked, in three languages."""
    return (files("ledger.service") / "evidence_readme.txt").read_text(encoding="utf-8")


def _put_all(
    ledger: Ledger,
    checkpoint: CheckpointRow,
    put: Put,
    *,
    readme: str,
    reports: Mapping[str, bytes],
    disclose: bool,
    step: Callable[[], None] = lambda: None,
) -> None:
    with ledger.reading() as reading:
        keys = _put_log(ledger, reading, put, 0, checkpoint.size, disclose=disclose, step=step)
        for level, index, width, data in build_tiles(reading.leaves(0, checkpoint.size)):
            put(tile_path(level, index, width), data)
        for note in _handovers(reading, keys, checkpoint.size):
            put(f"handover/{note.size}", note.note)
        for digest, data in reading.adopted().items():
            put(f"adopted/{digest}", data)
        issued = _issued(reading, checkpoint.size)
    for name, data in reports.items():
        if sha256(data).hexdigest() in issued:  # what was issued since then belongs to the next evidence
            put(f"reports/{name}", data)
    put("README.txt", readme.encode())
    put("checkpoint", checkpoint.note)  # last: a folder cut short has no head


def _put_log(
    ledger: Ledger, reading: Reading, put: Put, base: int, size: int, *, disclose: bool, step: Callable[[], None]
) -> KeyBook:
    """The entries of one log, *size* of them from the number *base* on, with its keys and openings; the keys.

    Of a new epoch the old log lies in the folder `before`, and its own old log within that.
    """
    for index, bundle in _bundles(reading, base, size, step):
        put(tile_path("entries", index, len(bundle)), to_bundle(bundle))
    first = reading.entry(base)
    keys = derive_keys(reading, from_bytes(first)["log"], base + size)
    put("keys.jsonl", keys.to_keys_jsonl())
    openings = _openings(ledger, reading, base, size) if disclose else ()
    put("openings.jsonl", b"".join(to_canonical(line) + b"\n" for line in openings))
    after = find_after(first)
    if after is not None:

        def put_before(name: str, data: bytes) -> None:
            put(f"{BEFORE}/{name}", data)

        _put_log(
            ledger, reading, put_before, base - after.recovered, after.recovered, disclose=disclose, step=step
        )  # fmt: skip
    return keys


def _bundles(reading: Reading, base: int, size: int, step: Callable[[], None]) -> Iterable[tuple[int, list[bytes]]]:
    bundle: list[bytes] = []
    for seq, (_, data) in enumerate(reading.entries(base, base + size)):
        step()
        bundle.append(data)
        if len(bundle) == WIDTH or seq == size - 1:
            yield seq // WIDTH, bundle
            bundle = []


def _handovers(reading: Reading, keys: KeyBook, size: int) -> Iterable[CheckpointRow]:
    """The heads that end with a change of the log's key, as long as a later head exists."""
    ends = {key.until_seq + 1 for key in keys.log_keys if key.until_seq is not None and key.until_seq + 1 < size}
    return (row for row in reading.checkpoints() if row.size in ends)


def _issued(reading: Reading, size: int) -> frozenset[str]:
    rows = (row for row in reading.rows(type="report.issued") if 0 <= row.seq < size)
    return frozenset(from_bytes(row.data)["statement"]["body"]["sha256"] for row in rows)


def _openings(ledger: Ledger, reading: Reading, base: int, size: int) -> Iterable[dict[str, Any]]:
    for number, data in reading.entries(base, base + size):
        rows, seq = reading.sealed(number), number - base
        if rows:
            statement = from_bytes(data)["statement"]
            opened = from_rows(rows, log=statement["log"], entry_id=statement["id"], vault=ledger.vault)
            for path, opening in opened.items():
                key = base64.b64encode(opening.key).decode()
                yield {"seq": seq, "path": path, "value": opening.value, "key": key}


def _write(out: Path, name: str, data: bytes) -> None:
    path = out / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Only its owner reads it until it is handed over: openings and reports may name people.
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
