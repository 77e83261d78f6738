"""The logs that a new epoch goes on from, as they lie in the store, and where in their trees an entry stands.

Their heads are in no store of the new epoch; what holds their entries is the root that entry 0 of the next log names.
"""

from collections.abc import Iterable, Iterator
from itertools import count

from ledger.log.epochs import After, find_after
from ledger.log.merkle import inclusion_path, leaf_hash, node_hash
from ledger.service.ports import Reading


def find_old_logs(reading: Reading) -> Iterator[tuple[int, After]]:
    """(place of its entry 0 in the book, how it goes on) of each old log, the newest first."""
    base, after = 0, find_after(reading.entry(0))
    while after is not None and base > reading.begins_at:
        base -= after.recovered
        yield base, after
        after = find_after(reading.entry(base))


def read_old_paths(reading: Reading, places: Iterable[int]) -> dict[int, list[bytes]]:
    """By place below 0: the path of the entry to the root with which its log goes on."""
    wanted, found = set(places), dict[int, list[bytes]]()
    for base, after in find_old_logs(reading):
        mine = [place for place in wanted if base <= place < base + after.recovered]
        levels = [[leaf_hash(data) for _, data in reading.entries(base, base + after.recovered)]] if mine else []
        for level in count() if mine else ():
            hashes = levels[level]
            if len(hashes) < 2:
                break
            levels.append([node_hash(*pair) for pair in zip(hashes[0::2], hashes[1::2], strict=False)])
        for place in mine:
            found[place] = inclusion_path(place - base, after.recovered, lambda level, index: levels[level][index])  # noqa: B023
    return found
