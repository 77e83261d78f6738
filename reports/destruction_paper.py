"""A destruction by commission as pages: items or bags with their contents, the method, and a line to sign for each."""

from collections.abc import Iterator, Mapping

from ledger.words import phrase
from reports.destruction import Bag, Content, Destruction, Item
from reports.flow import Piece, signature_lines
from reports.model import Signatory
from reports.paper import LEFT, RIGHT, Title, render_paper
from reports.pen import FADED
from reports.phrases import Phrases
from reports.provenance_paper import facts_of, marks_of
from reports.sections import Section, lay_out, paragraphs
from reports.table import Column, Line, Row, lay_row

_KINDS: Mapping[str, str] = {
    "returned": phrase("unused packs, handed in"),
    "empties": phrase("empty and partly used ampoules"),
    "opened": phrase("in custody when the register began"),
    "reversed": phrase("back after a reversal"),
}


def render_destruction(destruction: Destruction) -> bytes:
    """The PDF before signing, without attachments. Equal acts give equal bytes."""
    paper = _Paper(destruction, Phrases(destruction.frame.language, destruction.frame.facility.zone))
    title = paper.title()
    pages = lay_out(title, [paper.items(), paper.sums()], paper.closing())
    return render_paper(destruction.frame, title, pages, paper.phrases)


class _Paper:
    def __init__(self, destruction: Destruction, phrases: Phrases) -> None:
        self.destruction = destruction
        self.phrases = phrases
        self.say = phrases.say
        self.products = {each.product.id: each.product for each in destruction.sums}
        self.places = {each.id: each.name for each in destruction.places}

    def title(self) -> Title:
        act, say, phrases = self.destruction, self.say, self.phrases
        method = phrases.word(act.method) if act.method else say("in the site's own words, which are sealed")
        members = "; ".join(phrases.post_and_name(each) for each in act.commission)
        return Title(
            name=say("Destruction by commission"),
            subject=f"{say('act {value}', value=act.act_no)} · {phrases.moment(act.by.at)}",
            scope=act.place.name,
            facts=(
                (say("Done at"), act.place.name),
                (say("Date and time"), phrases.moment(act.by.at)),
                (say("Method"), method),
                (say("Commission"), members),
                *facts_of(act.by, phrases)[:2],
                (say("Figures at"), phrases.as_known(act.frame)),
            ),
        )

    def items(self) -> Section:
        say = self.say
        columns = (
            Column(say("No."), 27, right=True),
            Column(say("Seal, or place of stock"), 96),
            Column(say("Where it came from"), RIGHT - LEFT - 589),
            Column(say("Product"), 226),
            Column(say("Lot"), 100),
            Column(say("Units"), 60, right=True),
            Column(say("Of these partly used"), 80, right=True),
        )
        rows = [
            self._row(columns, item, content, is_first=n == 0)
            for item in self.destruction.items
            for n, content in enumerate(item.contents)
        ]
        return Section(columns=columns, rows=rows)

    def _row(self, columns: tuple[Column, ...], item: Item, content: Content, *, is_first: bool) -> Row:
        figure, product = self.phrases.figure, self.products[content.product]
        unit = self.phrases.word(product.unit_of_presentation)
        where = item.bag.seal if item.bag else self.places.get(item.place or "", "")
        source = list(self._source(item.bag)) if item.bag else [Line(self.say("from stock"))]
        return lay_row(
            columns,
            [
                [Line(str(item.number))] if is_first else [],
                [Line(where, bold=True)] if is_first else [],
                source if is_first else [],
                [Line(self.phrases.product(product)), Line(unit, colour=FADED)],
                [Line(content.lot or self.say("lot not read"))],
                [Line(figure(content.units), bold=True)],
                [Line(figure(content.partial) if content.partial else "—")],
            ],
            begins=is_first,
        )

    def _source(self, bag: Bag) -> Iterator[Line]:
        yield Line(self.say(_KINDS[bag.kind]))
        yield Line(self.say("{moment}, entry No. {seq}", moment=self.phrases.moment(bag.at), seq=bag.seq))
        if bag.patient is not None:
            yield Line(self.say("patient {value}", value=bag.patient))

    def sums(self) -> Section:
        say, figure = self.say, self.phrases.figure
        columns = (
            Column(say("Product"), 300),
            Column(say("Counted in"), 100),
            Column(say("Unopened"), 110, right=True),
            Column(say("Empty or partly used"), 110, right=True),
        )
        rows = [
            lay_row(
                columns,
                [
                    [Line(self.phrases.product(each.product))],
                    [Line(self.phrases.word(each.product.unit_of_presentation))],
                    [Line(figure(each.unopened), bold=True)],
                    [Line(figure(each.empties), bold=True)],
                ],
            )
            for each in self.destruction.sums
        ]
        return Section(heading=say("By product"), columns=columns, rows=rows)

    def closing(self) -> Iterator[Piece]:
        act = self.destruction
        yield from paragraphs(*marks_of(act.by, self.phrases), bold=True)
        led = Signatory(meaning="destroyed", person=act.by.performer)
        members = [Signatory(meaning="commission", person=each) for each in act.commission if each != act.by.performer]
        yield from paragraphs(self.say("What is listed above was destroyed in the presence of all who sign here."))
        yield from signature_lines(act.frame, self.phrases, named=[led, *members])
