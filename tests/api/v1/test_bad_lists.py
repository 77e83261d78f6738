"""What a hostile client sends to `/entries` gets its documented status, and nothing is recorded."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest

from ledger.log.encoding import from_base64, to_base64
from ledger.log.sealed import commit
from ledger.log.signing import sign_statements
from tests.api.serving import Served, serve
from tests.api.v1.signing import RECORD, command, moved, preview, record, sign
from tests.faults.counter import OPENING, Counter
from tests.log.honest import Signer

List = dict[str, Any]
IDENTITY = {"name": "Test", "iin": None, "no_iin_reason": "no papers", "born_on": "1950-01-01", "address": "x"}
PATIENT = {"identity": IDENTITY, "home_kato": "101010000", "home_phc_bin": "990140000017", "indication": "other"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One for all: what a test leaves behind is in no other's way."""
    counter = Counter(tmp_path_factory.mktemp("counter"))
    counter.tell(OPENING)
    with serve(counter) as served:
        yield served
    counter.house.close()


def make(served: Served) -> List:
    """A list of two, with sealed values, by one person."""
    counter = served.counter
    body = PATIENT | {"icd10": "C50"}
    asked = [command(counter, "patient.registered", body, witness=None) for _ in range(2)]
    return sign(counter, preview(served, *asked))


def _moved_signature(counter: Counter, bad: List) -> None:
    """The signature of another statement of the same person."""
    other = bad["entries"][1]["statement"]
    bad["signatures"] = sign_statements([other], by="pharm", key=counter.keys["pharm"])


def _altered(counter: Counter, bad: List) -> None:
    value = bytearray(from_base64(bad["signatures"][0]["value"]))
    value[0] ^= 1
    bad["signatures"][0]["value"] = to_base64(bytes(value))


def _of_another(counter: Counter, bad: List) -> None:
    statements = [each["statement"] for each in bad["entries"]]
    other = sign_statements(statements, by="pharm", key=counter.keys["pharm2"])[0]
    bad["signatures"] = [other]


def _by_an_import_key(counter: Counter, bad: List) -> None:
    key = counter.house.ledger.secrets.make_import_key("pharm")
    counter.give("patient.registered", PATIENT | {"icd10": "C50", "patient": "by-import"})
    statements = [each["statement"] for each in bad["entries"]]
    bad["signatures"] = sign_statements(statements, by="pharm", key=key)[:1]


def _twice(counter: Counter, bad: List) -> None:
    bad["signatures"] *= 2


def _one_too_many(counter: Counter, bad: List) -> None:
    statements = [each["statement"] for each in bad["entries"]]
    bad["signatures"] += sign_statements(statements, by="nurse", key=counter.keys["nurse"])[:1]


def _other_of(counter: Counter, bad: List) -> None:
    bad["signatures"][0]["of"] = ["0" * 64, "1" * 64]


def _half(counter: Counter, bad: List) -> None:
    del bad["entries"][1]


def _turned_round(counter: Counter, bad: List) -> None:
    bad["entries"].reverse()


def _stale(counter: Counter, bad: List) -> None:
    _again(counter, bad, {"seen": {"seq": 3, "leaf": "a" * 64}})


def _ahead(counter: Counter, bad: List) -> None:
    _again(counter, bad, {"seen": {"seq": 10_000, "leaf": "a" * 64}})


def _of_another_log(counter: Counter, bad: List) -> None:
    _again(counter, bad, {"genesis": "a" * 64})


def _in_the_future(counter: Counter, bad: List) -> None:
    _again(counter, bad, {"occurred_at": "2036-03-02T08:00:00.000000Z"})


def _again(counter: Counter, bad: List, change: dict[str, Any]) -> None:
    """Rightly signed, but the statement says something else."""
    bad["entries"][0]["statement"] |= change
    statements = [each["statement"] for each in bad["entries"]]
    bad["signatures"] = sign_statements(statements, by="pharm", key=counter.keys["pharm"])[:1]


