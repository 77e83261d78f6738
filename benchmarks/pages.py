"""How long the server takes for a page, with 10^6 entries in the ledger and with 10^4.

    python -m benchmarks.pages [--small 10000] [--large 1000000] [--runs 21]

Every page of the application that a role of the hospital's may open (see `hospital`), asked as that role, in turn with
a static file, which is the floor. `most` is the 50 ms that the median may take. Prints one JSON object a line.
"""

import argparse
import json
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

from litestar import Litestar
from litestar.testing import TestClient

from api.app import make_app
from api.authority import PERMITS, Needs
from api.opening import open_site
from api.pages.files import ADDRESS
from api.settings import Settings
from benchmarks.hospital import PEOPLE, to_adopted
from benchmarks.queries import Ledger
from ledger.cli.wiring import open_house
from ledger.storage.heads import FileHeads
from ledger.storage.layout import create_store

MOST_MS = 50.0
ORIGIN = "http://testserver.local"
STATIC = f"{ADDRESS}/senim.css"
_PARAMETER = re.compile(r"{(\w+):\w+}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=21)
    given = parser.parse_args()
    found: dict[str, float] = {}
    for count in (given.small, given.large):
        with tempfile.TemporaryDirectory() as folder, served(Path(folder), count) as (client, filled, token):
            for path, person in pages(client.app):
                times, floors = measure(client, path, filled, token(person), given.runs)
                line = {"name": f"page {path}, {count} entries", "unit": "ms", "median": round(median(times), 2)}
                line |= {"floor": round(median(floors), 2), "ratio": round(median(times) / median(floors), 1)}
                line |= {"most": MOST_MS, "runs": given.runs}
                if path in found:
                    line["of_small"] = round(median(times) / found[path], 2)
                found.setdefault(path, median(times))
                print(json.dumps(line), flush=True)


@contextmanager
def served(folder: Path, count: int) -> Iterator[tuple[TestClient[Litestar], Ledger, Any]]:
    """A client of the hospital's pages, what is in its ledger, and who gives out tokens."""
    data, heads = folder / "data", FileHeads(folder / "heads")
    opened = create_store(data)
    stored = Ledger(opened.store, count)
    with opened.store.writing() as writing:
        for adopted in to_adopted():
            writing.insert_adopted(sha256(adopted).hexdigest(), adopted)
    opened.close()
    last = datetime.fromisoformat(stored.moments[-1])
    house = open_house(data, heads=heads, clock=lambda: last + timedelta(minutes=1))
    told = Settings(origin=ORIGIN, calls_a_minute=10**9)
    with open_site(house.ledger, data, "Asia/Almaty", told) as site:
        app = make_app(site)
        with TestClient(app, base_url=ORIGIN) as client:
            kept: dict[str, str] = {}

            def token(person: str) -> str:
                if person not in kept:
                    kept[person] = site.accounts.tokens.make(person, by="bench", days=1, scopes=frozenset(PERMITS))[1]
                return kept[person]

            yield client, stored, token
    house.close()


def pages(app: Litestar) -> Iterator[tuple[str, str]]:
    """(path, somebody who may open it) of every page."""
    for route in sorted(app.routes, key=lambda route: route.path):
        for handler in getattr(route, "route_handlers", ()):
            if "GET" not in handler.http_methods or not str(handler.operation_id).startswith("page_"):
                continue
            (needs,) = [guard for guard in handler.guards or () if isinstance(guard, Needs)]
            person = next((name for name, role in PEOPLE.items() if role in PERMITS[needs.action]), "head")
            yield route.path, person


def measure(
    client: TestClient[Litestar], path: str, stored: Ledger, token: str, runs: int
) -> tuple[list[float], list[float]]:
    """Times in ms of the page and of the static file in turn; the first of each warms the caches and is left out."""
    headers = {"Authorization": f"Bearer {token}", "X-Access-Reason": "benchmark", "Accept-Language": "ru"}
    times: list[float] = []
    floors: list[float] = []
    for seed in range(-1, runs):
        patient = Random(seed).choice(stored.patients)
        values = {"seq": str(stored.size // 2), "patient": patient, "id": patient, "name": "ru.json", "lang": "ru"}
        address = _PARAMETER.sub(r"{\1}", path).format_map(defaultdict(str, values))
        for asked, told in ((address, times), (STATIC, floors)):
            start = perf_counter()
            answer = client.get(asked, headers=headers, follow_redirects=False)
            took = 1_000 * (perf_counter() - start)
            if answer.status_code >= 500:
                raise SystemExit(f"{asked}: {answer.status_code}")
            if seed >= 0:
                told.append(took)
    return times, floors


if __name__ == "__main__":
    main()
