from collections.abc import Sequence
from json import loads
from typing import Any

import pytest

from ledger.errors import SignatureRejected
from ledger.log.canonical import from_bytes
from ledger.log.encoding import to_base64
from ledger.log.key import PERSONAL
from ledger.log.keys import KEY_TYPES, KeyBook
from tests.log.honest import (
    DOCTOR,
    HEAD,
    HEAD_IMPORT,
    LEDGER_KEY,
    LOG,
    LOG_KEY,
    NURSE,
    REGISTRAR,
    REGISTRAR_IMPORT,
    SITE,
    HonestLog,
    Signature,
    Signer,
    Statement,
    basket,
    lively,
    opened,
)

ENTRIES = [from_bytes(data) for data in lively(1).entries]
OPEN, AFTER = 4, 30
"""A number before and one after the close of imports, which is entry 7."""


def book_of(entries: Sequence[dict[str, Any]] = ENTRIES) -> KeyBook:
    book = KeyBook(LOG)
    for seq, entry in enumerate(entries):
        book.apply(seq, entry["statement"])
    return book


def statement(type: str, performer: str = "registrar", body: dict[str, Any] | None = None, **more: Any) -> Statement:
    return HonestLog().statement(type, performer, body or {}, **more)


def refused(book: KeyBook, seq: int, type: str, body: dict[str, Any], performer: str = "registrar") -> str:
    """The reason; and the book must not have changed."""
    before = book.to_keys_jsonl()
    with pytest.raises(SignatureRejected) as bad:
        book.apply(seq, statement(type, performer, body))
    assert book.to_keys_jsonl() == before
    return bad.value.reason


def test_keys_are_in_force_from_after_their_enrolment_until_their_end() -> None:
    lines = [loads(line) for line in book_of().to_keys_jsonl().splitlines()]
    found = {(line["person"], line["use"]): (line["from_seq"], line["until_seq"]) for line in lines}
    assert found == {
        ("log", "log"): (0, None),
        ("ledger", "ledger"): (0, None),
        ("registrar", "import"): (0, 7),
        ("d.akhmetova", "import"): (2, 7),
        ("d.akhmetova", "sign"): (4, None),
        ("registrar", "sign"): (5, None),
        ("a.nurlanova", "sign"): (6, None),
        ("b.serikov", "sign"): (7, None),
    }
    assert list(lines[0]) == ["alg", "from_seq", "key", "person", "public", "until_seq", "use"]


def test_a_key_is_usable_by_its_person_for_its_use_in_its_entries_only() -> None:
    book = book_of()
    assert book.check_usable(NURSE.id, person="a.nurlanova", seq=6, uses=PERSONAL).person == "a.nurlanova"
    assert book.check_usable(HEAD_IMPORT.id, person="d.akhmetova", seq=7, uses=PERSONAL).until_seq == 7
    assert book.check_usable(LEDGER_KEY.id, person="ledger", seq=0, uses={"ledger"}).from_seq == 0
    for key, person, seq, uses, reason in (
        ("0" * 16, "a.nurlanova", 6, PERSONAL, "key_unknown"),
        (NURSE.id, "b.serikov", 6, PERSONAL, "key_of_another_person"),
        (NURSE.id, "a.nurlanova", 6, {"import"}, "key_for_another_use"),
        (NURSE.id, "a.nurlanova", 5, PERSONAL, "key_not_yet_in_force"),
        (HEAD_IMPORT.id, "d.akhmetova", 8, PERSONAL, "key_ended"),
    ):
        with pytest.raises(SignatureRejected, match=reason):
            book.check_usable(key, person=person, seq=seq, uses=uses)
    assert [key.key for key in book.usable("d.akhmetova", seq=7, uses=PERSONAL)] == [HEAD_IMPORT.id, HEAD.id]
    assert [key.key for key in book.usable("d.akhmetova", seq=8, uses=PERSONAL)] == [HEAD.id]


def test_what_is_asked_for_and_not_there_is_none_or_refused() -> None:
    book = book_of()
    assert book.find("0" * 16) is None
    assert book.ids() >= {NURSE.id, LOG_KEY.id}
    with pytest.raises(SignatureRejected, match="key_unknown"):
        book.get("0" * 16)
    assert KeyBook(LOG).current_log_key is None


def test_a_copy_goes_its_own_way() -> None:
    book = book_of()
    copy = book.copy()
    copy.apply(AFTER, statement("person.left", body={"person": "a.nurlanova", "on": "2026-03-02"}))
    assert copy.get(NURSE.id).until_seq == AFTER
    assert book.get(NURSE.id).until_seq is None
    assert copy.imports_closed_at == book.imports_closed_at == 7


