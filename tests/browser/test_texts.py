"""Whatever a page says stands in every language, and whatever a statement holds has a name."""

import re
from collections.abc import Iterator

import pytest
from jinja2 import nodes

from api.languages import CATALOGUES
from api.pages.files import STATIC
from api.pages.rendering import ENVIRONMENT
from api.pages.terms import FIELDS, VALUES, to_terms
from api.pages.texts import SAID, to_texts
from ledger.domain.vocabulary import KINDS
from ledger.words import LANGUAGES, words


def sentences_of_templates() -> Iterator[tuple[str, str]]:
    for name in ENVIRONMENT.list_templates():
        assert ENVIRONMENT.loader is not None
        source = ENVIRONMENT.loader.get_source(ENVIRONMENT, name)[0]
        for call in ENVIRONMENT.parse(source).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "say":
                (said,) = call.args
                assert isinstance(said, nodes.Const), f"{name}: a sentence is put together"
                yield name, str(said.value)


def modules() -> dict[str, str]:
    return {str(path.relative_to(STATIC)): path.read_text(encoding="utf-8") for path in STATIC.rglob("*.js")}


@pytest.mark.parametrize("lang", ["kk", "ru"])
def test_every_sentence_of_the_pages_is_translated(lang: str) -> None:
    said = {sentence for _, sentence in sentences_of_templates()} | {*SAID.values(), *FIELDS.values(), *VALUES.values()}
    assert len(said) > 200
    spoken = words(lang, catalogues=CATALOGUES)
    assert sorted(sentence for sentence in said if spoken.say(sentence) == sentence) == []


def test_no_template_holds_a_sentence_of_its_own() -> None:
    for name in ENVIRONMENT.list_templates():
        assert ENVIRONMENT.loader is not None
        source = ENVIRONMENT.loader.get_source(ENVIRONMENT, name)[0]
        left = re.sub(r"\{#.*?#\}|\{[{%].*?[%}]\}|<code>.*?</code>|<[^>]*>", " ", source, flags=re.DOTALL)
        assert set(re.findall(r"[A-Za-z]{3,}", left)) <= {"Senim", "narrow", "wide", "Ctrl"}, name
        assert not re.search(r"<style|style=|<script(?! (?:type=\"module\"|defer) src=)|\son[a-z]+=", source), name


def test_a_form_sends_nothing_by_itself() -> None:
    """What was typed stands in no address; a picker, which goes there without a script, knows places and products."""
    for name in ENVIRONMENT.list_templates():
        assert ENVIRONMENT.loader is not None
        source = ENVIRONMENT.loader.get_source(ENVIRONMENT, name)[0]
        for form, inside in re.findall(r"<form([^>]*)>(.*?)</form>", source, flags=re.DOTALL):
            if 'method="get"' in form:
                assert 'class="card picker' in form, f"{name}: a form that tells"
                assert set(re.findall(r'name="([^"]*)"', inside)) <= {"product", "place", "month", "lot", "by"}, name
            else:
                assert 'method="dialog"' in form, f"{name}: a password in an address"


def test_every_form_that_somebody_writes_in_is_a_draft() -> None:
    written = re.compile(
        r'(field|choice|rows|seconds)\(|<(textarea|select)|<input(?! type="hidden"| type="checkbox" data-switch)'
    )
    drafts = 0
    for name in ENVIRONMENT.list_templates():
        assert ENVIRONMENT.loader is not None
        source = ENVIRONMENT.loader.get_source(ENVIRONMENT, name)[0]
        for form, inside in re.findall(r"<form([^>]*)>(.*?)</form>", source, flags=re.DOTALL):
            drafts += "data-draft=" in form
            assert "data-draft=" in form or 'class="entry' not in form or not written.search(inside), name
    assert drafts > 40


def test_whatever_the_modules_say_by_name_is_there() -> None:
    for name, source in modules().items():
        for said in re.findall(r"\bsay\((.*?)[,)]", source):
            assert set(re.findall(r'(?<!== )"([a-z_]+)"', said)) <= SAID.keys(), name
    assert {
        name for source in modules().values() for name in re.findall(r"texts\.said\.([a-z_]+)", source)
    } <= SAID.keys()
    raised = {code for source in modules().values() for code in re.findall(r'new Refused\("([a-z_]+)"', source)}
    assert {code for code in SAID if code.startswith(("pass", "register", "seen", "statement"))} <= raised


def test_every_field_of_every_type_has_a_name() -> None:
    fields = {field for kind in KINDS.values() for field in kind.fields}
    assert sorted(fields - FIELDS.keys()) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_texts_of_a_page_are_whole(lang: str) -> None:
    texts = to_texts(lang, "Asia/Almaty") | to_terms(lang)
    assert texts["types"].keys() >= KINDS.keys()
    assert texts["values"].keys() >= {"relative", "mg", "early_supply", "head_pharmacist", "in_force"}
    assert all(text.strip() for part in ("types", "fields", "values", "said") for text in texts[part].values())
