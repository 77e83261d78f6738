"""What is read aloud at the family's table, in Kazakh and in Russian: the family's language need not be the reader's.

Order No. 32, paragraph 34 and the conclusion of 33 and 34: unused packs are asked for, in words; empties are not.
"""

from collections.abc import Mapping

from api.languages import CATALOGUES
from ledger.words import phrase, words

_CONDOLENCE = phrase("Please accept our condolences.")
_NO_EMPTIES = phrase(
    "Only whole, unused ampoules, tablets and patches are meant. Nobody asks for empty ampoules or boxes: you need not "
    "look for them."
)
TEXTS: Mapping[str, tuple[str, ...]] = {
    "notice": (
        _CONDOLENCE,
        phrase(
            "Strong medicines that were left unused, for pain or for calm, are handed in to the clinic. It is the same "
            "for everybody."
        ),
        _NO_EMPTIES,
        phrase("You owe nothing. Any day that suits you is fine: we come, or somebody of you brings them."),
    ),
    "after_death": (
        _CONDOLENCE,
        phrase("We have come for the medicines that were left unused. If today does not suit, another day is fine."),
        _NO_EMPTIES,
        phrase("You owe nothing. If something is not found or not remembered, that is all right."),
    ),
    "living": (
        phrase("Thank you for giving back what is not needed any more."),
        _NO_EMPTIES,
        phrase("You owe nothing. If something is not found or not remembered, that is all right."),
    ),
}
"""The first line, then what is asked, what is not, and that nothing is owed."""
SPOKEN = (("kk", "Қазақша"), ("ru", "Русский"))


def read_aloud(text: str) -> dict[str, list[str]]:
    """The sentences of one of `TEXTS`, by language."""
    return {lang: [words(lang, catalogues=CATALOGUES).say(sentence) for sentence in TEXTS[text]] for lang, _ in SPOKEN}
