from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from ledger.errors import BytesRejected
from ledger.log.canonical import from_bytes, from_timestamp, to_timestamp
from ledger.log.statement import NO_LEAF, build_entry, check_entry, check_log, spell_statement, to_statement_hash
from tests.log.honest import LOG, NURSE, lively

HEX = "ab" * 32
ENTRY = from_bytes(lively(1).entries[-1])
Spoil = Callable[[dict[str, Any]], Any]


def spoilt(change: Spoil) -> dict[str, Any]:
    entry = deepcopy(ENTRY)
    change(entry)
    return entry


def test_honest_entries_are_accepted() -> None:
    for data in lively(12).entries:
        entry = from_bytes(data)
        check_entry(entry)
        assert spell_statement(entry["statement"]).digest == to_statement_hash(entry["statement"])


@pytest.mark.parametrize("member", sorted(ENTRY))
def test_an_entry_lacks_no_member(member: str) -> None:
    with pytest.raises(BytesRejected, match="member_missing"):
        check_entry(spoilt(lambda entry: entry.pop(member)))


@pytest.mark.parametrize("member", sorted(ENTRY["statement"]))
def test_a_statement_lacks_no_member(member: str) -> None:
    with pytest.raises(BytesRejected, match="member_missing"):
        check_entry(spoilt(lambda entry: entry["statement"].pop(member)))


@pytest.mark.parametrize("member", sorted(ENTRY["signatures"][0]))
def test_a_signature_lacks_no_member(member: str) -> None:
    with pytest.raises(BytesRejected, match="member_missing"):
        check_entry(spoilt(lambda entry: entry["signatures"][0].pop(member)))


def to(path: str, value: Any) -> Spoil:
    """Puts `value` at a dotted path of an entry."""

    def change(entry: dict[str, Any]) -> None:
        *way, last = (int(step) if step.isdecimal() else step for step in path.split("."))
        place: Any = entry
        for step in way:
            place = place[step]
        place[last] = value

    return change


def late(seconds: int) -> Spoil:
    recorded = from_timestamp(ENTRY["recorded_at"])
    return to("statement.occurred_at", to_timestamp(recorded + timedelta(seconds=seconds)))


