"""Whatever a rule refuses is told in the reader's words: the label of the field that it is about, never a path."""

import ast
import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ledger.domain.vocabulary import KINDS
from ledger.errors import Refusal
from ledger.refusal_words import SENTENCES, tell
from ledger.words import placeholders, words
from tests.browser.pharmacy import Pharmacy, open_pharmacy
from tests.sentences import ROOT

pytestmark = pytest.mark.slow
PAGES = {
    "pharm": """/stock/delivery /stock/move /stock/send /stock/breakage /stock/arrival /stock/count?place=safe
        /stock/lot/morphine?lot=A&step=quarantine /entries/{moved} /office/go-live/homes /office/go-live/custody
        /downtime /counter""",
    "head": "/office/go-live/stock /stock/destruction?also=stock /stock/month",
    "nurse": """/ward/broken?place=ward /ward/handover?place=ward /ward/bedside/p2?place=ward /family/died/p1
        /family/notice/p1 /family/return/p1 /family/count/p1 /family/takeover /family/new""",
    "doctor": "/prescribing/p1",
    "inspector": "/inspection/visit",
}
FORMS = """async (text) => {
  const table = JSON.parse(text);
  const { src } = document.querySelector('script[type=module]');
  const { nameFields } = await import(src.replace(/(pages\\/)?[a-z_]+\\.js$/, 'entry_form.js'));
  const faults = [], met = [];
  for (const form of document.querySelectorAll('form.entry')) {
    const shown = (each) => each.closest('[hidden], [data-off]') === null;
    const scopes = form.matches('[data-type]') ? [form] : [...form.querySelectorAll('[data-type]')].filter(shown);
    for (const scope of scopes) for (const each of table[scope.dataset.type] ?? []) {
      met.push(scope.dataset.type);
      const command = scopes.indexOf(scope);
      const problem = { detail: each.said, advice: each.advice, refusals: [{ ...each, command }] };
      const { detail, advice, refusals: [{ said }] } = await nameFields(form, problem);
      const told = [detail, advice, said].join(' ');
      const own = scope.querySelector(`[name="${each.field}"]:not([type=hidden])`);
      if (own?.labels?.length && !scope.querySelector(`[name="${each.field}"][aria-invalid=true]`)) {
        faults.push(`${location.pathname} ${each.field} is not marked`);
      }
      const isNamed = /«[^»]+»|эта запись|осы жазба|this entry/.test(told) || !each.names;
      if (/body\\.|[a-z]_[a-z]|«»|undefined/.test(told) || !isNamed) {
        faults.push(`${location.pathname} ${scope.dataset.type} ${each.code} ${each.field}: ${told}`);
      }
    }
  }
  return [faults, [...new Set(met)]];
}"""


def refused(lang: str) -> dict[str, list[dict[str, Any]]]:
    """By type what is said of each refusal with a field that its rules, or anybody's, know."""
    common = {
        ("witness_required", "witness"),
        ("late_without_reason", "late_reason"),
        ("time_in_future", "occurred_at"),
    }
    common |= {("malformed", path) for path in ("occurred_at", "witness", "late_reason", "sheet.no", "performer")}
    literal = [*_literals()]
    table = {}
    for type, kind in KINDS.items():
        top = [f"body.{name}" for name in kind.fields]
        found = {(code, path) for path in (*top, *_parts(top)) for code in ("malformed", "field_missing")}
        found |= {(code, path) for code, path in literal if path.split(".")[:2] == path.split(".")[:1] or
                  ".".join(path.split(".")[:2]) in top}  # fmt: skip
        table[type] = [_told(lang, code, path) for code, path in sorted(found | common)]
    return table


def _parts(top: list[str]) -> Iterator[str]:
    for path in top:
        if path in ("body.lines", "body.lots", "body.items"):
            yield f"{path}.0"
            yield from (f"{path}.0.{name}" for name in ("product", "lot", "units", "expires_on", "intact", "empty"))
        if path in ("body.dose", "body.single_dose", "body.residue", "body.strength"):
            yield f"{path}.value"
        if path == "body.identity":
            yield from (f"{path}.{name}" for name in ("name", "iin", "born_on", "address", "no_iin_reason"))


