"""Reports over HTTP: issued as an entry, fetched byte for byte, drafted without either."""

import io
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from pikepdf import Name, Pdf

from api.accounts import Visit
from ledger.service.checkpoints import verifier_key
from reports.check import check_pdf
from tests.api.serving import Served
from tests.faults.counter import SUPPLY


def test_a_report_is_an_entry_and_its_file_stands_alone(served: Served) -> None:
    before = served.counter.size()
    issued = served.call("POST", "/api/v1/reports/register", json={"product": "morphine", "place": "safe"})
    assert issued.status_code == 201, issued.text
    assert issued.json()["seq"] == before == served.counter.size() - 1
    rows = served.site.access.head()[0]
    fetched = served.call("GET", issued.json()["href"])
    (last,) = served.site.access.read(limit=1)
    assert (last.seq, last.kind, last.person, last.detail) == (rows, "report", "pharm", f"entry {before}")
    assert fetched.headers["content-type"] == "application/pdf"
    verdict = check_pdf(fetched.content, log_key=verifier_key(served.counter.house.ledger))
    assert {name: each.verdict for name, each in verdict.checks.items()} == dict.fromkeys(verdict.checks, "pass")


@pytest.mark.parametrize(("kind", "body"), [("dose-history", {"patient": "p1"}), ("verification", {})])
def test_other_kinds_are_issued_and_drafted_alike(served: Served, kind: str, body: dict[str, str]) -> None:
    issued = served.call("POST", f"/api/v1/reports/{kind}", json=body)
    assert issued.status_code == 201, issued.text
    fetched = served.call("GET", issued.json()["href"]).content
    assert check_pdf(fetched, log_key=verifier_key(served.counter.house.ledger)).verdict == "pass"
    drafted = served.call("GET", f"/api/v1/reports/{kind}/draft.pdf", params=body)
    assert drafted.status_code == 200, drafted.text
    (last,) = served.site.access.read(limit=1)
    assert last.detail == f"draft {kind}"


@pytest.mark.parametrize(("language", "word"), [("kk", "ЖОБА"), ("ru", "ПРОЕКТ"), ("en", "DRAFT")])
def test_a_draft_is_no_entry_is_not_signed_and_says_so_on_every_page(
    served: Served, program: Callable[[str], str], language: str, word: str
) -> None:
    before = served.counter.size()
    answer = served.call("GET", f"/api/v1/reports/register/draft.pdf?product=morphine&language={language}")
    assert answer.status_code == 200, answer.text
    told = subprocess.run(
        [program("pdftotext"), "-", "-"], input=answer.content, capture_output=True, check=True
    ).stdout.decode()
    *pages, after = told.split("\f")
    assert after == ""
    assert pages
    assert all(word in page for page in pages)
    with Pdf.open(io.BytesIO(answer.content)) as pdf:
        assert Name.AcroForm not in pdf.Root
    assert served.counter.size() == before


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("nonsense", {"product": "morphine"}, 400, "report_unknown"),
        ("register", {"product": "nothing"}, 404, "not_found"),
        ("dispense", {"entry": 0}, 404, "not_found"),
        ("return", {}, 400, "report_needs_entry"),
        ("sheet", {"entry": 3, "product": "morphine"}, 400, "option_unused"),
        ("register", {}, 400, "report_needs_product"),
        ("register", {"product": "morphine", "from": "2026-03-02", "to": "2026-03-01"}, 400, "period_backwards"),
        ("count", {"entry": 0}, 404, "not_found"),
        ("dose-history", {}, 400, "report_needs_patient"),
        ("dose-history", {"patient": "nobody"}, 404, "not_found"),
        ("verification", {"entry": 0}, 404, "not_found"),
        ("verification", {"head": "3 abc"}, 400, "head_unreadable"),
        ("monthly", {"product": "morphine"}, 400, "report_needs_from"),
        ("register", {"product": "morphine", "language": "de"}, 400, "language_unknown"),
    ],
)
def test_what_cannot_be_shown_is_refused_and_nothing_is_issued(
    served: Served, path: str, body: dict[str, str], status: int, code: str
) -> None:
    before = served.counter.size()
    answer = served.call("POST", f"/api/v1/reports/{path}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert served.counter.size() == before


def test_a_report_of_somebody_who_was_erased_is_gone_and_says_why(served: Served) -> None:
    shown = served.call("POST", "/api/v1/reports/dose-history", json={"patient": "p1"}).json()
    other = served.call("POST", "/api/v1/reports/register", json={"product": "morphine", "place": "ward"}).json()
    served.site.ledger.vault.destroy("patient:p1")
    gone = served.call("GET", shown["href"])
    assert (gone.status_code, gone.json()["code"]) == (410, "report_erased")
    assert served.call("GET", other["href"]).status_code == 200


def test_a_number_that_is_no_report_is_not_found(served: Served) -> None:
    for number in ("0.pdf", "3.pdf", "999.pdf", "x.pdf", "-1.pdf", "1", "..%2fledger.db"):
        assert served.call("GET", f"/api/v1/reports/{number}").status_code == 404, number


@pytest.mark.parametrize(
    ("kind", "body"),
    [("dose-history", {"patient": "p1"}), ("circle", {"patient": "p1"}), ("dispense", {})],
)
def test_a_report_about_a_patient_is_a_look_for_a_reason(served: Served, kind: str, body: dict[str, Any]) -> None:
    if kind == "dispense":
        served.counter.tell(f"09:00 pharm dispense.outpatient {SUPPLY} lots=[A 20] days_supply=7")
        body = {"entry": served.counter.size() - 1}
    served.person("pharm")  # whose token is noted too
    before, rows = served.counter.size(), served.site.access.head()[0]
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", f"/api/v1/reports/{kind}", {"json": body}),
        ("GET", f"/api/v1/reports/{kind}/draft.pdf", {"params": body}),
    ]
    for method, path, told in asked:
        answer = served.call(method, path, reason=None, **told)
        assert (answer.status_code, answer.json()["code"]) == (400, "reason_required"), path
    assert served.counter.size() == before
    assert served.site.access.head()[0] == rows
    for method, path, told in asked:
        assert served.call(method, path, reason="discharge", **told).status_code < 300, path
        looks = [row for row in served.site.access.read(limit=2) if row.kind == "read"]
        assert [(row.patient, row.reason) for row in looks] == [("p1", "discharge")], path


