"""Rules broken one by one by somebody who holds every key: lies at the end of an honest log, each with its finding."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .craft import to_base64
from .duties import statement_hash
from .forge import LINES, MOVE, Forge, Signer, honest_log

RECEIVED: dict[str, Any] = {"place": "safe", "lines": LINES, "supplier": "Depot", "document_no": "12"}
IDENTITY = {"body.identity.name": "Жан", "body.identity.born_on": "1800-01-01"}
REGISTERED = {"patient": "pat-2", "home_kato": "63", "home_phc_bin": "000140000001", "indication": "other"}
ACT: dict[str, Any] = {"act_no": "2", "method": "dissolution", "place": "custody", "items": []}
DIED = {"patient": "pat-1", "died_on": "2026-03-02"}
HOLDERS = ["p.one", "p.two", "n.one", "d.one"]

Lie = Callable[[Forge], object]
LIES: dict[str, tuple[str, Lie]] = {}


def lie(code: str) -> Callable[[Lie], Lie]:
    """Files a lie told at the end of an honest log under its name, with the finding that must name it."""

    def file(tell: Lie) -> Lie:
        LIES[tell.__name__] = (code, tell)
        return tell

    return file


def says(code: str, name: str, kind: str, body: dict[str, Any], *who: str, **more: Any) -> None:
    edit = more.pop("edit", {})
    LIES[name] = (code, lambda f: f.add(kind, dict(body), *who, **more) if not edit else edited(f))

    def edited(f: Forge) -> None:
        f.append([f.statement(kind, dict(body), *who, **more) | edit])


# Roles and witnesses
says("not_allowed", "a_nurse_lists_a_product", "product.listed", {"product": "x", "inn": "X"}, "n.one")
says("not_allowed", "a_nurse_receives_stock", "stock.received", RECEIVED, "n.one", "p.one")
says("not_allowed", "a_person_who_left_acts", "inspection.opened", {"document_no": "1"}, "i.one")
says("not_allowed", "the_ledger_moves_stock", "stock.moved", MOVE, "ledger")
says("not_allowed", "a_pharmacist_issues_a_report_entry", "report.issued", {"kind": "register", "size": 1}, "p.one")
says("witness_required", "stock_is_received_alone", "stock.received", RECEIVED, "p.one")
says("witness_same_person", "the_performer_witnesses", "stock.received", RECEIVED, "p.one", "p.one")
says("witness_not_allowed", "the_registrar_witnesses_stock", "stock.received", RECEIVED, "p.one", "reg")
says("witness_required", "the_registrar_enrols_alone", "person.enrolled", {"person": "x", "role": "nurse"}, "reg")
says("witness_not_allowed", "a_nurse_governs", "person.enrolled", {"person": "x", "role": "nurse"}, "reg", "n.one")
says("witness_required", "a_second_head_by_the_registrar", "person.role_changed",
     {"person": "p.one", "role": "head_pharmacist", "order_no": "1"}, "reg")  # fmt: skip
says(
    "witness_pending",
    "a_resolution_waits",
    "discrepancy.resolved",
    {"discrepancy": "x"},
    "hp",
    witness_pending="at_home",
)
says(
    "witness_pending",
    "a_witness_is_there_and_pending",
    "stock.moved",
    MOVE,
    "p.one",
    "n.one",
    witness_pending="at_home",
)
says("witness_pending", "a_witness_waits_for_no_listed_reason", "stock.moved", MOVE, "p.one", witness_pending="busy")
says("commission_too_small", "a_commission_of_two", "destruction.performed", ACT | {"commission": ["hp", "p.one"]},
     "hp", also=["p.one"])  # fmt: skip
says("commission_too_small", "a_commission_names_one_twice", "destruction.performed",
     ACT | {"commission": ["hp", "p.one", "p.one"]}, "hp", also=["p.one"])  # fmt: skip
says("signatories", "a_commission_member_does_not_sign", "destruction.performed",
     ACT | {"commission": ["hp", "p.one", "p.two"]}, "hp", also=["p.one"])  # fmt: skip
says("signatories", "a_bystander_signs_too", "stock.moved", MOVE, "p.one", "n.one", also=["p.two"])
says("signatories", "signed_in_the_wrong_order", "stock.moved", MOVE, "p.one", "n.one", by=["n.one", "p.one"])
says("countersigner", "a_performer_countersigns", "entry.countersigned", {"seq": 45}, "reg")
says("witness_required", "stock_is_reversed_alone", "entry.reversed", {"seq": 33, "packs": "never_left"}, "p.one")
says("entry_unknown", "nothing_is_reversed", "entry.reversed", {"seq": 999, "packs": "never_left"}, "p.one")


@lie("countersigner")
def an_unseen_entry_is_countersigned(f: Forge) -> None:
    pending = f.statement("stock.moved", MOVE, "p.one", witness_pending="at_home")
    answer = f.statement("entry.countersigned", {"id": pending["id"]}, "n.one")
    f.append([pending])
    f.append([answer])


@lie("not_allowed")
def a_dose_is_dated_before_the_nurse_was_enrolled(f: Forge) -> None:
    f.add("person.enrolled", {"person": "n.two", "role": "nurse"}, "reg", "hp")
    f.enrol_key(Signer(person="n.two", use="sign", label="own"), "reg", "hp")
    f.add("dose.administered", {"patient": "pat-1"}, "n.two", occurred_at="2026-03-01T00:00:00.000000Z")


# Keys
@lie("key_not_in_force")
def a_revoked_key_signs(f: Forge) -> None:
    f.add("stock.moved", MOVE, "p.two", "n.one", by=[Signer(person="p.two", use="sign", label="own"), "n.one"])


@lie("key_not_in_force")
def an_import_key_signs_after_the_close(f: Forge) -> None:
    f.add("stock.moved", MOVE, "p.one", "n.one", by=[Signer(person="p.one", use="import", label="first"), "n.one"])


@lie("key_not_in_force")
def a_key_that_the_close_did_not_list_signs(f: Forge) -> None:
    f.add("stock.moved", MOVE, "p.two", "n.one", by=[Signer(person="p.two", use="sign", label="spare"), "n.one"])


@lie("key_unknown")
def a_key_that_nobody_enrolled_signs(f: Forge) -> None:
    f.add("stock.moved", MOVE, "p.one", "n.one", by=[Signer(person="p.one", use="sign", label="new"), "n.one"])


@lie("key_unknown")
def a_key_signs_its_own_enrolment(f: Forge) -> None:
    new = Signer(person="hp", use="sign", label="second")
    f.add("key.enrolled", f.enrolment(new), "hp", "reg", by=[new, "reg"])


@lie("key_unknown")
def one_person_signs_in_the_name_of_another(f: Forge) -> None:
    def rename(entry: dict[str, Any]) -> None:
        entry["signatures"][1]["by"] = "n.one"

    f.add("stock.moved", MOVE, "p.one", "n.one", by=["p.one", "p.two"], twist=rename)


@lie("key_use")
def a_pdf_key_signs_an_entry(f: Forge) -> None:
    pdf = Signer(person="p.one", use="pdf", label="pdf")
    f.enrol_key(pdf, "reg", "hp")
    f.add("stock.moved", MOVE, "p.one", "n.one", by=[pdf, "n.one"])


@lie("key_reused")
def a_key_is_enrolled_twice(f: Forge) -> None:
    f.add("key.enrolled", f.enrolment(f.active["p.one"]), "reg", "hp")


@lie("anchor")
def a_head_is_anchored_that_never_was(f: Forge) -> None:
    f.add("checkpoint.anchored", f.anchor(f.size) | {"root": f.anchor(f.size - 1)["root"]}, "ledger")


@lie("anchor")
def a_head_is_anchored_before_it_is_there(f: Forge) -> None:
    f.add("checkpoint.anchored", f.anchor(f.size) | {"size": f.size + 1}, "ledger")


@lie("key_reused")
def a_revoked_key_comes_back_for_another(f: Forge) -> None:
    old = Signer(person="p.two", use="sign", label="own")
    old.person = "p.one"
    f.add("key.enrolled", f.enrolment(old), "reg", "hp")


@lie("key_proof")
def an_enrolment_is_proved_by_another_key(f: Forge) -> None:
    proof = f.enrolment(f.active["p.two"])["proof"]
    f.add("key.enrolled", f.enrolment(Signer(person="p.one", use="sign", label="2"), proof=proof), "reg", "hp")


@lie("key_proof")
def an_enrolment_is_proved_for_another_log(f: Forge) -> None:
    new = Signer(person="p.one", use="sign", label="2")
    proof = Forge(origin="senim/other/1").enrolment(new)["proof"]
    f.add("key.enrolled", f.enrolment(new, proof=proof), "reg", "hp")


@lie("key_id")
def an_enrolment_names_another_id(f: Forge) -> None:
    f.add("key.enrolled", f.enrolment(Signer(person="p.one", use="sign", label="2"), key="0" * 16), "reg", "hp")


@lie("public_key")
def an_enrolment_names_another_algorithm(f: Forge) -> None:
    new = Signer(person="p.one", use="sign", label="2")
    f.add("key.enrolled", f.enrolment(new, alg="webauthn-es256"), "reg", "hp")


@lie("public_key")
def a_passkey_is_called_a_bare_key(f: Forge) -> None:
    new = Signer(person="p.one", use="sign", label="2", passkey=True)
    f.add("key.enrolled", f.enrolment(new, alg="ed25519"), "reg", "hp")


@lie("key_use")
def a_ledger_key_is_enrolled_for_a_person(f: Forge) -> None:
    f.add("key.enrolled", f.enrolment(Signer(person="p.one", use="ledger", label="2")), "reg", "hp")


@lie("person")
def a_key_is_enrolled_for_nobody(f: Forge) -> None:
    f.enrol_key(Signer(person="nobody", use="sign", label="own"), "reg", "hp")


@lie("import_closed")
def an_import_key_is_enrolled_after_the_close(f: Forge) -> None:
    f.enrol_key(Signer(person="p.one", use="import", label="late"), "ledger")


says("person", "a_person_is_enrolled_twice", "person.enrolled", {"person": "n.one", "role": "nurse"}, "reg", "hp")
says("person", "a_person_is_called_ledger", "person.enrolled", {"person": "ledger", "role": "nurse"}, "reg", "hp")
says("person", "somebody_unknown_leaves", "person.left", {"person": "x", "on": "2026-03-02"}, "reg", "hp")
says("key_unknown", "an_unknown_key_is_revoked", "key.revoked", {"key": "0" * 16}, "reg")
says("not_allowed", "a_nurse_revokes_the_key_of_another", "key.revoked",
     {"key": Signer(person="p.one", use="sign", label="own").id}, "n.one")  # fmt: skip
says("import_closed", "imports_are_closed_twice", "import.closed", {"count": 0, "keys": []}, "reg", "hp")


def passkey(**claims: Any) -> Lie:
    """d.one signs with a passkey that claims something else."""

    def tell(f: Forge) -> None:
        f.active["d.one"].claims = claims
        f.add("patient.died", DIED, "d.one")

    return tell


LIES |= {
    "a_passkey_that_registers": ("passkey", passkey(type="webauthn.create")),
    "a_passkey_on_another_site": ("passkey", passkey(origin="https://evil.example")),
    "a_passkey_in_a_foreign_page": ("passkey", passkey(crossOrigin=True)),
    "a_passkey_for_other_bytes": ("passkey", passkey(challenge="AAAA")),
}


@lie("passkey")
def a_passkey_that_says_too_little(f: Forge) -> None:
    f.active["d.one"].counter = b""
    f.add("patient.died", DIED, "d.one")


@lie("public_key")
def a_passkey_spelled_in_another_way(f: Forge) -> None:
    new = Signer(person="d.one", use="sign", label="second", passkey=True)
    point = new.private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    der = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200") + point
    new.public, new.id = to_base64(der), hashlib.sha256(der).hexdigest()[:16]
    f.add("key.enrolled", f.enrolment(new), "reg", "hp")


@lie("alg")
def a_bare_key_dressed_as_a_passkey(f: Forge) -> None:
    dress = {"alg": "webauthn-es256", "authenticator_data": "AAAA", "client_data": "AAAA"}
    f.add("stock.moved", MOVE, "p.one", "n.one", twist=lambda e: e["signatures"][0].update(dress))


@lie("passkey")
def a_passkey_without_its_user(f: Forge) -> None:
    f.active["d.one"].flags = b"\x01"
    f.add("patient.died", DIED, "d.one")


@lie("key_proof")
def a_passkey_of_another_relying_party(f: Forge) -> None:
    new = Signer(person="d.one", use="sign", label="second", passkey=True)
    f.add("key.enrolled", f.enrolment(new) | {"rp_id": "other.example"}, "reg", "hp")


@lie("key_proof")
def a_passkey_proved_in_another_form(f: Forge) -> None:
    new = Signer(person="d.one", use="sign", label="second", passkey=True)
    f.add("key.enrolled", f.enrolment(new) | {"proof": "AAAA"}, "reg", "hp")


# Privacy
says("privacy", "an_identity_in_clear", "patient.registered", REGISTERED | {"identity": {"name": "Жан"}}, "d.one")
says("privacy", "a_diagnosis_in_clear", "patient.registered", REGISTERED | {"icd10": "C34"}, "d.one", secrets=IDENTITY)
says("privacy", "an_id_that_is_an_iin", "patient.registered", REGISTERED | {"patient": "000101500008"}, "d.one")
says("id_form", "an_id_that_is_a_name", "patient.registered", REGISTERED | {"patient": "Жан"}, "d.one")
says("privacy", "an_indication_in_words", "patient.registered", REGISTERED | {"indication": "рак лёгкого"}, "d.one")
says("privacy", "a_note_in_clear", "entry.reversed", {"seq": 33, "note": "wrong"}, "p.one", "p.two")
says("privacy", "a_breakage_told_in_clear", "stock.broken", {"place": "safe", "how": "fell"}, "p.one", "n.one")
says(
    "privacy",
    "a_reason_without_list_in_clear",
    "prescription.stopped",
    {"prescription": "rx-1", "reason": "x"},
    "d.one",
)
says("privacy", "a_reason_outside_its_list", "patch.removed", {"patient": "pat-1", "reason": "Жан asked"}, "n.one")
says("privacy", "a_finding_in_clear", "inspection.answered", {"note": "n", "text": "sorry"}, "hp")
says("privacy", "a_decision_by_a_name", "dispense.discharge", {"patient": "pat-1", "decided_by": "Dr Жан"}, "p.one")
says("privacy", "a_relation_in_words", "unused.returned", {"patient": "pat-1", "relation": "дочь Алия"}, "n.one")
says("privacy", "a_staff_name_in_clear", "person.enrolled", {"person": "x", "role": "nurse", "name": "Y"}, "reg", "hp")
says("late_reason", "a_late_reason_in_clear", "patient.died", DIED, "d.one", late_reason="forgot")
says("shape", "a_collector_as_text", "dispense.outpatient", {"patient": "pat-1", "collector": "Жан"}, "p.one")
says("field_unknown", "a_field_that_no_type_has", "patient.died", DIED | {"remark": "x"}, "d.one")
says("sealed", "sealed_what_must_be_clear", "patient.died", DIED, "d.one", secrets={"body.died_on": "2026-03-02"})
says("sealed", "an_identity_sealed_in_one", "patient.registered", REGISTERED, "d.one", secrets={"body.identity": "Жан"})
says("field_unknown", "sealed_where_nothing_is", "patient.died", DIED, "d.one", secrets={"body.remark": "x"})
says("sealed", "a_reason_for_no_acknowledgement", "patient.died", DIED, "d.one", secrets={"acknowledged.0.reason": "x"})
says("sealed", "the_performer_sealed", "patient.died", DIED, "d.one", secrets={"performer": "x"})
says("sealed_and_clear", "both_sealed_and_clear", "dispense.discharge", {"decided_by": "d.one"}, "p.one",
     secrets={"body.decided_by": "d.one"})  # fmt: skip
says("sealed", "a_value_sealed_inside_another", "inspection.answered", {}, "hp",
     secrets={"body.text": "x", "body.text.0": "y"})  # fmt: skip
says("sealed", "a_commitment_in_capitals", "patient.died", DIED, "d.one", sealed={"body.certificate_no": "A" * 64})


@lie("opening")
def an_opening_of_another_value(f: Forge) -> None:
    f.add("patient.died", DIED, "d.one", secrets={"body.certificate_no": "1"})
    f.openings[-1]["value"] = "2"


says("opening", "a_list_sealed_in_one", "patient.died", DIED, "d.one", secrets={"body.certificate_no": ["1"]})


@lie("opening")
def two_openings_with_one_key(f: Forge) -> None:
    for _ in range(2):
        statement = f.statement("patient.died", DIED, "d.one")
        f.seal(statement, "body.certificate_no", "1", b"k" * 32)
        f.append([statement])


# Form and time
says("null", "a_null_in_the_body", "patient.died", DIED | {"certificate_no": None}, "d.one")
says("null", "a_null_witness_in_the_body", "patient.died", DIED | {"witness": None}, "d.one")
says("empty_object", "an_empty_object", "patient.died", DIED, "d.one", sealed={})
says("acknowledged", "acknowledgements_out_of_order", "patient.died", DIED, "d.one", acknowledged=["b", "a"])
says("acknowledged", "an_acknowledgement_twice", "patient.died", DIED, "d.one", acknowledged=["a", "a"])
says("type", "a_type_that_is_not_there", "patient.cured", {"patient": "pat-1"}, "d.one")
says("id", "an_id_in_capitals", "patient.died", DIED, "d.one", id="11111111-1111-4111-8111-11111111111A")
says("time", "a_day_that_is_not_there", "patient.died", DIED, "d.one", occurred_at="2026-02-30T00:00:00.000000Z")
says(
    "time_in_future", "a_death_in_the_future", "patient.died", DIED, "d.one", occurred_at="2027-01-01T00:00:00.000000Z"
)
says("genesis", "another_genesis", "patient.died", DIED, "d.one", genesis="0" * 64)
says("seen", "the_future_was_seen", "patient.died", DIED, "d.one", seen={"seq": 46, "leaf": "0" * 64})
says("seen", "nothing_was_seen", "patient.died", DIED, "d.one", seen={"seq": -1, "leaf": "0" * 64})
says("seen", "another_history_was_seen", "patient.died", DIED, "d.one", seen={"seq": 7, "leaf": "0" * 64})
says("member_unknown", "a_sheet_with_more", "patient.died", DIED, "d.one", sheet={"no": "1", "line": 1, "by": "x"})
says(
    "seen",
    "a_number_from_the_end_was_seen",
    "patient.died",
    DIED,
    "d.one",
    seen={"seq": -46, "leaf": honest_log().leaf(1)},
)
says("shape", "a_truth_value_was_seen", "patient.died", DIED, "d.one", seen={"seq": True, "leaf": honest_log().leaf(1)})
says("log", "a_statement_of_another_log", "patient.died", DIED, "d.one", log="senim/other/1")
says("member_name", "a_dotted_name", "patient.died", DIED | {"died.on": 1}, "d.one")
says("shape", "acknowledgements_as_text", "patient.died", DIED, "d.one", edit={"acknowledged": ""})
says("shape", "an_acknowledgement_by_number", "patient.died", DIED, "d.one", edit={"acknowledged": [{"code": 5}]})
says("shape", "a_body_as_a_list", "patient.died", DIED, "d.one", edit={"body": []})
says("shape", "a_rule_set_that_is_a_path", "regulation.adopted", {"sha256": "../keys.jsonl"}, "reg", "hp")
says("entry_0", "a_facility_is_opened_again", "facility.opened", {"facility": "Other"}, "ledger")
says("witness_not_allowed", "a_witness_beside_the_commission", "destruction.performed",
     ACT | {"commission": ["hp", "p.one", "n.one"]}, "hp", "p.two", also=["p.one", "n.one"])  # fmt: skip
says("via", "a_way_that_is_not_there", "patient.died", DIED, "d.one", twist=lambda e: e.update(via="fax"))
says("via", "the_web_is_called_import", "patient.died", DIED, "d.one", twist=lambda e: e.update(via="import"))
says("via", "the_web_is_called_ledger", "patient.died", DIED, "d.one", twist=lambda e: e.update(via="ledger"))
says("prev", "another_entry_before", "patient.died", DIED, "d.one", twist=lambda e: e.update(prev="0" * 64))
says("absurd", "a_commission_without_members", "destruction.performed", ACT, "hp")


@lie("id_reused")
def an_id_stands_again(f: Forge) -> None:
    statement = f.statement("patient.died", DIED, "d.one")
    f.append([statement])
    f.append([statement])


@lie("recorded_at")
def time_stands_still(f: Forge) -> None:
    f.clock -= timedelta(seconds=7, microseconds=1)
    f.add("patient.died", DIED, "d.one")


# Ceremonies
def three(f: Forge) -> list[dict[str, Any]]:
    return [f.statement("stock.moved", MOVE, "p.one", "n.one") for _ in range(3)]


@lie("ceremony")
def a_ceremony_without_its_last_statement(f: Forge) -> None:
    f.append(three(f))
    f.entries.pop()


@lie("ceremony")
def a_ceremony_without_its_first_statement(f: Forge) -> None:
    kept = list(f.entries)
    statements = three(f)

    def renumber(entry: dict[str, Any]) -> None:
        f.entries[:] = kept if entry["seq"] == len(kept) + 1 else f.entries
        entry.update(seq=f.size, prev=f.leaf(f.size - 1))

    f.append(statements, twist=renumber)


@lie("ceremony")
def a_ceremony_of_one(f: Forge) -> None:
    f.add("patient.died", DIED, "d.one", twist=lambda e: e["signatures"][0].update(of=[statement_hash(e["statement"])]))


@lie("ceremony")
def signatories_of_different_ceremonies(f: Forge) -> None:
    pair = [f.statement("stock.moved", MOVE, "p.one", "n.one") for _ in range(2)]
    f.append(pair, twist=lambda e: e["signatures"][1].update(of=["0" * 64, "1" * 64]))


@lie("ceremony")
def a_ceremony_of_others(f: Forge) -> None:
    f.add("patient.died", DIED, "d.one", twist=lambda e: e["signatures"][0].update(of=["0" * 64, "1" * 64]))


# The log's own key
@lie("signatories")
def the_new_log_key_does_not_sign_its_rotation(f: Forge) -> None:
    rotate(f, by=["reg", "hp", f.active["log"]])


@lie("key_id")
def the_new_log_key_has_another_id(f: Forge) -> None:
    body = {
        "old": f.active["log"].id,
        "new": "0" * 16,
        "public": Signer(person="log", use="log", label="second").public,
    }
    f.add("key.rotated", body, "reg", "hp", also=["log", "log"])


@lie("signatories")
def the_log_key_is_rotated_by_two_people(f: Forge) -> None:
    rotate(f, by=["reg", "hp"])


@lie("log_key")
def the_log_changes_its_key_in_silence(f: Forge) -> None:
    f.active["log"] = Signer(person="log", use="log", label="silent")


def rotate(f: Forge, by: list[str | Signer] | None = None) -> None:
    old, new = f.active["log"], Signer(person="log", use="log", label="second")
    body = {"old": old.id, "new": new.id, "public": new.public}
    seq = f.add("key.rotated", body, "reg", "hp", by=by or ["reg", "hp", old, new])
    f.end_keys(lambda line: line["key"] == old.id, seq)
    f.key_line(new, seq + 1)
