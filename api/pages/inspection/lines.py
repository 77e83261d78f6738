"""Entries as rows of a list, in plain words. Patients are told by their ids, and what was sealed stays sealed, unless
whoever asks said why and it was noted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from api.naming import Names
from api.pages.counter.telling import Telling, open_at
from api.site import Site
from ledger.domain.kind import is_older
from ledger.domain.terms import FACT_NOTES, WARNINGS
from ledger.log.canonical import from_bytes, from_timestamp
from ledger.refusal_words.warnings import WARNINGS as SENTENCES
from ledger.service.ports import EntryRow, Reading
from ledger.words import Words

_MOST_FACTS = 4
_WHY = ("late_reason", "acknowledged")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry: `facts` are (what, value); `opened` says whether names and reasons are shown."""

    seq: int
    title: str
    at: str
    recorded_at: str
    by: str
    facts: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...] = ()


class Nameless(Names):
    """Patients are their ids."""

    def patient(self, patient: str) -> str:
        return patient


@dataclass(frozen=True)
class Teller:
    """*named*: whether names of patients and sealed words are shown, which was noted before."""

    site: Site
    reading: Reading
    words: Words
    named: bool = False

    @cached_property
    def names(self) -> Names:
        return (Names if self.named else Nameless)(self.site, self.reading, self.words)

    @cached_property
    def telling(self) -> Telling:
        return Telling(self.site, self.reading, self.words, self.names)

    def opened(self, seq: int, statement: dict[str, Any]) -> dict[str, Any]:
        """What is sealed by path: its words, or that it is sealed."""
        if self.named:
            return open_at(self.site, self.reading, seq)
        return dict.fromkeys(statement.get("sealed", {}), self.words.say("sealed"))

    def lines(self, rows: list[EntryRow]) -> Iterator[Line]:
        names = self.names
        for row in rows:
            statement = from_bytes(row.data)["statement"]
            opened = self.opened(row.seq, statement)
            told = [each for each in self.telling.rows(statement, opened) if each[1]][1:]
            people = [statement["performer"], statement["witness"]]
            why = [str(value) for path, value in opened.items() if self.named and path.startswith(_WHY)]
            facts = [*((self.words.say("Reason"), each) for each in why), *told[:_MOST_FACTS]]
            codes = [each["code"] for each in statement["acknowledged"]]
            yield Line(
                seq=row.seq,
                title=self.telling.title(row.type),
                at=self.moment(row.occurred_at),
                recorded_at=self.moment(row.recorded_at) if is_older(row.occurred_at, row.recorded_at, 1) else "",
                by=", ".join(names.person(each) for each in people if each and each != "ledger"),
                facts=tuple(facts),
                warnings=tuple(self.warning(code) for code in codes),
            )

    def warning(self, code: str) -> str:
        known = code in SENTENCES and code in (*WARNINGS, *FACT_NOTES)
        return self.words.say(SENTENCES[code].said[-1]) if known else code

    def moment(self, at: str) -> str:
        return self.names.phrases.moment(from_timestamp(at))
