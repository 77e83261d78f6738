"""What the office shows, and what it gives out: codes once, for whoever proved just now that it is them."""

from datetime import timedelta
from typing import Any

import pytest

from api.accounts import Visit
from tests.api.serving import Served

VISIT = Visit(address="testclient")
PAGES = (
    "/office/people", "/office/people/nurse", "/office/places", "/office/products", "/office/rules",
    "/office/rules/worksheet", "/office/go-live",
)  # fmt: skip


def enter(served: Served, person: str) -> None:
    """A session of *person*, as a browser holds it."""
    accounts = served.site.accounts
    setup = accounts.enrolment.begin(person, accounts.enrolment.issue_code(person, by="registrar"), VISIT)
    offer = accounts.enrolment.offer_totp(setup.ticket)
    from pyotp import TOTP

    code = TOTP(offer.secret).at(served.site.ledger.clock())
    done = accounts.enrolment.finish_with_password(setup.ticket, "төрт сөз жеткілікті", offer.ticket, code, VISIT)
    served.client.cookies.clear()
    served.client.cookies.set(served.site.settings.cookie, done.entered.token)


def post(served: Served, path: str, body: Any = None) -> Any:
    from tests.api.serving import ORIGIN

    return served.client.post(path, json=body, headers={"Origin": ORIGIN, "Accept-Language": "en"})


@pytest.mark.parametrize("lang", ["kk", "ru", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_shown_in_every_language(standing: Served, path: str, lang: str) -> None:
    for who in ("registrar", "head"):
        answer = standing.call("GET", path, who=who, headers={"Accept-Language": lang})
        assert answer.status_code == 200, answer.text
        assert f'lang="{lang}"' in answer.text
