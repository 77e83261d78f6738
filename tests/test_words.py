"""Every sentence of the code stands in every language, whole, with its values, in the reader's plurals."""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from gettext import c2py
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain import terms as domain_terms
from ledger.domain.authority import AUTHORITY
from ledger.errors import LedgerBusy, LedgerReadOnly, NeedsAcknowledgement, Refusal, SenimError, WronglyCalled
from ledger.refusal_words import SENTENCES, UNTOLD, say_error, say_not_recorded, tell, tell_error
from ledger.refusal_words.refusals import REFUSALS
from ledger.refusal_words.stops import STOPS
from ledger.refusal_words.terms import FACILITIES, ROLES, TYPES
from ledger.refusal_words.warnings import WARNINGS
from ledger.refusal_words.web import WEB
from ledger.words import CATALOGUES, LANGUAGES, pick_language, placeholders, words
from tests import sentences
from tests.sentences import ROOT, Sentence

UNREAD = "not yet read by a native palliative nurse"
NEVER_SAID = re.compile(r"missing|unaccounted|stolen|недостач|изъят|жетіспе", re.IGNORECASE)
FOLDERS = {
    "ledger": ["ledger/cli", "ledger/demo", "ledger/refusal_words", "ledger/verdict_words"],
    "reports": ["reports"],
    "api": ["api"],
}
TRANSLATED = [
    pytest.param(package, lang, id=f"{package}-{lang}")
    for package in FOLDERS
    for lang in LANGUAGES
    if lang != "en" and (ROOT / package / "catalogues" / f"{lang}.po").exists()
]
ALMATY = ZoneInfo("Asia/Almaty")


@cache
def catalogue(package: str, lang: str) -> Catalog:
    with (ROOT / package / "catalogues" / f"{lang}.po").open("rb") as file:
        return read_po(file, abort_invalid=True)


def entries(package: str, lang: str) -> dict[Sentence, Message]:
    return {as_sentence(message.id): message for message in catalogue(package, lang) if message.id}


def as_sentence(text: object) -> Sentence:
    return tuple(text) if isinstance(text, list | tuple) else (str(text),)


def of_tables() -> dict[Sentence, str]:
    """The sentences of the tables in `ledger.refusal_words`, which are said by code."""
    of_codes = [text for each in (*SENTENCES.values(), UNTOLD) for text in (*each.said, each.advice)]
    of_terms = [text for table in (ROLES, FACILITIES, TYPES) for text in table.values()]
    return {(text,): "ledger/refusal_words" for text in (*of_codes, *of_terms)}


def every_error(root: type[SenimError]) -> Iterator[type[SenimError]]:
    yield root
    for each in root.__subclasses__():
        yield from every_error(each)


def due(package: str) -> dict[Sentence, str]:
    return sentences.said(*FOLDERS[package]) | (of_tables() if package == "ledger" else {})


def to_blocks(lacking: dict[Sentence, str], lang: str) -> str:
    """What is lacking, ready to paste into the catalogue."""
    blocks = []
    for sentence, where in lacking.items():
        lines = [f"# {UNREAD}"] if lang == "kk" else []
        lines.append(f"#. {where}")
        lines += [f"msgid{'_plural' * n} {quoted(text)}" for n, text in enumerate(sentence)]
        forms = {"kk": 2, "ru": 3}[lang] if len(sentence) > 1 else 0
        lines += [f'msgstr[{n}] ""' for n in range(forms)] or ['msgstr ""']
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


@pytest.mark.parametrize(("package", "lang"), TRANSLATED)
def test_every_sentence_stands_in_every_catalogue(package: str, lang: str) -> None:
    known = entries(package, lang) | (entries("ledger", lang) if package != "ledger" else {})
    lacking = {sentence: where for sentence, where in due(package).items() if sentence not in known}
    if lacking:
        pytest.fail(f"add to {package}/catalogues/{lang}.po:\n\n{to_blocks(lacking, lang)}\n", pytrace=False)


@pytest.mark.parametrize("lang", ["kk", "ru"])
def test_the_ledger_s_catalogues_hold_nothing_that_nobody_says(lang: str) -> None:
    assert entries("ledger", lang).keys() - due("ledger").keys() == set()


