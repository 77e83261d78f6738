"""A new epoch after a loss: opened by the ledger with registrar and head pharmacist, whose keys the old log knew."""

import json
from dataclasses import replace
from typing import Any

import pytest

from ledger.errors import SignatureRejected
from ledger.log.canonical import to_bytes
from ledger.log.epochs import After, find_after, to_next_log
from ledger.log.keys import BEFORE, KeyBook
from tests.log.books import AFTER, book_of, statement
from tests.log.honest import (
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
)
from tests.log.test_keys import refused

NEXT = "senim/semey-hospital/2"
NEW_LOG, NEW_LEDGER = Signer("log", "log", "2"), Signer("ledger", "ledger", "2")
OTHER_REGISTRAR = Signer("registrar", label="x")
OLD: dict[str, Any] = {"log": LOG, "size": 12, "root": "0" * 64, "recovered": 11, "lost": 1}


def old_book() -> KeyBook:
    book = book_of()
    book.apply(AFTER, statement("key.revoked", body={"key": NURSE.id, "reason": "lost"}))
    return book


def opening(*keys: Signer, **more: Any) -> Statement:
    listed = [key.described() for key in (keys or (NEW_LOG, NEW_LEDGER, REGISTRAR))]
    body = {"facility": "Semey", "keys": listed, "after": OLD} | more
    return HonestLog().statement("facility.opened", "ledger", body, witness=HEAD.person, log=NEXT)


def signed(given: Statement, *signers: Signer) -> list[Signature]:
    return [signer.sign([given])[0] for signer in signers]


def judged(given: Statement, *signers: Signer) -> KeyBook:
    book, signatures = KeyBook.following(old_book(), NEXT), signed(given, *signers)
    book.check_statement(0, given, signatures, via="ledger")
    book.verify_arithmetic(given, signatures)
    book.apply(0, given)
    return book


def test_keys_and_revocations_carry_over_and_imports_stay_closed() -> None:
    book = judged(opening(), NEW_LEDGER, HEAD, REGISTRAR)
    known = (REGISTRAR, HEAD, NURSE, REGISTRAR_IMPORT, LOG_KEY, LEDGER_KEY)
    ends = {key.id: book.get(key.id).until_seq for key in known}
    assert ends == {REGISTRAR.id: None, HEAD.id: None} | dict.fromkeys(
        (NURSE.id, REGISTRAR_IMPORT.id, LOG_KEY.id, LEDGER_KEY.id), BEFORE
    )
    assert book.current_log_key == NEW_LOG.public[-32:]
    assert refused(book, 1, "key.enrolled", NURSE.enrolment()) == "key_enrolled_before"
    assert refused(book, 1, "key.enrolled", Signer("x", "import").enrolment(), "ledger") == "imports_closed"
    assert refused(book, 1, "facility.opened", opening()["body"], "ledger") == "facility_opened_again"


@pytest.mark.parametrize(
    ("given", "signers", "reason"),
    [
        (opening(), (NEW_LEDGER,), "signature_missing"),
        (opening(), (NEW_LEDGER, HEAD), "signature_missing"),
        (opening(), (NEW_LEDGER, REGISTRAR, HEAD), "signature_order"),
        (opening(), (LEDGER_KEY, HEAD, REGISTRAR), "key_ended"),
        (opening() | {"witness": None}, (NEW_LEDGER, REGISTRAR), "signatory_is_nobody"),
        (opening() | {"witness": REGISTRAR.person}, (NEW_LEDGER, REGISTRAR), "signatory_is_nobody"),
        (opening() | {"witness": NURSE.person}, (NEW_LEDGER, NURSE, REGISTRAR), "key_ended"),
        (opening(NEW_LOG, NEW_LEDGER, REGISTRAR_IMPORT), (NEW_LEDGER, HEAD, REGISTRAR), "first_keys_malformed"),
        (opening(LOG_KEY, NEW_LEDGER, REGISTRAR), (NEW_LEDGER, HEAD, REGISTRAR), "key_enrolled_before"),
        (opening(NEW_LOG, NEW_LEDGER, OTHER_REGISTRAR), (NEW_LEDGER, HEAD, REGISTRAR), None),
        (opening(NEW_LOG, NEW_LEDGER, OTHER_REGISTRAR), (NEW_LEDGER, HEAD, OTHER_REGISTRAR), "key_unknown"),
        (
            opening(NEW_LOG, NEW_LEDGER, Signer("registrar", "import", "x")),
            (NEW_LEDGER, HEAD, REGISTRAR),
            "first_keys_malformed",
        ),
        (opening(after=OLD | {"log": "senim/elsewhere/1"}), (NEW_LEDGER, HEAD, REGISTRAR), "epoch_without_old_log"),
    ],
)
def test_nobody_else_opens_an_epoch(given: Statement, signers: tuple[Signer, ...], reason: str | None) -> None:
    if reason is None:  # a new key of the registrar beside the one that signs
        judged(given, *signers)
        return
    with pytest.raises(SignatureRejected) as bad:
        judged(given, *signers)
    assert bad.value.reason == reason


def test_a_log_without_an_old_one_is_no_epoch() -> None:
    given = opening()
    with pytest.raises(SignatureRejected, match="epoch_without_old_log"):
        KeyBook(NEXT).check_statement(0, given, signed(given, NEW_LEDGER, HEAD, REGISTRAR), via="ledger")
    first = HonestLog().statement("facility.opened", "ledger", {"facility": "S", "keys": opening()["body"]["keys"]})
    assert refused(KeyBook.following(old_book(), NEXT), 0, "facility.opened", first["body"], "ledger") == (
        "epoch_without_old_log"
    )


def test_what_entry_0_says_of_the_old_log_is_read_as_it_was_written() -> None:
    whole = After(log=LOG, size=12, root=bytes(32), recovered=12, recovered_root=bytes(32))
    for after in (whole, replace(whole, recovered=11, recovered_root=b"1" * 32)):
        statement = {"type": "facility.opened", "body": {"after": after.to_body()}}
        assert find_after(to_bytes({"statement": statement})) == after
        assert find_after(to_bytes({"statement": statement | {"type": "stock.moved"}})) is None
    for wrong in ({"recovered": 0}, {"recovered": "1"}, {"root": "00"}, {"root": None}, {"log": 1}, {"size": None}):
        statement = {"type": "facility.opened", "body": {"after": whole.to_body() | wrong}}
        assert find_after(json.dumps({"statement": statement}).encode()) is None, wrong
    assert (whole.lost, replace(whole, recovered=11).lost, replace(whole, recovered=13).lost) == (0, 1, 0)
    assert to_next_log("example.org/senim/a/9") == "example.org/senim/a/10"
