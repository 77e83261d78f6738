"""The sentences that every kind of report shares, in the reader's language; hours and days by the facility's clock."""

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal

from ledger.words import words
from reports.model import Facility, Frame, Period, Person, Product
from reports.stamp import Stamp
from reports.vocabulary import WORDS

CATALOGUES = Path(__file__).parent / "catalogues"


class Phrases:
    """Sentences in one language, hours and days in one zone."""

    def __init__(self, language: str, zone: str) -> None:
        spoken = words(language, catalogues=CATALOGUES)
        self.language = language
        self.say = spoken.say
        self.count = spoken.count
        self.day = spoken.day
        self.number = lru_cache(maxsize=4096)(spoken.number)
        self.zone = ZoneInfo(zone)
        self._moment = lru_cache(maxsize=4096)(spoken.moment)
        self.quantity = lru_cache(maxsize=4096)(self._quantity)

    def word(self, code: str) -> str:
        """A code of the vocabulary as a word; what is none stands as it is."""
        return self.say(WORDS[code]) if code in WORDS else code

    def figure(self, units: int) -> str:
        """Units with the sign of minus, where there is one, that is as wide as a digit."""
        return self.number(units).replace("-", "\u2212")

    def moment(self, at: datetime) -> str:
        return self._moment(at, self.zone)

    def period(self, period: Period) -> str:
        say, day = self.say, self.day
        if period.from_on and period.from_on == period.to_on:
            return day(period.from_on)
        if period.from_on and period.to_on:
            return say("{first} – {last}", first=day(period.from_on), last=day(period.to_on))
        if period.from_on:
            return say("from {first}", first=day(period.from_on))
        return say("up to {last}", last=day(period.to_on)) if period.to_on else say("from the first entry on")

    def late(self, hours: int) -> str:
        if hours < 48:
            return self.count("entered {n} hour late", "entered {n} hours late", hours)
        return self.count("entered {n} day late", "entered {n} days late", hours // 24)

    def page(self, number: int, of: int) -> str:
        return self.say("page {number} of {pages}", number=number, pages=of)

    def facility(self, facility: Facility) -> str:
        return self.say("BIN {bin} · register {log}", bin=facility.bin, log=facility.log)

    def practice(self) -> str:
        return self.say("Practice register: not a legal record")

    def product(self, product: Product) -> str:
        name = self.word(product.inn)
        strength = self.quantity(f"{product.strength} {product.unit}")
        return f"{name[:1].upper()}{name[1:]}, {self.word(product.form)}, {strength}"

    def _quantity(self, text: str) -> str:
        """A decimal and its UCUM unit as the contract writes them, in the language's way."""
        value, _, unit = text.partition(" ")
        return f"{format_decimal(Decimal(value), '#,##0.##################', self.language)}\u00a0{self.word(unit)}"

    def person(self, person: Person) -> str:
        return person.name or person.username

    def post_and_name(self, person: Person) -> str:
        return f"{self.word(person.role)}, {self.person(person)}" if person.role else self.person(person)

    def as_known(self, frame: Frame) -> str:
        at = frame.as_known.at
        return self.say(
            "{moment} ({offset}), as known at entry No. {seq}",
            moment=self.moment(at),
            offset=f"UTC{at.astimezone(self.zone).isoformat()[-6:]}",
            seq=frame.as_known.seq,
        )

    def timed(self) -> str:
        """How a signature with a time-stamp calls itself; the file itself holds when and by whom it was stamped."""
        return self.say("PAdES B-T: with a time-stamp in the file; the time above is by the facility's own clock")

    def untimed(self) -> str:
        return self.say("PAdES B-B: no time-stamp; the time is by the facility's own clock")

    def unanswered(self) -> str:
        return self.say("PAdES B-B: the time-stamp authority gave no answer; the time is by the facility's own clock")

    def stamp(self, facility: Facility, at: datetime, fingerprint: str, level: str) -> Stamp:
        """What the visible signature says. No more than it is: made with a key of the facility, at a claimed time."""
        groups = [fingerprint[n : n + 8] for n in range(0, len(fingerprint), 8)]
        return Stamp(
            title=self.say("Signed for the facility"),
            facts=(
                (self.say("Facility"), facility.name),
                (self.say("Time"), self.moment(at)),
                (self.say("Certificate, SHA-256"), f"{' '.join(groups[:4])}\n{' '.join(groups[4:])}"),
            ),
            kind=level,
        )

    def foot(self, frame: Frame) -> list[tuple[str, str, bool]]:
        """Lines of the foot as (label, text, bold)."""
        head, rules = frame.head, frame.rules
        size = self.count("{n} entry", "{n} entries", head.size)
        root = " ".join(head.root[n : n + 8] for n in range(0, len(head.root), 8))
        made = self.say("{known}; made {made}", known=self.as_known(frame), made=self.moment(frame.made_at))
        law = self.say(
            "{name}: {status}; SHA-256 {digest}", name=rules.name, status=self.word(rules.status), digest=rules.sha256
        )
        if rules.unset:
            law = self.say("{rules}; not set: {unset}", rules=law, unset=", ".join(map(self.word, rules.unset)))
        return [
            (
                self.say("Head of the register"),
                self.say("{size}, the last is No. {last}", size=size, last=head.size - 1),
                False,
            ),
            (self.say("Its hash"), root, True),
            (self.say("Figures at"), made, False),
            (self.say("Rule set"), law, False),
        ]