REFUSED: list[tuple[Spoil, str]] = [
    (to("surplus", 1), "member_unknown"),
    (to("v", 2), "version_unknown"),
    (to("v", True), "version_unknown"),
    (to("v", "1"), "version_unknown"),
    (to("seq", -1), "seq_malformed"),
    (to("seq", True), "seq_malformed"),
    (to("seq", "5"), "seq_malformed"),
    (to("seq", 0), "seen_missing|seen_not_before"),
    (to("prev", HEX.upper()), "hex_malformed"),
    (to("prev", HEX[2:]), "hex_malformed"),
    (to("prev", None), "hex_malformed"),
    (to("recorded_at", "2026-03-02T05:15:00Z"), "timestamp_malformed"),
    (to("recorded_at", "2026-02-30T05:15:00.000000Z"), "timestamp_unreal"),
    (to("via", "fax"), "via_unknown"),
    (to("via", ["web"]), "via_unknown"),
    (to("log", "senim/other/1"), "log_mismatch"),
    (to("signatures", []), "signatures_missing"),
    (to("signatures", {}), "signatures_missing"),
    (to("signatures.0", "x"), "not_an_object"),
    (to("signatures.0.surplus", 1), "member_unknown"),
    (to("signatures.0.authenticator_data", "AAAA"), "member_unknown"),
    (to("signatures.0.alg", "rsa"), "alg_unknown"),
    (to("signatures.0.alg", "webauthn-es256"), "member_missing"),
    (to("signatures.0.by", "A.Nurlanova"), "by_malformed"),
    (to("signatures.0.key", "ab"), "hex_malformed"),
    (to("signatures.0.value", "AAAA"), "signature_malformed"),
    (to("signatures.0.value", ""), "base64_malformed|signature_malformed"),
    (to("signatures.0.value", "A" * 85 + "B=="), "base64_malformed"),
    (to("signatures.0.value", "A" * 86), "base64_malformed"),
    (to("signatures.0.value", "A" * 85 + "-=="), "base64_malformed"),
    (to("signatures.0.of", HEX), "of_malformed"),
    (to("signatures.0.of", [HEX]), "of_malformed"),
    (to("signatures.0.of", [HEX, HEX.upper()]), "hex_malformed"),
    (to("statement", []), "not_an_object"),
    (to("statement.surplus", 1), "member_unknown"),
    (to("statement.id", ENTRY["statement"]["id"].upper()), "id_malformed"),
    (to("statement.id", ENTRY["statement"]["id"] + "\n"), "id_malformed"),
    (to("statement.id", ENTRY["statement"]["id"].replace("-", "")), "id_malformed"),
    (to("statement.log", "other"), "log_malformed"),
    (to("statement.genesis", HEX[1:]), "hex_malformed"),
    (to("statement.seen", {"seq": 1}), "member_missing"),
    (to("statement.seen.more", 1), "member_unknown"),
    (to("statement.seen.seq", 10**6), "seen_not_before"),
    (to("statement.seen.seq", -2), "seen_malformed"),
    (to("statement.seen.seq", -1), "binding_of_nothing"),
    (to("statement.seen", {"seq": -1, "leaf": NO_LEAF}), "binding_of_nothing"),
    (to("statement.seen.leaf", "xyz"), "hex_malformed"),
    (to("statement.type", "dose"), "type_malformed"),
    (to("statement.type", "Dose.given"), "type_malformed"),
    (to("statement.performer", ""), "performer_malformed"),
    (to("statement.performer", "a b"), "performer_malformed"),
    (to("statement.performer", None), "performer_malformed"),
    (to("statement.witness", ""), "witness_malformed"),
    (to("statement.witness", 5), "witness_malformed"),
    (to("statement.late_reason", "overslept"), "late_reason_in_clear"),
    (to("statement.acknowledged", None), "acknowledged_malformed"),
    (to("statement.acknowledged", [{"code": "a", "reason": "b"}]), "member_unknown"),
    (to("statement.acknowledged", [{}]), "member_missing"),
    (to("statement.acknowledged", ["early"]), "not_an_object"),
    (to("statement.acknowledged", [{"code": "b"}, {"code": "a"}]), "acknowledged_unsorted"),
    (to("statement.acknowledged", [{"code": "a"}, {"code": "a"}]), "acknowledged_unsorted"),
    (to("statement.acknowledged", [{"code": "A"}]), "acknowledged_malformed"),
    (to("statement.body", []), "body_malformed"),
    (to("statement.body", None), "body_malformed"),
    (to("statement.body.more", None), "null_in_body"),
    (to("statement.body.more", [1, None]), "null_in_body"),
    (to("statement.body.more", {}), "object_emptied"),
    (to("statement.body.more", [{}]), "object_emptied"),
    (to("statement.body.sealed", {"a.b": 1}), "key_malformed"),
    (to("statement.witness_pending", "At home"), "witness_pending_malformed"),
    (to("statement.sheet", {"no": "S-1"}), "member_missing"),
    (to("statement.sheet", {"no": "S-1", "line": 0}), "sheet_malformed"),
    (to("statement.sheet", {"no": "", "line": 1}), "sheet_malformed"),
    (to("statement.sheet", {"no": 5, "line": 1}), "sheet_malformed"),
    (to("statement.sealed", {}), "sealed_malformed"),
    (to("statement.sealed", {"body.name": HEX[:-2]}), "hex_malformed"),
    (to("statement.sealed", {"body.name": HEX.upper()}), "hex_malformed"),
    (to("statement.sealed", {"body": HEX}), "sealed_path_unknown"),
    (to("statement.sealed", {"performer": HEX}), "sealed_path_unknown"),
    (to("statement.sealed", {"late_reason.x": HEX}), "sealed_path_unknown"),
    (to("statement.sealed", {"acknowledged.0.reason": HEX}), "sealed_path_unknown"),
    (to("statement.sealed", {"acknowledged.0.code": HEX}), "sealed_path_unknown"),
    (to("statement.sealed", {"body.name": HEX, "body.name.first": HEX}), "sealed_twice"),
    (late(301), "occurred_after_recorded"),
]


@pytest.mark.parametrize(("change", "reason"), REFUSED)
def test_an_entry_of_any_other_shape_is_refused(change: Spoil, reason: str) -> None:
    with pytest.raises(BytesRejected, match=f"^({reason})$"):
        check_entry(spoilt(change))


@pytest.mark.parametrize(
    "change",
    [
        late(300),
        to("statement.witness", "b.serikov"),
        to("statement.witness_pending", "at_home"),
        to("statement.sheet", {"no": "S-1", "line": 4}),
        to("statement.acknowledged", [{"code": "a"}, {"code": "b"}]),
        to("statement.body", {}),
        to("statement.body.gtins", []),
        to("statement.sealed", {"late_reason": HEX, "body.name": HEX, "body.identity.name": HEX}),
        to("signatures.0.of", [HEX, "cd" * 32]),
        to("via", "device"),
    ],
)
def test_what_section_5_allows_is_accepted(change: Spoil) -> None:
    check_entry(spoilt(change))


def test_a_pending_witness_stands_only_where_there_is_none() -> None:
    entry = spoilt(to("statement.witness", "b.serikov"))
    entry["statement"]["witness_pending"] = "at_home"
    with pytest.raises(BytesRejected, match="witness_pending_beside_witness"):
        check_entry(entry)


