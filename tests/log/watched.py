"""Spoilt entries before a quick reader that was compiled to be watched: `python -m tests.log.watched LIBRARY`."""

import sys
from random import Random

from ledger.log import quick
from tests.log.both import statement_in
from tests.log.changes import flipped
from tests.log.test_quick import LAST, edited, place_of, respelt


def main() -> None:
    quick._quick = quick._load(sys.argv[1])
    random, times = Random(5), 0
    for number, data in enumerate(LAST):
        audit = place_of(number)
        cut = (data[:length] for length in range(len(data)))
        turned = (spoilt for bit, spoilt in flipped(data) if bit % 3 == 0)
        for spoilt in (*cut, *turned, *edited(data, random, len(data) // 4), *respelt(data)):
            assert audit._spelled is not None
            assert audit._leaf is not None
            quick.take([spoilt], log=audit._spelled, seq=audit.size, prev=audit._leaf, recorded_at=audit._at)
            quick.is_statement(statement_in(spoilt), log=audit._spelled)
            times += 1
    quick.fold(bytes(32 * 256))
    sys.stdout.write(str(times))


if __name__ == "__main__":
    main()