def test_all_other_types_leave_the_keys_alone() -> None:
    book = book_of()
    before = book.to_keys_jsonl()
    book.apply(AFTER, statement("dose.administered", body={"person": "a.nurlanova", "key": NURSE.id}))
    assert book.to_keys_jsonl() == before
    assert "dose.administered" not in KEY_TYPES


# ── entry 0


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        (None, "first_keys_malformed"),
        ([], "first_keys_malformed"),
        ([LOG_KEY.described(), LEDGER_KEY.described()], "first_keys_malformed"),
        ([LOG_KEY.described(), LEDGER_KEY.described(), LEDGER_KEY.described()], "first_keys_malformed"),
        ([LOG_KEY.described(), LEDGER_KEY.described(), {}], "key_malformed"),
        ([LOG_KEY.described(), LEDGER_KEY.described(), "x"], "key_malformed"),
        ([LOG_KEY.described(), LEDGER_KEY.described(), Signer("registrar", "pdf").described()], "first_keys_malformed"),
        ([LOG_KEY.described(), LEDGER_KEY.described(), Signer("ledger").described()], "key_of_nobody"),
        ([LOG_KEY.described(), Signer("registrar", "ledger").described(), REGISTRAR.described()], "key_of_nobody"),
        ([LOG_KEY.described(), LEDGER_KEY.described(), REGISTRAR.described() | {"key": NURSE.id}], "key_id_mismatch"),
        ([LOG_KEY.described(), LEDGER_KEY.described(), DOCTOR.described() | {"alg": "ed25519"}], "alg_mismatch"),
    ],
)
def test_entry_0_brings_exactly_the_three_first_keys(keys: Any, reason: str) -> None:
    assert refused(KeyBook(LOG), 0, "facility.opened", {"keys": keys}, "ledger") == reason


def test_a_facility_is_opened_once_and_a_new_epoch_needs_the_old_log() -> None:
    keys = [key.described() for key in (LOG_KEY, LEDGER_KEY, REGISTRAR)]
    assert refused(book_of(), AFTER, "facility.opened", {"keys": keys}) == "facility_opened_again"
    assert refused(KeyBook(LOG), 0, "facility.opened", {"keys": keys, "after": {}}) == "epoch_without_old_log"


# ── enrolment


@pytest.mark.parametrize(
    ("body", "performer", "reason"),
    [
        (NURSE.enrolment(), "registrar", "key_enrolled_before"),
        (HEAD_IMPORT.enrolment(), "ledger", "imports_closed"),
        (NURSE.enrolment() | {"person": "b.serikov"}, "registrar", "key_enrolled_before"),
        (NURSE.enrolment() | {"use": "import"}, "ledger", "imports_closed"),
        (Signer("x").enrolment(), "ledger", "key_not_by_those_who_may"),
        (Signer("x", "import").enrolment(), "registrar", "key_not_by_those_who_may"),
        (Signer("log", "log", "2").enrolment(), "registrar", "log_key_only_rotates"),
        (Signer("x", "ledger").enrolment(), "registrar", "key_of_nobody"),
        (Signer("log").enrolment(), "registrar", "key_of_nobody"),
        (Signer("x", "witness").enrolment(), "registrar", "alg_mismatch"),
        (Signer("x").enrolment() | {"alg": "webauthn-es256"}, "registrar", "alg_mismatch"),
        (Signer("x", "import", passkey=True).enrolment(), "ledger", "alg_mismatch"),
        (Signer("x").enrolment() | {"public": "AAAA"}, "registrar", "public_key_malformed"),
        (Signer("x").enrolment() | {"public": "A"}, "registrar", "key_malformed"),
        (Signer("x").enrolment() | {"person": 5}, "registrar", "key_malformed"),
        (Signer("x").enrolment() | {"key": Signer("y").id}, "registrar", "key_id_mismatch"),
        (Signer("x", passkey=True).enrolment() | {"origins": SITE}, "registrar", "key_malformed"),
        (Signer("x", passkey=True).enrolment() | {"rp_id": None}, "registrar", "key_malformed"),
    ],
)
def test_a_key_is_enrolled_once_for_one_person_and_use(body: dict[str, Any], performer: str, reason: str) -> None:
    assert refused(book_of(), AFTER, "key.enrolled", body, performer) == reason