@pytest.mark.parametrize(
    ("body", "path", "reason"),
    [
        ({"name": "x"}, "body.name", "sealed_and_in_clear"),
        ({"name": {"first": "x"}}, "body.name", "sealed_and_in_clear"),
        ({"name": "x"}, "body.name.first", "sealed_and_in_clear"),
        ({"lines": [{"how": "x"}]}, "body.lines.0.how", "sealed_and_in_clear"),
        ({"lines": ["x"]}, "body.lines.0", "sealed_and_in_clear"),
        ({"lines": ["x"]}, "body.lines.how", "sealed_path_unknown"),
        ({"lines": ["x"]}, "body.lines.00", "sealed_path_unknown"),
    ],
)
def test_no_path_is_both_sealed_and_in_clear(body: dict[str, Any], path: str, reason: str) -> None:
    entry = spoilt(to("statement.body", body))
    entry["statement"]["sealed"] = {path: HEX}
    with pytest.raises(BytesRejected, match=reason):
        check_entry(entry)


@pytest.mark.parametrize("path", ["body.lines.0.note", "body.lines.1.note", "body.other", "body.lines.5"])
def test_a_path_that_stands_free_may_be_sealed(path: str) -> None:
    entry = spoilt(to("statement.body", {"lines": [{"how": "x"}, {"how": "y"}]}))
    entry["statement"]["sealed"] = {path: HEX}
    check_entry(entry)


def test_an_acknowledgements_reason_is_sealed_under_its_place() -> None:
    entry = spoilt(to("statement.acknowledged", [{"code": "a"}, {"code": "b"}]))
    entry["statement"]["sealed"] = {"acknowledged.1.reason": HEX}
    check_entry(entry)
    entry["statement"]["sealed"] = {"acknowledged.2.reason": HEX}
    with pytest.raises(BytesRejected, match="sealed_path_unknown"):
        check_entry(entry)


def test_entry_0_sees_nothing_and_follows_nothing() -> None:
    first = from_bytes(lively().entries[0])
    check_entry(first)
    for change, reason in (
        (to("prev", HEX), "prev_of_nothing"),
        (to("statement.genesis", HEX), "binding_of_nothing"),
        (to("statement.seen.leaf", HEX), "binding_of_nothing"),
        (to("statement.seen.seq", 0), "seen_not_before"),
    ):
        entry = deepcopy(first)
        change(entry)
        with pytest.raises(BytesRejected, match=reason):
            check_entry(entry)


@pytest.mark.parametrize(
    "origin",
    ["senim/semey-hospital/1", "senim-practice/a/0", "ledger.example.kz/senim/x_1.y/12", "senim/a/123456789"],
)
def test_a_log_is_named_by_facility_and_epoch(origin: str) -> None:
    check_log(origin)


@pytest.mark.parametrize(
    "origin",
    [
        *("", "senim", "senim/a", "senim/a/", "senim/a/01", "senim/a/1/2", "senim/A/1", "senim/a b/1", "x/senim/a/1"),
        *("senim/a/1\n", "senim//1", "https://x.kz/senim/a/1", "senim-test/a/1", "senim/a/1+", "a" * 260, None, 5),
    ],
)
def test_a_log_of_another_name_is_refused(origin: Any) -> None:
    with pytest.raises(BytesRejected, match="log_malformed"):
        check_log(origin)


def test_a_statement_from_outside_is_judged_by_the_profile_too() -> None:
    statement = deepcopy(ENTRY["statement"])
    statement["body"] = {"a": 1.5}
    with pytest.raises(BytesRejected, match="number_not_integer"):
        spell_statement(statement)
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    statement["body"] = {"a": deep}
    with pytest.raises(BytesRejected, match="too_deep"):
        spell_statement(statement)


def test_an_entry_is_never_built_of_what_would_be_refused() -> None:
    good: dict[str, Any] = {
        "log": LOG,
        "seq": 5,
        "prev": bytes(32),
        "recorded_at": ENTRY["recorded_at"],
        "via": "web",
        "statement": spell_statement(ENTRY["statement"] | {"seen": {"seq": 4, "leaf": HEX}}),
        "signatures": NURSE.sign([ENTRY["statement"]]),
    }
    assert from_bytes(build_entry(**good))["seq"] == 5
    spoilt: list[dict[str, Any]] = [{"seq": 4}, {"via": "fax"}, {"log": "senim/b/1"}, {"signatures": []}]
    for wrong in [*spoilt, {"recorded_at": "now"}]:
        with pytest.raises(BytesRejected):
            build_entry(**(good | wrong))


def test_a_statements_hash_is_that_of_its_canonical_bytes() -> None:
    statement = ENTRY["statement"]
    assert to_statement_hash(statement) == to_statement_hash(dict(reversed(statement.items())))
    assert to_statement_hash(statement) != to_statement_hash(statement | {"performer": "b"})
