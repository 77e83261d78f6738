"""What holds of every pharmacy when its tests are over: movements stand in the journal, and the evidence passes.

The journal is read as a pharmacist's browser gets it, without any script; the evidence by the library that verifies it.
"""

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from api.authority import PERMITS
from api.site import Site
from ledger.cli.wiring import House
from ledger.domain.kind import local_day
from ledger.service.checkpoints import sign_head, verifier_key
from ledger.service.evidence import write_evidence
from ledger.service.sources import open_source
from ledger.service.verification import Trust, verify

_OVERDUE = "second_signature_overdue"
"""A world that begins days ago may hold a signature that nobody has given since: the verifier is right to say so."""
_ROW = re.compile(r'<a href="/entries/(\d+)">')
_PAGES = re.compile(r"page \d+ of (\d+)")
_CARRIED = re.compile(r'<tr class="carried">.*?<b>([^<]*)</b>', re.DOTALL)


def verify_evidence(house: House, folder: Path) -> None:
    """Everything from the first entry on, as whoever holds the register's key and its entry 0 judges it."""
    ledger = house.ledger
    head = sign_head(ledger)
    write_evidence(ledger, head, folder, readme="-", reports={}, disclose=True)
    trust = Trust(key=verifier_key(ledger), genesis=ledger.genesis())
    verdict, _ = verify(open_source(folder), trust=trust, now=datetime.now(UTC))
    found = [each for check in verdict.checks.values() for each in check.findings if each.code != _OVERDUE]
    assert found == [], found
    assert verdict.size == head.size
    assert verdict.verdict == "pass" or any(each.code == _OVERDUE for each in verdict.checks["domain"].findings)


def verify_journal(house: House, site: Site, origin: str, *, pharmacist: str = "pharm") -> None:
    """Whatever moved a product has its row in the month it belongs to, and the last balance is the book's."""
    moved, balances = defaultdict[tuple[str, str], set[int]](set), Counter[str]()
    with house.ledger.reading() as reading:
        zone = reading.book.facility.zone
        for place, product, lot, units in reading.balances():
            balances[product] += units
            for at, seq, _ in reading.movements(place, product, lot, from_at="", until_at="9999"):
                moved[product, local_day(at, zone)[:7]].add(seq)
    token = site.accounts.tokens.make(pharmacist, by="test", days=1, scopes=frozenset(PERMITS))[1]
    left = {}
    for product, month in sorted(moved):
        shown, left[product] = _read_month(origin, token, product, month)
        assert moved[product, month] <= shown, f"{product}, {month}: no row of {moved[product, month] - shown}"
    assert left == {product: units for product, units in balances.items() if product in left}


def _read_month(origin: str, token: str, product: str, month: str) -> tuple[set[int], int]:
    """The numbers of the entries that the pages of the month show, and what it carries forward."""
    shown, number, pages = set[int](), 0, 1
    while number < pages:
        number += 1
        asked = urlencode({"product": product, "place": "", "month": month, "number": number})
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        with urlopen(Request(f"{origin}/stock/register?{asked}", headers=headers)) as answer:
            text = answer.read().decode()
        shown |= {int(seq) for seq in _ROW.findall(text)}
        (pages,) = (int(each) for each in _PAGES.findall(text))
    return shown, int(re.sub(r"\D", "", _CARRIED.findall(text)[-1]))
