"""The hospital of `pharmacy.WORLD` with what a storekeeper meets, and a head pharmacist with her crew at one screen."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Page, expect

from tests.browser.conftest import add_authenticator
from tests.browser.pages.counter.world import Hands
from tests.browser.pharmacy import WORLD as HOSPITAL
from tests.browser.pharmacy import Pharmacy

GTIN = "04870000000012"
WORLD = f"""
day $before
07:50 registrar product.listed product=omnopon inn=morphine atc=N02AA01 form="11201000" strength=20mg schedule=II
    divisible=false unit_of_presentation=ampoule gtins=[gtin={GTIN} units=10]
{HOSPITAL}
09:00 head + pharm stock.opened place=team lines=[midazolam M 10 expires_on=$yesterday]
09:30 pharm dispense.outpatient prescription=rx1 patient=p1 place=safe lots=[A 9] days_supply=3
    collector={{kind=relative identity=seen}}
10:00 nurse dose.administered patient=p2 prescription=rx3 place=ward product=morphine lots=[A 1] dose=10mg
day $yesterday
10:00 pharm + nurse empties.collected place=ward lines=[morphine A empty=1 partial=0] seal_no=B-1 to_place=custody
11:00 pharm unused.returned brought_by="a neighbour" relation=neighbour reason=found
    lines=[morphine A intact=4 broken=0] empties_declined=false seal_no=B-2 place=custody
    signed_by_relative=yes
12:00 [fell] pharm + nurse stock.broken place=safe lines=[diazepam D 2] how="fell" fragments_kept=true
12:05 pharm + nurse entry.reversed id=@fell reason=wrong_quantity note="one" packs=never_left
12:10 pharm (alone_on_duty) stock.broken place=safe lines=[diazepam D 1] how="fell" fragments_kept=true
"""
CREW = ("head", "nurse", "pharm")


@dataclass
class Crew:
    """Everybody of `CREW` enrolled at one browser; the head pharmacist sits at it."""

    pharmacy: Pharmacy
    kept: tuple[Any, list[dict[str, Any]]] | None = None

    def come(self, page: Page, path: str, lang: str = "en") -> Hands:
        page.clock.install()
        session, authenticator = add_authenticator(page)
        if self.kept is None:
            for person in reversed(CREW):
                self.pharmacy.enrol(page, person, factor="passkey", key="passkey")
            found = session.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})
            self.kept = page.context.storage_state(), found["credentials"]
        else:
            state, credentials = self.kept
            _give(session, authenticator, credentials)
            page.context.add_cookies(state["cookies"])
            page.goto(f"{self.pharmacy.origin}/health-not-there")
            page.evaluate(
                "kept => kept.forEach(({ name, value }) => localStorage.setItem(name, value))",
                state["origins"][0]["localStorage"],
            )
        self.pharmacy.visit(page, f"/language/{lang}?to={quote(path)}")
        return Hands(page, layout=lang)

    def allow(self, page: Page) -> None:
        """Another page of the same browser: its key is at hand there too."""
        assert self.kept is not None
        _give(*add_authenticator(page), self.kept[1])


def _give(session: Any, authenticator: str, credentials: list[dict[str, Any]]) -> None:
    for credential in credentials:
        session.send("WebAuthn.addCredential", {"authenticatorId": authenticator, "credential": credential})


def sign(page: Page, people: int = 2, *, parked: bool = False) -> None:
    """F9 in the form, then once for each who signs at this screen; *parked*: the next one signs elsewhere."""
    page.keyboard.press("F9")
    signatory, said = page.locator("#sign .signatory"), ""
    for _ in range(people):
        expect(page.locator("#sign")).to_be_visible()
        expect(signatory).not_to_have_text(said)
        said = signatory.inner_text()
        page.keyboard.press("F9")
    if parked:
        expect(signatory).not_to_have_text(said)
        page.locator("#sign .do-park").click()
    expect(page.locator("#sign")).to_be_hidden()


def last(pharmacy: Pharmacy) -> dict[str, Any]:
    """The newest entry, with its number."""
    seq = pharmacy.size() - 1
    return pharmacy.entry(seq) | {"seq": seq}


def balance(pharmacy: Pharmacy, place: str, product: str, lot: str) -> int:
    with pharmacy.house.ledger.reading() as reading:
        return int(reading.book.find("balance", place, product, lot) or 0)