def test_a_key_is_never_enrolled_again_after_its_end() -> None:
    book = book_of()
    book.apply(AFTER, statement("key.revoked", body={"key": NURSE.id, "reason": "lost"}))
    assert refused(book, AFTER + 1, "key.enrolled", NURSE.enrolment()) == "key_enrolled_before"
    assert refused(book, AFTER + 1, "key.revoked", {"key": NURSE.id}) == "key_not_in_force"


def test_import_keys_are_made_by_the_ledger_while_imports_are_open() -> None:
    book = book_of(ENTRIES[:3])
    book.apply(3, statement("key.enrolled", "ledger", Signer("x", "import").enrolment()))
    assert book.get(Signer("x", "import").id).from_seq == 4


def test_keys_for_documents_are_enrolled_with_their_own_kind() -> None:
    book = book_of()
    document = Signer("d.akhmetova", "pdf", passkey=True).described() | {"alg": "ecdsa-p256", "custody": "facility"}
    book.apply(AFTER, statement("key.enrolled", body=document))
    assert book.get(document["key"]).alg == "ecdsa-p256"
    wrong = Signer("x", "sign", passkey=True).described() | {"alg": "ecdsa-p256"}
    assert refused(book, AFTER + 1, "key.enrolled", wrong) == "alg_mismatch"


# ── ends


def test_the_close_ends_import_keys_and_sign_keys_that_it_does_not_list() -> None:
    book = book_of(ENTRIES[:7])
    book.apply(7, statement("import.closed", body={"count": 5, "keys": [HEAD.id, REGISTRAR.id]}))
    assert book.imports_closed_at == 7
    assert {key: book.get(key).until_seq for key in (HEAD.id, REGISTRAR.id, LOG_KEY.id, LEDGER_KEY.id)} == {
        HEAD.id: None,
        REGISTRAR.id: None,
        LOG_KEY.id: None,
        LEDGER_KEY.id: None,
    }
    assert book.get(NURSE.id).until_seq == book.get(HEAD_IMPORT.id).until_seq == 7


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        (["0" * 16], "key_unknown"),
        ([HEAD_IMPORT.id], "key_not_in_force"),
        ([LOG_KEY.id], "key_not_in_force"),
        (None, "key_malformed"),
        ([5], "key_malformed"),
    ],
)
def test_the_close_lists_sign_keys_in_force_only(keys: Any, reason: str) -> None:
    assert refused(book_of(ENTRIES[:7]), 7, "import.closed", {"count": 5, "keys": keys}) == reason


def test_imports_are_closed_once() -> None:
    assert refused(book_of(), AFTER, "import.closed", {"count": 5, "keys": []}) == "imports_closed"


def test_a_person_who_left_signs_nothing_more_and_the_end_does_not_move() -> None:
    book = book_of()
    for seq in (AFTER, AFTER + 5):
        book.apply(seq, statement("person.left", body={"person": "d.akhmetova", "on": "2026-03-02"}))
    assert book.get(HEAD.id).until_seq == AFTER
    assert book.get(HEAD_IMPORT.id).until_seq == 7


def test_the_logs_key_ends_only_by_its_rotation() -> None:
    book = book_of()
    assert refused(book, AFTER, "key.revoked", {"key": LOG_KEY.id}) == "log_key_only_rotates"
    assert refused(book, AFTER, "key.revoked", {"key": "0" * 16}) == "key_unknown"
    assert refused(book, AFTER, "key.revoked", {}) == "key_malformed"
    book.apply(AFTER, statement("key.rotated", body=rotation()))
    assert book.get(LOG_KEY.id).until_seq == AFTER
    assert book.get(NEW_LOG_KEY.id).from_seq == AFTER + 1
    assert book.current_log_key == NEW_LOG_KEY.public[-32:]


NEW_LOG_KEY = Signer("log", "log", "2")


def rotation(**more: Any) -> dict[str, Any]:
    return {"old": LOG_KEY.id, "new": NEW_LOG_KEY.id, "public": to_base64(NEW_LOG_KEY.public)} | more


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (rotation(old=NURSE.id), "key_not_in_force"),
        (rotation(old="0" * 16), "key_unknown"),
        (rotation(new=NURSE.id), "key_id_mismatch"),
        (rotation(public=5), "key_malformed"),
        (rotation(new=LOG_KEY.id, public=to_base64(LOG_KEY.public)), "key_enrolled_before"),
        (rotation(new=DOCTOR.id, public=to_base64(DOCTOR.public)), "alg_mismatch"),
    ],
)
def test_a_rotation_goes_from_the_key_in_force_to_a_new_one(body: dict[str, Any], reason: str) -> None:
    assert refused(book_of(), AFTER, "key.rotated", body) == reason


# ── who signs


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
