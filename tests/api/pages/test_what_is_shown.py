"""Whatever a name, a lot or a note says stands on a page as text; whom it shows is noted; addresses end."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest

from tests.api.conftest import opened
from tests.api.serving import Served
from tests.faults.counter import Counter, read
from tests.stories.notation import Step

HTML, PART = {"Accept": "text/html"}, {"HX-Request": "true"}
NAME = '<b hx-get="/x" hx-trigger="load">\'{{ 98765*9 }}</b><script>alert(1)</script>'
LOT, SEAL = "L\"><i hx-get=/x>'{{98765*9}}", "S\"'<u>"
WORKED = re.compile(r"<b hx-|<i hx-|<u>|<script>alert|888885")
HUGE = "9" * 20
_HOME = "home_kato=101010000 home_phc_bin=990140000017 indication=dementia icd10=F03"
_COURSE = "units=40 starts_on=2026-03-02 duration_days=20 single_dose=10mg route=20066000 frequency=2/d record_no=NAME"
_BACK = 'patient=p7 brought_by="NAME" relation=wife reason=patient_died empties_declined=true place=custody'
WORLD = f"""
08:50 head + pharm stock.received place=safe supplier=NAME document_no=NAME
    lines=[morphine LOTX 60 expires_on=2027-06-30, diazepam D 20 expires_on=2027-06-30]
08:52 doctor patient.registered patient=p7 {_HOME}
    identity={{name="NAME" address="NAME" no_iin_reason="NAME" born_on=1890-01-01}}
08:53 doctor patient.registered patient=p8 {_HOME}
    identity={{name="Zufar" address="NAME" no_iin_reason="NAME" born_on=1890-01-01}}
08:54 doctor prescription.issued prescription=rx7 patient=p7 product=morphine setting=home {_COURSE}
08:55 doctor prescription.issued prescription=rx8 patient=p7 product=morphine setting=inpatient {_COURSE}
08:56 pharm lot.recalled product=diazepam lot=D reason="NAME" document_no=NAME
09:00 head + nurse stock.moved from_place=safe to_place=ward lines=[morphine LOTX 9]
09:01 pharm dispense.outpatient prescription=rx7 patient=p7 place=safe lots=[LOTX 10] days_supply=5
    collector={{kind=relative name="NAME" identity=seen}}
