"""Lists signed wrongly, by the wrong, too often, too late or for something else: nothing of them is recorded."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from ledger.log.canonical import to_timestamp
from ledger.log.encoding import from_base64, to_base64
from ledger.log.signing import sign_statements
from tests.api.hostile.conftest import verify_whole
from tests.api.hostile.judging import nothing_recorded, verify_refused
from tests.api.serving import Served, serve
from tests.api.v1.signing import WAIT, command, moved, preview, record, sign
from tests.faults.counter import OPENING, Counter

List = dict[str, Any]
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A counter whose ledger grows only by what is right."""
    counter = Counter(tmp_path_factory.mktemp("lists"))
    counter.tell(OPENING)
    with serve(counter, calls_a_minute=10**9) as served:
        yield served
        verify_whole(counter)
    counter.house.close()


def two(served: Served) -> List:
    """Two moves, signed by pharmacist and nurse; every signature names its hashes."""
    counter = served.counter
    told = preview(served, command(counter), command(counter, body=moved(2)))
    entries = [{name: each[name] for name in ("statement", "openings")} for each in told["entries"]]
    return {"entries": entries, "signatures": _signed(counter, entries, ["pharm", "nurse"])}


def _signed(counter: Counter, entries: list[Any], by: list[str]) -> list[dict[str, Any]]:
    statements = [each["statement"] for each in entries]
    return [sign_statements(statements, by=name, key=counter.keys[name])[0] for name in by]


def _change(counter: Counter, bad: List, **change: Any) -> None:
    """Rightly signed by both, but the second statement says something else."""
    bad["entries"][1]["statement"] |= change
    bad["signatures"] = _signed(counter, bad["entries"], ["pharm", "nurse"])


def _called(name: str, spoil: Callable[[Counter, List], None]) -> Callable[[Counter, List], None]:
    spoil.__name__ = name
    return spoil


def _of(change: Callable[[list[str]], list[str]]) -> Callable[[Counter, List], None]:
    def spoil(_: Counter, bad: List) -> None:
        bad["signatures"][0]["of"] = change(bad["signatures"][0]["of"])

    return _called("of", spoil)


def _says(**change: Any) -> Callable[[Counter, List], None]:
    def spoil(counter: Counter, bad: List) -> None:
        _change(counter, bad, **change)

    return _called(f"says {', '.join(change)}", spoil)


def _minutes(minutes: float) -> Callable[[Counter, List], None]:
    def spoil(counter: Counter, bad: List) -> None:
        _change(counter, bad, occurred_at=to_timestamp(counter.now + timedelta(minutes=minutes)))

    return _called(f"{minutes} minutes", spoil)


def _member(name: str, value: Any) -> Callable[[Counter, List], None]:
    def spoil(_: Counter, bad: List) -> None:
        bad["signatures"][0][name] = value

    return _called(f"signed with {name}={str(value)[:12]}", spoil)


def _changed_hands(_: Counter, bad: List) -> None:
    one, other = bad["signatures"]
    one["by"], other["by"] = other["by"], one["by"]


def _same_hand_twice(counter: Counter, bad: List) -> None:
    """The pharmacist signs for the nurse."""
    forged = sign_statements([each["statement"] for each in bad["entries"]], by="nurse", key=counter.keys["pharm"])[0]
    bad["signatures"][1] = forged


def _own_witness(counter: Counter, bad: List) -> None:
    for each in bad["entries"]:
        each["statement"]["witness"] = "pharm"
    bad["signatures"] = _signed(counter, bad["entries"], ["pharm"])


def _signed_one_by_one(counter: Counter, bad: List) -> None:
    """A signature over one statement does not carry two."""
    bad["signatures"] = [
        {**_signed(counter, bad["entries"][:1], [name])[0]} for name in ("pharm", "nurse")
    ]  # fmt: skip


def _one_of_two(_: Counter, bad: List) -> None:
    del bad["entries"][0]


def _same_twice(counter: Counter, bad: List) -> None:
    bad["entries"][1] = deepcopy(bad["entries"][0])
    bad["signatures"] = _signed(counter, bad["entries"], ["pharm", "nurse"])


def _same_id(counter: Counter, bad: List) -> None:
    _change(counter, bad, id=bad["entries"][0]["statement"]["id"])


def _padded(_: Counter, bad: List) -> None:
    bad["signatures"][0]["value"] = bad["signatures"][0]["value"].rstrip("=")


def _spaced(_: Counter, bad: List) -> None:
    bad["signatures"][0]["value"] += "\n"


def _malleable(_: Counter, bad: List) -> None:
    """S + L is the same point equation, and no signature (RFC 8032, section 5.1.7)."""
    value = from_base64(bad["signatures"][0]["value"])
    s = int.from_bytes(value[32:], "little") + ED25519_ORDER
    bad["signatures"][0]["value"] = to_base64(value[:32] + s.to_bytes(32, "little"))


def _opening_of_nothing(_: Counter, bad: List) -> None:
    bad["entries"][0]["openings"] = [{"path": "body.lines", "value": "x", "key": to_base64(bytes(32))}]


