"""The dry run: commands judged one after the other on a snapshot, and what their signatories would sign.

Reads through a reader's door and never waits for the writer; the book that it tries them on is thrown away. Trusts
nothing that comes back from a signatory: recording judges everything anew.
"""

from base64 import b32encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledger.domain import judge as domain
from ledger.domain import terms
from ledger.domain.command import Command, in_order, read_command
from ledger.domain.kind import Case
from ledger.domain.regulation import read_adoption
from ledger.domain.shifts import Shift, read_shifts
from ledger.domain.vocabulary import BODIES
from ledger.errors import BytesRejected, CommandInvalid, IdReused, Refusal, SignatureRejected, WronglyCalled
from ledger.log.canonical import MAX_ENTRY, from_bytes
from ledger.log.encoding import to_base64
from ledger.log.keys import KEY_TYPES
from ledger.log.merkle import leaf_hash
from ledger.log.signing import LEDGER, LOG, due_signatories, to_signed_bytes, verify_check
from ledger.log.statement import Spelled, build_entry, spell_statement
from ledger.service.clock import next_moment
from ledger.service.importing import find_id
from ledger.service.ledger import Ledger
from ledger.service.ports import Reading
from ledger.service.sealing import Entropy, Opening, from_rows
from ledger.service.statements import Seen, is_same_command, to_statement

_NAMED_HERE = {
    "patient.registered": "patient",
    "prescription.issued": "prescription",
    "prescription.transcribed": "prescription",
    "place.opened": "place",
    "product.listed": "product",
}
"""What gets a random id where the command leaves it out (contract, section 4)."""
_PASSKEY_BYTES = {"authenticator_data": 256, "client_data": 1024, "value": 72}
"""Room for a passkey's assertion, generously: its size is the authenticator's and the browser's."""
_LARGEST = "webauthn-es256"


@dataclass(slots=True, kw_only=True)
class Preview:
    """What would become of one command. Without `refusals`, and once each of the `warnings` that are not `answered`
    is acknowledged, it would be recorded. `seq`: where it stands already."""

    id: str | None = None
    type: str | None = None
    refusals: list[Refusal] = field(default_factory=list)
    warnings: list[Refusal] = field(default_factory=list)
    answered: frozenset[str] = frozenset()
    effects: list[Shift] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    seq: int | None = None
    statement: Mapping[str, Any] | None = None
    openings: Mapping[str, Opening] = field(default_factory=dict)
    digest: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewed:
    """A list, in its order. `sign` (the bytes that every signatory signs) is there when nothing of it is refused;
    `keys` gives each signatory's key id, in signing order."""

    size: int
    entries: tuple[Preview, ...]
    sign: bytes | None
    keys: Mapping[str, str]


def preview(ledger: Ledger, reading: Reading, commands: Sequence[Any], *, caller: str) -> Previewed:
    """Judge *commands* (JSON values) in order, each on the state after those before it, as if *caller* had asked.

    Raises `LedgerReadOnly` where nothing could be recorded at all.
    """
    if ledger.read_only is not None:
        raise ledger.read_only
    trial = _Trial(ledger, reading, caller, len(commands))
    found = tuple(trial.judge(raw) for raw in commands)
    _refuse_half_recorded(found)
    refused = not found or any(each.refusals for each in found)
    sign = None if refused else to_signed_bytes([each.digest for each in found])
    return Previewed(size=reading.head.size, entries=found, sign=sign, keys=trial.chosen)


def make_name(entropy: Entropy) -> str:
    """A random id of 80 bits, for what the caller did not name."""
    return b32encode(entropy(10)).decode().lower()


def _refuse_half_recorded(found: Sequence[Preview]) -> None:
    """A list is recorded wholly or not at all, and so it is repeated."""
    if any(each.seq is None for each in found):
        for each in found:
            if each.seq is not None:
                each.refusals.append(Refusal(code=IdReused.code))


