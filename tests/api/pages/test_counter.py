"""What the counter shows: who it is, what may be handed out and why the rest may not, and how things are found."""

import re
from collections.abc import Iterator
from html import unescape

import pytest

from tests.api.conftest import opened
from tests.api.serving import Served

_HOME = "home_phc_bin=990140000017 indication=dementia icd10=F03"
_COURSE = "single_dose=10mg route=20066000 frequency=2/d setting=home record_no=1"
WORLD = f"""
08:50 head + pharm stock.received place=safe supplier=Pharm document_no=ТТН-7 lines=[diazepam OLD 5
    expires_on=2026-04-01, diazepam NEW 50 expires_on=2027-06-30, diazepam GONE 9 expires_on=2026-03-03,
    diazepam HELD 7 expires_on=2027-06-30]
08:51 pharm lot.quarantined product=diazepam lot=HELD reason="wrong colour"
08:52 doctor patient.registered patient=p7 home_kato=103230100 {_HOME}
    identity={{name="Бақыт Сейітова" address="1" iin=900101100004 born_on=1890-01-01}}
08:53 doctor patient.registered patient=p8 home_kato=101010000 {_HOME}
    identity={{name="Қайрат Сейітов" address="1" no_iin_reason=none born_on=1890-01-01}}
08:54 doctor prescription.issued prescription=rx-open patient=p7 product=diazepam units=40 starts_on=2026-03-02
    duration_days=20 {_COURSE}
08:55 doctor prescription.issued prescription=rx-later patient=p7 product=diazepam units=20 starts_on=2026-03-20
    duration_days=10 {_COURSE}
08:56 doctor prescription.issued prescription=rx-ward patient=p7 product=diazepam units=20 starts_on=2026-03-02
    duration_days=10 {_COURSE} setting=inpatient
08:57 doctor prescription.issued prescription=rx-short patient=p7 product=diazepam units=2 starts_on=2026-03-02
    duration_days=1 {_COURSE}
08:58 doctor prescription.issued prescription=rx-stop patient=p7 product=diazepam units=40 starts_on=2026-03-02
    duration_days=20 {_COURSE}
09:00 doctor prescription.stopped prescription=rx-stop reason=sleepy
09:01 doctor patient.died patient=p8 died_on=2026-03-02
09:02 pharm dispense.outpatient prescription=rx1 patient=p1 place=safe lots=[A 6] days_supply=2
    collector={{kind=relative name="Айша" identity=seen}}
09:03 pharm unused.returned patient=p1 brought_by=Айша relation=daughter reason=other
    lines=[morphine A intact=2 broken=0]
    empties_declined=false seal_no=П-1 place=custody signed_by_relative=yes
day 2026-03-05
08:00 head + pharm stock.counted place=safe blind=true purpose=periodic lines=[morphine A 34]
"""


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with opened(tmp_path_factory.mktemp("counter")) as served:
        served.counter.tell(WORLD)
        yield served


def ask(counter: Served, path: str, **typed: str) -> str:
    answer = counter.call("POST", path, data={"place": "safe", **typed}, reason=None)
    assert answer.status_code == 200
    return answer.text


def test_the_basket_holds_what_may_be_given_and_says_why_the_rest_is_missing(counter: Served) -> None:
    card = ask(counter, "/counter/find", q="900101100004")
    basket, missing = card.split("Not in the basket")
    assert 'value="rx-open"' in basket
    assert "Бақыт Сейітова" in basket
    for prescription, why in {
        "rx-later": "begins on 20 Mar 2026",
        "rx-ward": "for the ward",
        "rx-short": "the course ended on 2 Mar 2026",
        "rx-stop": "stopped by the physician on 2 Mar 2026",
    }.items():
        assert prescription not in basket
        assert f"{prescription}</span>: {why}" in missing


def test_the_oldest_lot_is_filled_in_first_and_what_may_not_be_given_says_so(counter: Served) -> None:
    card = ask(counter, "/counter/find", q="rx-open")
    offered = re.findall(r'data-take="(\d+)">\s*<input type="hidden" name="lot" value="(\w+)">', card)
    assert offered == [("5", "OLD"), ("15", "NEW")]  # ten days of two a day at a discharge
    assert "At most 10 days of supply" in card
    for said in ("Lot GONE: expired.", "Lot HELD: in quarantine."):
        assert said in card
    assert 'value="GONE"' not in card
    assert 'value="HELD"' not in card


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("900101100005", "wrong digit"),
        ("900101 100 005", "wrong digit"),
        ("900101 100 004", "Бақыт Сейітова"),
        ("nobody", "No patient of this name"),
        ("a", "at least two letters"),
        ("", "at least two letters"),
    ],
)
def test_what_is_typed_is_found_or_says_why_not(counter: Served, typed: str, said: str) -> None:
    assert said in ask(counter, "/counter/find", q=typed)