@pytest.mark.parametrize(("package", "lang"), TRANSLATED)
def test_every_translation_is_there_and_sure_and_keeps_its_values(package: str, lang: str) -> None:
    for sentence, message in entries(package, lang).items():
        for translation in as_sentence(message.string):
            assert translation.strip(), sentence
            assert placeholders(translation) == placeholders(sentence[-1]), translation
        assert not message.fuzzy, sentence


@pytest.mark.parametrize(("package", "lang"), TRANSLATED)
def test_no_sentence_stands_twice_in_a_catalogue(package: str, lang: str) -> None:
    text = (ROOT / package / "catalogues" / f"{lang}.po").read_text(encoding="utf-8")
    assert len(re.findall(r"^msgid ", text, re.MULTILINE)) == len(catalogue(package, lang)) + 1


@pytest.mark.parametrize("package", [package for package in FOLDERS if (ROOT / package / "catalogues/kk.po").exists()])
def test_a_kazakh_sentence_that_no_native_nurse_has_read_says_so(package: str) -> None:
    marked_or_read = re.compile(rf"{UNREAD}|read by .+, \d{{4}}-\d{{2}}-\d{{2}}")
    for sentence, message in entries(package, "kk").items():
        assert any(marked_or_read.fullmatch(comment) for comment in message.user_comments), sentence


def test_no_sentence_is_put_together_from_pieces() -> None:
    assert sentences.put_together("ledger", "reports", "api") == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_plural_forms_are_those_of_the_language(lang: str) -> None:
    header = catalogue("ledger", lang)
    assert header.num_plurals == {"kk": 2, "ru": 3, "en": 2}[lang]
    form = c2py(header.plural_expr)
    categories = {0: "one", 1: "few", 2: "many"} if lang == "ru" else {0: "one", 1: "other"}
    for n in range(1000):
        assert categories[form(n)] == Locale(lang).plural_form(n)


def test_a_count_takes_the_form_of_its_language(tmp_path: Path) -> None:
    head = (CATALOGUES / "ru.po").read_text(encoding="utf-8").split("\n\n")[0]
    forms = ["{n} запись", "{n} записи", "{n} записей"]
    block = "\n".join(f'msgstr[{n}] "{form}"' for n, form in enumerate(forms))
    (tmp_path / "ru.po").write_text(f'{head}\n\nmsgid "{{n}} entry"\nmsgid_plural "{{n}} entries"\n{block}\n', "utf-8")
    russian = words("ru", catalogues=tmp_path)
    told = [russian.count("{n} entry", "{n} entries", n) for n in (1, 3, 11, 1021)]
    assert told == ["1 запись", "3 записи", "11 записей", "1\xa0021 запись"]
    assert russian.say("nurse") == "медсестра", "what another package lacks is looked up in the ledger's own"
    english = words("en")
    assert [english.count("{n} entry", "{n} entries", n) for n in (1, 1021)] == ["1 entry", "1,021 entries"]


def test_every_code_of_the_contract_has_its_words() -> None:
    assert set(REFUSALS) == set(domain_terms.REFUSAL_ORDER)
    assert set(WARNINGS) == {*domain_terms.WARNINGS, *domain_terms.FACT_NOTES}
    assert set(TYPES) >= set(AUTHORITY)
    assert set(ROLES) == {*domain_terms.ROLES, "ledger"}
    assert set(FACILITIES) == set(domain_terms.FACILITY_KINDS)


def test_every_reason_to_stop_has_its_words() -> None:
    found = sentences.reasons("LedgerReadOnly", "WronglyCalled")
    lacking = {reason: where for reason, where in found.items() if reason not in STOPS}
    assert lacking == {}, "add them to ledger/refusal_words, stops.py or calls.py"
    told = {error.code for error in every_error(SenimError)} - {"malformed", "refused", "error"}
    assert told <= {*STOPS, *WEB}


def test_every_call_that_is_not_taken_has_its_words() -> None:
    found = sentences.reasons("CallRefused")
    lacking = {reason: where for reason, where in found.items() if reason not in WEB}
    assert lacking == {}, "add them to ledger/refusal_words/web.py"


