"""A small register with something for every kind of report to be about, told as a story; and again with hostile words.

What the story calls SPOKEN or a lot X becomes, in the hostile telling, what a page must not interpret.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from reports.asked import Asked
from reports.model import Period
from tests.stories.notation import Step, read_story
from tests.stories.stage import Stage

STORY = """```story
day 2026-03-02 Monday
08:00 head + pharm stock.opened place=safe lines=[morphine A 60 expires_on=2027-06-30, morphine X 30
    expires_on=2027-06-30]
08:10 head + nurse stock.opened place=ward lines=[morphine A 10 expires_on=2027-06-30]
08:20 [sheet] pharm sheet.issued sheet_no=7 place=ward lines=12
08:30 doctor patient.registered patient=p1 identity={name=SPOKEN no_iin_reason=newborn born_on=1890-01-01
    address=SPOKEN} home_kato=103230100 home_phc_bin=990140000017 indication=malignant_neoplasm icd10=C34
08:40 doctor prescription.issued prescription=rx1 patient=p1 product=morphine single_dose=10mg route=20066000
    frequency=3/d duration_days=10 starts_on=2026-03-02 units=30 setting=home record_no=1
08:50 doctor prescription.issued prescription=rx2 patient=p1 product=morphine single_dose=10mg route=20066000
    frequency=6/d duration_days=5 starts_on=2026-03-02 units=30 setting=inpatient record_no=2
09:00 [dose] nurse + nurse2 dose.administered patient=p1 prescription=rx2 place=ward product=morphine lots=[A 1]
    dose=10mg
09:30 [broken] nurse + nurse2 stock.broken place=ward lines=[morphine A 1] how=SPOKEN fragments_kept=true
09:40 pharm + nurse entry.reversed id=@broken reason=wrong_quantity note=SPOKEN packs=never_left
10:00 nurse + nurse2 stock.broken place=ward lines=[morphine A 2] how=SPOKEN fragments_kept=true
11:00 [empties] pharm + nurse empties.collected place=ward lines=[morphine A empty=1 partial=0] seal_no=E-1
    to_place=custody
12:00 [count] pharm + nurse stock.counted place=safe blind=true purpose=periodic lines=[morphine A 60, morphine X 29]
12:30 head + pharm discrepancy.resolved discrepancy=@count:1 cause=lost difference=-1 note=SPOKEN
13:00 [supply] pharm dispense.discharge prescription=rx1 patient=p1 place=safe lots=[X 20] days_supply=7
    collector={kind=relative identity=seen name=SPOKEN} discharge_summary_no=78 decided_by=doctor home_kato=103230100
    home_phc_bin=990140000017
13:10 doctor patient.registered patient=p2 identity={name="Test Two" no_iin_reason=newborn born_on=1891-01-01
    address="Abai 2"} home_kato=101010000 home_phc_bin=990140000017 indication=malignant_neoplasm icd10=C34
13:20 doctor prescription.issued prescription=rx3 patient=p2 product=morphine single_dose=10mg route=20066000
    frequency=2/d duration_days=4 starts_on=2026-03-02 units=8 setting=home record_no=3
13:30 pharm dispense.outpatient prescription=rx3 patient=p2 place=safe lots=[X 8] days_supply=4
    collector={kind=patient identity=seen}
day 2026-03-05 Thursday
10:00 doctor patient.died patient=p1 died_on=2026-03-05
11:00 [return] pharm unused.returned patient=p1 brought_by=SPOKEN relation=wife reason=patient_died
    lines=[morphine X intact=9 broken=1] empties_declined=true seal_no=R-1
    place=custody signed_by_relative=yes
12:00 [destroyed] head destruction.performed act_no=3 method=dissolving place=custody
    commission=[head, pharm, feldsher] items=[seal_no=R-1, seal_no=E-1]
13:00 [visit] inspector inspection.opened scope=SPOKEN document_no=I-3
13:10 [finding] inspector inspection.noted text=SPOKEN about=@count
14:00 head inspection.answered note=@finding text=SPOKEN
```"""
LOT = "X"
FORTY_LINES = "\n".join(f"line {n} of the note" for n in range(1, 41))
HOSTILE_LOT = "A'1\"<b>&\\)"
HOSTILE = (
    "<b>Bold</b><script>alert(1)</script> &amp; {n} %s",
    "Сepikoв Аyгүл",  # Latin e, p, i, k, o and y among Cyrillic letters
    "\u05d0\u05d1\u05d2 abc \u0627\u0628\u062c",  # letters that run from the right; marks that turn are refused
    FORTY_LINES,
    "=cmd|' /C calc'!A0",
    ") Tj ET Q (",
)
PLAIN = ("Кәрім Ғалия",)
MARCH = Period(from_on=date(2026, 3, 1), to_on=date(2026, 3, 31))
KINDS: Mapping[str, Mapping[str, Any]] = {
    "register": {"product": "morphine", "place": None, "period": MARCH},
    "dispense": {"entry": "supply"},
    "dose-history": {"patient": "p1"},
    "return": {"entry": "return"},
    "empties": {"entry": "empties"},
    "destruction": {"entry": "destroyed"},
    "count": {"entry": "count"},
    "circle": {},
    "verification": {"entry": "visit"},
    "monthly": {"period": MARCH},
    "sheet": {"entry": "sheet"},
}
"""By kind what is asked; an entry by its name in the story."""


@contextmanager
def told(folder: Path, *, hostile: bool = False) -> Iterator[Stage]:
    """The story, played."""
    stage, words = Stage(folder), iter((HOSTILE if hostile else PLAIN) * 99)
    ceremony: list[Step] = []
    for step in read_story(STORY):
        assert isinstance(step, Step)
        ceremony.append(replace(step, body=_spoken(step.body, words, HOSTILE_LOT if hostile else LOT)))
        if not step.with_next:
            word, codes = stage.play(ceremony)
            assert word == "recorded", (step, codes)
            ceremony = []
    try:
        yield stage
    finally:
        stage.house.close()


def asked(stage: Stage, kind: str, language: str = "en") -> Asked:
    options = dict(KINDS[kind])
    if "entry" in options:
        options["entry"] = stage.labels[options["entry"]][1]
    return Asked(kind=kind, language=language, **options)


def _spoken(value: Any, words: Iterator[str], lot: str) -> Any:
    if isinstance(value, dict):
        return {
            name: lot if (name, each) == ("lot", LOT) else _spoken(each, words, lot) for name, each in value.items()
        }
    if isinstance(value, list):
        return [_spoken(each, words, lot) for each in value]
    return next(words) if value == "SPOKEN" else value
