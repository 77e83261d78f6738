"""Whose identity was erased is said to be erased on every page that shows patients: none breaks, none is blank."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import quote

import pytest
from litestar.handlers.http_handlers import HTTPRouteHandler

from tests.api.conftest import opened
from tests.api.pages.test_what_is_shown import _COURSE, HTML, LOT, PART, WORLD, tell
from tests.api.serving import Served
from tests.api.v1.signing import command, preview, record, sign

MORE = f"""
09:25 doctor prescription.issued prescription=rx9 patient=p8 product=morphine setting=home {_COURSE}
09:26 pharm dispense.outpatient prescription=rx9 patient=p8 place=safe lots=[LOTX 5] days_supply=5
    collector={{kind=relative name="NAME" identity=seen}}
09:27 doctor patient.died patient=p8 died_on=2026-03-02
09:30 pharm lot.quarantined product=morphine lot="LOTX" reason=x
"""
ERASED = {"kk": "(жеке деректері өшірілген)", "ru": "(личные данные стёрты)", "en": "(identity erased)"}
COUNT = "00000000-0000-0000-0000-00000000002b"
SHOWN = {
    "pharm": f"""/stock/register?product=morphine&month=2026-03 /stock/lot/morphine?lot={quote(LOT, safe="")}
        /entries/36 /entries/42 /entries/43 /entries/48 /entries/49""",
    "nurse": """/family /family/patient/p7 /family/patient/p8 /family/notice/p8 /family/return/p7 /family/count/p7
        /family/died/p7 /family/claims
        /downtime/enter/line?sheet=9&line=1&type=dose.administered&prescription=rx8""",
    "doctor": "/prescribing /prescribing/p7",
}
"""Pages on which an erased patient stands."""
ASKED = (
    ("pharm", "/counter/find", {"q": "rx7", "place": "safe"}), ("pharm", "/counter/correct", {"patient": "p7"}),
    ("pharm", "/counter/patient", {"patient": "p7", "place": "safe"}), ("nurse", "/entries/43", {"reason": "care now"}),
    ("pharm", "/counter/paper", {"patient": "p7", "place": "safe"}), ("nurse", "/ward/bedside/p7", {"reason": "other"}),
    ("nurse", "/ward/bedside/p7?place=home", {"reason": "other"}), ("nurse", "/patients/p7/doses", {"reason": "other"}),
    ("inspector", "/inspection/rows/circle/names", {"reason": "why"}),
    ("inspector", "/inspection/entry/42/names", {"reason": "why"}),
)  # fmt: skip
"""Parts on which one stands, once it was said why."""
NOT_SHOWN = {
    "pharm": f"""/ /counter /search /stock /stock/lots /stock/count?place=safe /stock/move /stock/send /stock/breakage
        /stock/differences /stock/delivery /stock/arrival /stock/custody /stock/custody/move /stock/destruction
        /stock/there/body.from_place?body.from_place=safe /stock/counted/46 /stock/difference/{COUNT}:0
        /office/go-live/homes /office/go-live/stock /office/go-live/custody /downtime
        /downtime/courses /downtime/paper?place=safe /downtime/enter?sheet=9 /family/heard /family/about?no=41""",
    "head": "/ /stock/month?month=2026-03 /stock/month/2026-03/figures",
    "nurse": """/ /family/homes /family/visits /family/return /family/takeover /family/new /family/handover
        /family/slip/49 /ward/doses?place=ward /ward/broken?place=ward /ward/empties?place=ward
        /ward/handover?place=ward /patients/p7/doses /ward/bedside/p7""",
    "doctor": "/",
    "inspector": """/ /inspection /inspection/check /inspection/visit /inspection/visit/51 /inspection/entry/42
        /inspection/rows/late /inspection/rows/circle /inspection/rows/access /inspection/rows/warnings""",
    "registrar": """/ /office /office/people /office/people/nurse /office/places /office/products /office/rules
        /office/rules/worksheet /office/go-live""",
}
"""The others."""
OTHERS = re.compile(
    r"/(account|static|texts|language|sign-in|enrol|recover|inspection/evidence|office/rules/proposed|stock/(sent|destroyed)"
    r"|ward/doses/\{prescription)\b"
)
"""Of one's own account, of stock alone, files, what only exists with a file that waits, or with a course that runs."""


@pytest.fixture(scope="module")
def erased(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Fourteen years later, when the records need not be kept any more."""
    with opened(tmp_path_factory.mktemp("erased")) as served:
        tell(served.counter, WORLD + MORE)
        served.counter.now = served.counter.now.replace(year=2040)
        for patient in ("p7", "p8"):
            body = {"patient": patient, "basis": "asked for"}
            told = preview(served, command(served.counter, "identity.erased", body, witness="head"), who="registrar")
            assert record(served, sign(served.counter, told), who="registrar").status_code == 201
        yield served


def read(served: Served, who: str, lang: str, path: str, typed: dict[str, str] | None = None) -> str:
    headers = {"Accept-Language": lang} | (HTML if typed is None else PART)
    method, more = ("GET", {}) if typed is None else ("POST", {"data": typed})
    answer = served.call(method, path, who=who, reason=None, headers=headers, **more)
    assert answer.status_code == 200, (path, answer.text[:400])
    return answer.text


def read_all(served: Served, table: dict[str, str], lang: str) -> Iterator[tuple[str, str]]:
    for who, paths in table.items():
        yield from ((path, read(served, who, lang, path)) for path in paths.split())


@pytest.mark.parametrize("lang", sorted(ERASED))
def test_an_erased_person_is_said_to_be_erased_wherever_they_stand(erased: Served, lang: str) -> None:
    shown = [*read_all(erased, SHOWN, lang)]
    shown += [(path, read(erased, who, lang, path, typed)) for who, path, typed in ASKED]
    for path, escaped in shown:
        text = unescape(escaped)
        assert ERASED[lang] in text, path
        assert "Zufar" not in text, path
        said = re.sub(r"<[^>]*>", " ", text.partition("<main")[2] or text)
        named = [found for found in re.findall(r"\bp[78]\b.{0,40}", said) if ERASED[lang] not in found]
        assert [each for each in named if '"' not in each] == [], path  # but in the entry's own bytes
        assert re.findall(r"<(?:h1|h2|h3|dd)>\s*</|\bNone\b|\bundefined\b", text) == [], path


@pytest.mark.parametrize("lang", ["kk", "ru"])
def test_no_other_page_breaks_or_names_them(erased: Served, lang: str) -> None:
    for path, text in read_all(erased, NOT_SHOWN, lang):
        assert "Zufar" not in unescape(text), path
        assert re.findall(r">\s*(?:None|undefined)\s*<", text) == [], path


def test_every_page_is_in_the_tables(erased: Served) -> None:
    asked = [
        path.partition("?")[0] for table in (SHOWN, NOT_SHOWN) for paths in table.values() for path in paths.split()
    ]
    for route in erased.app.routes:
        for handler in getattr(route, "route_handlers", ()):
            is_page = isinstance(handler, HTTPRouteHandler) and handler.include_in_schema is False
            if not is_page or "GET" not in handler.http_methods or OTHERS.match(route.path):
                continue
            pattern = re.sub(r"\{[^}]*\}", "[^/]+", route.path)
            assert any(re.fullmatch(pattern, each) for each in asked), route.path
