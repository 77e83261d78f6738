"""The facts of an act as a reader's words: a sealed one as it was opened, or that it is no longer kept."""

from collections.abc import Mapping
from datetime import date

from ledger.refusal_words.doses import ROUTES
from reports.act import Act
from reports.act_facts import FACTS, path_of
from reports.act_words import VALUES
from reports.phrases import Phrases


class Values:
    def __init__(self, act: Act, phrases: Phrases) -> None:
        self.act = act
        self.phrases = phrases
        self.say = phrases.say
        self.told = {each.code: each.value for each in act.told}
        self.opened = {(each.seq == act.by.seq, each.path): each.value for each in act.opened}
        self.places = {place.id: place.name for place in act.places}

    def of(self, code: str) -> str:
        """The fact as it is read; "" where the entry has none."""
        if code not in self.told:
            return ""
        value = self.told[code]
        if value == "":
            return self.opened.get((True, path_of(self.act.type, code)), self.say("no longer kept"))
        if code == "decided_by" and self.act.decided_by is not None:
            return self.phrases.post_and_name(self.act.decided_by)
        return self._read(value, FACTS[code])

    def _read(self, value: str, kind: str) -> str:
        match kind:
            case "place":
                return self.places[value]
            case "territory":
                return f"{', '.join(self.act.territory)} ({value})" if self.act.territory else value
            case "days":
                return self.phrases.count("{n} day", "{n} days", int(value))
            case "quantity":
                return self.phrases.quantity(value)
            case "route":
                return self.say(ROUTES[value]) if value in ROUTES else value
            case "often":
                return self._often(value)
            case "word":
                return self.say(VALUES[value]) if value in VALUES else self.phrases.word(value)
        return value

    def _often(self, value: str) -> str:
        return say_often(self.phrases, value, as_needed="as_needed" in self.told)

    def patient(self) -> str:
        """Name and day of birth as they were told last."""
        if self.act.patient is None:
            return ""
        identity = {path: value for (is_own, path), value in self.opened.items() if not is_own}
        return say_patient(self.phrases, self.act.patient, identity)


def say_often(phrases: Phrases, value: str, *, as_needed: bool) -> str:
    """`2 1 d` (times, period, unit) as words."""
    times, period, unit = value.split()
    count = phrases.count
    often = count("{n} time", "{n} times", int(times))
    match unit:
        case "h":
            within = count("in {n} hour", "in {n} hours", int(period))
        case "d":
            within = count("in {n} day", "in {n} days", int(period))
        case _:
            within = count("in {n} week", "in {n} weeks", int(period))
    told = phrases.say("{times} {period}", times=often, period=within)
    if (period, unit) == ("1", "d"):
        told = count("{n} time a day", "{n} times a day", int(times))
    return phrases.say("{often}, as needed", often=told) if as_needed else told


def say_patient(phrases: Phrases, patient: str, identity: Mapping[str, str]) -> str:
    """Name and day of birth out of what is still open of the *identity*, by path."""
    name, born = (identity.get(f"body.identity.{each}") for each in ("name", "born_on"))
    if name is None:
        return phrases.say("{id}, the name is no longer kept", id=patient)
    if born is None:
        return name
    return phrases.say("{name}, born {day}", name=name, day=phrases.day(date.fromisoformat(born)))
