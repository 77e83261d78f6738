"""How long the server takes for a page, with 10^6 entries in the ledger and with 10^4.

    python -m benchmarks.pages [--small 10000] [--large 1000000] [--runs 21] [--keep DIR] [--only TEXT]

Every page of the application, and every part of one that is asked for by itself, asked of a hospital (see `hospital`,
`standing`, `addresses`) as somebody who may open it, in turn with a static file, which is the floor. `median` is by the
clock, `most` the 50 ms that it may take; `cpu` is what this process computed for it, which tells more on a machine that
others use. What is not answered with a page is told with its status, and is neither fast nor slow. With `--keep` the
hospitals stay in DIR, and are used again. Prints one JSON object a line.
"""

import json
from statistics import median
from time import perf_counter, process_time
from typing import Any

from api.pages.files import ADDRESS
from benchmarks.addresses import Address, Facts, read_addresses
from benchmarks.standing import Standing, asked, stand

MOST_MS = 50.0
STATIC = f"{ADDRESS}/senim.css"
Took = tuple[float, float]
"""Milliseconds by the clock, and of computing."""


def main() -> None:
    found: dict[str, float] = {}
    with asked(__doc__, runs=21, only="") as given:
        for count in given.counts:
            with stand(given.keep, count) as standing:
                with standing.site.ledger.reading() as reading:
                    facts = Facts(reading, standing.site.ledger.vault)
                for address in read_addresses(standing.client.app):
                    if given.only in address.name:
                        line = {"name": f"page {address.name}, {count} entries"}
                        print(json.dumps(line | tell(standing, facts, address, given.runs, found)), flush=True)


def tell(standing: Standing, facts: Facts, address: Address, runs: int, found: dict[str, float]) -> dict[str, Any]:
    """What is said of one address; *found*: of each what it took to compute in the smaller hospital."""
    statuses, pages, floors = measure(standing, facts, address, runs)
    if statuses != {200}:
        return {"answered": sorted(statuses)}
    clock, cpu = (median(each) for each in zip(*pages, strict=True))
    floor, least = (median(each) for each in zip(*floors, strict=True))
    line = {"unit": "ms", "median": round(clock, 2), "floor": round(floor, 2), "ratio": round(clock / floor, 1)}
    line |= {"cpu": round(cpu, 2), "cpu_floor": round(least, 2), "most": MOST_MS, "runs": runs}
    if address.name in found:
        line["of_small"] = round(cpu / found[address.name], 2)
    found.setdefault(address.name, cpu)
    return line


def measure(standing: Standing, facts: Facts, address: Address, runs: int) -> tuple[set[int], list[Took], list[Took]]:
    """The statuses, and the times of the page and of the static file in turn; the first of each warms the caches and
    is left out.
    """
    headers = {"Authorization": f"Bearer {standing.token(address.person)}", "Accept-Language": "ru"}
    statuses, pages, floors = set[int](), list[Took](), list[Took]()
    for seed in range(-1, runs):
        path, form = facts.fill(address, seed)
        page = standing.client.build_request(
            "GET" if form is None else "POST", path, headers=headers | {"X-Access-Reason": "benchmark"}, data=form
        )
        static = standing.client.build_request("GET", STATIC)
        for request, told in ((page, pages), (static, floors)):
            start, begun = perf_counter(), process_time()
            answer = standing.client.send(request, follow_redirects=False)
            took = 1_000 * (perf_counter() - start), 1_000 * (process_time() - begun)
            if answer.status_code >= 500:
                raise SystemExit(f"{path}: {answer.status_code}")
            if seed >= 0:
                told.append(took)
            if request is page:
                statuses.add(answer.status_code)
        if statuses != {200}:
            break
    return statuses, pages, floors


if __name__ == "__main__":
    main()
