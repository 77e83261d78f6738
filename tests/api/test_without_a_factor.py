"""Database, files, log key, ledger key, import keys, program and the registrar's session make no entry that verifies.

Each attempt is made for real, on what the honest register was a moment before; first it is shown that this one passes.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.cli.wiring import open_house
from ledger.domain.command import read_command
from ledger.domain.vocabulary import BODIES
from ledger.log.canonical import from_bytes
from ledger.log.keys import KeyBook
from ledger.log.merkle import leaf_hash
from ledger.log.statement import spell_statement
from ledger.service.checkpoints import sign_head
from ledger.storage.heads import FileHeads
from ledger.storage.layout import find_where
from tests.api.thief import Body, Robbed, Thief, findings, judge
from tests.registers import copy_register
from tests.storage.world import drop_guards, plain_client, to_theirs

STOCK: Body = {"from_place": "safe", "to_place": "ward", "lines": [{"product": "morphine", "lot": "A", "units": 5}]}
PLACE: Body = {"place": "cellar", "kind": "safe", "name": "cellar", "administration": "entered"}
ROLE: Body = {"person": "nurse", "role": "pharmacist", "order_no": "1"}
PERSON: Body = {"person": "mallory", "role": "pharmacist"}
SEALED = {"sealed": {"body.name": "0" * 64}}
REPORT: Body = {"kind": "register", "sha256": "0" * 64, "size": 1, "subjects": []}


@pytest.fixture(scope="module")
def robbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Robbed]:
    made = Robbed.of(tmp_path_factory.mktemp("robbed"))
    yield made
    made.counter.house.close()


def test_the_honest_register_verifies_signed_by_people(robbed: Robbed, tmp_path: Path) -> None:
    for path in (robbed.evidence, robbed.data, robbed.thief().publish(tmp_path / "again")):
        verdict = judge(path, robbed.trust)
        assert (findings(verdict), verdict.verdict) == ({}, "pass")


@dataclass(frozen=True)
class Attempt:
    """One statement, signed with *keys* (`import:pharm`, `ledger`, `log`, `fresh:pharm`) as if by *by*."""

    what: str
    type: str
    body: Any
    keys: tuple[str, ...]
    found: str
    performer: str = "pharm"
    witness: str | None = "nurse"
    by: tuple[str, ...] = ()
    via: str = "web"
    more: Any = None


GOVERN: dict[str, Any] = {"performer": "registrar", "witness": "head"}
ALONE: dict[str, Any] = {"performer": "registrar", "witness": None}
BY_LEDGER: dict[str, Any] = {"performer": "ledger", "witness": None, "via": "ledger"}
IMPORTED = ("import:registrar", "import:head")
FRESH = ("fresh:registrar", "fresh:head")
ATTEMPTS = [
    Attempt("import keys made for it", "stock.moved", STOCK, ("import:pharm", "import:nurse"), "key_unknown"),
    Attempt("and said to be imported", "stock.moved", STOCK, ("import:pharm", "import:nurse"), "key_unknown",
            via="import"),
    Attempt("the ledger's key for people", "stock.moved", STOCK, ("ledger", "ledger"), "key_signs_twice",
            by=("pharm", "nurse")),
    Attempt("the log's key for people", "stock.moved", STOCK, ("log", "log"), "key_signs_twice",
            by=("pharm", "nurse")),
    Attempt("the ledger as pharmacist", "stock.moved", STOCK, ("ledger",), "not_allowed", **BY_LEDGER),
    Attempt("keys that nobody enrolled", "stock.moved", STOCK, ("fresh:pharm", "fresh:nurse"), "key_unknown"),
    Attempt("nobody signs", "stock.moved", STOCK, (), "not_all_read"),
    Attempt("a place, by the registrar's import key", "place.opened", PLACE, ("import:registrar",), "key_ended",
            **ALONE),
    Attempt("a role, by import keys", "person.role_changed", ROLE, IMPORTED, "key_ended", **GOVERN),
    Attempt("a role, by the ledger", "person.role_changed", ROLE, ("ledger",), "not_allowed", **BY_LEDGER),
    Attempt("a person, by the ledger", "person.enrolled", PERSON, ("ledger",), "not_allowed", **BY_LEDGER,
            more=SEALED),
    Attempt("a key for a person, by the session alone", "key.enrolled", "fresh:pharm", (), "not_all_read",
            **GOVERN),
    Attempt("a key for a person, by import keys", "key.enrolled", "fresh:pharm", IMPORTED, "key_ended", **GOVERN),
    Attempt("a key for a person, by new keys of governors", "key.enrolled", "fresh:pharm", FRESH, "key_unknown",
            **GOVERN),
    Attempt("a key for a person, by the ledger", "key.enrolled", "fresh:pharm", ("ledger",),
            "key_not_by_those_who_may", **BY_LEDGER),
    Attempt("a new import key, by the ledger", "key.enrolled", "import:doctor2", ("ledger",), "imports_closed",
            **BY_LEDGER),
    Attempt("somebody's key is revoked by the ledger", "key.revoked", {"key": "0" * 16}, ("ledger",), "key_unknown",
            **BY_LEDGER),
    Attempt("imports are closed again", "import.closed", {"count": 1, "keys": []}, IMPORTED, "imports_closed",
            **GOVERN),
    Attempt("the log's key changes, by the log alone", "key.rotated", "rotation", ("log", "fresh:log"),
            "signature_missing", **GOVERN),
    Attempt("the log's key changes, by import keys", "key.rotated", "rotation", (*IMPORTED, "log", "fresh:log"),
            "key_ended", **GOVERN),
    Attempt("a report that nobody issued", "report.issued", REPORT, ("ledger",), "not_signed_by_a_person", **BY_LEDGER),
]  # fmt: skip


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.what)
def test_what_was_stolen_signs_nothing_that_verifies(robbed: Robbed, tmp_path: Path, attempt: Attempt) -> None:
    thief = robbed.thief()
    body = thief.to_body(attempt.body)
    said = thief.statement(attempt.type, body, attempt.performer, attempt.witness, **attempt.more or {})
    thief.append(said, thief.sign(said, *attempt.keys, by=attempt.by), via=attempt.via)
    told = judge(thief.publish(tmp_path / "evidence"), robbed.trust)
    assert attempt.found in findings(told).get("authenticity", set()), findings(told)


# ── what is no new statement: signatures moved, replayed, entries taken away or put in between


def replay_as_new(thief: Thief) -> None:
    """An old statement under a new number; a signature is good once, for one id."""
    old = thief.find("stock.moved")
    thief.append(old["statement"], old["signatures"])


def replay_under_a_new_id(thief: Thief) -> None:
    old = thief.find("stock.moved")
    said = old["statement"] | {"id": thief.statement("stock.moved", STOCK, "pharm")["id"]}
    thief.append(said, old["signatures"])


def move_signatures(thief: Thief) -> None:
    thief.append(thief.statement("stock.moved", STOCK, "pharm", "nurse"), thief.find("stock.moved", 0)["signatures"])


def claim_a_ceremony(thief: Thief) -> None:
    """As if the new statement had been signed together with an old one."""
    old = thief.find("stock.moved", 0)
    said = thief.statement("stock.moved", STOCK, "pharm", "nurse")
    of = [thief.digest(old["statement"]), thief.digest(said)]
    thief.append(said, [each | {"of": of} for each in old["signatures"]])


def swap_what_is_sealed(thief: Thief) -> None:
    old = thief.find("prescription.issued")
    thief.rewrite("prescription.issued", sealed=dict.fromkeys(old["statement"]["sealed"], "0" * 64))


def more_units(thief: Thief) -> None:
    thief.rewrite("stock.moved", body=STOCK)


def leave_a_witness_out(thief: Thief) -> None:
    thief.rewrite("stock.moved", witness=None)


def import_before_the_close(thief: Thief) -> None:
    """All after it forgotten, import keys are good again; no person has seen what they then say."""
    thief.cut(thief.find("import.closed")["seq"])
    said = thief.statement("place.opened", PLACE, "registrar")
    thief.append(said, thief.sign(said, "import:registrar"), via="import")


def import_and_close_again(thief: Thief) -> None:
    """The same, and the honest end of imports put after it again: it has seen the entry before."""
    close = thief.find("import.closed")
    import_before_the_close(thief)
    thief.append(close["statement"], close["signatures"])


def import_and_close_and_go_on(thief: Thief) -> None:
    """With everything after it, too: what people saw then is not what lies there now."""
    tail = [from_bytes(each) for each in thief.entries[thief.find("import.closed")["seq"] :]]
    import_before_the_close(thief)
    for each in tail:
        thief.append(each["statement"], each["signatures"])


def enrol_a_key_before_the_close(thief: Thief) -> None:
    """A key on the facility's word, as it was possible then, and a person's entry with it."""
    thief.cut(thief.find("import.closed")["seq"])
    said = thief.statement("key.enrolled", thief.enrolment("fresh:pharm"), "registrar", "head")
    thief.append(said, thief.sign(said, "import:registrar", "import:head"), via="import")
    said = thief.statement("stock.moved", STOCK, "pharm", witness_pending="alone_on_duty")
    thief.append(said, thief.sign(said, "fresh:pharm"))


def close_imports_by_keys_of_their_own(thief: Thief, size: int | None = None) -> None:
    """Both who govern get a new key on the facility's word, end the imports with it, and a new pharmacist goes on."""
    thief.cut(thief.find("import.closed")["seq"] if size is None else size)
    own = ("fresh:registrar", "fresh:head", "fresh:pharm")
    for name in own:
        said = thief.statement("key.enrolled", thief.enrolment(name), "registrar", "head")
        thief.append(said, thief.sign(said, "import:registrar", "import:head"), via="import")
    count = sum(from_bytes(entry)["via"] == "import" for entry in thief.entries)
    listed = [thief.enrolment(name)["key"] for name in own]
    said = thief.statement("import.closed", {"count": count, "keys": listed}, "registrar", "head")
    thief.append(said, thief.sign(said, *own))
    said = thief.statement("stock.moved", STOCK, "pharm", witness_pending="alone_on_duty")
    thief.append(said, thief.sign(said, "fresh:pharm"))


