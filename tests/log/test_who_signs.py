from collections.abc import Sequence
from typing import Any

import pytest

from ledger.errors import SignatureRejected
from ledger.log.canonical import from_bytes
from ledger.log.encoding import to_base64
from ledger.log.keys import KeyBook
from tests.log.books import AFTER, ENTRIES, NEW_LOG_KEY, OPEN, book_of, rotation, statement
from tests.log.honest import (
    DOCTOR,
    HEAD,
    LEDGER_KEY,
    LOG,
    LOG_KEY,
    NURSE,
    REGISTRAR,
    REGISTRAR_IMPORT,
    HonestLog,
    Signature,
    Signer,
    Statement,
    basket,
    opened,
)


def judge(
    given: Statement,
    signatures: Sequence[Signature],
    *,
    seq: int = AFTER,
    via: str = "web",
    book: KeyBook | None = None,
) -> None:
    judge_book = book or book_of()
    judge_book.check_statement(seq, given, signatures, via=via)
    judge_book.verify_arithmetic(given, signatures)


def signed(given: Statement, *signers: Signer) -> list[Signature]:
    return [signer.sign([given])[0] for signer in signers]


ONE = statement("dose.administered", "a.nurlanova", {"units": 1})
TWO = ONE | {"witness": "b.serikov"}
THREE = statement("destruction.performed", "d.akhmetova", {"commission": ["a.nurlanova", "d.akhmetova", "b.serikov"]})


def test_exactly_those_who_must_have_signed_in_order() -> None:
    judge(ONE, signed(ONE, NURSE))
    judge(TWO, signed(TWO, NURSE, DOCTOR))
    judge(THREE, signed(THREE, HEAD, NURSE, DOCTOR))


OTHER_NURSE = Signer("a.nurlanova", label="second")


@pytest.mark.parametrize(
    ("given", "signers", "reason"),
    [
        (TWO, [NURSE], "signature_missing"),
        (TWO, [DOCTOR], "signature_missing"),
        (TWO, [DOCTOR, NURSE], "signature_order"),
        (ONE, [NURSE, DOCTOR], "signature_not_due"),
        (ONE, [DOCTOR], "signature_missing"),
        (TWO, [NURSE, DOCTOR, HEAD], "signature_not_due"),
        (TWO, [NURSE, NURSE], "signature_missing"),
        (TWO, [NURSE, DOCTOR, DOCTOR], "signature_not_due"),
        (THREE, [HEAD, NURSE], "signature_missing"),
        (THREE, [NURSE, HEAD, DOCTOR], "signature_order"),
        (ONE | {"witness": "a.nurlanova"}, [NURSE], "witness_same_person"),
        (ONE | {"witness": "ledger"}, [NURSE, LEDGER_KEY], "signatory_is_nobody"),
        (ONE | {"witness": "log"}, [NURSE, LOG_KEY], "signatory_is_nobody"),
        (ONE | {"performer": "log"}, [LOG_KEY], "signatory_is_nobody"),
        (ONE | {"performer": "ledger", "witness": "a.nurlanova"}, [LEDGER_KEY, NURSE], "ledger_signs_alone"),
        (ONE, [OTHER_NURSE], "key_unknown"),
        (ONE, [Signer("a.nurlanova", "import")], "key_unknown"),
    ],
)
def test_any_other_signatories_are_refused(given: Statement, signers: list[Signer], reason: str) -> None:
    with pytest.raises(SignatureRejected) as bad:
        judge(given, signed(given, *signers))
    assert bad.value.reason == reason


@pytest.mark.parametrize(
    ("commission", "reason"),
    [
        (["a.nurlanova", "b.serikov"], "commission_too_small"),
        ([], "commission_too_small"),
        (["a.nurlanova", "b.serikov", "a.nurlanova"], "commission_same_person"),
        ("a.nurlanova", "key_malformed"),
        ([5, 6, 7], "key_malformed"),
    ],
)
def test_a_commission_has_at_least_three_different_people(commission: Any, reason: str) -> None:
    given = THREE | {"body": {"commission": commission}}
    with pytest.raises(SignatureRejected) as bad:
        judge(given, signed(given, HEAD, NURSE, DOCTOR))
    assert bad.value.reason == reason


def test_a_key_signs_for_its_own_person_only() -> None:
    with pytest.raises(SignatureRejected, match="key_of_another_person"):
        judge(ONE, [DOCTOR.sign([ONE])[0] | {"by": "a.nurlanova"}])
    with pytest.raises(SignatureRejected, match="key_signs_twice"):
        judge(TWO, [NURSE.sign([TWO])[0], NURSE.sign([TWO])[0] | {"by": "b.serikov"}])