def test_a_code_s_values_reach_its_sentence() -> None:
    for where, code, values in sentences.refusals():
        first = next(text for text in SENTENCES[code].said if placeholders(text) <= values)
        wordless = all(not placeholders(text) for text in SENTENCES[code].said)
        assert wordless or placeholders(first) or not values - {"field"}, f"{where} {code}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_code_is_told_also_without_its_values(lang: str) -> None:
    for code in (*SENTENCES, "a_code_from_tomorrow"):
        told = tell(words(lang), Refusal(code=code))
        assert told.said.endswith("."), code
        assert told.advice.endswith("."), code
        assert "{" not in told.said + told.advice


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_word_that_accuses_a_family_is_ever_said(lang: str) -> None:
    for (text,) in of_tables():
        assert not NEVER_SAID.search(words(lang).say(text, **dict.fromkeys(placeholders(text), "…")))


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "en",
            "At safe there are 3 of morphine, lot A1, and 1,500 were asked for; later entries leave",
        ),
        ("ru", "В месте хранения safe препарата morphine, серия A1, единиц: 3, а запрошено: 1\xa0500; после более"),
        ("kk", "safe сақтау орнында morphine препаратының A1 сериясынан 3 бірлік бар, ал 1\xa0500 бірлік сұралды;"),
    ],
)
def test_what_is_there_is_said_in_the_reader_s_numbers_and_time(lang: str, said: str) -> None:
    values: dict[str, str | int] = {
        "place": "safe",
        "product": "morphine",
        "lot": "A1",
        "asked": 1500,
        "there": 3,
        "lowest": 2,
    }
    values["below_at"] = "2026-03-02T20:15:00.000000Z"
    told = tell(words(lang), Refusal(code="balance_too_low", values=values), zone=ALMATY)
    assert told.said.startswith(said)
    assert told.said.rstrip(".").endswith({"en": "3 Mar 2026, 01:15"}.get(lang, "03.03.2026, 01:15"))


def test_a_day_and_a_role_are_said_in_words() -> None:
    expired = Refusal(code="lot_expired", values={"product": "p", "lot": "2026-03-02", "expires_on": "2026-03-02"})
    assert tell(words("en"), expired).said == "Lot 2026-03-02 of p expired on 2 Mar 2026."
    refused = Refusal(code="not_allowed", field="performer", values={"performer": "a.b", "role": "nurse"})
    assert tell(words("ru"), refused).said == "a.b (медсестра): эту запись делать нельзя."


def test_a_thing_is_called_only_as_the_register_calls_it() -> None:
    known = {("place", "safe"): "Сейф", ("person", "a.b"): "Айгүл Б."}

    def told(code: str, **values: str | int) -> str:
        return tell(words("en"), Refusal(code=code, values=values), called=lambda *id: known.get(id)).said

    assert told("place_wrong_kind", place="safe") == "This cannot be done at the place «Сейф»."
    assert told("place_unknown", name="safe") == "There is no place «Сейф» here."
    assert told("not_allowed", performer="a.b", role="nurse") == "Айгүл Б. (nurse) may not make this entry."
    assert told("lot_quarantined", product="safe", lot="1") == "Lot 1 of safe is in quarantine."
    assert told("patient_unknown", name="safe") == "There is no patient safe here."
    assert told("place_unknown", name="Мария Петрова") == "There is no place … here."


@pytest.mark.parametrize(
    ("field", "name", "shown"),
    [("body.seal_no", "SE-7/A", "SE-7/A"), ("body.seal_no", "Мария Петрова", "…"),
     ("body.seal_no", "870412300000", "…"), ("body.person", "SE-7/A", "…")],
)  # fmt: skip
def test_a_seal_that_is_used_already_is_told_by_its_number(field: str, name: str, shown: str) -> None:
    refusal = Refusal(code="already_exists", field=field, values={"name": name})
    assert tell(words("en"), refusal).said == f"The name {shown} is taken already."