def go_on_from_where_governance_had_signed_nothing(thief: Thief) -> None:
    """The same, as early as the keys of the trust sheet are enrolled and have not confirmed anything yet."""
    entries = list(map(from_bytes, thief.entries))
    bodies = [each["statement"]["body"] for each in entries if each["statement"]["type"] == "key.enrolled"]
    governing = {each["key"] for each in bodies if each["use"] == "sign" and each["person"] in ("registrar", "head")}
    signed = (each["seq"] for each in entries if governing & {signature["key"] for signature in each["signatures"]})
    close_imports_by_keys_of_their_own(thief, next(signed))


TAMPERED: list[tuple[Callable[[Thief], None], str, str]] = [
    (replay_as_new, "completeness", "id_reused"),
    (replay_under_a_new_id, "authenticity", "signature_wrong"),
    (move_signatures, "authenticity", "signature_wrong"),
    (claim_a_ceremony, "authenticity", "signature_wrong"),
    (swap_what_is_sealed, "authenticity", "signature_wrong"),
    (more_units, "authenticity", "signature_wrong"),
    (leave_a_witness_out, "authenticity", "signature_not_due"),
    (import_before_the_close, "authenticity", "not_signed_by_a_person"),
    (import_and_close_again, "authenticity", "not_signed_by_a_person"),
    (import_and_close_and_go_on, "authenticity", "seen_mismatch"),
    (enrol_a_key_before_the_close, "authenticity", "not_signed_by_a_person"),
    (close_imports_by_keys_of_their_own, "authenticity", "not_signed_by_a_person"),
    (go_on_from_where_governance_had_signed_nothing, "authenticity", "not_signed_by_a_person"),
]


