"""Who holds a lot, and what is owed: asked as a pharmacist asks, on the day of a recall."""

from pathlib import Path

import pytest

from tests.cli.conftest import Senim, Told
from tests.stories.notation import Step, read_story
from tests.stories.stage import Stage

DAY = """
```story
day 2026-03-02 Monday
08:00 head + pharm stock.opened place=safe lines=[morphine A 60 expires_on=2027-06-30,
    morphine B 60 expires_on=2027-12-31]
08:10 pharm + nurse stock.moved from_place=safe to_place=ward lines=[morphine A 6]
08:20 pharm + nurse stock.sent from_place=safe to_log=senim/rural/1 lines=[morphine A 4] document_no=T-1
08:30 doctor patient.registered patient=p1 identity={name="Test One" no_iin_reason="no papers" born_on=1890-01-01
    address="Abai 1"} home_kato=103230100 home_phc_bin=050340000079 indication=malignant_neoplasm icd10=C34
08:31 doctor patient.registered patient=p2 identity={name="Test Two" no_iin_reason="no papers" born_on=1891-01-01
    address="Abai 2"} home_kato=101010000 home_phc_bin=990140000017 indication=dementia icd10=F03
08:40 doctor prescription.issued prescription=rx1 patient=p1 product=morphine single_dose=10mg route=20066000
    frequency=3/d duration_days=10 starts_on=2026-03-02 units=30 setting=home record_no=1
08:41 doctor prescription.issued prescription=rx2 patient=p2 product=morphine single_dose=10mg route=20066000
    frequency=3/d duration_days=5 starts_on=2026-03-02 units=15 setting=home record_no=2
09:00 [send] pharm dispense.discharge prescription=rx1 patient=p1 place=safe lots=[A 12] days_supply=4
    collector={kind=relative identity=seen} discharge_summary_no=17 decided_by=doctor home_kato=103230100
    home_phc_bin=050340000079
09:10 pharm dispense.outpatient prescription=rx2 patient=p2 place=safe lots=[A 9] days_supply=3
    collector={kind=patient identity=known}
09:30 pharm notice.received kind=acknowledged from_log=senim/abai/1 from_id=00000000-0000-4000-8000-000000000001
    about=@send
10:00 nurse unused.returned patient=p2 brought_by="the son" relation=son reason=dose_changed
    lines=[morphine A intact=3 broken=1 shortfall=used_not_recorded] empties_declined=false seal_no=R-1 place=custody
    signed_by_relative=yes
10:05 pharm unused.returned brought_by="a neighbour" relation=neighbour reason=found
    lines=[morphine - intact=2 broken=0] empties_declined=false seal_no=R-2 place=custody signed_by_relative=yes
10:10 pharm dispense.outpatient prescription=rx2 patient=p2 place=safe lots=[A 4] days_supply=2
    collector={kind=patient identity=known}
11:00 pharm lot.recalled product=morphine lot=A reason="particles seen" document_no=R-7
```
"""


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> "Asked":
    folder = tmp_path_factory.mktemp("recall")
    stage = Stage(folder)
    for told in read_story(DAY):
        assert isinstance(told, Step)
        word, codes = stage.play([told])
        assert word == told.said[0], (told, codes)
    stage.house.close()
    return Asked(folder)


class Asked:
    """`senim` on that day at noon."""

    def __init__(self, folder: Path) -> None:
        self.senim, self.folder = Senim(folder / "heads"), folder

    def __call__(self, *arguments: str, lang: str = "en") -> Told:
        return self.senim(*arguments, "--dir", self.folder / "data", lang=lang, COLUMNS="80", first=NOON)


NOON = """
from datetime import UTC, datetime
from ledger.cli.wiring import open_house
open_house.__kwdefaults__["clock"] = lambda: datetime(2026, 3, 2, 7, tzinfo=UTC)
"""


def test_every_holder_of_a_recalled_lot_is_named_with_whom_to_call(ask: Asked) -> None:
    told = ask("holders", "morphine", "A", "--json").json
    assert (told["state"], told["expires_on"], told["corrected_to"]) == ("recalled", "2027-06-30", [])
    members = ("where", "name", "units", "lot_read", "call", "at")
    assert [tuple(row.get(member) for member in members) for row in told["holders"]] == [
        ("safe", "safe", 25, True, None, None),
        ("ward", "ward", 6, True, None, None),
        ("bag", "R-1", 4, True, None, "custody"),
        ("bag", "R-2", 2, False, None, "custody"),
        ("home", "p2", 4, True, "990140000017", None),
        ("facility", "senim/rural/1", 4, True, None, None),
        ("facility", "senim/abai/1", 12, True, None, None),
    ]


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "en",
            ["The lot is recalled.", "30 Jun 2027", "lot not read", "ourselves", "Total: 55", "look into the bag"],
        ),
        ("ru", ["Серия отозвана.", "30.06.2027", "серия не прочитана", "мы сами", "Всего: 55", "загляните в пакет"]),
        (
            "kk",
            ["кері қайтарып алынған", "30.06.2027", "серия оқылмаған", "өзіміз", "Барлығы: 55", "қаптың ішін қараңыз"],
        ),
    ],
)
def test_it_is_said_in_the_readers_language_within_80_columns(ask: Asked, lang: str, said: list[str]) -> None:
    told = ask("holders", "morphine", "A", lang=lang).out
    assert [each for each in said if each not in told] == []
    assert max(map(len, told.splitlines() + ask("owed", lang=lang).out.splitlines())) <= 80


def test_a_lot_that_nobody_ever_told_of_is_no_empty_answer(ask: Asked) -> None:
    for lot in ("Z", "a\nb", "\udcff"):
        told = ask("holders", "morphine", lot, "--json")
        assert (told.code, told.json["code"]) == (2, "lot_unknown"), lot
    assert ask("holders", "nothing", "A", "--json").json["code"] == "product_unknown"


def test_what_is_owed_is_told_with_its_last_day_the_nearest_first(ask: Asked) -> None:
    rows = [
        {"patient": "p2", "prescription": "rx2", "product": "morphine", "supplied": 13, "left": 2},
        {"patient": "p1", "prescription": "rx1", "product": "morphine", "supplied": 12, "left": 18},
    ]
    rows = [row | {"until_on": day} for row, day in zip(rows, ("2026-03-06", "2026-03-11"), strict=True)]
    assert ask("owed", "--json").json == rows
    assert ask("owed", "p1", "--json").json == rows[1:]
    assert ask("owed", "nobody", "--json").json["code"] == "patient_unknown"
    assert "11 Mar 2026" in ask("owed", "p1").out