def _literals() -> Iterator[tuple[str, str]]:
    """(code, path) of every refusal that the domain spells out."""
    for file in sorted((ROOT / "ledger/domain").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or getattr(node.func, "attr", "") != "refuse" or len(node.args) < 2:
                continue
            code, path = node.args[:2]
            if isinstance(code, ast.Constant) and isinstance(path, ast.JoinedStr | ast.Constant):
                parts = path.values if isinstance(path, ast.JoinedStr) else [path]
                text = "".join(str(each.value) if isinstance(each, ast.Constant) else "0" for each in parts)
                lists = ("body.lines.", "body.lots.", "body.items.") if text.startswith("0.") else ("",)
                if code.value in SENTENCES and text not in ("None", "0"):
                    yield from ((str(code.value), each + text) for each in lists)


def _told(lang: str, code: str, path: str) -> dict[str, Any]:
    said = tell(words(lang), Refusal(code=code, field=path, values={}))
    names = any("field" in placeholders(each) for each in SENTENCES[code].said)
    return {"code": code, "field": path, "said": said.said, "advice": said.advice, "names": names}


@pytest.fixture(scope="module")
def pharmacy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    with open_pharmacy(tmp_path_factory.mktemp("named")) as opened:
        yield opened


@pytest.mark.parametrize(
    ("who", "lang"),
    [("pharm", "kk"), ("pharm", "ru"), ("head", "en"), ("nurse", "kk"), ("doctor", "ru"), ("inspector", "en")],
)
def test_no_refusal_of_a_form_shows_a_path_or_a_nameless_field(
    page: Page, pharmacy: Pharmacy, who: str, lang: str
) -> None:
    table = json.dumps(refused(lang))  # as one text: taken apart value by value it costs more than the forms
    with pharmacy.house.ledger.reading() as reading:
        (moved, *_) = (row.seq for row in reading.rows(type="stock.moved"))
    pharmacy.enter(page, who, f"/language/{lang}?to=/")
    for path in PAGES[who].split():
        pharmacy.visit(page, path.format(moved=moved))
        if path == "/counter":
            page.locator("#q").fill("rx1")
            page.keyboard.press("Enter")
            page.locator(".take-line").first.click()
        faults, types = page.evaluate(FORMS, table)
        assert types, path
        assert faults == []


def test_what_the_rules_say_before_anything_is_signed_names_the_field(page: Page, pharmacy: Pharmacy) -> None:
    pharmacy.enter(page, "pharm", "/language/ru?to=/counter")
    page.locator("#q").fill("rx1")
    page.keyboard.press("Enter")
    page.locator(".take-line").first.click()
    units = page.locator(".units").first
    for typed in ("много", "999"):
        units.fill(typed)
        expect(units).to_have_attribute("aria-invalid", "true")
        expect(page.locator("#basket .problem")).to_contain_text("«Серия A")
        expect(page.locator("#basket .problem")).not_to_contain_text("body.")
    units.fill("3")
    expect(page.locator("#basket .problem")).to_be_empty()
    assert page.locator("[aria-invalid]").count() == 0


def test_a_refusal_comes_into_view_where_the_field_stands_a_screen_above_it(page: Page, pharmacy: Pharmacy) -> None:
    page.set_viewport_size({"width": 1280, "height": 500})
    pharmacy.enter(page, "pharm", "/language/en?to=/counter")
    page.locator("#q").fill("rx1")
    page.keyboard.press("Enter")
    page.locator(".take-line").first.click()
    page.locator("[name='body.collector.kind'][value=patient]").check()
    page.locator(".units").first.fill("999")
    page.keyboard.press("F9")
    expect(page.locator("#basket .problem")).to_contain_text("Nothing was recorded")
    expect(page.locator("#basket .problem")).to_be_in_viewport(ratio=1)
    expect(page.locator(".units").first).to_be_focused()
