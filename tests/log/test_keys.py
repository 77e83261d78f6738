from json import loads
from typing import Any

import pytest

from ledger.errors import SignatureRejected
from ledger.log.encoding import to_base64
from ledger.log.key import PERSONAL
from ledger.log.keys import KEY_TYPES, KeyBook
from tests.log.books import AFTER, ENTRIES, NEW_LOG_KEY, book_of, rotation, statement
from tests.log.honest import (
    DOCTOR,
    HEAD,
    HEAD_IMPORT,
    LEDGER_KEY,
    LOG,
    LOG_KEY,
    NURSE,
    REGISTRAR,
    SITE,
    Signer,
)


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
