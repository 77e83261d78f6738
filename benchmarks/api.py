"""How long the API takes to answer, with 10^6 entries in the ledger and with 10^4.

    python -m benchmarks.api [--small 10000] [--large 1000000] [--runs 51] [--keep DIR]

Asked as `pages` asks its pages, in turn with a static file, which is the floor; `of_small`: how much longer the
computing takes than in the smaller hospital, and `most_of_small` how much it may.
"""

import json

from benchmarks.addresses import Address, Facts
from benchmarks.pages import tell
from benchmarks.standing import asked, stand

SLOWER = 1.5
PATHS = (
    "balances", "balances?product=morphine-10", "pending", "circle?patient={patient}", "entries?limit=20",
    "entries?limit=20&type=dispense.outpatient", "entries?limit=20&patient={patient}", "entries/{half}",
    "patients/{patient}/doses",
)  # fmt: skip


def main() -> None:
    found: dict[str, float] = {}
    with asked(__doc__, runs=51) as given:
        for count in given.counts:
            with stand(given.keep, count) as standing:
                with standing.site.ledger.reading() as reading:
                    facts = Facts(reading, standing.site.ledger.vault)
                for path in PATHS:
                    address = Address(name=path, path=f"/api/v1/{path}", person="ph1")
                    line = {"name": f"api {path}, {count} entries", "most_of_small": SLOWER}
                    print(json.dumps(line | tell(standing, facts, address, given.runs, found)), flush=True)


if __name__ == "__main__":
    main()
