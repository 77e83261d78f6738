"""One row of the register as cells: what is struck through, what stands beside it, how a detail reads."""

from collections.abc import Iterator
from datetime import date

from reports.model import Detail, Person, Register, RegisterRow
from reports.paper import LEFT, RIGHT
from reports.pen import FADED, INK, RED, Colour
from reports.phrases import Phrases
from reports.register_words import AWAITS, DETAILS, TYPES
from reports.table import Column, Line

IMPORT_MARK = "†"
NAME_COLUMN = 3
"""Where lines that are no rows (totals) say what they are."""
FIGURE_COLUMNS = (6, 7, 8)


def columns_of(phrases: Phrases) -> tuple[Column, ...]:
    say = phrases.say
    return (
        Column(say("No."), 27, right=True),
        Column(say("Entry"), 37, right=True),
        Column(say("Date and time"), 56),
        Column(say("What was done"), 138),
        Column(say("From whom, to whom; document"), 131),
        Column(say("Lot"), 66),
        Column(say("In"), 44, right=True),
        Column(say("Out"), 44, right=True),
        Column(say("Balance"), 48, right=True),
        Column(say("Done by"), 86),
        Column(say("Second signature"), RIGHT - LEFT - 677),
    )


def said_of_imports(register: Register, phrases: Phrases) -> str:
    """What the mark beside a number means; empty where no row has it."""
    if not any(row.imported for row in register.rows):
        return ""
    return phrases.say("{mark} signed with an import key that the facility holds, not by the person", mark=IMPORT_MARK)


class Cells:
    """Turns rows of one register into the cells of `columns_of`."""

    def __init__(self, register: Register, phrases: Phrases) -> None:
        self.phrases = phrases
        self.say = phrases.say
        self.place = register.place
        self.places = {place.id: place.name for place in register.places}
        self.settlements = {row.seq for row in register.rows if row.type == "claim.settled"}

    def of(self, row: RegisterRow) -> list[list[Line]]:
        struck = row.reversed_by is not None
        ink = FADED if struck else RED if row.reverses is not None else INK
        figure = self.phrases.figure

        def plain(text: str) -> list[Line]:
            return [Line(text, colour=ink, struck=struck)]

        return [
            plain(str(row.number)),
            plain(f"{row.seq}{IMPORT_MARK if row.imported else ''}"),
            plain(self.phrases.moment(row.at)),
            [*self._event(row, ink, struck), *self._marks(row)],
            [line for each in row.counterpart if not self._is_here(each) for line in plain(self._detail(each))],
            plain(row.lot),
            plain(figure(row.came) if row.came else ""),
            plain(figure(row.went) if row.went else ""),
            [Line(figure(row.balance), bold=True)],
            self._signed(row.performer, ink, struck),
            list(self._seconds(row, ink, struck)),
        ]

    def _event(self, row: RegisterRow, ink: Colour, struck: bool) -> Iterator[Line]:
        name = self.say(TYPES.get(row.type, row.type), seq=row.reverses or 0)
        yield Line(name, bold=True, colour=ink, struck=struck)
        told = "; ".join(self._detail(each) for each in row.details if not self._is_here(each))
        yield Line(told, colour=ink, struck=struck)

    def _marks(self, row: RegisterRow) -> Iterator[Line]:
        """What the row must say of itself beside its facts; never struck."""
        if row.reversed_by in self.settlements:
            yield Line(self.say("does not hold, by entry No. {seq}", seq=row.reversed_by or 0), bold=True, colour=RED)
        elif row.reversed_by is not None:
            yield Line(self.say("reversed by entry No. {seq}", seq=row.reversed_by), bold=True, colour=RED)
        if row.done_at is not None:
            yield Line(self.say("done {moment}", moment=self.phrases.moment(row.done_at)))
        if row.late_hours is not None:
            yield Line(self.phrases.late(row.late_hours), bold=True)
        if row.after_sealing is not None:
            sealed = row.after_sealing
            said = "entered after the month was sealed: {moment}, entry No. {seq}"
            yield Line(self.say(said, moment=self.phrases.moment(sealed.at), seq=sealed.seq), bold=True)

    def _is_here(self, detail: Detail) -> bool:
        """Whether it names the register's own place, which the head of the page says for all rows."""
        return self.place is not None and detail.value == self.place.id and DETAILS[detail.code][1] == "place"

    def _detail(self, detail: Detail) -> str:
        sentence, kind = DETAILS[detail.code]
        return self.say(sentence, value=self._value(detail.value, kind))

    def _value(self, value: str, kind: str) -> str:
        match kind:
            case "word":
                return self.phrases.word(value)
            case "place":
                return self.places.get(value, value)
            case "day":
                return self.phrases.day(date.fromisoformat(value))
            case "number":
                return self.phrases.figure(int(value))
            case "quantity":
                return self.phrases.quantity(value)
        return value

    def _signed(self, person: Person, ink: Colour, struck: bool) -> list[Line]:
        role = self.phrases.word(person.role) if person.role else ""
        return [Line(self.phrases.person(person), colour=ink, struck=struck), Line(role, colour=FADED, struck=struck)]

    def _seconds(self, row: RegisterRow, ink: Colour, struck: bool) -> Iterator[Line]:
        for person in row.witnesses:
            yield from self._signed(person, ink, struck)
        for later in row.countersigned:
            yield from self._signed(later.person, ink, struck)
            yield Line(self.say("later, by entry No. {seq}", seq=later.seq), colour=FADED)
        for why in row.awaits:
            yield Line(self.say(AWAITS[why]), bold=True, colour=RED)
        if not (row.witnesses or row.countersigned or row.awaits):
            yield Line("—", colour=FADED)