@pytest.mark.parametrize(("tamper", "check", "code"), TAMPERED, ids=lambda each: getattr(each, "__name__", ""))
def test_what_people_signed_cannot_be_put_to_another_use(
    robbed: Robbed, tmp_path: Path, tamper: Callable[[Thief], None], check: str, code: str
) -> None:
    thief = robbed.thief()
    tamper(thief)
    told = findings(judge(thief.publish(tmp_path / "evidence"), robbed.trust))
    assert code in told.get(check, set()), told


# ── the whole register, its head, its database


def test_a_head_by_another_key_is_not_the_facility_s(robbed: Robbed, tmp_path: Path) -> None:
    out = robbed.thief().publish(tmp_path / "evidence", log_key=Ed25519PrivateKey.generate())
    assert "head_not_by_its_key" in findings(judge(out, robbed.trust))["authenticity"]


def test_a_register_made_anew_under_the_same_name_and_key_is_another_one(robbed: Robbed, tmp_path: Path) -> None:
    """With people and keys of the thief's it is whole in itself: only who knows entry 0 sees it. The sheet says it."""
    anew = Robbed.of(tmp_path, log_key=robbed.data / "secrets" / "log.pem")
    assert anew.trust.key == robbed.trust.key
    assert judge(anew.evidence, replace(robbed.trust, genesis=None, governance=frozenset())).verdict == "pass"
    found = findings(judge(anew.evidence, robbed.trust))["authenticity"]
    assert found == {"genesis_differs", "governance_key_unknown", "not_signed_by_a_person"}


