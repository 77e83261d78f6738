"""Any entry in words, as the dialog says it in which it was signed: nothing in it stays unsaid."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from api.naming import Names
from api.pages.often import say_frequency
from api.pages.terms import to_terms
from api.site import Site
from ledger.log.canonical import from_bytes, from_timestamp
from ledger.service.ports import Reading
from ledger.service.sealing import from_rows
from ledger.words import Words

_LEAD = ("patient", "prescription", "product", "place", "lot", "units", "lots", "lines", "dose", "days_supply",
         "collector", "kind", "name")  # fmt: skip
_NAMED = {
    "patient": "patient", "keep": "patient", "drop": "patient", "product": "product", "place": "place",
    "from_place": "place", "to_place": "place", "performer": "person", "witness": "person", "person": "person",
    "decided_by": "person", "ordered_by": "person", "commission": "person", "prescription": "course",
    "renews": "course", "replaces": "course", "about": "entry",
}  # fmt: skip
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_ENVELOPE = ("performer", "witness", "witness_pending", "acknowledged", "sheet")


def open_at(site: Site, reading: Reading, seq: int) -> dict[str, Any]:
    """What is sealed in the entry *seq*, by path; what was erased is left out."""
    said = from_bytes(reading.entry(seq))["statement"]
    opened = from_rows(reading.sealed(seq), log=said["log"], entry_id=said["id"], vault=site.ledger.vault)
    return {path: opening.value for path, opening in opened.items()}


class Telling:
    """Says statements of *names*' reading in *words*."""

    def __init__(self, site: Site, reading: Reading, words: Words, names: Names) -> None:
        self._reading, self._words, self._names = reading, words, names
        texts = to_terms(words.lang)
        self._fields: Mapping[str, str] = texts["fields"]
        self._values: Mapping[str, str] = texts["values"]
        self._types: Mapping[str, str] = texts["types"]

    def title(self, type: str) -> str:
        return self._types.get(type, type)

    def value(self, code: str) -> str:
        return self._values.get(code, code)

    def rows(self, statement: Mapping[str, Any], opened: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """(label, words) of all that it says; what is sealed and was erased is said to be."""
        said = {name: statement[name] for name in _ENVELOPE if statement.get(name)}
        whole: dict[str, Any] = {"body": _copy(statement["body"]), **_copy(said)}
        sealed = statement.get("sealed", {})
        for path in sealed:
            _put(whole, path.split("."), opened.get(path, self._words.say("no longer kept")))
        yield self._label("occurred_at", ""), self._moment(statement["occurred_at"])
        around = {name: each for name, each in whole.items() if name != "body"}
        for name, value in (*_ordered(whole["body"]), *_ordered(around)):
            many = value if isinstance(value, list) else [value]
            for n, each in enumerate(many, start=1):
                label = self._label(name, "")
                yield f"{label} {n}" if len(many) > 1 else label, self._say(name, each)

    def _label(self, name: str, within: str) -> str:
        return self._fields.get(f"{within}.{name}", self._fields.get(name, name))

    def _moment(self, at: str) -> str:
        return self._names.phrases.moment(from_timestamp(at))

    def _say(self, name: str, value: Any) -> str:
        if isinstance(value, list):
            return "; ".join(self._say(name, each) for each in value)
        if isinstance(value, dict):
            if value.keys() == {"value", "unit"}:
                return self._names.phrases.quantity(f"{value['value']} {value['unit']}")
            if value.keys() == {"times", "period", "period_unit", "as_needed"}:
                return say_frequency(self._words, value)
            return " · ".join(f"{self._label(each, name)}: {self._say(each, of)}" for each, of in _ordered(value))
        if isinstance(value, bool):
            return self._words.say("yes") if value else self._words.say("no")
        if isinstance(value, int):
            return self._words.number(value)
        return self._text(name, str(value))

    def _text(self, name: str, text: str) -> str:
        if name in _NAMED:
            own = {"course": self._course, "entry": self._entry}
            known = (own.get(_NAMED[name]) or getattr(self._names, _NAMED[name]))(text)
            return text if known == text else f"{known} ({text})"
        if name.endswith("_at") and text.endswith("Z"):
            return self._moment(text)
        if _DAY.fullmatch(text) and (name == "on" or name.endswith("_on")):
            return self._words.day(date.fromisoformat(text))
        return self._values.get(text, text) if name in CODED else text

    def _course(self, prescription: str) -> str:
        """What is prescribed, where the prescription is known."""
        record = self._reading.book.find("prescription", prescription)
        return prescription if record is None else self._names.product(record.product)

    def _entry(self, entry_id: str) -> str:
        """Its number, where it stands in this register."""
        past = self._reading.book.past.by_id(entry_id)
        return entry_id if past is None else self._words.say("entry {seq}", seq=past.seq)


_CODED = """administration cause code custody document_kind form identity indication inn kind method packs period_unit
purpose reason relation residue_fate role route schedule setting shortfall signed_by_relative unit
unit_of_presentation use witness_pending"""
CODED = frozenset(_CODED.split())
"""Members whose values are codes; any other text stands as it was typed."""


def _ordered(members: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What matters most first."""
    known = {name: n for n, name in enumerate(_LEAD)}
    said = [(name, value) for name, value in members.items() if value is not None and value != []]
    return sorted(said, key=lambda each: known.get(each[0], len(known)))


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(each) for name, each in value.items()}
    return [_copy(each) for each in value] if isinstance(value, list) else value


def _put(into: Any, steps: list[str], value: Any) -> None:
    """The sealed *value* back at its path; what stood around it may have vanished with it."""
    for step in steps[:-1]:
        into = into[int(step)] if isinstance(into, list) else into.setdefault(step, {})
    if isinstance(into, dict):
        into[steps[-1]] = value
