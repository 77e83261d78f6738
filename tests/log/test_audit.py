from collections.abc import Callable, Sequence
from copy import deepcopy
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from ledger.log.audit import MOST_FINDINGS, ChainAudit, SignatureAudit
from ledger.log.canonical import MAX_ENTRY, from_bytes, from_timestamp, to_bytes, to_timestamp
from ledger.log.merkle import EMPTY_ROOT, leaf_hash
from ledger.log.signing import Check, each_holds
from ledger.log.spans import Finding, find_reused, join_spans
from tests.log import reference
from tests.log.changes import flipped
from tests.log.honest import (
    DOCTOR,
    HEAD,
    HEAD_IMPORT,
    LEDGER_KEY,
    LOG,
    NURSE,
    REGISTRAR,
    REGISTRAR_IMPORT,
    HonestLog,
    Signer,
    basket,
    enrol,
    lively,
    opened,
    ordinary,
)

LIVELY = lively(25).entries
LONG = lively(790).entries


def by_one(entries: Sequence[bytes], log: str = LOG) -> ChainAudit:
    audit = ChainAudit(log, keep_ids=True)
    for data in entries:
        audit.add(data)
    return audit


def by_many(entries: Sequence[bytes], log: str = LOG, step: int = 300) -> ChainAudit:
    audit = ChainAudit(log, keep_ids=True)
    for at in range(0, len(entries), step):
        audit.add_all(entries[at : at + step])
    return audit


BOTH = pytest.mark.parametrize("run", [by_one, by_many])
Run = Callable[..., ChainAudit]


def codes(audit: ChainAudit) -> list[tuple[int | None, str]]:
    return [(finding.seq, finding.code) for finding in audit.findings]


def altered(data: bytes, **more: Any) -> bytes:
    return to_bytes(from_bytes(data) | more)


# ── the chain


@BOTH
@pytest.mark.parametrize("entries", [LIVELY, LONG], ids=["lively", "long"])
def test_an_honest_log_has_no_findings_and_the_root_of_its_entries(run: Run, entries: list[bytes]) -> None:
    audit = run(entries)
    assert not audit.findings
    assert audit.size == len(entries)
    assert audit.root() == reference.mth(entries)
    assert not audit.find_reused_ids()


def test_an_empty_log_is_empty() -> None:
    audit = ChainAudit(LOG)
    audit.add_all([])
    assert (audit.size, audit.root(), audit.findings) == (0, EMPTY_ROOT, [])


def test_each_entry_is_handed_on_as_it_was_read() -> None:
    audit = ChainAudit(LOG)
    assert [audit.add(data) for data in LIVELY] == list(map(from_bytes, LIVELY))
    assert audit.add(b"{}") is None


def test_any_bit_changed_in_an_entry_is_found_there_or_right_after_and_changes_the_root() -> None:
    log = [*opened().entries, *LIVELY[1:3]]
    root = reference.mth(log)
    for _, spoilt in flipped(log[1]):
        audit = by_one([log[0], spoilt, log[2]])
        assert audit.findings[0].seq in (1, 2)
        assert audit.root() != root


@BOTH
@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (lambda log: [*log[:9], *log[10:]], [(9, "seq_mismatch"), (9, "prev_mismatch"), (10, "seq_mismatch")]),
        (lambda log: [*log[:9], log[8], *log[9:]], [(9, "seq_mismatch"), (9, "prev_mismatch")]),
        (lambda log: [*log[:9], log[10], log[9], *log[11:]], [(9, "seq_mismatch"), (9, "prev_mismatch")]),
        (lambda log: [*log[:9], b"", *log[10:]], [(9, "entry_empty"), (10, "prev_mismatch")]),
        (lambda log: [*log[:9], log[9] + b" ", *log[10:]], [(9, "not_canonical"), (10, "prev_mismatch")]),
        (lambda log: [*log[:9], log[9][:-1], *log[10:]], [(9, "not_json"), (10, "prev_mismatch")]),
        (lambda log: [*log[:9], altered(log[9], via="api"), *log[10:]], [(10, "prev_mismatch")]),
        (lambda log: [*log[:9], altered(log[9], via="fax"), *log[10:]], [(9, "via_unknown"), (10, "prev_mismatch")]),
        (lambda log: [*log[:9], altered(log[9], v=2), *log[10:]], [(9, "version_unknown"), (10, "prev_mismatch")]),
        (lambda log: [*log[:9], altered(log[9], prev="0" * 64), *log[10:]], [(9, "prev_mismatch")]),
        (lambda log: [*log[:9], altered(log[9], seq=10), *log[10:]], [(9, "seq_mismatch")]),
        (
            lambda log: [*log[:9], altered(log[9], recorded_at=from_bytes(log[8])["recorded_at"]), *log[10:]],
            [(9, "time_not_increasing")],
        ),
        (lambda log: log[1:], [(0, "seq_mismatch"), (0, "prev_mismatch")]),
    ],
    ids=[
        "missing",
        "doubled",
        "turned",
        "emptied",
        "space",
        "cut",
        "via",
        "fax",
        "v",
        "prev",
        "seq",
        "time",
        "headless",
    ],
)
def test_damage_is_named_at_its_place(
    run: Run, spoil: Callable[[list[bytes]], list[bytes]], found: list[tuple[int, str]]
) -> None:
    told = codes(run(spoil(LIVELY)))
    assert told[: len(found)] == found