def test_a_span_of_one_number_is_told_as_one() -> None:
    refusals = [Refusal(code="units_differ_from_course", values={"least": 14, "most": n, "units": 9}) for n in (14, 15)]
    exact, span = (tell(words("en"), each).said for each in refusals)
    assert exact.endswith("come to 14 units, and here there are 9.")
    assert span.endswith("come to 14 to 15 units, and here there are 9.")


def test_every_reason_of_an_error_is_told() -> None:
    warned = NeedsAcknowledgement([Refusal(code="dose_jump"), Refusal(code="older_lot_first")])
    assert len(tell_error(words("kk"), warned)) == 3
    old_copy = tell_error(words("en"), LedgerReadOnly("head_ahead", signed=1000, here=5))
    assert old_copy[0].said.startswith("This register has 5 entries, but 1,000 were signed")
    assert tell_error(words("en"), LedgerReadOnly("of_tomorrow"))[0].said == words("en").say(
        STOPS["ledger_read_only"].said[0]
    )
    busy = say_error(words("en"), LedgerBusy())
    assert busy.startswith("Nothing was recorded.\nSomebody else is writing")
    assert "recorded" not in say_error(words("en"), WronglyCalled("rules_unreadable"))
    assert say_not_recorded(words("ru"), "dispense.discharge") == "Не записано: отпуск при выписке."
    assert say_not_recorded(words("ru")) == "Ничего не записано."


@given(value=st.text())
def test_a_value_is_never_read_as_a_sentence(value: str) -> None:
    assert words("en").say("{lot}: {units}", lot=value, units="{lot}") == f"{value}: {{lot}}"


def test_a_sentence_whose_value_is_not_there_is_still_said() -> None:
    assert words("ru").say("Not recorded: {what}.") == "Не записано: {what}."


def test_every_sentence_is_given_all_its_values() -> None:
    assert sentences.lacking_values("ledger", "reports", "api") == []


@pytest.mark.parametrize(
    ("lang", "day", "number"),
    [
        ("en", "2 Mar 2026", "1,234,567"),
        ("ru", "02.03.2026", "1\xa0234\xa0567"),
        ("kk", "02.03.2026", "1\xa0234\xa0567"),
    ],
)
def test_days_moments_and_numbers_are_written_as_readers_write_them(lang: str, day: str, number: str) -> None:
    language = words(lang)
    assert language.day(date(2026, 3, 2)) == day
    for zone in (ALMATY, "Asia/Almaty"):
        assert language.moment(datetime(2026, 3, 1, 19, 5, 59, tzinfo=UTC), zone) == f"{day}, 00:05"
    assert language.number(1234567) == number


@pytest.mark.parametrize(
    ("argv", "environ", "lang"),
    [
        (["show", "--lang", "kk"], {"SENIM_LANG": "ru", "LANG": "en_GB.UTF-8"}, "kk"),
        (["--lang=ru", "show"], {}, "ru"),
        (["show"], {"SENIM_LANG": "kk", "LC_ALL": "ru_RU.UTF-8"}, "kk"),
        ([], {"SENIM_LANG": "", "LC_ALL": "", "LC_MESSAGES": "ru_KZ", "LANG": "kk_KZ.UTF-8"}, "ru"),
        ([], {"LANG": "kk_KZ.UTF-8"}, "kk"),
        ([], {"LC_ALL": "C.UTF-8", "LANG": "kk_KZ.UTF-8"}, "en"),
        (["show", "--lang"], {}, "en"),
        (["show", "--", "--lang", "kk"], {}, "en"),
        ([], {"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_the_nearest_wish_for_a_language_wins(argv: list[str], environ: dict[str, str], lang: str) -> None:
    assert pick_language(argv, environ) == lang


def test_a_language_asked_for_by_name_must_be_spoken() -> None:
    for argv, environ in (["--lang", "de"], {}), ([], {"SENIM_LANG": "de"}):
        with pytest.raises(WronglyCalled) as refused:
            pick_language(argv, environ)
        assert tell_error(words("en"), refused.value)[0].said == "Senim does not speak de; it speaks kk, ru, en."
    with pytest.raises(WronglyCalled):
        words("../kk")


def test_importing_words_does_not_load_babel() -> None:
    code = "import sys, ledger.refusal_words; sys.exit('babel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