def test_a_key_signs_with_the_algorithm_it_was_enrolled_with() -> None:
    (mine,) = signed(ONE, NURSE)
    with pytest.raises(SignatureRejected, match="alg_mismatch"):
        book_of().check_statement(AFTER, ONE, [mine | {"alg": "webauthn-es256"}], via="web")
    theirs = ONE | {"performer": "b.serikov"}
    plain = {"by": "b.serikov", "key": DOCTOR.id, "alg": "ed25519", "value": mine["value"]}
    with pytest.raises(SignatureRejected, match="alg_mismatch"):
        book_of().verify_arithmetic(theirs, [plain])


def test_a_key_does_not_sign_its_own_enrolment() -> None:
    new = Signer("registrar", label="new")
    given = statement("key.enrolled", "registrar", new.enrolment(), witness="d.akhmetova")
    with pytest.raises(SignatureRejected, match="key_unknown"):
        judge(given, signed(given, new, HEAD))
    judge(given, signed(given, REGISTRAR, HEAD))


def test_a_key_may_sign_the_entry_that_ends_it() -> None:
    book = book_of()
    given = statement("key.revoked", "a.nurlanova", {"key": NURSE.id, "reason": "lost"})
    judge(given, signed(given, NURSE), book=book)
    book.apply(AFTER, given)
    with pytest.raises(SignatureRejected, match="key_ended"):
        judge(ONE, signed(ONE, NURSE), seq=AFTER + 1, book=book)


def test_arithmetic_that_does_not_hold_is_refused() -> None:
    (mine,) = signed(ONE, NURSE)
    with pytest.raises(SignatureRejected, match="signature_wrong"):
        judge(ONE | {"body": {"units": 2}}, [mine])


@pytest.mark.parametrize(
    "change", [{"person": "b.serikov"}, {"proof": to_base64(bytes(64))}, {"proof": "x"}, {"proof": None}]
)
def test_a_new_key_is_proved_by_its_own_signature(change: dict[str, Any]) -> None:
    body = Signer("x").enrolment() | change
    given = statement("key.enrolled", "registrar", body, witness="d.akhmetova")
    with pytest.raises(SignatureRejected, match=r"signature_wrong|signature_malformed"):
        judge(given, signed(given, REGISTRAR, HEAD))


@pytest.mark.parametrize("proof", ["AAAA", {}, {"value": "AAAA"}, None])
def test_a_new_passkey_is_proved_by_a_whole_assertion(proof: Any) -> None:
    body = Signer("x", passkey=True).enrolment() | {"proof": proof}
    given = statement("key.enrolled", "registrar", body, witness="d.akhmetova")
    with pytest.raises(SignatureRejected, match="proof_malformed"):
        judge(given, signed(given, REGISTRAR, HEAD))


def test_a_proof_made_for_another_log_is_refused() -> None:
    given = statement("key.enrolled", "registrar", Signer("x").enrolment("senim/other/1"), witness="d.akhmetova")
    with pytest.raises(SignatureRejected, match="signature_wrong"):
        judge(given, signed(given, REGISTRAR, HEAD))


# ── via


@pytest.mark.parametrize(
    ("given", "signers", "vias"),
    [
        (ONE, [NURSE], {"web", "api", "device"}),
        (statement("report.issued", "ledger"), [LEDGER_KEY], {"ledger"}),
    ],
)
def test_via_says_how_it_was_signed(given: Statement, signers: list[Signer], vias: set[str]) -> None:
    for via in ("web", "api", "device", "import", "ledger"):
        if via in vias:
            judge(given, signed(given, *signers), via=via)
        else:
            with pytest.raises(SignatureRejected, match="via_mismatch"):
                judge(given, signed(given, *signers), via=via)


def test_one_import_key_makes_it_an_import() -> None:
    given = statement("stock.moved", "d.akhmetova", witness="registrar")
    book = book_of(ENTRIES[:OPEN])
    signatures = signed(given, HEAD, REGISTRAR_IMPORT)
    judge(given, signatures, seq=OPEN, via="import", book=book)
    with pytest.raises(SignatureRejected, match="via_mismatch"):
        judge(given, signatures, seq=OPEN, via="web", book=book)


def test_the_ledgers_key_signs_for_nobody_and_nobody_for_the_ledger() -> None:
    with pytest.raises(SignatureRejected, match=r"key_of_another_person"):
        judge(ONE, [LEDGER_KEY.sign([ONE])[0] | {"by": "a.nurlanova"}])
    given = statement("report.issued", "ledger")
    with pytest.raises(SignatureRejected, match=r"key_of_another_person"):
        judge(given, [NURSE.sign([given])[0] | {"by": "ledger"}], via="ledger")


# ── ceremonies of signatures


