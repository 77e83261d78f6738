"""A stock count as pages: found, by the book, the difference, what became of it; lines to sign by those who counted."""

from collections.abc import Iterator

from reports.count import Count, CountLine, Resolution
from reports.flow import Piece, signature_lines
from reports.model import Signatory
from reports.paper import LEFT, RIGHT, Title, render_paper
from reports.pen import FADED, INK, RED
from reports.phrases import Phrases
from reports.provenance import signatories_of
from reports.provenance_paper import facts_of, marks_of
from reports.sections import Section, lay_out, paragraphs
from reports.table import Column, Line, Row, lay_row


def render_count(count: Count) -> bytes:
    """The PDF before signing, without attachments. Equal counts give equal bytes."""
    paper = _Paper(count, Phrases(count.frame.language, count.frame.facility.zone))
    title = paper.title()
    pages = lay_out(title, [paper.lines()], paper.closing())
    return render_paper(count.frame, title, pages, paper.phrases)


class _Paper:
    def __init__(self, count: Count, phrases: Phrases) -> None:
        self.count = count
        self.phrases = phrases
        self.say = phrases.say
        self.products = {product.id: product for product in count.products}

    def title(self) -> Title:
        count, say, phrases = self.count, self.say, self.phrases
        moment = phrases.moment(count.by.at)
        how = say("without seeing the book") if count.blind else say("the book was seen")
        return Title(
            name=say("Stock count"),
            subject=f"{count.place.name} · {moment}",
            scope=say("entry No. {seq}", seq=count.by.seq),
            facts=(
                (say("Place"), count.place.name),
                (say("Counted at"), f"{moment}; {how}"),
                (say("Purpose"), phrases.word(count.purpose)),
                *facts_of(count.by, phrases),
                (say("Figures at"), phrases.as_known(count.frame)),
            ),
        )

    def lines(self) -> Section:
        say = self.say
        columns = (
            Column(say("No."), 27, right=True),
            Column(say("Product"), 196),
            Column(say("Lot"), 76),
            Column(say("Counted"), 60, right=True),
            Column(say("By the book"), 60, right=True),
            Column(say("Difference"), 60, right=True),
            Column(say("How it was resolved since"), RIGHT - LEFT - 563),
            Column(say("Still open"), 84, right=True),
        )
        return Section(columns=columns, rows=[self._row(columns, line) for line in self.count.lines])

    def _row(self, columns: tuple[Column, ...], line: CountLine) -> Row:
        figure, product = self.phrases.figure, self.products[line.product]
        return lay_row(
            columns,
            [
                [Line(str(line.number))],
                [
                    Line(self.phrases.product(product), bold=True),
                    Line(self.phrases.word(product.unit_of_presentation), colour=FADED),
                ],
                [Line(line.lot or self.say("all lots"))],
                [Line(figure(line.counted), bold=True)],
                [Line(figure(line.book))],
                [Line(self._signed(line.difference), bold=bool(line.difference))],
                list(self._since(line)),
                [Line(self._signed(line.open) if line.difference or line.open else "—", bold=bool(line.open))],
            ],
            tinted=bool(line.open),
        )

    def _signed(self, units: int) -> str:
        return f"+{self.phrases.figure(units)}" if units > 0 else self.phrases.figure(units)

    def _since(self, line: CountLine) -> Iterator[Line]:
        if line.book != line.book_then:
            said = "When it was entered the book said {units}; entries made later changed that."
            yield Line(self.say(said, units=self.phrases.figure(line.book_then)))
        for each in line.resolutions:
            yield from self._resolution(each)
        if line.open:
            yield Line(self.say("not resolved"), bold=True, colour=RED)
        elif not line.difference:
            yield Line(self.say("agrees with the book"))

    def _resolution(self, each: Resolution) -> Iterator[Line]:
        phrases, struck = self.phrases, each.by.reversed_by is not None
        ink = FADED if struck else INK
        cause = self.say(
            "{cause}: {difference}", cause=phrases.word(each.cause), difference=self._signed(each.difference)
        )
        yield Line(cause, bold=True, colour=ink, struck=struck)
        people = ", ".join(phrases.person(person) for person in each.by.signed_by)
        told = "{moment}, entry No. {seq}: {people}"
        yield Line(
            self.say(told, moment=phrases.moment(each.by.at), seq=each.by.seq, people=people), colour=ink, struck=struck
        )
        if struck:
            yield Line(self.say("reversed by entry No. {seq}", seq=each.by.reversed_by or 0), bold=True, colour=RED)

    def closing(self) -> Iterator[Piece]:
        count = self.count
        yield from paragraphs(*marks_of(count.by, self.phrases), bold=True)
        yield from paragraphs(self._told())
        named = [*signatories_of(count.by, "counted", "counted_with"), Signatory(meaning="checked")]
        yield from signature_lines(count.frame, self.phrases, named=named)

    def _told(self) -> str:
        lines = self.count.lines
        differ, left = sum(bool(line.difference) for line in lines), sum(bool(line.open) for line in lines)
        if not differ and not left:
            return self.say("All that was counted agrees with the book.")
        told = self.phrases.count("{n} line differs from the book.", "{n} lines differ from the book.", differ)
        if not left:
            return f"{told} {self.say('Nothing is left to resolve.')}"
        still = self.phrases.count("{n} line is still to be resolved.", "{n} lines are still to be resolved.", left)
        return f"{told} {still}"
