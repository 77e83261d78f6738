"""What the office shows, and what it gives out: codes once, for whoever proved just now that it is them."""

import json
from base64 import b64encode
from datetime import timedelta
from importlib.resources import files
from typing import Any

import pytest
from pyotp import TOTP
from sqlmodel import select

from api.accounts import Visit
from api.accounts.tables import SessionRow
from ledger.errors import CallRefused
from tests.api.serving import ORIGIN, Served

VISIT = Visit(address="testclient")
PAGES = (
    "/office", "/office/people", "/office/people/nurse", "/office/places", "/office/products", "/office/rules",
    "/office/rules/worksheet", "/office/go-live",
)  # fmt: skip


def enter(served: Served, person: str) -> None:
    """A session of *person*, as a browser holds it."""
    accounts = served.site.accounts
    setup = accounts.enrolment.begin(person, accounts.enrolment.issue_code(person, by="registrar"), VISIT)
    offer = accounts.enrolment.offer_totp(setup.ticket)
    code = TOTP(offer.secret).at(served.site.ledger.clock())
    done = accounts.enrolment.finish_with_password(setup.ticket, "төрт сөз жеткілікті", offer.ticket, code, VISIT)
    served.client.cookies.clear()
    served.client.cookies.set(served.site.settings.cookie, done.entered.token)


def post(served: Served, path: str, body: Any = None) -> Any:
    return served.client.post(path, json=body, headers={"Origin": ORIGIN, "Accept-Language": "en"})