def ceremony() -> tuple[list[Statement], list[list[Signature]]]:
    statements = basket(HonestLog())
    nurse, doctor = NURSE.sign(statements), DOCTOR.sign(statements)
    return statements, [[nurse[at], doctor[at]] for at in range(3)]


def test_each_statement_of_a_ceremony_carries_its_signatures() -> None:
    for given, signatures in zip(*ceremony(), strict=True):
        judge(given, signatures)


def test_a_ceremony_is_the_same_for_all_and_holds_its_statement() -> None:
    statements, signatures = ceremony()
    other = signatures[0][1] | {"of": signatures[0][1]["of"][:2]}
    alone = {name: value for name, value in signatures[0][1].items() if name != "of"}
    for wrong in (other, alone):
        with pytest.raises(SignatureRejected, match="ceremony_differs"):
            judge(statements[0], [signatures[0][0], wrong])
    with pytest.raises(SignatureRejected, match="ceremony_without_its_statement"):
        judge(TWO, signatures[0])
    of = signatures[0][0]["of"]
    repeated = [signature | {"of": [of[0], of[0]]} for signature in signatures[0]]
    with pytest.raises(SignatureRejected, match="ceremony_repeats_itself"):
        judge(statements[0], repeated)


def test_hashes_of_a_ceremony_are_signed_in_their_order() -> None:
    statements, signatures = ceremony()
    turned = [signature | {"of": signature["of"][::-1]} for signature in signatures[0]]
    with pytest.raises(SignatureRejected, match=r"signature_wrong|challenge_mismatch"):
        judge(statements[0], turned)


# ── the few that more than two people sign


def close(keys: list[str]) -> Statement:
    return statement("import.closed", "registrar", {"count": 5, "keys": keys}, witness="d.akhmetova")


ALL = [REGISTRAR.id, HEAD.id, NURSE.id, DOCTOR.id]


def test_the_close_is_signed_by_every_holder_of_a_listed_key_with_their_own() -> None:
    book = book_of(ENTRIES[:7])
    given = close(ALL)
    judge(given, signed(given, REGISTRAR, HEAD, NURSE, DOCTOR), seq=7, book=book)
    short = close([DOCTOR.id])
    judge(short, signed(short, REGISTRAR, HEAD, DOCTOR), seq=7, book=book)
    for wrong, signers, reason in (
        (given, [REGISTRAR, HEAD, NURSE], "signature_missing"),
        (given, [REGISTRAR, HEAD, DOCTOR, NURSE], "signature_order"),
        (given, [REGISTRAR_IMPORT, HEAD, NURSE, DOCTOR], "key_for_another_use"),
        (close(["0" * 16]), [REGISTRAR, HEAD], "key_unknown"),
    ):
        with pytest.raises(SignatureRejected) as bad:
            judge(wrong, signed(wrong, *signers), seq=7, book=book)
        assert bad.value.reason == reason


def test_a_holder_signs_the_close_with_the_listed_key() -> None:
    book = book_of(ENTRIES[:7])
    second = Signer("a.nurlanova", label="second")
    book.apply(7, statement("key.enrolled", body=second.enrolment()))
    given = close([NURSE.id])
    with pytest.raises(SignatureRejected, match="key_not_listed"):
        judge(given, signed(given, REGISTRAR, HEAD, second), seq=8, book=book)
    judge(given, signed(given, REGISTRAR, HEAD, NURSE), seq=8, book=book)


def test_a_rotation_is_signed_by_governance_and_by_both_keys_of_the_log() -> None:
    given = statement("key.rotated", "registrar", rotation(), witness="d.akhmetova")
    judge(given, signed(given, REGISTRAR, HEAD, LOG_KEY, NEW_LOG_KEY))
    for signers, reason in (
        ([REGISTRAR, HEAD], "signature_missing"),
        ([REGISTRAR, HEAD, LOG_KEY], "signature_missing"),
        ([REGISTRAR, HEAD, NEW_LOG_KEY, LOG_KEY], "key_of_another_person"),
        ([REGISTRAR, HEAD, LOG_KEY, LOG_KEY], "key_signs_twice"),
        ([REGISTRAR, LOG_KEY, NEW_LOG_KEY], "signature_missing"),
    ):
        with pytest.raises(SignatureRejected) as bad:
            judge(given, signed(given, *signers))
        assert bad.value.reason == reason


def test_entry_0_is_signed_by_the_ledger_key_that_it_brings() -> None:
    first = from_bytes(opened().entries[0])
    judge(first["statement"], first["signatures"], seq=0, via="ledger", book=KeyBook(LOG))
    impostor = Signer("ledger", "ledger", "other")
    with pytest.raises(SignatureRejected, match="key_unknown"):
        judge(first["statement"], signed(first["statement"], impostor), seq=0, via="ledger", book=KeyBook(LOG))
