"""C2SP tlog-policy and tlog-cosignature: what a quorum is, and that missing is never met."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.errors import NoteRejected
from ledger.log.checkpoint import Checkpoint
from ledger.log.note import Note, NoteSignature, VerifierKey
from ledger.log.policy import WitnessKey, cosign, find_cosignature, read_policy

KEYS = {name: Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n, name in enumerate("ABCL", start=1)}
TEXT = Checkpoint("senim/test/1", 7, b"r" * 32).to_text()


def vkey(name: str) -> str:
    return WitnessKey.of(f"w/{name}", KEYS[name].public_key().public_bytes_raw()).to_vkey()


def log_vkey() -> str:
    return VerifierKey.of("senim/test/1", KEYS["L"].public_key().public_bytes_raw()).to_vkey()


def cosigned(*names: str, time: int = 1_700_000_000) -> Note:
    lines = [cosign(TEXT, name=f"w/{n}", private_key=KEYS[n], time=time + i) for i, n in enumerate(names)]
    return Note(TEXT, tuple(lines) or (NoteSignature("other", b"0000", b"x" * 64),))


POLICY = "\n".join(
    [
        "# two of three",
        f"log {log_vkey()}",
        f"witness A {vkey('A')} https://example.org/a",
        f"\twitness B {vkey('B')}",
        f"witness C {vkey('C')}",
        "group ab all A B",
        "group two 1 ab C",
        "quorum two",
        "",
    ]
).encode()


@pytest.mark.parametrize(("names", "time"), [("AB", 1_700_000_001), ("C", 1_700_000_000), ("ABC", 1_700_000_002)])
def test_a_quorum_is_met_by_its_members(names: str, time: int) -> None:
    assert read_policy(POLICY).verify(cosigned(*names)) == time


@pytest.mark.parametrize("names", ["", "A", "B"])
def test_a_quorum_that_is_not_met_is_said(names: str) -> None:
    with pytest.raises(NoteRejected, match="quorum_not_met"):
        read_policy(POLICY).verify(cosigned(*names))


def test_no_witness_is_asked_for_only_where_the_policy_says_so() -> None:
    assert read_policy(b"quorum none\n").verify(cosigned()) is None


def test_a_wrong_cosignature_rejects_even_where_others_suffice() -> None:
    good = cosigned("A", "B", "C")
    last = good.signatures[-1]
    bad = NoteSignature(last.name, last.id, last.value[:-1] + bytes([last.value[-1] ^ 1]))
    with pytest.raises(NoteRejected, match="cosignature_invalid"):
        read_policy(POLICY).verify(Note(TEXT, (*good.signatures[:-1], bad)))


def test_a_cosignature_is_of_its_text_and_time() -> None:
    key = WitnessKey.from_vkey(vkey("A"))
    note = cosigned("A")
    assert find_cosignature(note, key) == 1_700_000_000
    moved = NoteSignature(note.signatures[0].name, note.signatures[0].id, b"\0" * 8 + note.signatures[0].value[8:])
    for wrong in (Note(TEXT.replace("7", "8", 1), note.signatures), Note(TEXT, (moved,))):
        with pytest.raises(NoteRejected, match="cosignature_invalid"):
            find_cosignature(wrong, key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum none\nquorum none\n",
        "quorum A\n",
        f"witness A {vkey('A')}\nwitness B {vkey('A')}\nquorum A\n",
        f"witness none {vkey('A')}\nquorum none\n",
        f"witness A {vkey('A')}\ngroup g 2 A\nquorum g\n",
        f"witness A {vkey('A')}\ngroup g 0 A\nquorum g\n",
        f"witness A {vkey('A')}\ngroup g any A\ngroup h any A\nquorum g\n",
        f"group g any A\nwitness A {vkey('A')}\nquorum g\n",
        f"witness A {log_vkey()}\nquorum A\n",
        f"log {vkey('A')}\nquorum none\n",
        "quorum none\r\n",
        "nonsense\nquorum none\n",
    ],
)
def test_a_malformed_policy_is_refused(text: str) -> None:
    with pytest.raises(NoteRejected):
        read_policy(text.encode())
