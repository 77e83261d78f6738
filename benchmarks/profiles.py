"""Where the time goes of what has targets: the functions that the processor is in, by their share.

    python -m benchmarks.profiles [--entries 2000]

By the standard library's profiler in every thread of this process, which slows small functions down more than large
ones: the shares say where to look, not how long anything takes. What another process does is not in them.
"""

import argparse
import cProfile
import json
import re
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from pstats import Stats
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.append import CROWD, append, enrol, furnish, make
from benchmarks.signatures import audit as audit_signatures
from benchmarks.verify import audit, fill
from ledger.cli import collect_seldom
from ledger.service.arithmetic import each_holds

MOST = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=2_000)
    given = parser.parse_args()
    collect_seldom()
    with TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder / "log.db", 10 * given.entries)
        tell("verification, one process", lambda: audit(folder / "log.db", 0, 10 * given.entries))
        house = furnish(folder)
        keys = enrol(house)
        signed = [make(house, keys, n) for n in range(given.entries)]
        tell(f"append, crowd of {CROWD}", lambda: append(house, signed, CROWD))
        with house.ledger.reading() as reading:
            entries = [data for _, data in reading.entries()]
        tell("verification with signatures", lambda: audit_signatures(house.ledger.log, entries, each_holds))
        house.close()


def tell(name: str, work: Callable[[], object]) -> None:
    """One line: `shares` of the whole, in percent, by function."""
    profiles = [cProfile.Profile()]

    def begin(*_: Any) -> None:
        profiles.append(cProfile.Profile())
        profiles[-1].enable()

    threading.setprofile(begin)
    profiles[0].runcall(work)
    threading.setprofile(None)
    times = own_times(profiles)
    shares = {where: round(100 * own / times.total(), 1) for where, own in times.most_common(MOST)}
    print(json.dumps({"name": name, "shares": shares}), flush=True)


def own_times(profiles: list[cProfile.Profile]) -> "Counter[str]":
    """Nanoseconds in each function itself, those left out in which a thread waits for another."""
    found: dict[tuple[str, int, str], tuple[int, int, float, float, object]] = Stats(*profiles).stats  # type: ignore[attr-defined]
    times: Counter[str] = Counter()
    for (path, _, function), (_, _, own, _, _) in found.items():
        if not any(waits in function for waits in ("lock", "poll", "wait", "sleep", "select", "Queue")):
            times[to_name(path, function)] += int(1e9 * own)
    return times


def to_name(path: str, function: str) -> str:
    """`rooms/file.py function`, or `Class.method` and `module.function` of what is not written in Python."""
    if path.endswith(".py"):
        return f"{Path(path).parent.name}/{Path(path).name} {function.strip('<>')}"
    method = re.search(r"'(\w+)' of '(?:.*\.)?(\w+)'", function)
    return f"{method[2]}.{method[1]}" if method else function.strip("<>").removeprefix("built-in method ")


if __name__ == "__main__":
    main()