class _Trial:
    """The state that a list is tried on."""

    def __init__(self, ledger: Ledger, reading: Reading, caller: str, count: int) -> None:
        self._ledger, self._reading, self._caller, self._count = ledger, reading, caller, count
        self._rules, self._keys, self._book = ledger.rules(reading), ledger.keys(reading), reading.scratch()
        self._now = next_moment(ledger.clock, reading.head.last_recorded_at)
        self._seen = Seen(reading.head.size - 1, reading.head.last_leaf.hex())
        self._genesis = leaf_hash(reading.entry(0)).hex()
        self.chosen: dict[str, str] = {}

    def judge(self, raw: Any) -> Preview:
        found = Preview(id=find_id(raw))
        try:
            command = self._read(raw, found)
            spelled = self._spell(command, found)
        except CommandInvalid as bad:
            found.refusals += bad.refusals
            return found
        except BytesRejected:  # a spelling that no field forbids, and the format does
            found.refusals.append(Refusal(code="malformed"))
            return found
        if self._is_replay(command, found):
            self._choose_keys(command, spelled, found)
            return found
        judgement, case = domain.judge(command, self._book, rules=self._rules, now=self._now, imported=False)
        found.refusals += judgement.refusals
        found.warnings, found.notes = case.warnings, judgement.notes
        if self._caller not in self._due(command, spelled):
            found.refusals.append(Refusal(code="not_allowed", field="performer", values={"person": self._caller}))
        signers = self._choose_keys(command, spelled, found)
        self._check_size(spelled, signers, found)
        mark = self._book.mark()
        try:
            self._go_on(case, spelled, found)
        except SignatureRejected as bad:
            found.refusals.append(Refusal(code=bad.code))
        except WronglyCalled as missing:
            found.refusals.append(
                Refusal(code="rule_not_adopted", field="body.sha256", values={"rule": missing.reason})
            )
        found.refusals = _in_order(found.refusals)
        found.effects = list(read_shifts(self._book, mark))
        return found

    def _read(self, raw: Any, found: Preview) -> Command:
        if type(raw) is dict:
            raw = {"performer": self._caller} | raw
            name, body = _NAMED_HERE.get(str(raw.get("type"))), raw.get("body")
            if name is not None and type(body) is dict and name not in body:
                raw |= {"body": body | {name: make_name(self._ledger.entropy)}}
        command = read_command(raw, bodies=BODIES, users=lambda user: self._book.find("person", user) is not None)
        found.id, found.type, found.answered = command.id, command.type, frozenset(command.acknowledged)
        return command

    def _spell(self, command: Command, found: Preview) -> Spelled:
        statement, openings = to_statement(
            command, log=self._ledger.log, genesis=self._genesis, seen=self._seen, entropy=self._ledger.entropy
        )
        spelled = spell_statement(statement)
        found.statement, found.openings, found.digest = statement, openings, spelled.digest
        return spelled

    def _is_replay(self, command: Command, found: Preview) -> bool:
        """`id_reused` is decided before anything else; the same once more is answered as it was."""
        past = self._book.past.by_id(command.id)
        if past is None:
            return False
        if past.seq < self._reading.head.size and self._is_same(past.seq, found):
            found.seq = past.seq
        else:
            found.refusals.append(Refusal(code=IdReused.code))
        return True

    def _is_same(self, seq: int, found: Preview) -> bool:
        stored = from_bytes(self._reading.entry(seq))["statement"]
        rows = self._reading.sealed(seq)
        kept = from_rows(rows, log=stored["log"], entry_id=stored["id"], vault=self._ledger.vault)
        return is_same_command(stored, kept, found.statement or {}, found.openings)

    def _due(self, command: Command, spelled: Spelled) -> list[str]:
        """Who signs; of `import.closed` also the holders of the keys that it lists."""
        found = [self._keys.find(key) for key in _listed(command)]
        return due_signatories(spelled.said, holders=[key.person for key in found if key is not None])

    def _choose_keys(self, command: Command, spelled: Spelled, found: Preview) -> list[tuple[str, str]]:
        """(signatory, algorithm) in order: each with the newest key in force, the same for the whole list."""
        listed, signers = _listed(command), []
        for name in self._due(command, spelled):
            if name in (LEDGER, LOG):  # nobody's browser speaks for them
                found.refusals.append(Refusal(code="not_allowed", field="type", values={"performer": name}))
                continue
            usable = self._keys.usable(name, seq=self._book.size, uses={"sign"})
            usable = [key for key in usable if key.key in listed] or usable
            known = self.chosen.get(name)
            key = next((key for key in reversed(usable) if known in (None, key.key)), None)
            if key is not None:
                self.chosen[name] = key.key
            elif self._is_enrolled(name):
                found.refusals.append(Refusal(code="not_enrolled", field="performer", values={"signatory": name}))
            signers.append((name, key.alg if key is not None else _LARGEST))
        return signers

    def _is_enrolled(self, name: str) -> bool:
        """Whoever is not was refused for that already."""
        person = self._book.find("person", name)
        return person is not None and person.left_at is None

    def _check_size(self, spelled: Spelled, signers: Sequence[tuple[str, str]], found: Preview) -> None:
        if not signers:
            return
        said = spelled.said
        signatures = [_placeholder(name, alg, [spelled.digest.hex()] * self._count) for name, alg in signers]
        data = build_entry(
            log=self._ledger.log,
            seq=self._book.size,
            prev=bytes(32),
            recorded_at=max(self._now, said["occurred_at"]),
            via="device",
            statement=spelled,
            signatures=signatures,
        )
        if len(data) > MAX_ENTRY:
            found.refusals.append(Refusal(code="entry_too_large", values={"most": MAX_ENTRY}))

    def _go_on(self, case: Case, spelled: Spelled, found: Preview) -> None:
        """Let what nothing refuses stand for the commands after it."""
        if found.refusals:
            return
        command, said, keys, rules = case.command, spelled.said, self._keys, self._rules
        if command.type == "regulation.adopted":
            rules = read_adoption(self._reading.adopted(), command.body["sha256"]).rules
        if command.type in KEY_TYPES:
            for check in keys.to_checks(said, (), digest=spelled.digest):  # the proof that a new key's holder gave
                verify_check(check)
            keys = keys.copy()
            keys.apply(self._book.size, said)
        domain.record(case)
        self._keys, self._rules = keys, rules


def _listed(command: Command) -> Sequence[str]:
    return command.body["keys"] if command.type == "import.closed" else ()


def _in_order(refusals: Sequence[Refusal]) -> list[Refusal]:
    """The contract's order; form codes stand alone."""
    form = [refusal for refusal in refusals if terms.REFUSAL_GROUP.get(refusal.code) == terms.FORM]
    return in_order(list(form or refusals))


def _placeholder(by: str, alg: str, of: Sequence[str]) -> dict[str, Any]:
    """As large as the signature of *by* can become."""
    signature: dict[str, Any] = {"by": by, "key": "0" * 16, "alg": alg, "value": to_base64(bytes(64))}
    if alg == _LARGEST:
        signature |= {member: to_base64(bytes(size)) for member, size in _PASSKEY_BYTES.items()}
    return signature | ({"of": list(of)} if len(of) > 1 else {})