def test_who_asks_for_a_report_of_somebody_who_is_not_here_is_noted(served: Served) -> None:
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/api/v1/reports/dose-history", {"json": {"patient": "nobody"}}),
        ("GET", "/api/v1/reports/circle/draft.pdf", {"params": {"patient": "nobody"}}),
    ]
    for method, path, told in asked:
        assert served.call(method, path, **told).status_code == 404
        (last,) = served.site.access.read(limit=1)
        assert (last.kind, last.patient) == ("not_found", "nobody"), path


def test_fetching_a_report_of_one_patient_is_a_look_too(served: Served) -> None:
    href = served.call("POST", "/api/v1/reports/dose-history", json={"patient": "p1"}).json()["href"]
    assert served.call("GET", href, reason=None).json()["code"] == "reason_required"
    assert served.call("GET", href, who="nurse", reason="curious").status_code == 200
    looks = [(row.kind, row.person, row.patient, row.reason) for row in served.site.access.read(limit=2)]
    assert looks == [("report", "nurse", "p1", "curious"), ("read", "nurse", "p1", "curious")]


def test_a_link_of_a_page_implies_why_and_a_machine_says_it(served: Served) -> None:
    path = "/api/v1/reports/register/draft.pdf?product=morphine"
    assert served.call("GET", path, reason=None).json()["code"] == "reason_required"
    accounts = served.site.accounts
    with accounts.sessions._office.store.writing() as db:
        token = accounts.sessions.open_in(db, "pharm", Visit(address="10.0.0.7", words="test"), is_full=True).token
    cookie = {"Cookie": f"{served.site.settings.cookie}={token}"}
    answer = served.client.get(path, headers=cookie)
    assert answer.status_code == 200, answer.text
    (last,) = served.site.access.read(limit=1)
    assert (last.kind, last.detail, last.reason) == ("report", "draft register morphine", "a report on paper")
    answer = served.client.get("/api/v1/reports/dose-history/draft.pdf?patient=p1", headers=cookie)
    assert answer.json()["code"] == "reason_required"


@pytest.mark.parametrize("day", ["from=0001-01-01", "to=9999-12-31"])
def test_a_day_that_no_calendar_of_ours_has_is_refused(standing: Served, day: str) -> None:
    answer = standing.call("GET", f"/api/v1/reports/register/draft.pdf?product=morphine&{day}")
    assert (answer.status_code, answer.json()["code"]) == (400, "parameter_malformed")
