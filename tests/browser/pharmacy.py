"""A hospital's pharmacy in full swing behind its real server, and people who enter at a real browser.

What happened before is told as in tests/stories, on days counted from today; from then on the clock is the machine's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Template
from typing import Any
from weakref import WeakKeyDictionary

from playwright.sync_api import Page

from ledger.cli.wiring import open_house
from ledger.storage.heads import FileHeads
from tests.browser.afterwards import verify_evidence, verify_journal
from tests.browser.conftest import add_authenticator
from tests.browser.practice import Practice, serve
from tests.faults.counter import Counter
from tests.stories.stage import ZONE

_HOME = "home_kato=101010000 home_phc_bin=990140000017"
_PAPERS = 'address="Абай 1" no_iin_reason="no papers"'
WORLD = f"""
day $before
08:00 head + pharm stock.opened place=safe lines=[morphine A 40 expires_on=$soon, morphine B 60 expires_on=$later,
  morphine-tab T 200 expires_on=$later, fentanyl F 30 expires_on=$later, diazepam D 20 expires_on=$later]
08:10 head + nurse stock.moved from_place=safe to_place=ward lines=[morphine A 10, diazepam D 5]
08:30 doctor patient.registered patient=p1 {_HOME} indication=malignant_neoplasm icd10=C50
    identity={{name="Әбілқасым Қожахметов" born_on=1890-01-01 {_PAPERS}}}
08:31 doctor patient.registered patient=p2 {_HOME} indication=dementia icd10=F03
    identity={{name="Мария Петрова" born_on=1891-05-02 {_PAPERS}}}
08:32 doctor patient.registered patient=p3 {_HOME} indication=dementia icd10=F03
    identity={{name="Гүлнәр Ғабитова" born_on=1892-07-03 {_PAPERS}}}
08:40 doctor prescription.issued prescription=rx1 patient=p1 product=morphine units=30 starts_on=$before
    single_dose=10mg route=20066000 frequency=3/d duration_days=10 setting=home record_no=1
08:41 doctor prescription.issued prescription=rx2 patient=p1 product=morphine-tab units=60 starts_on=$before
    single_dose=10mg route=20053000 frequency=2/d duration_days=30 setting=home record_no=1
08:42 doctor prescription.issued prescription=rx3 patient=p2 product=morphine units=42 starts_on=$before
    single_dose=10mg route=20066000 frequency=3/d duration_days=14 setting=inpatient record_no=2
08:43 doctor prescription.issued prescription=rx4 patient=p3 product=fentanyl units=10 starts_on=$before
    single_dose=25ug/h route=20070000 frequency=1/3d duration_days=30 setting=home record_no=3
  → asks: patch_opioid_naive
  answers patch_opioid_naive: morphine until yesterday
"""
"""Two safes' worth of stock, a ward, an outpatient with two courses, an inpatient, and somebody with patches."""

_REMEMBER = """kept => kept.forEach(({ name, value }) => {
  const before = JSON.parse(localStorage.getItem(name) ?? "null");
  const told = JSON.parse(value);
  if (before?.people && told.people) {
    const others = before.people.filter(({ person }) => told.people.every((each) => each.person !== person));
    told.people = [...told.people, ...others];
  }
  localStorage.setItem(name, JSON.stringify(told));
})"""


@dataclass
class Pharmacy(Practice):
    """`enter` brings a person to a browser's page: enrolled through the pages once, by cookie and key afterwards."""

    _kept: dict[str, Any] = field(default_factory=dict)
    _keys: WeakKeyDictionary[Page, tuple[Any, str]] = field(default_factory=WeakKeyDictionary)

    def known(self) -> set[str]:
        """Who has entered."""
        return set(self._kept)

    def enter(self, page: Page, person: str, path: str = "/") -> None:
        """*person* with a passkey, signed in, at *path*; who entered there before still may sign beside them."""
        if page not in self._keys:
            self._keys[page] = add_authenticator(page)
        session, authenticator = self._keys[page]
        if person in self._kept:
            state, credentials = self._kept[person]
            there = session.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]
            known = {credential["credentialId"] for credential in there}
            for credential in credentials:
                if credential["credentialId"] not in known:
                    session.send("WebAuthn.addCredential", {"authenticatorId": authenticator, "credential": credential})
            page.context.add_cookies(state["cookies"])
            page.goto(f"{self.origin}/health-not-there")
            (kept,) = state["origins"]
            page.evaluate(_REMEMBER, kept["localStorage"])
        else:
            self.enrol(page, person, factor="passkey", key="passkey")
            found = session.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})
            self._kept[person] = page.context.storage_state(), found["credentials"]
        self.visit(page, path)


@contextmanager
def open_pharmacy(
    folder: Path, *, facility: str = "hospital", world: str = WORLD, **settings: Any
) -> Iterator[Pharmacy]:
    """The pharmacy of *world*, whose `$before` is five days ago, `$soon` in three weeks, `$later` in a year.

    When it closes, its journal and its evidence are held against what was recorded.
    """
    now = datetime.now(UTC)

    def day(days: int) -> str:
        return (now.astimezone(ZONE) + timedelta(days=days)).date().isoformat()

    counter = Counter(folder, facility=facility, now=now - timedelta(days=7))
    known = {"before": day(-5), "yesterday": day(-1), "today": day(0), "soon": day(21), "later": day(400)}
    counter.tell(Template(world).substitute(known))
    counter.house.close()
    house = open_house(folder / "data", heads=FileHeads(folder / "heads"), clock=lambda: datetime.now(UTC))
    with serve(house, **settings) as (site, origin):
        yield Pharmacy(house, site, origin)
        verify_journal(house, site, origin)
        verify_evidence(house, folder / "evidence")
    house.close()
