"""The inspector's protocol: what the register thinks of itself and says so, a printed head compared, the visit."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ledger.errors import NotFound, ProofRejected, WronglyCalled
from ledger.log.merkle import read_root
from ledger.service.checkpoints import verifier_key
from ledger.service.verdict import CHECKS, Verdict
from ledger.words import LANGUAGES
from reports.asked import Asked
from reports.check import check_pdf
from reports.data import from_report, to_report
from reports.issuing import issue, make_draft
from reports.kinds import KINDS
from reports.model import Person
from reports.movements import Entries
from reports.printed_head import DIFFERS, LONGER, OTHER, SAME, answer_of, compare_printed, read_printed, verify_own_root
from reports.verification import Inspection, Said, VisitNote, find_inspection_differences, to_checks
from reports.verification_paper import OWN_VIEW, render_inspection
from tests.reports.test_stories import played
from tests.reports.world import Log, entries_of
from tests.stories.stage import Stage
from tests.stories.test_stories import STORIES

NOTE = "one ampoule less than the book"
STORY = next(path for path in STORIES if path.stem.startswith("19")).read_text("utf-8")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with played("19", STORY, tmp_path_factory.mktemp("inspection")) as stage:
        yield stage


def issued(stage: Stage, language: str = "en", **asked: Any) -> tuple[bytes, Inspection]:
    house = stage.house
    pdf = issue(house.ledger, house.directory, Asked(kind="verification", language=language, **asked)).pdf
    verdict = check_pdf(pdf, log_key=verifier_key(house.ledger))
    assert {name: (each.verdict, each.findings) for name, each in verdict.checks.items()} == dict.fromkeys(
        verdict.checks, ("pass", [])
    )
    assert "verdicts_are_own_word" in [note.code for note in verdict.checks["figures"].notes]
    assert isinstance(verdict.report, Inspection)
    return pdf, verdict.report


def head_of(stage: Stage, size: int) -> str:
    with stage.house.ledger.reading() as reading:
        return f"{size} {read_root(size, reading.node).hex()}"


@pytest.fixture(scope="module")
def both(stage: Stage) -> tuple[bytes, Inspection]:
    return issued(stage, entry=stage.labels["visit"][1], head=head_of(stage, 30))


@pytest.fixture(scope="module")
def report(both: tuple[bytes, Inspection]) -> Inspection:
    return both[1]


@pytest.fixture(scope="module")
def entries(both: tuple[bytes, Inspection]) -> Entries:
    return entries_of(both[0])


SAID = {
    "kk": ("Тексеру хаттамасы", "басқа машинада тексеріңіз", "бірдей", "туралы"),
    "ru": ("Протокол проверки", "проверьте их на другой машине", "то самое", "о записи"),
    "en": ("Protocol of verification", "check it on another machine", "is the one that", "about entry No."),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_genuine_and_says_whose_view_it_is(stage: Stage, language: str, text: Callable[..., str]) -> None:
    pdf, found = issued(stage, language, entry=stage.labels["visit"][1], head=head_of(stage, 30))
    assert render_inspection(found) == render_inspection(from_report(to_report(found)))
    assert ([check.name for check in found.checks], found.verdict) == (list(CHECKS), "pass")
    told = text(pdf)
    for said in (*SAID[language], NOTE, "I-3", "controlled drugs, first quarter"):
        assert said in told


def test_the_visit_stands_with_its_notes_their_answers_and_its_end(stage: Stage, report: Inspection) -> None:
    visit = report.visit
    assert visit is not None
    assert (visit.document_no, visit.opened.performer.username) == ("I-3", "inspector")
    (note,) = visit.notes
    assert (note.said.seq, note.about) == (stage.labels["finding"][1], stage.labels["safe"][1])
    assert [answer.performer.username for answer in note.answers] == ["head"]
    assert visit.closed is not None
    assert visit.closed.seq > note.answers[0].seq
    assert [(each.meaning, each.person and each.person.username) for each in report.frame.signatories] == [
        ("inspected", "inspector"),
        ("informed", "head"),
    ]


def test_without_a_visit_or_a_head_it_is_the_verdicts_alone(stage: Stage) -> None:
    _, found = issued(stage)
    assert (found.visit, found.printed, found.opened) == (None, None, ())
    assert [each.person for each in found.frame.signatories] == [None, None]


def test_a_draft_verifies_as_well(stage: Stage, text: Callable[..., str]) -> None:
    house = stage.house
    pdf = make_draft(house.ledger, house.directory, Asked(kind="verification", language="en"))
    assert OWN_VIEW.partition(":")[0] in text(pdf)


def _visit(report: Inspection, **changes: Any) -> Inspection:
    assert report.visit is not None
    return replace(report, visit=replace(report.visit, **changes))


def _printed(report: Inspection, **changes: Any) -> Inspection:
    assert report.printed is not None
    return replace(report, printed=replace(report.printed, **changes))


ALTERED: dict[str, tuple[Callable[[Inspection], Inspection], str]] = {
    "a note left out": (lambda r: _visit(r, notes=()), "visit_differs"),
    "an answer": (lambda r: _visit(r, notes=tuple(replace(n, answers=()) for n in r.visit.notes)), "visit_differs"),  # type: ignore[union-attr]
    "the end": (lambda r: _visit(r, closed=None), "visit_differs"),
    "the document": (lambda r: _visit(r, document_no="I-4"), "visit_differs"),
    "a text": (
        lambda r: replace(r, opened=tuple(replace(each, value="all is well") for each in r.opened)),
        "opening_differs",
    ),
    "what the register had": (lambda r: _printed(r, own_root="ab" * 32), "compared_head_differs"),
    "that it had anything": (lambda r: _printed(r, own_root=None, path=()), "compared_head_differs"),
    "a check left out": (lambda r: replace(r, checks=r.checks[1:]), "verdicts_differ"),
    "a failure without a reason": (
        lambda r: replace(r, checks=(replace(r.checks[0], verdict="fail"), *r.checks[1:])),
        "verdicts_differ",
    ),
}


@pytest.mark.parametrize("name", ALTERED)
def test_what_does_follow_cannot_be_altered(name: str, report: Inspection, entries: Entries) -> None:
    assert list(find_inspection_differences(report, entries)) == []
    alter, code = ALTERED[name]
    assert code in [each.code for each in find_inspection_differences(alter(report), entries)]


def test_a_printed_head_is_the_same_or_it_is_said_why_not() -> None:
    log = Log.opened()
    size, frame = len(log.data), log.frame()
    root = read_root(3, log.read_node).hex()

    def answer(told: str) -> str:
        printed = compare_printed(told, size, log.read_node)
        verify_own_root(printed, frame)
        return answer_of(printed, frame)

    groups = " ".join(root[n : n + 8] for n in range(0, 64, 8)).upper()
    for same in (f"3 {root}", f"3  {groups}", f"{log.log}\n3\n{root}", f"{size} {frame.head.root}"):
        assert answer(same) == SAME
    assert answer(f"2 {root}") == DIFFERS
    assert answer(f"0 {root}") == DIFFERS
    assert answer(f"{size + 1} {root}") == LONGER
    assert answer(f"senim/another/1 3 {root}") == OTHER
    with pytest.raises(ProofRejected):
        verify_own_root(replace(compare_printed(f"3 {root}", size, log.read_node), path=()), frame)


@pytest.mark.parametrize(
    "told", ["", "3", "x", "3 abc", f"-1 {'ab' * 32}", f"3 {'zz' * 32}", f"{'9' * 16} {'ab' * 32}"]
)
def test_what_is_no_printed_head_is_not_compared(told: str) -> None:
    with pytest.raises(WronglyCalled, match="head_unreadable"):
        read_printed(told)
    with pytest.raises(WronglyCalled, match="head_unreadable"):
        Asked(kind="verification", head=told, language="en")


@pytest.mark.parametrize("about", ["", "\n77", "\n77\n0192f0c1-0000-7000-8000-000000000001"])
def test_the_code_of_any_paper_is_read_for_its_head(about: str) -> None:
    read = read_printed(f"senim/a/1\n1042\n{'ab' * 32}{about}")
    assert (read.log, read.size, read.root) == ("senim/a/1", 1042, "ab" * 32)


def test_only_what_opened_a_visit_is_one(stage: Stage) -> None:
    house = stage.house
    with pytest.raises(NotFound):
        issue(house.ledger, house.directory, Asked(kind="verification", entry=0, language="en"))


def broken() -> Verdict:
    """What a verification finds in a register that was altered, and much that is worth knowing."""
    verdict = Verdict(size=4000)
    for seq in range(130):
        verdict.checks["integrity"].fail("leaf_mismatch", seq)
    verdict.checks["completeness"].fail("entries_missing", None, have=3990, want=4000)
    verdict.checks["freshness"].doubt("no_entries")
    for person in ("<b>a</b>", "b"):
        verdict.checks["authenticity"].note("only_witness", None, person=person)
    for seq in range(10_000):
        verdict.checks["domain"].note("late", seq)
    return verdict


@pytest.mark.parametrize("language", LANGUAGES)
def test_findings_stand_with_their_numbers_and_much_of_a_kind_is_one_line(
    report: Inspection, language: str, text: Callable[..., str]
) -> None:
    hostile = "\n".join(f"<i>line {n}</i>\u202e" for n in range(40))
    said = Said(seq=7, at=datetime(2026, 3, 10, tzinfo=UTC), performer=Person(username="i", name=hostile))
    altered = _visit(report, document_no=hostile, notes=(VisitNote(said=said, about=3),))
    altered = replace(altered, checks=to_checks(broken()), size=4000)
    altered = replace(altered, opened=tuple(replace(each, seq=7, value=hostile) for each in report.opened))
    altered = from_report(to_report(replace(altered, frame=replace(altered.frame, language=language))))
    told = text(KINDS["verification"].render(altered))
    assert altered.verdict == "fail"
    assert len(altered.checks[0].findings) == 100
    for said_once in ("leaf_mismatch", "entries_missing", "<b>a</b>", "<i>line 0</i>\ufffd", "10"):
        assert said_once in told
    assert "\u202e" not in told
    assert len(told.split("\f")) < 12
