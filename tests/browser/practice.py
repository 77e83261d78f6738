"""A facility behind its real server, for people at a real browser."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any
from uuid import uuid4

import uvicorn
from playwright.sync_api import Page, expect

from api.app import make_app
from api.opening import open_site
from api.settings import Settings
from api.site import Site
from benchmarks.append import furnish, tell
from ledger.cli.wiring import House
from tests.browser.afterwards import verify_evidence
from tests.browser.hands import go, press, write

SIGN_IN, SIGNING = "екі түйе бір бота 5", "ақ қайың үш бұтақ 9"
DOCTOR = {"doc": "physician"}
_IDENTITY = {"name": "Әбілқасым Тест", "no_iin_reason": "no papers", "born_on": "1890-01-01", "address": "1"}
PATIENT = {
    "patient": "p1", "identity": _IDENTITY, "home_kato": "101010000", "home_phc_bin": "990140000017",
    "indication": "dementia", "icd10": "F03",
}  # fmt: skip


@dataclass
class Practice:
    house: House
    site: Site
    origin: str
    secrets: dict[str, str] = field(default_factory=dict)
    recovery: dict[str, str] = field(default_factory=dict)

    def code(self, person: str) -> str:
        return str(self.site.accounts.enrolment.issue_code(person, by="registrar"))

    def size(self) -> int:
        with self.house.ledger.reading() as reading:
            return int(reading.head.size)

    def entry(self, seq: int) -> dict[str, Any]:
        from ledger.log.canonical import from_bytes

        with self.house.ledger.reading() as reading:
            return dict(from_bytes(reading.entry(seq)))

    def totp(self, secret: str) -> str:
        from pyotp import TOTP

        return TOTP(secret).at(datetime.now(UTC))

    def next_code(self, person: str) -> str:
        """A code that was not used: the step after the one of enrolment passes too."""
        from pyotp import TOTP

        return TOTP(self.secrets[person]).at(datetime.now(UTC) + timedelta(seconds=30))

    def speak(self, page: Page, lang: str) -> None:
        """From the next page on."""
        page.context.add_cookies([{"name": "lang", "value": lang, "url": self.origin}])

    def visit(self, page: Page, path: str) -> None:
        """A page, until its keys work."""
        go(page, f"{self.origin}{path}")

    def enrol(self, page: Page, person: str, *, factor: str, key: str) -> None:
        """Through the pages, from the one-time code to a key that can sign."""
        self.begin(page, "/enrol", person, self.code(person), factor)
        if key == "passkey":
            press(page, "#key-passkey button")
        else:
            write(page, "#key-password", SIGNING)
            write(page, "#key-password-again", SIGNING)
            page.keyboard.press("Enter")
        expect(page.locator("[data-step=made] .key")).not_to_be_empty()

    def begin(self, page: Page, path: str, person: str, code: str, factor: str) -> None:
        """From a code to a way to sign in, until the recovery codes are put away."""
        self.visit(page, path)
        write(page, "#person", person)
        write(page, "#code", code)
        page.keyboard.press("Enter")
        expect(page.locator("[data-step=factor]")).to_be_visible()
        if factor == "passkey":
            press(page, "#by-passkey button")
        else:
            write(page, "#new-password", SIGN_IN)
            write(page, "#new-password-again", SIGN_IN)
            page.keyboard.press("Enter")
            secret = page.locator(".secret")
            expect(secret).not_to_be_empty()
            self.secrets[person] = (secret.text_content() or "").replace(" ", "")
            write(page, "#first-code", self.totp(self.secrets[person]))
            page.keyboard.press("Enter")
        expect(page.locator(".codes li")).to_have_count(10)
        self.recovery[person] = page.locator(".codes li").first.inner_text()
        press(page, "[data-step=codes] .next")


@contextmanager
def practise(folder: Path, **settings: Any) -> Iterator[Practice]:
    """A patient with a course, stock in the safe, and a server at a free port; at the end its evidence passes."""
    house = furnish(folder)
    tell(house, "person.enrolled", {"person": "doc", "role": "physician", "name": "Doc"}, "registrar", "head")
    tell(house, "patient.registered", PATIENT, "doc", None)
    course = {
        "prescription": "rx1", "patient": "p1", "product": "morphine", "single_dose": {"value": "10", "unit": "mg"},
        "route": "20066000", "frequency": {"times": 3, "period": 1, "period_unit": "d", "as_needed": False},
        "duration_days": 10, "starts_on": (datetime.now(UTC) - timedelta(hours=20)).date().isoformat(), "units": 30,
        "setting": "home", "record_no": "1",
    }  # fmt: skip
    tell(house, "prescription.issued", course, "doc", None)
    with serve(house, **settings) as (site, origin):
        yield Practice(house, site, origin)
        verify_evidence(house, folder / "evidence")
    house.close()


@contextmanager
def serve(house: House, **settings: Any) -> Iterator[tuple[Site, str]]:
    """The pages of *house* at a free port of this machine, by the real server; (site, origin)."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        origin = f"http://localhost:{listening.getsockname()[1]}"
        told = Settings(origin=origin, argon2=(1, 8, 1), **settings)
        with open_site(house.ledger, house.directory, "Asia/Almaty", told) as site:
            server = uvicorn.Server(uvicorn.Config(make_app(site), log_level="error", access_log=False))
            thread = Thread(target=server.run, kwargs={"sockets": [listening]})
            thread.start()
            try:
                while not server.started:
                    sleep(0.01)
                yield site, origin
            finally:
                server.should_exit = True
                thread.join()


def supply() -> dict[str, Any]:
    """What a pharmacist hands out, once more if need be, as the counter's page asks for it."""
    return {
        "id": str(uuid4()), "type": "dispense.outpatient", "occurred_at": datetime.now(UTC).isoformat(),
        "performer": "ph1",
        "acknowledged": [{"code": code, "reason": "travels"} for code in ("early_supply", "duplicate_dispense")],
        "body": {
            "prescription": "rx1", "patient": "p1", "place": "safe", "lots": [{"lot": "A", "units": 3}],
            "days_supply": 1, "collector": {"kind": "relative", "name": "Айша", "identity": "seen"},
        },
    }  # fmt: skip