@pytest.mark.parametrize(
    ("typed", "filled"),
    [
        ("Ботагөз", 'value="Ботагөз"'),
        *((typed, 'value="900101100004"') for typed in ("900101100004", "900101 100-004")),
        ("Horse-9", None),
        ("", None),
    ],
)
def test_who_was_looked_for_in_vain_is_filled_in_where_they_are_new(
    counter: Served, typed: str, filled: str | None
) -> None:
    form = ask(counter, "/counter/new", q=typed)
    assert (filled or 'value=""') in form
    assert filled or "Horse" not in form


def test_a_name_is_folded_and_the_dead_are_marked(counter: Served) -> None:
    found = ask(counter, "/counter/find", q="сейитов")
    assert (found.count("<button>"), "died on 2 Mar 2026" in found) == (2, True)
    card = ask(counter, "/counter/patient", patient="p8")
    assert "Nothing is handed out any more" in card
    assert "basket" not in card


def test_the_other_record_of_one_person_is_offered_and_never_the_same_one(counter: Served) -> None:
    others = ask(counter, "/counter/others", **{"other": "сейитов", "body.keep": "p7"})
    assert (others.count("radio"), 'value="p8"' in others) == (1, True)


def test_whoever_is_shown_stands_in_the_access_log_first(counter: Served) -> None:
    before = len(counter.site.access.read())
    ask(counter, "/counter/find", q="Сейітова")
    rows = counter.site.access.read()[:-before]
    assert {(row.patient, row.reason) for row in rows} == {("p7", "at the counter")}


def test_who_collected_before_is_remembered(counter: Served) -> None:
    assert 'data-collector="relative" data-name="Айша"' in ask(counter, "/counter/find", q="rx1")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("П-1", "return of unused packs"),
        ("п-1", "return of unused packs"),
        ("ттн-7", "receipt from a supplier"),
        ("rx-stop", "stop of a prescription"),
        ("NEW", "50"),
        ("new", "50"),
        ("Бакыт", "Бақыт Сейітова"),
        ("0", "/entries/0"),
        ("№ 1", "/entries/1"),
        ("999999", "nothing was found"),
    ],
)
def test_search_finds_by_every_number_that_people_have_in_hand(counter: Served, typed: str, said: str) -> None:
    assert said.casefold() in ask(counter, "/search/find", q=typed).casefold()


def test_an_entry_of_a_patient_is_shown_for_a_reason_that_is_asked_where_none_is_implied(counter: Served) -> None:
    """Implied at the counter, and for whoever signed or ordered it; never for everybody who has its number."""
    types = {_type(counter, seq): seq for seq in range(counter.counter.size())}
    supply, course = types["dispense.outpatient"], types["prescription.issued"]

    def last(who: str) -> tuple[str | None, str | None]:
        (row, *_) = counter.site.access.read(person=who, limit=1)
        return row.detail, row.reason

    for who, seq, why in (("pharm", supply, "at the counter"), ("doctor", course, "own entry")):
        assert "Why do you look" not in counter.call("GET", f"/entries/{seq}", who=who, reason=None).text
        assert last(who) == (f"entry {seq}", why)
    for who, why, not_offered in (("nurse", "care now", "inspection"), ("inspector", "inspection", "care now")):
        path = f"/entries/{supply}"
        asked = counter.call("GET", path, who=who, reason=None).text
        assert ("Why do you look" in asked, "Айша" in asked) == (True, False)
        assert (f'"{why}"' in unescape(asked), f'"{not_offered}"' in unescape(asked)) == (True, False)
        for curious in ({}, {"reason": "curious"}):
            assert counter.call("POST", path, who=who, reason=None, data=curious).status_code == 400
        told = counter.call("POST", path, who=who, reason=None, data={"reason": why}).text
        assert "Айша" in told
        assert last(who) == (f"entry {supply}", why)
    assert "Why do you look" not in counter.call("GET", "/entries/0", who="nurse", reason=None).text


def test_an_entry_is_told_in_words_and_mended_only_by_who_may(counter: Served) -> None:
    supply = next(seq for seq in range(counter.counter.size()) if _type(counter, seq) == "dispense.outpatient")
    page = counter.call("GET", f"/entries/{supply}", reason=None).text
    assert "Айша" in page
    assert page.count('name="body.packs"') == 4
    seen = counter.call("POST", f"/entries/{supply}", who="inspector", reason=None, data={"reason": "inspection"}).text
    assert "Айша" in seen
    assert 'name="body.packs"' not in seen
    opened = counter.call("GET", "/entries/0", reason=None).text
    assert "is not taken back" in opened
    count = counter.call("GET", f"/entries/{counter.counter.size() - 1}", reason=None).text
    assert 'name="witness"' in count  # two counted, so two take it back
    assert counter.call("GET", "/entries/999999", reason=None).status_code == 404


def test_a_patient_is_in_no_address(counter: Served) -> None:
    for path in ("/counter/find", "/counter/patient", "/search/find", "/counter/correct"):
        assert counter.call("GET", f"{path}?q=p7", reason=None).status_code == 405


def _type(counter: Served, seq: int) -> str:
    return str(counter.call("GET", f"/api/v1/entries/{seq}").json()["entry"]["statement"]["type"])
