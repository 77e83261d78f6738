"""Where a rule comes from is said in the reader's language, and what a site wrote is said as it wrote it."""

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from ledger.domain.asking.warnings import GOVERNED_BY
from ledger.errors import Refusal
from ledger.refusal_words import tell
from ledger.refusal_words.acts import QUOTED, say_source
from ledger.words import CATALOGUES, words
from tests.sentences import ROOT

PRACTICE = json.loads((files("ledger.domain") / "reference" / "practice.rules.json").read_text(encoding="utf-8"))
TOLD = {
    provision[name]
    for dated in PRACTICE["values"].values()
    for provision in dated
    for name in ("act", "paragraph", "edition")
}
NAMES = re.compile(r"FDA|MHRA \w+|Drug Safety Update|MHRA")


def test_what_the_practice_set_quotes_is_what_is_said() -> None:
    assert TOLD - {"-"} == QUOTED


@pytest.mark.parametrize("lang", ["kk", "ru"])
def test_no_english_stands_in_a_warning_of_the_practice_set(lang: str) -> None:
    for key in set(GOVERNED_BY.values()):
        for dated in PRACTICE["values"].get(key, ()):
            values = {name: dated[name] for name in ("act", "paragraph", "edition", "status")}
            said = tell(words(lang), Refusal(code="opioid_with_benzodiazepine", values=values)).said
            assert not re.search(r"[A-Za-z]{2}", NAMES.sub("", said)), said
            assert ", -" not in said
    for each in QUOTED:
        assert not re.search(r"[A-Za-z]{2}", NAMES.sub("", say_source(words(lang), each))), each


def test_what_a_site_wrote_is_no_sentence_of_ours() -> None:
    said = say_source(words("ru"), "Приказ главного врача № 5 {act}", "-", "The register is whole.")
    assert said == "Приказ главного врача № 5 {act}, The register is whole."


@pytest.mark.parametrize("folder", [CATALOGUES, ROOT / "api/catalogues", ROOT / "reports/catalogues"], ids=str)
def test_a_seal_is_called_the_same_everywhere(folder: Path) -> None:
    """Kazakh has two words for it: one on screens and another on paper would be two things."""
    with (folder / "kk.po").open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    for message in catalogue:
        ids, text = (each if isinstance(each, str) else " ".join(each or ()) for each in (message.id, message.string))
        is_pack = re.search(r"\bseals?\b", ids, re.IGNORECASE) and "sealed value" not in ids
        assert not (is_pack and re.search(r"\bмөр(?!лен)", text, re.IGNORECASE)), (ids, text)
