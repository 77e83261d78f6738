"""How a name is compared: the way somebody types it in a hurry, on a Russian keyboard, with or without hyphens."""

import re
import unicodedata

_LETTERS = str.maketrans("қәғңөұүһіё", "кагноуухие")
_APART = re.compile(r"[^\w-]+|_")
_HYPHENS = re.compile(r"[\u2010-\u2015\u2212]")
_SILENT = re.compile(r"['’ʼ`\u00ad\u200b-\u200d]")
_BETWEEN = r"[\s\u00ad\u200b-\u200d\u2010-\u2015\u2212-]"
_IN_GROUPS = re.compile(rf"(?<![0-9])[0-9](?:{_BETWEEN}*[0-9]){{11}}(?![0-9])")


def join_digits(asked: str) -> str:
    """*asked*, with twelve digits that somebody typed in groups as the one number that they are."""
    return _IN_GROUPS.sub(lambda found: re.sub(_BETWEEN, "", found[0]), asked)


def to_words(name: str) -> list[list[str]]:
    """The words of *name*, folded; a hyphenated one is given whole, then in its parts."""
    told = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold()).translate(_LETTERS)
    told = _HYPHENS.sub("-", _SILENT.sub("", told))
    words = []
    for word in _APART.split(told):
        parts = [part for part in word.split("-") if part]
        if parts:
            words.append(["".join(parts), *parts] if len(parts) > 1 else parts)
    return words