@BOTH
@pytest.mark.parametrize("back", [timedelta(0), timedelta(seconds=1), timedelta(days=400)])
def test_time_that_does_not_go_on_is_found_where_it_stands(run: Run, back: timedelta) -> None:
    log = lively(3)
    at = len(log.entries)
    stood = from_bytes(log.entries[-1])["recorded_at"]
    statement = log.statement(*ordinary(1), occurred_at="2020-01-01T00:00:00.000000Z")
    log.append(statement, NURSE.sign([statement]), recorded_at=to_timestamp(from_timestamp(stood) - back))
    log.ceremony([log.statement(*ordinary(2))], [NURSE])
    assert codes(run(log.entries)) == [(at, "time_not_increasing")]


@BOTH
def test_the_entries_of_another_log_are_not_this_ones(run: Run) -> None:
    assert codes(run(LIVELY, "senim/other/1")) == [(seq, "log_mismatch") for seq in range(len(LIVELY))]


@BOTH
def test_an_entry_of_too_many_bytes_is_refused(run: Run) -> None:
    log = lively(2)
    body = {"text": "x" * MAX_ENTRY}
    log.ceremony([log.statement("dose.administered", "a.nurlanova", body)], [NURSE])
    assert codes(run(log.entries)) == [(len(log.entries) - 1, "entry_too_large")]


@BOTH
def test_a_log_after_damage_is_judged_on(run: Run) -> None:
    entries = [*LONG]
    for at in (5, 300, 301, 700):
        entries[at] = b"[" * 100_000
    told = codes(run(entries))
    assert [seq for seq, code in told if code in ("not_json", "too_deep", "entry_too_large")] == [5, 300, 301, 700]
    assert [seq for seq, code in told if code == "prev_mismatch"] == [6, 302, 701]


def test_findings_are_kept_up_to_a_limit() -> None:
    audit = ChainAudit(LOG)
    audit.add_all([b"x"] * (MOST_FINDINGS + 300))
    assert len(audit.findings) == MOST_FINDINGS


@BOTH
def test_an_id_that_comes_again_is_found(run: Run) -> None:
    log = lively(30)
    again = log.statement(*ordinary(1), id=from_bytes(log.entries[12])["statement"]["id"])
    log.ceremony([again], [NURSE])
    log.ceremony([log.statement(*ordinary(2))], [NURSE])
    audit = run(log.entries)
    assert not audit.findings
    assert audit.find_reused_ids() == [len(log.entries) - 2]


def test_an_id_of_the_log_before_is_found_too() -> None:
    old, new = by_one(LIVELY), by_one(LIVELY[:3])
    assert new.find_reused_ids(old) == [0, 1, 2]


def test_ids_that_were_not_kept_are_not_said_to_be_unique() -> None:
    with pytest.raises(ValueError, match="not kept"):
        ChainAudit(LOG).find_reused_ids()


def test_ids_are_compared_whole_and_in_as_many_passes_as_memory_asks_for() -> None:
    random = Random(1)
    ids = [random.randbytes(16) for _ in range(140_000)]
    ids[100_000], ids[139_999] = ids[3], ids[70_000]
    assert find_reused(b"".join(ids), start=10) == [100_010, 140_009]


# ── stretches


def spans_of(entries: Sequence[bytes], cuts: Sequence[int]) -> list[Any]:
    spans = []
    for start, end in zip([0, *cuts], [*cuts, len(entries)], strict=True):
        audit = ChainAudit(LOG, start=start)
        audit.add_all(entries[start:end])
        spans.append(audit.to_span())
    return spans


@pytest.mark.parametrize("cuts", [[], [256], [512], [256, 512], [256, 512, 768]])
def test_stretches_join_to_the_whole(cuts: list[int]) -> None:
    findings, size, root = join_spans(spans_of(LONG, cuts))
    assert (findings, size, root) == ([], len(LONG), reference.mth(LONG))


