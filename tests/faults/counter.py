"""A pharmacy's counter on one Monday, ready for what goes wrong: stock, two patients, a course."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ledger.errors import CommandInvalid, CommandRefused, NeedsAcknowledgement, Refusal
from ledger.refusal_words import tell
from ledger.service.importing import record_line
from ledger.service.preparing import Signed
from ledger.words import words
from tests.stories.figures import find_figure
from tests.stories.notation import Figure, Step, read_story
from tests.stories.stage import ZONE, Stage, to_utc

PERSON = 'home_kato=101010000 home_phc_bin=990140000017 indication=dementia icd10=F03 identity={name="Test" address="1"'
UNKNOWN = 'no_iin_reason="no papers" born_on=1890-01-01}'
COURSE = "single_dose=10mg route=20066000 frequency=3/d duration_days=10 setting=home record_no=1"
OPENING = f"""
08:00 head + pharm stock.opened place=safe lines=[morphine A 40 expires_on=2027-06-30,
  morphine-tab T 100 expires_on=2027-06-30]
08:30 doctor patient.registered patient=p1 {PERSON} {UNKNOWN}
08:31 doctor patient.registered patient=p2 {PERSON} {UNKNOWN}
08:40 [rx1] doctor prescription.issued prescription=rx1 patient=p1 product=morphine units=30
    starts_on=2026-03-02 {COURSE}
"""
SUPPLY = "prescription=rx1 patient=p1 place=safe collector={kind=relative identity=seen}"


def read(text: str, day: str = "2026-03-02") -> Iterator[Step | Figure]:
    """The steps of *text*, written as in tests/stories; they happen on *day* until a line names another."""
    return read_story(f"```story\nday {day}\n{text.strip()}\n```")


class Counter(Stage):
    """`tell` plays lines and holds them to what they say; `refuse` gives the reasons why one line was refused."""

    def tell(self, text: str) -> None:
        for each in read(text):
            if isinstance(each, Figure):
                said, found = find_figure(self, each.words)
                assert said == found, each
                continue
            word, codes = self.play([each])
            expected, wanted = each.said
            assert (word, codes) == (expected, sorted(wanted) if expected == "recorded" else wanted), each

    def sign(self, line: str) -> list[Signed]:
        """The one *line*, signed by whoever must, and not handed in."""
        (step,) = read(line)
        assert isinstance(step, Step)
        self.now = max(self.now, to_utc(step.typed_at or step.at))
        return self._sign([step])

    def refuse(self, line: str) -> list[Refusal]:
        """Why *line* is refused or asked about; nothing may be recorded."""
        before = self.size()
        try:
            self.house.ledger.append(self.sign(line), via="web")
        except (CommandInvalid, CommandRefused, NeedsAcknowledgement) as refused:
            assert self.size() == before
            return refused.refusals
        raise AssertionError("it was recorded")

    def give(self, type: str, body: dict[str, Any], performer: str = "pharm", witness: str | None = None) -> str:
        """A line as another program writes it; "recorded", or the code of the first reason."""
        raw = {"id": self._next_id(), "type": type, "occurred_at": self.now.isoformat(), "performer": performer}
        answer = record_line(self.house.ledger, 1, raw | {"witness": witness, "body": body}, strict=False)
        return answer.refusals[0].code if answer.refusals else answer.answer

    def say(self, line: str) -> str:
        """What is said of the first reason why *line* is refused."""
        return tell(words("en"), self.refuse(line)[0], zone=ZONE).said

    def size(self) -> int:
        with self.house.ledger.reading() as reading:
            return reading.head.size

    def reopen(self, data: Path | None = None, heads: Path | None = None) -> None:
        """Stop the program and start it again, perhaps on another directory."""
        self.house.close()
        self._open(data, heads)
