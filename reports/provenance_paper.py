"""Whose an act is, as lines of its title, marks below it, and lines to sign."""

from collections.abc import Iterator

from reports.phrases import Phrases
from reports.provenance import Provenance
from reports.register_words import AWAITS


def facts_of(by: Provenance, phrases: Phrases) -> list[tuple[str, str]]:
    """(label, value): the entry, who did it, who signed with him."""
    say = phrases.say
    people = [phrases.post_and_name(each) for each in by.witnesses]
    people += [
        say("{person} (later, by entry No. {seq})", person=phrases.post_and_name(each.person), seq=each.seq)
        for each in by.countersigned
    ]
    facts = [(say("Entry"), say("No. {seq}", seq=by.seq)), (say("Done by"), phrases.post_and_name(by.performer))]
    return [*facts, (say("Signed with"), "; ".join(people))] if people else facts


def marks_of(by: Provenance, phrases: Phrases) -> Iterator[str]:
    """What must be said of it beside its facts."""
    say = phrases.say
    if by.reversed_by is not None:
        yield say("Does not stand: reversed by entry No. {seq}.", seq=by.reversed_by)
    if by.late_hours is not None:
        yield phrases.late(by.late_hours)
    yield from (say(AWAITS[why]) for why in by.awaits)
    if by.imported:
        yield say("Signed with an import key that the facility holds, not by the person.")
