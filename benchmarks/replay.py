"""How long the replay of a log through every rule takes, against bare verification of the same bytes.

    python -m benchmarks.replay [--entries 1000000] [--stretches 20]

The log is gone through once, stretch by stretch; each is verified bare and then replayed, so that both meet the same
minutes of the machine, and the ratios show whether a longer log is slower. Two floors: the chain alone (form, profile,
`seq`, `prev`, times, tree), and the chain with the arithmetic of the statements' Ed25519 signatures, which is timed on
a part of each stretch.
"""

import argparse
import gc
from collections.abc import Callable, Sequence
from itertools import islice
from time import process_time

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from benchmarks.hospital import LOG, read_adopted, to_entries
from benchmarks.telling import tell
from ledger.log.audit import ChainAudit
from ledger.log.signing import Check, each_holds
from ledger.log.tiles import WIDTH
from ledger.service.replay import Replay

TARGET = 3.0
_SIGNATURES = 200
"""How many are verified beside each stretch, to know what one costs."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--stretches", type=int, default=20)
    given = parser.parse_args()
    entries = to_entries(given.entries)
    chain, replay, checks = ChainAudit(LOG), Replay(read_adopted), to_checks(_SIGNATURES)
    bare, signed, replayed = [], [], []
    size = -(-given.entries // given.stretches // WIDTH) * WIDTH
    seq = 0
    while stretch := list(islice(entries, size)):
        gc.collect()
        per = 1e6 / len(stretch)
        bare.append(per * seconds(lambda: verify(chain, stretch)))
        replayed.append(per * seconds(lambda: judge(replay, seq, stretch)))  # noqa: B023
        one = 1e6 / len(checks) * seconds(lambda: each_holds(checks))
        signed.append(bare[-1] + one * sum(data.count(b'"alg"') for data in stretch) / len(stretch))
        seq += len(stretch)
    if chain.findings or replay.refused or not all(each_holds(checks)):
        raise SystemExit(f"the log does not stand: {chain.findings[:3]} {replay.refused[:3]}")
    name = f"replay {given.entries} entries through every rule, against verification of the chain"
    tell(name, "µs/entry", replayed, bare)
    tell(f"{name} and the signatures", "µs/entry", replayed, signed, TARGET)


def to_checks(count: int) -> list[Check]:
    """Signatures that hold, of one key over messages as long as those that people sign."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    messages = [b"senim/sign/v1\n" + f"{n:064x}\n".encode() for n in range(count)]
    return [Check(public=public, message=message, value=key.sign(message)) for message in messages]


def seconds(work: Callable[[], object]) -> float:
    """Of this process, so that what else the machine does is left out of the ratios."""
    start = process_time()
    work()
    return process_time() - start


def verify(chain: ChainAudit, entries: Sequence[bytes]) -> None:
    """The floor."""
    for start in range(0, len(entries), WIDTH):
        chain.add_all(entries[start : start + WIDTH])


def judge(replay: Replay, seq: int, entries: Sequence[bytes]) -> None:
    for number, data in enumerate(entries, seq):
        replay.add(number, msgspec.json.decode(data))


if __name__ == "__main__":
    main()