def test_a_seam_that_does_not_fit_is_found() -> None:
    ahead = lively(700).entries
    spoilt = [*LONG[:511], ahead[511], *LONG[512:]]
    spoilt[511] = altered(LONG[511], recorded_at="2027-01-01T00:00:00.000000Z")
    findings, _, root = join_spans(spans_of(spoilt, [512]))
    assert [(finding.seq, finding.code) for finding in findings] == [
        (512, "prev_mismatch"),
        (512, "time_not_increasing"),
    ]
    assert root != reference.mth(LONG)


def test_a_stretch_that_begins_unreadably_says_so_itself() -> None:
    spoilt = [*LONG]
    spoilt[512] = b"x"
    findings, size, _ = join_spans(spans_of(spoilt, [512]))
    assert [(finding.seq, finding.code) for finding in findings] == [(512, "not_json"), (513, "prev_mismatch")]
    assert size == len(LONG)


def test_stretches_begin_with_a_tile_and_follow_each_other() -> None:
    with pytest.raises(ValueError, match="tile"):
        ChainAudit(LOG, start=100)
    spans = spans_of(LONG, [256, 512])
    for wrong in ([spans[0], spans[2]], spans[1:], [spans[1], spans[0], spans[2]]):
        with pytest.raises(ValueError, match="missing"):
            join_spans(wrong)


# ── signatures


def audited(log: HonestLog | Sequence[bytes]) -> SignatureAudit:
    audit = SignatureAudit(LOG)
    for seq, data in enumerate(log.entries if isinstance(log, HonestLog) else log):
        audit.add(seq, from_bytes(data), leaf_hash(data))
    return audit


def found(audit: SignatureAudit) -> list[tuple[int | None, str]]:
    findings = audit.finish()
    assert all(finding.check == "authenticity" for finding in findings)
    return [(finding.seq, finding.code) for finding in findings]


def test_an_honestly_signed_log_has_no_findings() -> None:
    audit = audited(LIVELY)
    assert found(audit) == []
    assert audit.size == len(LIVELY)
    assert audit.genesis == leaf_hash(LIVELY[0])


def unsigned(audit: SignatureAudit) -> list[int]:
    return audit.pins.unsigned(audit.pins.seen)


def test_what_rests_on_the_facilitys_own_word_is_counted() -> None:
    audit = audited(LIVELY)
    assert (audit.imported, audit.imports_closed) == (5, True)
    assert audit.pinned == len(LIVELY) - 2
    assert audit.unpinned_from == len(LIVELY) - 1
    assert unsigned(audit) == []
    assert audit.only_witnesses == {"b.serikov"}


def test_imports_that_no_person_has_confirmed_are_named() -> None:
    log = opened()
    enrol(log, HEAD_IMPORT, [LEDGER_KEY])
    for number in range(3):
        log.ceremony([log.statement("stock.moved", "d.akhmetova", {"n": number})], [HEAD_IMPORT], via="import")
    audit = audited(log)
    assert (audit.imported, audit.imports_closed, audit.pinned) == (3, False, -1)
    assert unsigned(audit) == [0, 1, 2, 3, 4]
    assert audit.unpinned_from == 0
    enrol(log, HEAD, [REGISTRAR_IMPORT, HEAD_IMPORT])
    log.ceremony([log.statement("stock.moved", "d.akhmetova", {})], [HEAD])
    audit = audited(log)
    assert (audit.imported, unsigned(audit), audit.pinned) == (4, [], 5)


@pytest.mark.parametrize("at", [0, 2, 5, 7, 8, 12])
def test_any_signature_stripped_or_spoilt_is_found_at_its_entry(at: int) -> None:
    entry = from_bytes(LIVELY[at])
    for number, signature in enumerate(entry["signatures"]):
        rest = [other for place, other in enumerate(entry["signatures"]) if place != number]
        spoilt = [*entry["signatures"]]
        spoilt[number] = signature | {"value": "A" * 86 + "=="}
        for signatures in filter(None, (rest, spoilt)):
            bad = [*LIVELY[:at], to_bytes(entry | {"signatures": signatures}), *LIVELY[at + 1 :]]
            assert at in [seq for seq, _ in found(audited(bad))]


def test_a_statement_altered_after_its_signature_is_found() -> None:
    at = len(LIVELY) - 1
    entry = deepcopy(from_bytes(LIVELY[at]))
    entry["statement"]["body"]["patient"] = "p-other"
    assert found(audited([*LIVELY[:at], to_bytes(entry)])) == [(at, "signature_wrong")]


def test_a_statement_signed_for_another_log_or_past_is_found() -> None:
    log = lively(3)
    size = len(log.entries)
    other = log.statement(*ordinary(1), genesis="ab" * 32)
    log.ceremony([other], [NURSE])
    unseen = log.statement(*ordinary(2), seen={"seq": 4, "leaf": "cd" * 32})
    log.ceremony([unseen], [NURSE])
    assert found(audited(log)) == [(size, "genesis_mismatch"), (size + 1, "seen_mismatch")]


