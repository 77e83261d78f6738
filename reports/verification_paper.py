"""The inspector's protocol as pages: the verdicts, what was found, the head compared, the visit, lines to sign."""

from collections.abc import Iterator

from ledger.service.verdict import Check, Finding, Verdict
from ledger.verdict_words import said_check, said_finding, said_whole
from ledger.words import phrase, words
from reports.flow import Piece, signature_lines
from reports.paper import LEFT, RIGHT, Title, render_paper
from reports.pen import FADED, INK, RED
from reports.phrases import Phrases
from reports.printed_head import DIFFERS, LONGER, OTHER, SAME, PrintedHead, answer_of
from reports.sections import Section, lay_out, paragraphs
from reports.table import Column, Line, Row, lay_row, lay_whole
from reports.verification import CheckTold, Inspection, Noted, Said, VisitNote

_VERDICTS = {"pass": phrase("yes"), "fail": phrase("NO"), "unknown": phrase("cannot be determined")}
_ANSWERS = {
    SAME: phrase("The printed head is the one that the register had at that size."),
    DIFFERS: phrase("NOT THE SAME: the register has another head at that size than the printed one."),
    LONGER: phrase("NOT THE SAME: the printed head counts more entries than the register has."),
    OTHER: phrase("NOT THE SAME: the printed head is of another register."),
}
OWN_VIEW = phrase(
    "The register's own view of itself: it proves nothing to anybody else. Take the evidence and check it on another"
    " machine."
)
_OWN_WORD = "own_word"


def render_inspection(report: Inspection) -> bytes:
    """The PDF before signing, without attachments. Equal reports give equal bytes."""
    paper = _Paper(report, Phrases(report.frame.language, report.frame.facility.zone))
    title = paper.title()
    return render_paper(report.frame, title, lay_out(title, paper.body(), paper.closing()), paper.phrases)


