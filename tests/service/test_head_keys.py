"""A head is by the log's key in force; an old key leads to a new one by the head that covers the change."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.log.checkpoint import Checkpoint, sign_checkpoint
from ledger.log.merkle import leaf_hash
from ledger.log.note import Note, VerifierKey, from_note, to_note
from ledger.service.leaves import Leaves
from ledger.service.sources import open_source
from ledger.service.verification import Trust, verify
from tests.independent.forge import Forge, honest_log
from tests.independent.lies import DIED, rotate

ABOUT_THE_HEAD = {
    "not_signed_by_the_key",
    "head_not_by_its_key",
    "log_key_differs",
    "handover_missing",
    "log_key_unknown",
}


class Rotated:
    """A log whose key changed: `size` of the head that ends with it, then one more entry."""

    def __init__(self) -> None:
        self.forge: Forge = honest_log()
        self.old = self.forge.log_key
        rotate(self.forge)
        self.new = self.forge.log_key
        self.size = self.forge.size
        self.forge.add("patient.died", DIED, "d.one")

    def note(self, size: int, *keys: Ed25519PrivateKey) -> bytes:
        root = Leaves(map(leaf_hash, self.forge.entries)).root(size)
        signed = [from_note(sign_checkpoint(Checkpoint(self.forge.origin, size, root), key)) for key in keys]
        return to_note(Note(signed[0].text, tuple(line for note in signed for line in note.signatures)))

    def write(self, folder: Path, *keys: Ed25519PrivateKey, handover: bytes | None = None) -> Path:
        """Evidence of all entries, or of those up to the change, under a head by *keys*."""
        self.forge.write(folder)
        (folder / "checkpoint").write_bytes(self.note(self.forge.size, *keys))
        if handover is not None:
            (folder / "handover").mkdir()
            (folder / "handover" / str(self.size)).write_bytes(handover)
        return folder

    def codes(self, folder: Path, key: Ed25519PrivateKey) -> set[str]:
        trust = Trust(key=VerifierKey.of(self.forge.origin, key.public_key().public_bytes_raw()))
        verdict, _ = verify(open_source(folder), trust=trust, now=datetime.now(UTC))
        return {finding.code for finding in verdict.checks["authenticity"].findings} & ABOUT_THE_HEAD


@pytest.fixture
def rotated() -> Rotated:
    return Rotated()


def test_the_new_key_is_trusted_for_the_head_that_it_signed(rotated: Rotated, tmp_path: Path) -> None:
    assert rotated.codes(rotated.write(tmp_path / "ev", rotated.new), rotated.new) == set()


def test_the_old_key_leads_to_the_new_one_by_the_head_that_covers_the_change(rotated: Rotated, tmp_path: Path) -> None:
    for name, keys in (("old", [rotated.old]), ("both", [rotated.old, rotated.new])):
        handover = rotated.note(rotated.size, *keys)
        assert rotated.codes(rotated.write(tmp_path / name, rotated.new, handover=handover), rotated.old) == set()


def test_without_such_a_head_the_old_key_vouches_for_nothing(rotated: Rotated, tmp_path: Path) -> None:
    """Whoever steals the old key later, or never had it, cannot hand over."""
    other = Checkpoint(rotated.forge.origin, rotated.size, b"1" * 32)
    handovers = {
        "none": None,
        "by the new key alone": rotated.note(rotated.size, rotated.new),
        "of too few entries": rotated.note(rotated.size - 1, rotated.old),
        "of other entries": sign_checkpoint(other, rotated.old),
        "no note": b"x",
    }
    for name, handover in handovers.items():
        folder = rotated.write(tmp_path / name, rotated.new, handover=handover)
        assert rotated.codes(folder, rotated.old) == {"handover_missing"}, name


def test_the_old_key_signs_no_head_beyond_the_change(rotated: Rotated, tmp_path: Path) -> None:
    handover = rotated.note(rotated.size, rotated.old)
    folder = rotated.write(tmp_path / "ev", rotated.old, handover=handover)
    assert rotated.codes(folder, rotated.old) == {"head_not_by_its_key"}
    assert rotated.codes(folder, rotated.new) == {"head_not_by_its_key", "not_signed_by_the_key"}


@pytest.mark.parametrize("trusted", ["old", "new"])
def test_the_head_that_ends_with_the_change_is_good_for_whom_it_is_signed(
    rotated: Rotated, tmp_path: Path, trusted: str
) -> None:
    rotated.forge.entries.pop()
    keys = {"old": rotated.old, "new": rotated.new}
    other = keys["new" if trusted == "old" else "old"]
    assert rotated.codes(rotated.write(tmp_path / "both", rotated.old, rotated.new), keys[trusted]) == set()
    assert rotated.codes(rotated.write(tmp_path / "own", keys[trusted]), keys[trusted]) == set()
    assert rotated.codes(rotated.write(tmp_path / "other", other), keys[trusted]) == {"not_signed_by_the_key"}


def test_a_key_that_the_entries_do_not_name_signs_no_head(rotated: Rotated, tmp_path: Path) -> None:
    stranger = Ed25519PrivateKey.generate()
    folder = rotated.write(tmp_path / "ev", stranger)
    assert rotated.codes(folder, stranger) == {"head_not_by_its_key", "log_key_differs"}
    assert rotated.codes(folder, rotated.new) == {"head_not_by_its_key", "not_signed_by_the_key"}
