"""Whether a log is one unbroken chain in which everything that was acknowledged stands, once."""

from collections.abc import Iterable, Sized
from time import sleep

from ledger.log.canonical import from_bytes
from ledger.log.merkle import leaf_hash, read_root
from ledger.service.ledger import Ledger

Acknowledged = tuple[str, int, str]
"""(id, seq, hex leaf) of a receipt."""
MORE = 24


def verify_chain(ledger: Ledger, acknowledged: Iterable[Acknowledged]) -> None:
    with ledger.reading() as reading:
        entries = [(leaf_hash(data).hex(), from_bytes(data)) for _, data in reading.entries()]
        for signed in reading.checkpoints():
            assert read_root(signed.size, reading.node) == signed.root
    for seq, (_, entry) in enumerate(entries):
        assert (entry["seq"], entry["prev"]) == (seq, entries[seq - 1][0] if seq else entry["prev"])
    ids = [entry["statement"]["id"] for _, entry in entries]
    assert len(set(ids)) == len(ids)
    for id, seq, leaf in acknowledged:
        assert (ids[seq], entries[seq][0]) == (id, leaf)


def wait_for_more(acknowledged: Sized) -> None:
    """Until `MORE` than now are."""
    enough = len(acknowledged) + MORE
    while len(acknowledged) < enough:
        sleep(0.01)