class _Paper:
    def __init__(self, report: Inspection, phrases: Phrases) -> None:
        self.report = report
        self.phrases = phrases
        self.say = phrases.say
        self.spoken = words(report.frame.language)
        self.verdict = Verdict(size=report.size, checks={each.name: _to_check(each) for each in report.checks})
        self.texts = {(each.seq, each.path): each.value for each in report.opened}

    def title(self) -> Title:
        report, say = self.report, self.say
        facts = [(say("Verified"), self.phrases.count("{n} entry", "{n} entries", report.size))]
        visit = report.visit
        if visit is not None:
            facts += [
                (say("Inspector"), self.phrases.post_and_name(visit.opened.performer)),
                (say("Document"), visit.document_no),
                (say("Visit"), self._span()),
                (say("Scope"), self._text(visit.opened, "scope")),
            ]
        facts.append((say("Figures at"), self.phrases.as_known(report.frame)))
        return Title(
            name=say("Protocol of verification"),
            subject=said_whole(self.spoken, self.verdict),
            scope=self.phrases.moment(report.frame.made_at),
            facts=facts,
        )

    def _span(self) -> str:
        visit = self.report.visit
        assert visit is not None
        opened = self._when(visit.opened)
        if visit.closed is None:
            return self.say("from {opened}; still open", opened=opened)
        return self.say("from {opened} to {closed}", opened=opened, closed=self._when(visit.closed))

    def _when(self, said: Said) -> str:
        return self.say("{moment} (entry No. {seq})", moment=self.phrases.moment(said.at), seq=said.seq)

    def _text(self, said: Said, name: str = "text") -> str:
        return self.texts.get((said.seq, f"body.{name}"), self.say("no longer kept"))

    def body(self) -> Iterator[Section | Piece]:
        yield from paragraphs(self.say(OWN_VIEW), bold=True)
        yield self._checks()
        if self.report.printed is not None:
            yield self._compared(self.report.printed)
        if any(check.findings for check in self.report.checks):
            yield self._findings()
        if any(self._notes_of(check) for check in self.report.checks):
            yield self._notes()
        if self.report.visit is not None and self.report.visit.notes:
            yield self._visit(self.report.visit.notes)

    def _checks(self) -> Section:
        columns = (
            Column(self.say("No."), 27, right=True),
            Column(self.say("What was checked"), RIGHT - LEFT - 27 - 170 - 90),
            Column(self.say("Answer"), 170),
            Column(self.say("Findings"), 90, right=True),
        )
        rows = []
        for n, check in enumerate(self.report.checks, start=1):
            answer = Line(self.say(_VERDICTS[check.verdict]), bold=True, colour=INK if check.verdict == "pass" else RED)
            said = said_check(self.spoken, check.name, self.verdict.checks[check.name], self.verdict)
            count = self.phrases.figure(len(check.findings) + check.more)
            rows.append(lay_row(columns, [[Line(str(n))], [Line(said)], [answer], [Line(count)]]))
        return Section(heading=self.say("Five checks"), columns=columns, rows=rows)

    def _findings(self) -> Section:
        columns = (
            Column(self.say("No."), 27, right=True),
            Column(self.say("Check"), 56, right=True),
            Column(self.say("What was found"), RIGHT - LEFT - 83 - 170),
            Column(self.say("Technical word"), 170),
        )
        rows: list[Row] = []
        for n, check in enumerate(self.report.checks, start=1):
            for each, found in zip(check.findings, self.verdict.checks[check.name].findings, strict=True):
                said = said_finding(self.spoken, found, check.name)
                cells = [[Line(str(len(rows) + 1))], [Line(str(n))], [Line(said)], [Line(each.code, colour=FADED)]]
                rows.append(lay_row(columns, cells))
            if check.more:
                said = self.phrases.count("and {n} finding more", "and {n} findings more", check.more)
                rows.append(lay_row(columns, [[Line("…")], [Line(str(n))], [Line(said, bold=True)], []]))
        return Section(heading=self.say("Findings"), columns=columns, rows=rows)

    def _notes_of(self, check: CheckTold) -> list[Noted]:
        return [note for note in check.notes if note.code != _OWN_WORD]  # said in the check's own sentence

    def _notes(self) -> Section:
        columns = (
            Column(self.say("Check"), 56, right=True),
            Column(self.say("Worth knowing"), 380),
            Column(self.say("Times"), 60, right=True),
            Column(self.say("Entries"), RIGHT - LEFT - 496),
        )
        rows = []
        for n, check in enumerate(self.report.checks, start=1):
            for note in self._notes_of(check):
                said = said_finding(self.spoken, Finding(code=note.code, values=note.values), check.name)
                seqs = ", ".join(map(str, note.seqs)) + (" …" if note.count > len(note.seqs) > 0 else "")
                count = self.phrases.figure(note.count)
                rows.append(lay_row(columns, [[Line(str(n))], [Line(said)], [Line(count)], [Line(seqs)]]))
        return Section(heading=self.say("Worth knowing"), columns=columns, rows=rows)

    def _compared(self, printed: PrintedHead) -> Section:
        answer = answer_of(printed, self.report.frame)
        columns = (Column(self.say("Head"), 150), Column(self.say("Entries"), 70, right=True),
                   Column(self.say("Its hash"), RIGHT - LEFT - 220))  # fmt: skip
        size = self.phrases.figure(printed.size)
        told = [(self.say("as printed"), printed.root), (self.say("as the register had it"), printed.own_root)]
        rows = [
            lay_row(columns, [[Line(name)], [Line(size)], [Line(_in_groups(root) if root else "—", bold=True)]])
            for name, root in told
        ]
        said = Line(self.say(_ANSWERS[answer]), bold=True, colour=INK if answer == SAME else RED)
        rows.append(lay_row(columns, [[Line(self.say("Compared"))], [], [said]]))
        return Section(heading=self.say("A printed head compared"), columns=columns, rows=rows)

    def _visit(self, notes: tuple[VisitNote, ...]) -> Section:
        columns = (
            Column(self.say("No."), 27, right=True),
            Column(self.say("Entry"), 40, right=True),
            Column(self.say("Noted by the inspector"), 330),
            Column(self.say("Answered by the site"), RIGHT - LEFT - 397),
        )
        rows: list[Row] = []
        for n, note in enumerate(notes, start=1):
            noted = [Line(self.phrases.moment(note.said.at), colour=FADED), Line(self._text(note.said))]
            if note.about is not None:
                noted.insert(1, Line(self.say("about entry No. {seq}", seq=note.about), colour=FADED))
            answers = [line for each in note.answers for line in self._answer(each)]
            answers = answers or [Line(self.say("not answered yet"), colour=RED)]
            rows += lay_whole(columns, [[Line(str(n))], [Line(str(note.said.seq))], noted, answers])
        return Section(heading=self.say("The visit"), columns=columns, rows=rows)

    def _answer(self, said: Said) -> Iterator[Line]:
        yield Line(f"{self._when(said)}, {self.phrases.post_and_name(said.performer)}", colour=FADED)
        yield Line(self._text(said))

    def closing(self) -> Iterator[Piece]:
        visit = self.report.visit
        if visit is not None and not visit.notes:
            yield from paragraphs(self.say("Nothing was noted on this visit."))
        yield from paragraphs(self.say(OWN_VIEW))
        yield from signature_lines(self.report.frame, self.phrases)


def _to_check(told: CheckTold) -> Check:
    return Check(
        verdict=told.verdict,
        findings=[Finding(code=each.code, seq=each.seq, values=each.values) for each in told.findings],
        notes=[Finding(code=each.code, values=each.values) for each in told.notes],
        more=told.more,
    )


def _in_groups(root: str) -> str:
    return " ".join(root[n : n + 8] for n in range(0, len(root), 8))
