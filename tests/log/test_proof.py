import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.errors import EvidenceRejected, ProofRejected
from ledger.log.checkpoint import Checkpoint, sign_checkpoint
from ledger.log.merkle import leaf_hash
from ledger.log.note import VerifierKey
from ledger.log.proof import Proof, from_proof, to_proof, verify_proof
from tests.log import reference
from tests.log.changes import cut, flipped

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
LOG = "senim/semey-hospital/1"
TRUSTED = VerifierKey.of(LOG, KEY.public_key().public_bytes_raw())
DATA = [b"entry %d" % number for number in range(7)]
NOTE = sign_checkpoint(Checkpoint(LOG, 7, reference.mth(DATA)), KEY)
PROOF = to_proof(5, reference.path(5, DATA), NOTE)


def test_a_proof_file_is_written_as_the_specification_says() -> None:
    lines = PROOF.decode().split("\n")
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 5"]
    assert lines[5:8] == ["", LOG, "7"]
    assert from_proof(PROOF) == Proof(5, tuple(reference.path(5, DATA)), NOTE)


def test_a_proof_file_proves_its_leaf_with_the_logs_key() -> None:
    index, checkpoint = verify_proof(PROOF, leaf=leaf_hash(DATA[5]), key=TRUSTED)
    assert (index, checkpoint.size) == (5, 7)


def test_the_only_leaf_has_a_proof_without_hashes() -> None:
    note = sign_checkpoint(Checkpoint(LOG, 1, leaf_hash(b"one")), KEY)
    assert verify_proof(to_proof(0, [], note), leaf=leaf_hash(b"one"), key=TRUSTED)[0] == 0


def test_a_proof_file_with_any_bit_changed_is_refused() -> None:
    for _, spoilt in flipped(PROOF):
        with pytest.raises(EvidenceRejected):
            verify_proof(spoilt, leaf=leaf_hash(DATA[5]), key=TRUSTED)


def test_a_proof_file_cut_short_is_refused() -> None:
    for part in cut(PROOF):
        with pytest.raises(EvidenceRejected):
            verify_proof(part, leaf=leaf_hash(DATA[5]), key=TRUSTED)


def test_a_proof_of_another_leaf_is_refused() -> None:
    with pytest.raises(ProofRejected, match="root_mismatch"):
        verify_proof(PROOF, leaf=leaf_hash(DATA[4]), key=TRUSTED)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"c2sp.org/tlog-proof@v1",
        PROOF.replace(b"@v1", b"@v2"),
        PROOF.replace(b"index 5", b"index 05"),
        PROOF.replace(b"index 5", b"index  5"),
        PROOF.replace(b"index 5", b"index -5"),
        PROOF.replace(b"index 5\n", b""),
        PROOF.replace(b"index 5\n", b"extra AAAA\nindex 5\n"),
        PROOF.replace(b"=\n", b"\n", 1),
        PROOF.replace(b"=\n", b"=\r\n", 1),
        PROOF.replace(b"index 5\n", b"index 5\nAAAA\n"),
        PROOF.replace(b"index 5\n", b"index 5\n" + b"A" * 43 + b"=\n" * 64),
    ],
)
def test_a_malformed_proof_file_is_refused(data: bytes) -> None:
    with pytest.raises(ProofRejected, match="proof_malformed"):
        from_proof(data)


@pytest.mark.parametrize(("index", "path"), [(-1, []), (0, [b"short"]), (0, [bytes(32)] * 64)])
def test_an_impossible_proof_is_not_written(index: int, path: list[bytes]) -> None:
    with pytest.raises(ProofRejected, match="proof_malformed"):
        to_proof(index, path, NOTE)
