"""The register as pages: numbered columns, totals carried from page to page, signature lines at the end."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from reportlab.lib.colors import HexColor

from reports.model import Detail, Person, Register, RegisterRow, Signatory
from reports.paper import FADED, FOOT, INK, LEFT, NEXT_TOP, RED, RIGHT, Page, Pen, Title, fit, render_paper, wrap
from reports.phrases import Phrases
from reports.register_words import AWAITS, DETAILS, MEANINGS, TYPES
from reports.table import (
    LEADING,
    Column,
    Line,
    Row,
    draw_end,
    draw_head,
    draw_rows,
    draw_rules,
    head_height,
    lay_row,
    paginate,
)

_FLOOR = FOOT + 4.0  # under the table stands what its marks mean
_TOTAL = LEADING + 5.2  # the height of a line of totals
_IMPORT_MARK = "†"
Totals = tuple[int, int, int]
Piece = tuple[float, Callable[[Pen, float], None]]
"""What comes after the table: a height and what draws it from a top down."""


def render_register(register: Register) -> bytes:
    """The PDF before signing, without attachments. Equal registers give equal bytes."""
    phrases = Phrases(register.frame.language, register.frame.facility.zone)
    paper = _Paper(register, phrases)
    return render_paper(register.frame, paper.title(), paper.pages(), phrases)


def carried(register: Register, stops: Iterable[int]) -> list[Totals]:
    """(came, went, balance) after the first n rows, for each n of *stops*."""
    came = went = done = 0
    found = []
    for stop in stops:
        came += sum(row.came for row in register.rows[done:stop])
        went += sum(row.went for row in register.rows[done:stop])
        done = stop
        found.append((came, went, register.opening_units + came - went))
    return found


class _Paper:
    def __init__(self, register: Register, phrases: Phrases) -> None:
        self.register = register
        self.phrases = phrases
        self.say = phrases.say
        self.places = {place.id: place.name for place in register.places}
        self.columns = (
            Column(phrases.say("No."), 27, right=True),
            Column(phrases.say("Entry"), 37, right=True),
            Column(phrases.say("Date and time"), 56),
            Column(phrases.say("What was done"), 141),
            Column(phrases.say("From whom, to whom; document"), 135),
            Column(phrases.say("Lot"), 68),
            Column(phrases.say("In"), 40, right=True),
            Column(phrases.say("Out"), 40, right=True),
            Column(phrases.say("Balance"), 47, right=True),
            Column(phrases.say("Done by"), 86),
            Column(phrases.say("Second signature"), RIGHT - LEFT - 677),
        )

    # the first page's head

    def title(self) -> Title:
        register, say = self.register, self.say
        place = register.place.name if register.place else say("the whole facility")
        return Title(
            name=say("Item-and-quantity journal"),
            subject=self.phrases.product(register.product),
            facts=(
                (say("Place"), place),
                (say("Period"), self._period()),
                (say("Counted in"), self.phrases.word(register.product.unit_of_presentation)),
                (say("Opening balance"), self.phrases.figure(register.opening_units)),
                (say("Closing balance"), self.phrases.figure(register.closing_units)),
                (say("Figures at"), self.phrases.as_known(register.frame)),
            ),
        )

    def _period(self) -> str:
        say, day, period = self.say, self.phrases.day, self.register.period
        if period.from_on and period.to_on:
            return say("{first} – {last}", first=day(period.from_on), last=day(period.to_on))
        if period.from_on:
            return say("from {first}", first=day(period.from_on))
        return say("up to {last}", last=day(period.to_on)) if period.to_on else say("from the first entry on")

    # pages

    def pages(self) -> list[Page]:
        rows = [self._row(row) for row in self.register.rows]
        head = head_height(self.columns)
        first = self.title().bottom - _FLOOR - head - 2 * _TOTAL
        later = NEXT_TOP - _FLOOR - head - 2 * _TOTAL
        parts = list(paginate(rows, first, later))
        totals = [(0, 0, self.register.opening_units), *carried(self.register, (stop for _, stop in parts))]
        pages: list[list[Page]] = []
        bottom = 0.0
        for n, (start, stop) in enumerate(parts):
            lines = [
                self._opening() if n == 0 else self._totals(self.say("Brought forward"), totals[n]),
                *(rows[start:stop] or [self._sentence(self.say("No entries in this period."))]),
                self._totals(
                    self.say("Carried forward" if n < len(parts) - 1 else "Total for the period"), totals[n + 1]
                ),
            ]
            top = self.title().bottom if n == 0 else NEXT_TOP
            pages.append([self._table(lines, top)])
            bottom = top - head - sum(line.height for line in lines)
        return flow(pages, bottom, self._closing())

    def _table(self, lines: Sequence[Row], top: float) -> Page:
        mark = self.say(
            "{mark} signed with an import key that the facility holds, not by the person", mark=_IMPORT_MARK
        )
        marked = any(row.imported for row in self.register.rows)

        def draw(pen: Pen) -> None:
            start = draw_head(pen, self.columns, top)
            bottom = draw_rows(pen, self.columns, lines, start)
            draw_rules(pen, self.columns, top, bottom)
            draw_end(pen, self.columns, bottom)
            if marked:
                pen.text(LEFT, FOOT - 4, mark, 5.8, colour=FADED)

        return draw

    def _opening(self) -> Row:
        return self._line(self.say("Opening balance"), "", "", self.register.opening_units)

    def _totals(self, name: str, totals: Totals) -> Row:
        return self._line(name, self.phrases.figure(totals[0]), self.phrases.figure(totals[1]), totals[2])

    def _line(self, name: str, came: str, went: str, balance: int) -> Row:
        texts = ["", "", "", name, "", "", came, went, self.phrases.figure(balance), "", ""]
        return lay_row(self.columns, [[Line(text, bold=True)] for text in texts], tinted=True)

    def _sentence(self, sentence: str) -> Row:
        return lay_row(self.columns, [[Line(sentence)] if n == 3 else [] for n in range(len(self.columns))])

    # rows

    def _row(self, row: RegisterRow) -> Row:
        struck = row.reversed_by is not None
        ink = FADED if struck else RED if row.reverses is not None else INK

        def plain(text: str) -> list[Line]:
            return [Line(text, colour=ink, struck=struck)]

        moved = bool(row.moved)
        return lay_row(
            self.columns,
            [
                plain(str(row.number)),
                plain(str(row.seq) + (_IMPORT_MARK if row.imported else "")),
                plain(self.phrases.moment(row.at)),
                [*self._event(row, ink, struck), *self._marks(row)],
                [
                    Line(self._detail(each), colour=ink, struck=struck)
                    for each in row.counterpart
                    if not self._is_here(each)
                ],
                plain(row.lot),
                plain(self.phrases.figure(row.came) if moved and row.came else ""),
                plain(self.phrases.figure(row.went) if moved and row.went else ""),
                [Line(self.phrases.figure(row.balance), bold=True)],
                self._signed(row.performer, ink, struck),
                list(self._seconds(row, ink, struck)),
            ],
        )

    def _event(self, row: RegisterRow, ink: HexColor, struck: bool) -> Iterator[Line]:
        name = self.say(TYPES.get(row.type, row.type), seq=row.reverses or 0)
        yield Line(name, bold=True, colour=ink, struck=struck)
        told = "; ".join(self._detail(each) for each in row.details if not self._is_here(each))
        yield Line(told, colour=ink, struck=struck)

    def _marks(self, row: RegisterRow) -> Iterator[Line]:
        """What the row must say of itself beside its facts; never struck."""
        if row.reversed_by is not None:
            yield Line(self.say("reversed by entry No. {seq}", seq=row.reversed_by), bold=True, colour=RED)
        if row.done_at is not None:
            yield Line(self.say("done {moment}", moment=self.phrases.moment(row.done_at)))
        if row.late_hours is not None:
            yield Line(self._late(row.late_hours), bold=True)

    def _late(self, hours: int) -> str:
        count = self.phrases.count
        if hours < 48:
            return count("entered {n} hour late", "entered {n} hours late", hours)
        return count("entered {n} day late", "entered {n} days late", hours // 24)

    def _is_here(self, detail: Detail) -> bool:
        """Whether it names the register's own place, which the head of the page says for all rows."""
        place = self.register.place
        return place is not None and detail.value == place.id and DETAILS[detail.code][1] == "place"

    def _detail(self, detail: Detail) -> str:
        sentence, kind = DETAILS.get(detail.code, ("{value}", "text"))
        return self.say(sentence, value=self._value(detail.value, kind))

    def _value(self, value: str, kind: str) -> str:
        match kind:
            case "word":
                return self.phrases.word(value)
            case "place":
                return self.places.get(value, value)
            case "number":
                return self.phrases.figure(int(value))
            case "quantity":
                return self.phrases.quantity(value)
        return value

    def _signed(self, person: Person, ink: HexColor, struck: bool) -> list[Line]:
        role = self.phrases.word(person.role) if person.role else ""
        return [Line(self.phrases.person(person), colour=ink, struck=struck), Line(role, colour=FADED, struck=struck)]

    def _seconds(self, row: RegisterRow, ink: HexColor, struck: bool) -> Iterator[Line]:
        for person in row.witnesses:
            yield from self._signed(person, ink, struck)
        for later in row.countersigned:
            yield from self._signed(later.person, ink, struck)
            yield Line(self.say("later, by entry No. {seq}", seq=later.seq), colour=FADED)
        for why in row.awaits:
            yield Line(self.say(AWAITS[why]), bold=True, colour=RED)
        if not (row.witnesses or row.countersigned or row.awaits):
            yield Line("—", colour=FADED)

    # after the table

    def _closing(self) -> Iterator[Piece]:
        yield from self._lot_lines()
        yield from self._signature_lines()

    def _lot_lines(self) -> Iterator[Piece]:
        """What of each lot was there, came and went; the heading stays with the first line."""
        say = self.say
        names = (say("Lot"), say("Opening balance"), say("In"), say("Out"), say("Closing balance"))
        columns = tuple(Column(name, 143 if n == 0 else 96, right=n > 0) for n, name in enumerate(names))
        for n, lot in enumerate(self.register.lots):
            figures = [self.phrases.figure(units) for units in (lot.opening, lot.came, lot.went)]
            cells = [
                [Line(lot.lot or "—")],
                *([Line(each)] for each in figures),
                [Line(self.phrases.figure(lot.closing), bold=True)],
            ]
            yield self._lot_line(columns, lay_row(columns, cells), n)

    def _lot_line(self, columns: Sequence[Column], row: Row, n: int) -> Piece:
        headed, last = n == 0, n == len(self.register.lots) - 1
        title = self.say("By lot")
        above = 18 + head_height(columns) if headed else 0.0

        def draw(pen: Pen, top: float) -> None:
            if headed:
                pen.text(LEFT, top - 13, title, 8, bold=True)
                draw_head(pen, columns, top - 18)
            bottom = draw_rows(pen, columns, [row], top - above)
            draw_rules(pen, columns, top - above, bottom)
            if last:
                draw_end(pen, columns, bottom)

        return above + row.height, draw

    def _signature_lines(self) -> Iterator[Piece]:
        """Lines to sign by hand: what is meant, who (post and printed name), the signature, the time."""
        given = self.register.frame.signatories or (Signatory(meaning="keeper"), Signatory(meaning="checked"))
        spans = ((LEFT, 206), (LEFT + 216, 246), (LEFT + 472, 150), (LEFT + 632, RIGHT - LEFT - 632))
        say = self.say
        captions = (say("what is signed for"), say("post, name"), say("signature"), say("date and time"))
        for signatory in given:
            meaning = wrap(say(MEANINGS.get(signatory.meaning, signatory.meaning)), 206, 7.5)
            person = signatory.person
            role = self.phrases.word(person.role) if person else ""
            who = f"{role}, {self.phrases.person(person)}".removeprefix(", ") if person else ""
            height = 30.0 + 9 * len(meaning)

            def draw(
                pen: Pen, top: float, meaning: Sequence[str] = meaning, who: str = who, height: float = height
            ) -> None:
                base = top - height + 12
                for n, line in enumerate(reversed(meaning)):
                    pen.text(LEFT, base + 3 + 9 * n, line, 7.5)
                pen.text(spans[1][0], base + 3, fit(who, spans[1][1], 7.5, True), 7.5, bold=True)
                for (x, width), caption in zip(spans, captions, strict=True):
                    pen.line(x, base, x + width, base, 0.5, INK)
                    pen.text(x, base - 7, caption, 5.6, colour=FADED)

            yield height, draw


def flow(pages: list[list[Page]], bottom: float, pieces: Iterable[Piece]) -> list[Page]:
    """Pages with *pieces* set under each other after *bottom* of the last one, each piece kept whole."""
    for height, draw in pieces:
        if bottom - height < _FLOOR:
            pages.append([])
            bottom = NEXT_TOP
        pages[-1].append(partial(_at, draw, bottom))
        bottom -= height
    return [partial(_all, page) for page in pages]


def _at(draw: Callable[[Pen, float], None], top: float, pen: Pen) -> None:
    draw(pen, top)


def _all(drawings: Sequence[Page], pen: Pen) -> None:
    for draw in drawings:
        draw(pen)