@pytest.mark.parametrize("lang", ["kk", "ru", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_shown_in_every_language(standing: Served, path: str, lang: str) -> None:
    for who in ("registrar", "head"):
        answer = standing.call("GET", path, who=who, headers={"Accept-Language": lang})
        assert answer.status_code == 200, answer.text
        assert f'lang="{lang}"' in answer.text


def test_a_code_is_issued_for_whoever_is_here_and_ends_the_one_before(served: Served) -> None:
    enrolment = served.site.accounts.enrolment
    enter(served, "registrar")
    first = post(served, "/api/v1/people/nurse/code").json()["code"]
    answer = post(served, "/api/v1/people/nurse/code")
    assert (answer.status_code, answer.json()["person"]) == (201, "nurse")
    with pytest.raises(CallRefused, match="code_wrong"):
        enrolment.begin("nurse", first, VISIT)
    assert enrolment.begin("nurse", answer.json()["code"], VISIT).person == "nurse"
    (noted, *_) = [row for row in served.site.access.read(limit=20) if row.kind == "code_issued"]
    assert (noted.person, noted.by) == ("nurse", "registrar")
    left = {"person": "nurse2", "on": "2026-03-02"}
    assert served.counter.give("person.left", left, performer="registrar", witness="head") == "recorded"
    for nobody in ("nurse2", "nobody", "..", "x" * 100):
        assert post(served, f"/api/v1/people/{nobody}/code").status_code == 404, nobody


def test_who_changes_rights_proves_just_now_that_it_is_them(served: Served) -> None:
    before = served.counter.size()
    enter(served, "head")
    with served.site.accounts.sessions._office.store.writing() as db:
        for row in db.exec(select(SessionRow)).all():
            row.proven_at -= timedelta(minutes=6)
            db.add(row)
    asked = (("people/nurse/code", None), ("people", {"person": "x", "role": "nurse", "name": "X"}))
    for path, body in asked:
        answer = post(served, f"/api/v1/{path}", body)
        assert (answer.status_code, answer.json()["code"]) == (401, "proof_needed"), path
    for path, body in asked:
        machine = served.call("POST", f"/api/v1/{path}", who="registrar", json=body)
        assert (machine.status_code, machine.json()["code"]) == (401, "not_signed_in"), path
    assert served.counter.size() == before


def test_people_come_in_on_the_facility_s_word_only_until_imports_are_closed(served: Served) -> None:
    enter(served, "registrar")
    asked = {"person": "n.new", "role": "nurse", "name": "Жаңа Мейіргер"}
    answer = post(served, "/api/v1/people", asked)
    assert answer.status_code == 201, answer.text
    code = answer.json()["code"]
    assert served.site.accounts.enrolment.begin("n.new", code, VISIT).person == "n.new"
    assert post(served, "/api/v1/people", asked).json()["code"] == "already_exists"
    assert post(served, "/api/v1/people", asked | {"person": "Bad Name"}).status_code == 400
    assert post(served, "/api/v1/people", asked | {"person": "o.ther", "role": "king"}).status_code == 422
    with served.site.ledger.reading() as reading:
        count = reading.book.find("imported")
    served.counter.tell(f"12:00 registrar + head import.closed count={count} keys=[]")
    enter(served, "registrar")
    answer = post(served, "/api/v1/people", asked | {"person": "o.ther"})
    assert (answer.status_code, answer.json()["code"]) == (422, "import_closed")


def test_a_person_who_still_answers_for_something_is_told_what(served: Served) -> None:
    served.counter.tell("09:00 head + pharm stock.moved from_place=safe to_place=ward lines=[morphine A 2]")
    served.counter.tell(
        "09:10 nurse (alone_on_duty) stock.broken place=ward lines=[morphine A 1] how=fell fragments_kept=true"
    )
    seq = served.counter.size() - 1
    told = served.call("GET", "/office/people/nurse", who="registrar").text
    assert f"Entry {seq} waits for a second signature: breakage." in told
    assert "person.left" not in told
    assert "person.left" not in served.call("GET", "/office/people/nurse2", who="head").text, "the registrar's to make"


def test_a_rule_set_is_laid_out_and_compared_before_anybody_adopts_it(served: Served) -> None:
    told = json.loads((files("ledger.domain") / "reference" / "practice.rules.json").read_text(encoding="utf-8"))
    told["values"]["discharge_days_max"][0]["value"] = 7
    del told["values"]["commission_min"]
    data = json.dumps(told).encode()
    for bad, code in (
        ([b"no rules"], "rules_unreadable"),
        ([b'{"format": "senim-rules/9"}'], "rules_format"),
        ([json.dumps(told | {"tables": {"kato": "0" * 64}}).encode()], "rules_table_missing"),
    ):
        assert lay_out(served, *bad).json()["code"] == code
    answer = lay_out(served, data)
    assert answer.status_code == 201, answer.text
    digest = answer.json()["sha256"]
    page = served.call("GET", f"/office/rules/proposed/{digest}", who="registrar").text
    assert "most days of supply at discharge" in page
    assert "unset: refused until it is adopted" in page
    assert "most units in one line" in page, "unset in both, and said"
    assert served.site.ledger.rules().sha256 != digest, "nothing is adopted by looking at it"
    for unknown in ("0" * 64, served.site.ledger.rules().tables["kato"], "x"):
        assert served.call("GET", f"/office/rules/proposed/{unknown}", who="registrar").status_code == 404


def lay_out(served: Served, *data: bytes) -> Any:
    body = {"files": [b64encode(each).decode() for each in data]}
    return served.call("POST", "/api/v1/regulation/files", who="registrar", json=body)


def test_where_nobody_can_sign_as_head_pharmacist_two_pharmacists_are_asked_for(served: Served) -> None:
    assert "body.commission" not in served.call("GET", "/office/people", who="registrar").text
    head = next(key for key in keys_of(served, "head") if key.until_seq is None)
    with served.site.ledger.reading() as reading:
        count = reading.book.find("imported")
    held = [key.key for who in ("registrar", "head", "pharm", "pharm2") for key in keys_of(served, who)]
    served.counter.tell(f"12:00 registrar + head import.closed count={count} keys=[{', '.join(held)}]")
    served.counter.tell(f"12:01 registrar key.revoked key={head.key} reason=lost")
    told = served.call("GET", "/office/people", who="registrar").text
    assert 'data-list="body.commission"' in told
    assert "Nobody can sign as head pharmacist any more" in told
    assert 'name="witness"' not in told


def keys_of(served: Served, person: str) -> list[Any]:
    book = served.site.ledger.keys()
    return [key for key in map(book.get, book.ids()) if key.person == person and key.use == "sign"]


def test_a_home_is_found_by_who_may_see_patients_and_the_look_is_noted(served: Served) -> None:
    asked: dict[str, Any] = {"data": {"q": "Test"}, "reason": None}
    told = served.call("POST", "/office/go-live/homes/find", who="head", **asked).text
    assert 'value="p1"' in told
    noted = {row.patient for row in served.site.access.read(limit=20) if row.kind == "read" and row.person == "head"}
    assert len(noted) == 2
    served.call("POST", "/office/go-live/homes/find", who="head", data={"q": "Nobody"}, reason=None)
    newest = served.site.access.read(limit=1)[0]
    assert (newest.kind, newest.person, newest.detail) == ("searched", "head", "nobody found")
    assert served.call("POST", "/office/go-live/homes/find", who="registrar", **asked).status_code == 403