def _swapped_openings(counter: Counter, bad: List) -> None:
    one, two = bad["entries"]
    one["openings"], two["openings"] = two["openings"], one["openings"]


def _swapped_values(counter: Counter, bad: List) -> None:
    first, second = bad["entries"][0]["openings"][:2]
    first["value"], second["value"] = second["value"], first["value"]


def _one_key_in_an_entry(counter: Counter, bad: List) -> None:
    first, second = bad["entries"][0]["openings"][:2]
    _seal_again(counter, bad, second | {"key": first["key"]}, of=0)


def _one_key_in_two_entries(counter: Counter, bad: List) -> None:
    first, second = (entry["openings"][0] for entry in bad["entries"])
    _seal_again(counter, bad, second | {"key": first["key"]}, of=1)


def _seal_again(counter: Counter, bad: List, opening: dict[str, Any], *, of: int) -> None:
    """Rightly sealed and signed, but under that key."""
    statement, openings = bad["entries"][of]["statement"], bad["entries"][of]["openings"]
    place = [each["path"] for each in openings].index(opening["path"])
    openings[place] = opening
    key, log, id, path = from_base64(opening["key"]), statement["log"], statement["id"], opening["path"]
    statement["sealed"][path] = commit(opening["value"], key=key, log=log, id=id, path=path)
    _again(counter, bad, {})


def _without_openings(counter: Counter, bad: List) -> None:
    bad["entries"][0]["openings"] = []


def _opened_twice(counter: Counter, bad: List) -> None:
    bad["entries"][0]["openings"] *= 2


def _float(counter: Counter, bad: List) -> None:
    bad["entries"][0]["statement"]["body"]["n"] = 1.5


def _no_statement(counter: Counter, bad: List) -> None:
    bad["entries"][0]["statement"] = {"type": "stock.moved"}


def _deep(counter: Counter, bad: List) -> None:
    at: dict[str, Any] = bad["entries"][0]["statement"]["body"]
    for _ in range(60):
        at["x"] = {}
        at = at["x"]


def _unknown_member(counter: Counter, bad: List) -> None:
    bad["signatures"][0]["note"] = "x"


def _passkey_without_its_parts(counter: Counter, bad: List) -> None:
    bad["signatures"][0]["alg"] = "webauthn-es256"


def _nobody(counter: Counter, bad: List) -> None:
    bad["signatures"] = []


@pytest.mark.parametrize(
    ("spoil", "status", "code"),
    [
        (_moved_signature, 401, "signature_invalid"),
        (_altered, 401, "signature_invalid"),
        (_of_another, 401, "signature_invalid"),
        (_by_an_import_key, 401, "signature_invalid"),
        (_twice, 401, "signature_invalid"),
        (_one_too_many, 401, "signature_invalid"),
        (_other_of, 401, "signature_invalid"),
        (_half, 401, "signature_invalid"),
        (_turned_round, 401, "signature_invalid"),
        (_stale, 409, "seen_unknown"),
        (_ahead, 409, "seen_unknown"),
        (_of_another_log, 409, "seen_unknown"),
        (_in_the_future, 422, "time_in_future"),
        (_swapped_openings, 422, "opening_rejected"),
        (_swapped_values, 422, "opening_rejected"),
        (_one_key_in_an_entry, 422, "opening_twice"),
        (_one_key_in_two_entries, 422, "opening_twice"),
        (_without_openings, 422, "field_missing"),
        (_opened_twice, 400, "bytes_rejected"),
        (_float, 400, "bytes_rejected"),
        (_no_statement, 400, "bytes_rejected"),
        (_deep, 400, "bytes_rejected"),
        (_unknown_member, 400, "parameter_malformed"),
        (_passkey_without_its_parts, 400, "bytes_rejected"),
        (_nobody, 400, "parameter_malformed"),
    ],
)
def test_nothing_is_recorded_of_a_list_that_was_tampered_with(
    served: Served, spoil: Callable[[Counter, List], None], status: int, code: str
) -> None:
    signed = make(served)
    bad = deepcopy(signed)
    spoil(served.counter, bad)
    size = served.counter.size()
    answer = record(served, bad)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.json()["recorded"] is False
    assert served.counter.size() == size
    assert record(served, signed).status_code == 201