def copy(robbed: Robbed, folder: Path) -> Path:
    return copy_register(robbed.data, folder / "copy")


@contextmanager
def unguarded(data: Path) -> Iterator[Callable[..., Any]]:
    """A database client for which no trigger is in the way any more."""
    where = find_where(data)
    with plain_client(where) as client:
        drop_guards(client, where)
        yield lambda statement, *values: client.execute(to_theirs(where, statement), values)


def test_rows_changed_by_a_database_client_do_not_verify(robbed: Robbed, tmp_path: Path) -> None:
    """The newest entry says more units; every hash and the head are made anew with the log's key."""
    data, thief = copy(robbed, tmp_path), robbed.thief()
    more_units(thief)
    seq, changed = thief.find("stock.moved")["seq"], thief.entries[thief.find("stock.moved")["seq"]]
    assert seq == thief.size - 1
    leaf = leaf_hash(changed)
    note, root = thief.head()
    with unguarded(data) as change:
        change("UPDATE entry SET data = ?, leaf = ? WHERE seq = ?", changed, leaf, seq)
        change("UPDATE head SET last_leaf = ?", leaf)
        change("UPDATE checkpoint SET root = ?, note = ? WHERE size = ?", root, note, thief.size)
    told = findings(judge(data, robbed.trust))
    assert "signature_wrong" in told["authenticity"], told


def test_rows_added_by_the_changed_program_do_not_verify(
    robbed: Robbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything is as the program writes it, figures and tiles too, but that it asks for no signature."""
    data, thief = copy(robbed, tmp_path), robbed.thief()
    shutil.copytree(robbed.counter.folder / "heads", tmp_path / "heads")
    monkeypatch.setattr(KeyBook, "check_statement", lambda *_told, **_more: None)
    said = thief.statement("stock.moved", STOCK, "pharm", "nurse")
    raw = {name: said[name] for name in ("id", "type", "occurred_at", "performer", "witness", "body")}
    command = read_command(raw, bodies=BODIES)
    signatures = thief.sign(said, "fresh:pharm", "fresh:nurse")
    house = open_house(data, heads=FileHeads(tmp_path / "heads"), clock=lambda: thief.now)
    house.ledger.within(lambda tx: tx.append(spell_statement(said), signatures, {}, via="web", command=command))
    assert sign_head(house.ledger).size == thief.size + 1
    house.close()
    monkeypatch.undo()
    assert findings(judge(data, robbed.trust)) == {"authenticity": {"key_unknown"}}
