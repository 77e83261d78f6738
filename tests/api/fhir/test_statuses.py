"""Status follows the ledger, and figures keep their text."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.api.fhir.conftest import chart_of, now_of
from tests.api.fhir.day import DAY, Json, read_all
from tests.faults.counter import Counter

ORDERS = {
    "rxUpart": "active",
    "rx-used": "completed",
    "rx-stop": "stopped",
    "rx-ward": "active",
    "rx-home": "completed",
    "rx-wrong": "entered-in-error",
}
SUPPLIES = {"part": "completed", "rest": "completed", "all": "completed", "back": "entered-in-error"}
GIVEN = {
    "given": "completed",
    "asked": "completed",
    "asleep": "not-done",
    "error": "entered-in-error",
    "mixed": "in-progress",
    "half": "completed",
}


class Told:
    """The day's resources: `of` by the label of the entry that made them."""

    def __init__(self, counter: Counter, now: str) -> None:
        self.labels = counter.labels
        with chart_of(counter.house.ledger, now) as chart:
            self.all = read_all(chart)

    def of(self, type: str, label: str) -> Json:
        return self.all[type, self.labels[label][0]]


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    made = Counter(Path(tmp_path_factory.mktemp("day")))
    made.tell(DAY)
    yield made
    made.house.close()


@pytest.fixture(scope="module")
def told(counter: Counter) -> Told:
    return Told(counter, now_of(counter))


def test_an_order_is_what_the_book_says_of_it(told: Told) -> None:
    assert {id: each["status"] for (type, id), each in told.all.items() if type == "MedicationRequest"} == ORDERS
    assert told.all["MedicationRequest", "rx-stop"]["statusReason"] == {"text": "sleepy all day"}


def test_a_course_ends_by_its_day(counter: Counter) -> None:
    later = Told(counter, "2026-03-12T12:00:00.000000Z")
    assert later.all["MedicationRequest", "rx-ward"]["status"] == "completed"


def test_a_supply_that_was_taken_back_was_entered_in_error(told: Told) -> None:
    assert {label: told.of("MedicationDispense", label)["status"] for label in SUPPLIES} == SUPPLIES
    (reason,) = told.of("MedicationDispense", "back")["statusReasonCodeableConcept"]["coding"]
    assert reason["code"] == "not_collected"


def test_a_part_of_the_course_is_called_a_part(told: Told) -> None:
    fills = [told.of("MedicationDispense", label)["type"]["coding"][0]["code"] for label in ("part", "rest", "all")]
    assert fills == ["FFP", "RFP", "FFC"]
    part = told.of("MedicationDispense", "part")
    assert part["quantity"]["value"] == 8
    lots = {each["batch"]["lotNumber"]: each["amount"]["numerator"]["value"] for each in part["contained"][1:]}
    assert lots == {"A": 5, "B": 3}
    assert part["receiver"] == [{"display": "Test Relative"}]


def test_a_discharge_says_where_to(told: Told) -> None:
    home = told.of("MedicationDispense", "home")
    (where,) = (each for each in home["contained"] if each["resourceType"] == "Location")
    assert home["destination"] == {"reference": f"#{where['id']}"}
    assert where["identifier"][0]["value"] == "103230100"
    assert home["category"]["coding"][0]["code"] == "discharge"


def test_what_was_given_and_what_was_not(told: Told) -> None:
    assert {label: told.of("MedicationAdministration", label)["status"] for label in GIVEN} == GIVEN
    asleep = told.of("MedicationAdministration", "asleep")
    assert [each["code"] for each in asleep["statusReason"][0]["coding"]] == ["asleep", "c"]
    assert asleep["effectiveDateTime"] == "2026-03-02T05:00:00.000000Z"
    given = told.of("MedicationAdministration", "given")
    assert [each["function"]["coding"][0]["code"] for each in given["performer"]] == ["performer", "witness"]
    assert given["request"] == {"reference": "MedicationRequest/rx-ward"}


def test_a_verbal_order_is_an_order_by_the_physician(told: Told) -> None:
    asked = told.of("MedicationAdministration", "asked")
    (order,) = (each for each in asked["contained"] if each["resourceType"] == "MedicationRequest")
    assert asked["request"] == {"reference": f"#{order['id']}"}
    assert order["requester"]["identifier"]["value"] == "doctor"


def test_an_infusion_runs_until_it_is_stopped(told: Told) -> None:
    mixed, half = (told.of("MedicationAdministration", label) for label in ("mixed", "half"))
    assert mixed["effectivePeriod"] == {"start": "2026-03-02T05:40:00.000000Z"}
    assert half["effectivePeriod"]["end"] == "2026-03-02T09:50:00.000000Z"
    assert half["dosage"]["dose"]["value"] == Decimal("1.875"), "a quarter of 7.5 mg"
    assert half["dosage"]["rateRatio"]["numerator"]["value"] == Decimal("7.5")
    strengths = {
        each["itemCodeableConcept"]["text"]: each["strength"]["numerator"]["value"]
        for each in mixed["contained"][0]["ingredient"]
    }
    assert strengths == {"morphine 10 mg": 30, "midazolam 5 mg": 10}


def test_a_version_is_the_last_entry_that_it_rests_on(told: Told) -> None:
    stopped, reversed_by = told.all["MedicationRequest", "rx-stop"], told.of("MedicationDispense", "back")
    assert int(stopped["meta"]["versionId"]) > int(reversed_by["meta"]["versionId"])
    assert told.of("MedicationDispense", "rest")["meta"]["versionId"] == str(told.labels["rest"][1])
    part = told.all["MedicationRequest", "rxUpart"]
    assert part["meta"]["versionId"] == str(told.labels["rest"][1]), "a supply may have used it up"


def test_one_person_under_two_ids(told: Told) -> None:
    kept, dropped = told.all["Patient", "pU1"], told.all["Patient", "p3"]
    assert kept["link"] == [{"other": {"reference": "Patient/p3"}, "type": "replaces"}]
    assert dropped["link"] == [{"other": {"reference": "Patient/pU1"}, "type": "replaced-by"}]
    assert (kept["active"], dropped["active"]) == (True, False)
    assert told.all["Patient", "p2"]["deceasedDateTime"] == "2026-03-02"


def test_who_was_erased_has_no_name_and_the_gap_says_so(counter: Counter) -> None:
    counter.house.ledger.vault.destroy("patient:p2")
    erased = Told(counter, now_of(counter)).all["Patient", "p2"]
    masked = [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}]
    assert erased["name"] == [{"extension": masked}]
    assert erased["_birthDate"] == {"extension": masked}
    assert "Test" not in str(erased)