09:02 nurse dose.administered patient=p7 prescription=rx8 place=ward product=morphine lots=[LOTX 1] dose=10mg
09:03 nurse dose.administered patient=p7 ordered_by=doctor place=ward product=morphine lots=[LOTX 1] dose=10mg
09:04 pharm sheet.issued sheet_no=9 place=ward lines=4
09:05 pharm + nurse stock.counted place=safe blind=true purpose=periodic lines=[morphine LOTX 11]
09:06 doctor patient.died patient=p7 died_on=2026-03-02
09:07 nurse relatives.informed patient=p7 relative="NAME" relation=wife order_no=NAME order_on=2026-01-10
09:08 feldsher unused.returned {_BACK} lines=[morphine LOTX intact=2 broken=0] seal_no=SEAL signed_by_relative=yes
09:09 nurse unused.returned {_BACK} lines=[morphine LOTX intact=2 broken=0] seal_no=SEALB signed_by_relative=yes
09:20 inspector inspection.opened scope="NAME" document_no=NAME
09:21 inspector inspection.noted text="NAME"
"""
PAGES = {
    "pharm": f"""/ /stock /stock/lots /stock/lot/morphine?lot={quote(LOT, safe="")} /stock/lot/diazepam?lot=D /counter
        /stock/count?place=safe /stock/move /stock/send /stock/breakage /stock/custody /stock/custody/move
        /stock/destruction?also=stock /stock/register?product=morphine&place= /stock/differences
        /office/go-live/stock""",
    "nurse": """/ward/doses?place=ward /ward/bedside/p7?place=ward /ward/broken?place=ward /ward/empties?place=ward
        /ward/handover?place=ward /family /family/homes /family/patient/p7 /family/notice/p7 /family/return/p7
        /family/count/p7 /family/died/p7 /family/handover /family/claims
        /downtime/enter/line?sheet=9&line=1&type=dose.administered&prescription=rx8""",
    "doctor": "/prescribing /prescribing/p7",
    "inspector": "/inspection /inspection/rows/access /inspection/rows/rights /inspection/visit",
}
PARTS = (
    ("pharm", "/counter/find", {"q": "rx7", "place": "safe"}), ("pharm", "/counter/correct", {"patient": "p7"}),
    ("pharm", "/search/find", {"q": NAME}), ("pharm", "/search/find", {"q": LOT}),
    ("pharm", "/search/find", {"q": SEAL}), ("nurse", "/family/find", {"q": "Zufar", "as": "choice"}),
    ("nurse", "/ward/find", {"q": "Zufar", "place": '"><u>'}),
    ("nurse", "/patients/p7/doses", {"reason": "care now"}), ("nurse", "/ward/bedside/p7", {"reason": "care now"}),
    ("inspector", "/inspection/rows/late/names", {"reason": NAME}),
)  # fmt: skip


def tell(counter: Counter, text: str) -> None:
    """`Counter.tell`, with what the notation cannot write put in: NAME, LOTX and SEAL."""
    for step in read(text):
        assert isinstance(step, Step)
        assert counter.play([replace(step, body=_filled(step.body))])[0] == "recorded", step


def _filled(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("NAME", NAME).replace("LOTX", LOT).replace("SEAL", SEAL)
    if isinstance(value, dict):
        return {name: _filled(each) for name, each in value.items()}
    return [_filled(each) for each in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with opened(tmp_path_factory.mktemp("hostile")) as served:
        tell(served.counter, WORLD)
        yield served


def ask(served: Served, who: str, path: str, typed: dict[str, str] | None = None) -> str:
    if typed is None:
        answer = served.call("GET", path, who=who, reason=None, headers=HTML)
    else:
        answer = served.call("POST", path, who=who, reason=None, headers=PART, data=typed)
    assert answer.status_code == 200, (path, answer.text[:300])
    return answer.text


def test_what_people_wrote_stands_on_every_page_as_text(hostile: Served) -> None:
    shown = [ask(hostile, who, path) for who, paths in PAGES.items() for path in paths.split()]
    shown += [ask(hostile, who, path, typed) for who, path, typed in PARTS]
    shown += [ask(hostile, "pharm", f"/entries/{seq}") for seq in range(30, hostile.counter.size())]
    shown += [ask(hostile, "inspector", f"/inspection/entry/{seq}/names", {"reason": "why"}) for seq in (35, 50)]
    assert [WORKED.findall(text) for text in shown if WORKED.search(text)] == []
    assert sum(NAME in unescape(text) for text in shown) > 20
    assert sum(LOT in unescape(text) for text in shown) > 20


def test_no_title_tells_whom_a_page_is_about(hostile: Served) -> None:
    """It becomes a line of the browser's history and the name of a printed file."""
    shown = [ask(hostile, "nurse", "/family/patient/p8"), ask(hostile, "doctor", "/prescribing/p8")]
    shown += [ask(hostile, "nurse", f"/ward/bedside/p8{at}", {"reason": "other"}) for at in ("", "?place=home")]
    for text in shown:
        (title,) = re.findall(r"<title>(.*?)</title>", text)
        (heading,) = re.findall(r"<h1[^>]*>(.*?)</h1>", text)
        assert ("Zufar" in title, heading) == (False, "Zufar")


@pytest.mark.parametrize("type", ["", "stock.moved", "dose.administered"])
def test_the_line_of_a_sheet_shows_nobody_who_was_not_noted(hostile: Served, type: str) -> None:
    shown = ask(hostile, "nurse", f"/downtime/enter/line?sheet=9&line=1&type={type}&prescription=rx8")
    (row, *_) = hostile.site.access.read(person="nurse", limit=1)
    is_noted = (row.kind, row.patient, row.detail) == ("read", "p7", "sheet 9")
    assert (NAME in unescape(shown)) == is_noted == (type == "dose.administered")


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("pharm", f"/stock/counted/{HUGE}"), ("pharm", f"/entries/{HUGE}"), ("nurse", f"/ward/empties?entry={HUGE}"),
        ("pharm", "/stock/register?month=9999-12"), ("pharm", "/stock/register?month=0001-01"),
        ("head", "/stock/month/0001-01/figures"), ("inspector", f"/inspection/rows/late?before={HUGE}"),
        ("inspector", f"/inspection/rows/access?before={HUGE}"),
    ],
)  # fmt: skip
def test_an_address_beyond_all_numbers_is_refused_and_no_fault(hostile: Served, who: str, path: str) -> None:
    assert hostile.call("GET", path, who=who, headers=HTML).status_code in (400, 404)


def test_a_part_is_for_whoever_may_see_its_page(hostile: Served) -> None:
    for who, status in (("nurse", 403), ("pharm", 200)):
        told = hostile.call("POST", "/office/go-live/homes/find", who=who, headers=PART, data={"q": "Zufar"})
        assert told.status_code == status