def test_an_id_is_never_used_for_something_else(served: Served) -> None:
    asked = command(served.counter)
    other = sign(served.counter, preview(served, asked | {"body": moved(2)}))
    assert record(served, sign(served.counter, preview(served, asked))).status_code == 201
    size = served.counter.size()
    answer = record(served, other)
    assert (answer.status_code, answer.json()["code"]) == (409, "id_reused")
    assert [each["code"] for each in preview(served, asked | {"body": moved(2)})["entries"][0]["refusals"]] == [
        "id_reused"
    ]
    assert served.counter.size() == size


def test_an_assertion_for_signing_in_is_no_signature(served: Served) -> None:
    counter = served.counter
    passkey, to_sign_in = Signer("doctor", passkey=True), Signer("doctor", label="sign-in", passkey=True)
    counter._import("key.enrolled", passkey.enrolment(counter.house.ledger.log), "head")
    told = preview(
        served, command(counter, "patient.registered", PATIENT | {"icd10": "C50"}, witness=None), who="doctor"
    )
    assert told["keys"] == {"doctor": passkey.id}
    entries = [{name: each[name] for name in ("statement", "openings")} for each in told["entries"]]
    message, size = from_base64(told["sign"]), counter.size()

    def answer(key: Signer, assertion: dict[str, str]) -> tuple[int, str]:
        signature = {"by": "doctor", "key": key.id, "alg": key.alg} | assertion
        told = record(served, {"entries": entries, "signatures": [signature]}, who="doctor")
        return told.status_code, told.json().get("code", "recorded")

    refused = (401, "signature_invalid")
    assert answer(passkey, passkey.assertion(b"a challenge of the sign-in page")) == refused
    assert answer(to_sign_in, to_sign_in.assertion(message)) == refused
    assert answer(passkey, passkey.assertion(message, flags=1)) == refused  # present, but not verified
    assert answer(passkey, passkey.assertion(message, type="webauthn.create")) == refused
    assert answer(passkey, passkey.assertion(message, origin="https://elsewhere.example")) == refused
    assert counter.size() == size
    assert answer(passkey, passkey.assertion(message)) == (201, "recorded")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda text: text.replace('"entries"', '"entries": [], "entries"', 1), 400),
        (lambda text: text.replace('"units": 1', '"units": 1, "units": 1', 1), 400),
        (lambda text: text.replace('"units": 1', '"units": NaN', 1), 400),
        (lambda text: text[:-1], 400),
        (lambda text: text.replace("{", '{"x": "' + "x" * 2_100_000 + '", ', 1), 413),
    ],
    ids=["twice", "twice inside", "NaN", "cut", "large"],
)
def test_a_body_that_is_not_one_value_is_refused(served: Served, change: Callable[[str], str], status: int) -> None:
    text = json.dumps(sign(served.counter, preview(served, command(served.counter))))
    size = served.counter.size()
    assert served.call("POST", RECORD, content=change(text)).status_code == status
    assert served.counter.size() == size


def test_only_json_is_taken(served: Served) -> None:
    body = json.dumps(sign(served.counter, preview(served, command(served.counter))))
    size = served.counter.size()
    for media in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/json",
        "",
    ):
        answer = served.call("POST", RECORD, content=body, headers={"Content-Type": media})
        assert (answer.status_code, answer.json()["code"]) == (415, "media_type"), media
    assert served.counter.size() == size
    assert (
        served.call(
            "POST", RECORD, content=body, headers={"Content-Type": "application/json; charset=utf-8"}
        ).status_code
        == 201
    )
