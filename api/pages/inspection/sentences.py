"""The sentences of the one screen: what a verification found, each with a state and the rows that it rests on. Pure.

Green is said only of what was read and judged: what could not be read to its end is grey, whatever else was found.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ledger.service.verdict import FAIL, UNKNOWN, Finding, Verdict
from ledger.verdict_words import said_finding
from ledger.words import Words, phrase

GOOD, BAD, GREY = "good", "bad", "unknown"
STATES: Mapping[str, str] = {GOOD: phrase("in order"), BAD: phrase("look here"), GREY: phrase("cannot be determined")}
"""The word beside the mark."""
TO_READ = phrase("for you to judge")
NOT_YET = phrase("not checked yet")
_DOUBTS = frozenset({"not_all_read", "no_head", "no_entries", "no_key"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What is wrong and where, in words; `code` is the technical one."""

    said: str
    seq: int | None
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """`name` is its place on the screen, `word` stands beside the mark; `href` leads to its rows, where not here."""

    name: str
    state: str
    word: str
    said: str
    rows: tuple[Row, ...] = ()
    more: int = 0
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A question to a verdict: of *checks* all findings, or only those with one of *codes*."""

    checks: tuple[str, ...]
    good: str
    bad: str
    grey: str
    codes: frozenset[str] | None = None
    but: frozenset[str] = frozenset()


_NUMBERS = frozenset(
    {"seq_mismatch", "entries_missing", "bundle_missing", "bundle_too_short", "bundle_too_long", "id_reused", "empty"}
)
_TIME = frozenset({"time_not_increasing", "in_the_future"})
_FIGURES = frozenset({"balance_too_low", "projection_differs"})
_ASKED: Mapping[str, _Asked] = {
    "whole": _Asked(
        checks=("integrity", "completeness"),
        good=phrase("The register is whole, from entry 0 to entry {last}."),
        bad=phrase("The register is not whole: something was changed, or is missing."),
        grey=phrase("Whether the register is whole cannot be determined."),
    ),
    "signatures": _Asked(
        checks=("authenticity",),
        good=phrase("Every signature was valid when it was made, by those who had to sign."),
        bad=phrase("Signatures are wrong or missing."),
        grey=phrase("Whether every signature was valid cannot be determined."),
    ),
    "numbers": _Asked(
        checks=("integrity", "completeness"),
        codes=_NUMBERS,
        good=phrase("The numbers run without a gap."),
        bad=phrase("There is a gap in the numbers, or a number stands twice."),
        grey=phrase("Whether the numbers run without a gap cannot be determined."),
    ),
    "balance": _Asked(
        checks=("domain",),
        codes=_FIGURES,
        good=phrase("No balance was ever below zero, and the figures follow from the entries."),
        bad=phrase("A balance was below zero, or figures do not follow from the entries."),
        grey=phrase("Whether a balance was ever below zero cannot be determined."),
    ),
    "rules": _Asked(
        checks=("domain",),
        but=_FIGURES,
        good=phrase("Every rule that the facility adopted was kept."),
        bad=phrase("Rules that the facility adopted were not kept."),
        grey=phrase("Whether every rule was kept cannot be determined."),
    ),
    "time": _Asked(
        checks=("integrity", "freshness"),
        codes=_TIME,
        good=phrase("Time goes forward from entry to entry."),
        bad=phrase("Time goes back, or lies in the future."),
        grey=phrase("Whether time goes forward cannot be determined."),
    ),
}


def read_sentences(verdict: Verdict | None, words: Words) -> Iterator[Sentence]:
    """One for each question; without a *verdict* all are grey."""
    for name, asked in _ASKED.items():
        rows, more = ([], 0) if verdict is None else _read_rows(verdict, asked, words)
        state = GREY if verdict is None else _state_of(verdict, asked)
        said = {GOOD: asked.good, BAD: asked.bad, GREY: asked.grey}[state]
        last = words.number(max(0, verdict.size - 1)) if verdict is not None else ""
        word = words.say(NOT_YET if verdict is None else STATES[state])
        yield Sentence(
            name=name, state=state, word=word, said=words.say(said, last=last),
            rows=tuple(rows), more=more,
        )  # fmt: skip


def _matches(asked: _Asked, finding: Finding) -> bool:
    return finding.code not in asked.but and (asked.codes is None or finding.code in asked.codes)


def _state_of(verdict: Verdict, asked: _Asked) -> str:
    checks = [verdict.checks[name] for name in asked.checks]
    found = {each.code for check in checks for each in check.findings if _matches(asked, each)}
    if found - _DOUBTS:
        return BAD
    in_part = any(check.more or {each.code for each in check.findings} & _DOUBTS for check in checks)
    if in_part or any(check.verdict == UNKNOWN for check in checks):
        return GREY
    is_all = asked.codes is None and not asked.but
    return BAD if is_all and any(check.verdict == FAIL for check in checks) else GOOD


def _read_rows(verdict: Verdict, asked: _Asked, words: Words) -> tuple[list[Row], int]:
    found, more = [], 0
    for name in asked.checks:
        check = verdict.checks[name]
        more += check.more
        for each in check.findings:
            if _matches(asked, each):
                row = Row(said=said_finding(words, each, name), seq=each.seq, code=each.code)
                found += [row] if row not in found else []
    return found, more