def test_what_was_seen_is_not_judged_where_the_entry_could_not_be_read() -> None:
    audit = SignatureAudit(LOG)
    for seq, data in enumerate(LIVELY):
        if seq != len(LIVELY) - 2:
            audit.add(seq, from_bytes(data), leaf_hash(data))
    assert found(audit) == []


def test_the_first_entry_opens_the_facility() -> None:
    log = HonestLog()
    log.ceremony([log.statement("dose.administered", "a.nurlanova", {})], [NURSE])
    assert found(audited(log)) == [(0, "first_entry_wrong"), (0, "key_unknown")]


def test_a_key_entry_that_may_not_be_is_found_and_changes_nothing() -> None:
    log = lively()
    size = len(log.entries)
    for signer in (NURSE, Signer("a.nurlanova", label="new")):
        enrol(log, signer, [REGISTRAR, HEAD])
    audit = audited(log)
    assert found(audit) == [(size, "key_enrolled_before")]
    assert audit.keys.get(NURSE.id).from_seq == 6


def test_a_proof_that_does_not_hold_is_named_as_one() -> None:
    log = lively()
    new = Signer("a.nurlanova", label="new")
    body = new.enrolment() | {"proof": NURSE.enrolment()["proof"]}
    log.ceremony([log.statement("key.enrolled", "registrar", body, witness="d.akhmetova")], [REGISTRAR, HEAD])
    assert found(audited(log)) == [(len(log.entries) - 1, "proof_wrong")]


@pytest.mark.parametrize(("count", "is_right"), [(1, True), (0, False), (2, False), (True, False), ("1", False)])
def test_the_close_counts_the_imports_before_it(count: Any, is_right: bool) -> None:
    log = opened(REGISTRAR)
    enrol(log, HEAD_IMPORT, [LEDGER_KEY])
    enrol(log, HEAD, [REGISTRAR, HEAD_IMPORT])
    body = {"count": count, "keys": [REGISTRAR.id, HEAD.id]}
    close = log.statement("import.closed", "registrar", body, witness="d.akhmetova")
    at = log.ceremony([close], [REGISTRAR, HEAD])[0]
    assert found(audited(log)) == ([] if is_right else [(at, "import_count_mismatch")])


# ── ceremonies in the log


def played(order: Sequence[int], between: int | None = None) -> list[tuple[int | None, str]]:
    """What is found when the statements of a ceremony of three come as `order` says, an ordinary one in `between`."""
    log = lively()
    statements = basket(log)
    nurse, doctor = NURSE.sign(statements), DOCTOR.sign(statements)
    start = len(log.entries)
    for place, at in enumerate(order):
        if place == between:
            log.ceremony([log.statement(*ordinary(1))], [NURSE])
        log.append(statements[at], [nurse[at], doctor[at]])
    return [((seq or 0) - start, code) for seq, code in found(audited(log))]


def test_a_whole_ceremony_in_its_order_is_in_order() -> None:
    assert played([0, 1, 2]) == []
    assert played([0, 1, 2, 0, 1, 2]) == []


@pytest.mark.parametrize(
    ("order", "between", "places"),
    [
        ([0], None, {0}),
        ([0, 1], None, {0}),
        ([1, 2], None, {0, 1}),
        ([0, 2], None, {0, 1}),
        ([0, 2, 1], None, {0, 1, 2}),
        ([2, 1, 0], None, {0, 1, 2}),
        ([0, 1, 2], 1, {0, 2, 3}),
        ([0, 1, 2], 2, {0, 3}),
        ([0, 0, 1, 2], None, {0}),
    ],
)
def test_a_ceremony_not_wholly_and_in_order_in_the_log_is_found(
    order: list[int], between: int | None, places: set[int]
) -> None:
    assert {(seq, code) for seq, code in played(order, between)} == {(at, "ceremony_incomplete") for at in places}


def test_the_arithmetic_may_be_done_elsewhere() -> None:
    batches: list[int] = []

    def verify(checks: Sequence[Check]) -> list[bool]:
        batches.append(len(checks))
        return each_holds(checks)

    audit = SignatureAudit(LOG, verify=verify)
    for seq, data in enumerate(LONG):
        audit.add(seq, from_bytes(data), leaf_hash(data))
    assert audit.finish() == []
    signatures = sum(len(from_bytes(data)["signatures"]) for data in LONG)
    proofs = sum(from_bytes(data)["statement"]["type"] == "key.enrolled" for data in LONG)
    assert sum(batches) == signatures + proofs

    blind = SignatureAudit(LOG, verify=lambda checks: [False] * len(checks))
    blind.add(0, from_bytes(LONG[0]), leaf_hash(LONG[0]))
    assert blind.finish() == [Finding(0, "signature_wrong", "authenticity")]
