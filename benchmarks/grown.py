"""Appending to a ledger of 10^6 entries, against one of 10^4.

    python -m benchmarks.grown [--small 10000] [--large 1000000] [--entries 1500] [--rounds 5] [--keep DIR]

Both are copies of the same hospital (see `hospital`), to which people append in turn, as in `append`.
"""

from contextlib import ExitStack

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.append import CROWD, NURSE, append, enrol, equip, make, tell
from benchmarks.standing import asked, copied
from benchmarks.telling import tell as tell_line
from ledger.cli import collect_seldom
from ledger.cli.wiring import House

TARGET = 0.9
_BOUND = (
    "What an entry writes beside itself (projections, mentions, the search index) are trees that are one page higher "
    "at 10^6; a cache of pages in memory that is larger than SQLite's default moves it."
)


def main() -> None:
    collect_seldom()
    with asked(__doc__, entries=1500, rounds=5) as given, ExitStack() as stack:
        small, large = (stack.enter_context(copied(given.keep, count)) for count in given.counts)
        keys = [prepare(house) for house in (small, large)]
        rates: list[tuple[float, float]] = []
        for _ in range(given.rounds + 1):
            signed = [
                [make(house, own, n) for n in range(given.entries)]
                for house, own in zip((small, large), keys, strict=True)
            ]
            rates.append((append(small, signed[0], CROWD), append(large, signed[1], CROWD)))
        floors, found = zip(*rates[1:], strict=True)  # the first round warms the caches
        name = f"append to {given.large} entries, crowd of {CROWD}, against {given.small}"
        tell_line(name, "entries/s", found, floors, TARGET, bound=_BOUND)


def prepare(house: House) -> dict[str, Ed25519PrivateKey]:
    """What `append` needs and the hospital has not."""
    tell(house, "person.enrolled", {"person": NURSE, "role": "nurse", "name": NURSE}, "registrar", "head")
    equip(house)
    return enrol(house)


if __name__ == "__main__":
    main()
