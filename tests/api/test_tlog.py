"""The log over HTTP is, byte for byte, what an evidence folder holds."""

from pathlib import Path

import pytest

from ledger.log.merkle import leaf_hash
from ledger.log.proof import verify_proof
from ledger.service.checkpoints import sign_head, verifier_key
from ledger.service.evidence import write_evidence
from tests.api.serving import Served


def test_every_file_of_the_tree_is_the_evidence_s(served: Served, tmp_path: Path) -> None:
    ledger = served.counter.house.ledger
    for number in range(300):
        assert served.counter.give("sheet.issued", {"sheet_no": str(number), "place": "ward", "lines": 5}) == "recorded"
    write_evidence(ledger, sign_head(ledger), tmp_path / "out", readme="", reports={})
    files = [path for path in (tmp_path / "out" / "tile").rglob("*") if path.is_file()]
    assert len(files) == 5, "two bundles, two hash tiles, and one above them"
    for file in [*files, tmp_path / "out" / "checkpoint"]:
        answer = served.call("GET", f"/api/v1/log/{file.relative_to(tmp_path / 'out')}")
        assert (answer.status_code, answer.content) == (200, file.read_bytes()), file


def test_an_entry_is_proved_under_the_newest_head_and_under_no_other_leaf(standing: Served) -> None:
    ledger = standing.counter.house.ledger
    size = sign_head(ledger).size
    with ledger.reading() as reading:
        leaves = [leaf_hash(data) for _, data in reading.entries(0, size)]
    for seq in (0, 1, size - 1):
        proof = standing.call("GET", f"/api/v1/log/proof/{seq}").content
        index, head = verify_proof(proof, leaf=leaves[seq], key=verifier_key(ledger))
        assert (index, head.size) == (seq, size)


def test_what_no_head_covers_is_not_published(served: Served) -> None:
    covered = sign_head(served.counter.house.ledger).size
    served.counter.tell("09:00 [one] pharm + nurse stock.moved from_place=safe to_place=ward lines=[morphine A 1]")
    for path in (f"proof/{covered}", f"tile/0/000.p/{covered + 1}", f"tile/entries/000.p/{covered + 1}"):
        assert served.call("GET", f"/api/v1/log/{path}").status_code == 404, path


@pytest.mark.parametrize(
    "tile",
    ["0", "00", "0000", "x000/000", "000.p/0", "000.p/257", "000.p/01", "000.p/", "-01", "٠٠٠", "000.p/x", "000.p/²",
     "999", "x999/x999/x999/x999/x999/x999/x999/999", "..%2f..%2fcheckpoint", "9" * 400],
)  # fmt: skip
def test_a_tile_has_one_spelling(standing: Served, tile: str) -> None:
    for level in ("0", "entries"):
        assert standing.call("GET", f"/api/v1/log/tile/{level}/{tile}").status_code == 404, tile


def test_who_took_entries_stands_in_the_access_log(standing: Served) -> None:
    assert standing.call("GET", "/api/v1/log/tile/entries/000.p/5").status_code == 200
    (last,) = standing.site.access.read(limit=1)
    assert (last.kind, last.person, last.detail) == ("listed", "pharm", "bundle 0..4")


def test_witnesses_get_heads_and_hashes_and_no_entries(standing: Served) -> None:
    told = {
        path: standing.call("GET", f"/api/v1/log/{path}", who=None).status_code
        for path in ("checkpoint", "tile/0/000.p/1", "tile/entries/000.p/1", "proof/0")
    }
    assert told == {"checkpoint": 200, "tile/0/000.p/1": 200, "tile/entries/000.p/1": 401, "proof/0": 401}