INVALID, BYTES = (401, "signature_invalid"), (400, "bytes_rejected")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_of(lambda of: of[:1]), INVALID),
        (_of(lambda of: [*of, "0" * 64]), INVALID),
        (_of(lambda of: [of[0], of[0]]), INVALID),
        (_of(lambda of: of[::-1]), INVALID),
        (_of(lambda of: [each.upper() for each in of]), INVALID),
        (_of(lambda of: []), INVALID),
        (_changed_hands, INVALID),
        (_same_hand_twice, INVALID),
        (_signed_one_by_one, INVALID),
        (_one_of_two, INVALID),
        (_padded, BYTES),
        (_spaced, BYTES),
        (_malleable, INVALID),
        (_member("alg", "none"), BYTES),
        (_member("alg", "ED25519"), BYTES),
        (_member("alg", "ecdsa-p256"), BYTES),
        (_member("key", "0" * 16), INVALID),
        (_member("key", "f" * 17), BYTES),
        (_member("value", ""), BYTES),
        (_member("value", to_base64(bytes(64))), INVALID),
        (_member("by", "ledger"), (403, "not_allowed")),
        (_member("authenticator_data", "AA=="), BYTES),
        (_own_witness, (422, "witness_same_person")),
        (_same_twice, None),
        (_same_id, (409, "id_reused")),
        (_minutes(5.1), (422, "time_in_future")),
        (_minutes(-60 * 24 * 400), None),
        (_says(log="senim/another-hospital/1"), None),
        (_says(genesis="0" * 64), (409, "seen_unknown")),
        (_says(seen={"seq": -1, "leaf": "0" * 64}), BYTES),
        (_says(performer="ledger"), None),
        (_says(performer="head"), None),
        (_says(witness="nobody"), None),
        (_says(type="facility.opened"), None),
        (_says(type="report.issued"), None),
        (_says(type="x" * 1_000), None),
        (_says(extra=1), None),
        (_says(acknowledged=[{"code": "b"}, {"code": "a"}]), None),
        (_says(late_reason="in clear"), None),
        (_says(sealed={"body.lines.0.lot": "0" * 64}), None),
        (_says(body=moved(-1)), None),
        (_says(body=moved(2**53 - 1)), None),
        (_says(body=moved(1) | {"x": "y"}), None),
        (_opening_of_nothing, None),
    ],
    ids=lambda given: getattr(given, "__name__", "").strip("_").replace("_", " ") or "refused",
)
def test_nothing_of_a_list_that_is_signed_wrongly_is_recorded(
    counted: Served, spoil: Callable[[Counter, List], None], said: tuple[int, str] | None
) -> None:
    bad = two(counted)
    spoil(counted.counter, bad)
    with nothing_recorded(counted):
        answer = record(counted, bad)
        told = answer.status_code, verify_refused(answer)
        assert said is None or told == said, answer.text
        parked = counted.call("POST", WAIT, json=bad | {"for": "nurse"})
        verify_refused(parked)


@pytest.mark.parametrize("minutes", [4.9, -4.9, -60])
def test_a_clock_that_is_a_little_off_is_no_attack(counted: Served, minutes: float) -> None:
    asked = command(counted.counter, occurred_at=(counted.counter.now + timedelta(minutes=minutes)).isoformat())
    if minutes > -5:
        assert record(counted, sign(counted.counter, preview(counted, asked))).status_code == 201
    else:  # before the lot came
        assert preview(counted, asked)["sign"] is None


def test_a_signature_is_for_one_list_only(counted: Served) -> None:
    """Replayed as it was it answers as before; over anything else it is worth nothing."""
    first = two(counted)
    assert record(counted, first).status_code == 201
    other = two(counted)
    other["signatures"] = first["signatures"]
    with nothing_recorded(counted):
        again = record(counted, first)
        assert (again.status_code, again.headers["idempotent-replay"]) == (200, "true")
        for bad in (
            other,
            other | {"signatures": [{k: v for k, v in s.items() if k != "of"} for s in other["signatures"]]},
        ):
            answer = record(counted, bad)
            assert (answer.status_code, verify_refused(answer)) == INVALID


@pytest.mark.parametrize("who", ["pharm2", "head", "registrar", "inspector"])
def test_nobody_hands_in_or_parks_what_others_signed(counted: Served, who: str) -> None:
    signed = two(counted)
    with nothing_recorded(counted):
        for path in ("/api/v1/entries", WAIT):
            body = signed if path != WAIT else signed | {"for": "nurse"}
            answer = counted.call("POST", path, who=who, json=body)
            assert (answer.status_code, verify_refused(answer)) == (403, "not_allowed"), path


def test_a_revoked_key_signs_nothing_any_more(counted: Served) -> None:
    counter = counted.counter
    late = sign(counter, preview(counted, command(counter, witness="nurse2")))
    raw = {"key": late["signatures"][1]["key"], "reason": "lost"}
    told = preview(counted, command(counter, "key.revoked", raw, witness=None), who="nurse2")
    assert record(counted, sign(counter, told), who="nurse2").status_code == 201
    with nothing_recorded(counted):
        answer = record(counted, late)
        assert (answer.status_code, verify_refused(answer)) == INVALID
    assert "nurse2" not in preview(counted, command(counter, witness="nurse2"))["keys"]


def test_an_opening_of_another_entry_opens_nothing(counted: Served) -> None:
    counter = counted.counter
    identity = {"name": "Test", "iin": None, "no_iin_reason": "no papers", "born_on": "1950-01-01", "address": "x"}
    body = {"identity": identity, "home_kato": "101010000", "home_phc_bin": "990140000017", "indication": "other"}
    asked = [command(counter, "patient.registered", body | {"icd10": "C50"}, witness=None) for _ in range(2)]
    first, second = (sign(counter, preview(counted, each)) for each in asked)
    with nothing_recorded(counted):
        for place in range(len(first["entries"][0]["openings"])):
            bad = deepcopy(first)
            bad["entries"][0]["openings"][place] = second["entries"][0]["openings"][place]
            answer = record(counted, bad)
            assert (answer.status_code, verify_refused(answer)) == (422, "opening_rejected")
            bad["entries"][0]["openings"][place] = first["entries"][0]["openings"][place] | {"value": "other"}
            assert verify_refused(record(counted, bad)) in ("opening_rejected", "malformed", "field_missing")
