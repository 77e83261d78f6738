"""Why somebody looked stands in the access log as they said it."""

from urllib.parse import quote

import pytest

from tests.api.serving import Served
from tests.api.v1.signing import PREVIEW, command
from tests.faults.counter import SUPPLY

REASON = "«50%25 less», as %41 said"


def noted_since(served: Served, size: int) -> set[str]:
    return {row.reason for row in served.site.access.read() if row.seq >= size and row.kind != "token_made"}


@pytest.mark.parametrize(
    "path",
    [
        "entries/{seq}",
        "entries?patient=p1",
        "entries",
        "patients/p1",
        "circle",
        "circle?patient=p1",
        "reports/dose-history/draft.pdf?patient=p1",
        "reports/dispense/draft.pdf?entry={seq}",
        "fhir/Patient/p1",
    ],
)
def test_a_reason_in_the_header_is_decoded_once_at_every_look(served: Served, path: str) -> None:
    served.counter.tell(f"09:00 pharm dispense.outpatient {SUPPLY} lots=[A 6] days_supply=2")
    size, seq = served.site.access.head()[0], served.counter.size() - 1
    answer = served.call("GET", f"/api/v1/{path.format(seq=seq)}", reason=quote(REASON))
    assert answer.status_code == 200, answer.text
    assert noted_since(served, size) == {REASON}


def test_a_reason_in_the_header_is_decoded_once_at_a_preview(served: Served) -> None:
    died = command(
        served.counter, "patient.died", {"patient": "p1", "died_on": "2026-03-02"}, performer="doctor", witness=None
    )
    size = served.site.access.head()[0]
    answer = served.call("POST", PREVIEW, who="doctor", json={"command": died}, reason=quote(REASON))
    assert answer.json()["entries"][0]["refusals"] == [], answer.text
    assert noted_since(served, size) == {REASON}


@pytest.mark.parametrize("path", ["entry/{seq}", "rows/late"])
def test_a_reason_that_is_typed_is_kept_letter_by_letter(served: Served, path: str) -> None:
    seq, size = served.counter.labels["rx1"][1], served.site.access.head()[0]
    answer = served.call(
        "POST", f"/inspection/{path.format(seq=seq)}/names", who="inspector", reason=None, data={"reason": REASON}
    )
    assert answer.status_code == 200, answer.text
    assert noted_since(served, size) == {REASON}
