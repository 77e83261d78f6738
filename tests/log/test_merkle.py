import json
from base64 import b64decode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ledger.errors import BytesRejected, ProofRejected
from ledger.log.merkle import (
    EMPTY_ROOT,
    MAX_SIZE,
    Frontier,
    consistency_path,
    inclusion_path,
    leaf_hash,
    node_hash,
    read_root,
    verify_consistency,
    verify_inclusion,
)
from tests.log import reference
from tests.log.changes import flipped

VECTORS = Path(__file__).parents[1] / "vectors" / "merkle"
NOT_A_HASH = "consistency/additional/sizes-are-equal-one-and-proof-is-empty.json"


def vectors(kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((VECTORS / f"{kind}.json").read_text())
    assert len(found) == 98
    return found


def data_of(size: int) -> list[bytes]:
    return [b"entry %d" % number for number in range(size)]


def node_reader(data: list[bytes]) -> Callable[[int, int], bytes]:
    """Nodes from all levels of complete subtrees, built pair by pair."""
    levels = [list(map(leaf_hash, data))]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])
    return lambda level, index: levels[level][index]


def accepted(verify: Callable[[], None]) -> bool:
    try:
        verify()
    except ProofRejected:
        return False
    return True


@pytest.mark.parametrize("vector", vectors("inclusion"), ids=lambda vector: vector["name"])
def test_inclusion_vectors_are_judged_as_published(vector: dict[str, Any]) -> None:
    judged = accepted(
        lambda: verify_inclusion(
            leaf=b64decode(vector["leafHash"]),
            index=vector["leafIdx"],
            size=vector["treeSize"],
            path=list(map(b64decode, vector["proof"] or [])),
            root=b64decode(vector["root"]),
        )
    )
    assert judged == (not vector["wantErr"])


@pytest.mark.parametrize("vector", vectors("consistency"), ids=lambda vector: vector["name"])
def test_consistency_vectors_are_judged_as_published(vector: dict[str, Any]) -> None:
    judged = accepted(
        lambda: verify_consistency(
            old_size=vector["size1"],
            old_root=b64decode(vector["root1"]),
            size=vector["size2"],
            root=b64decode(vector["root2"]),
            path=list(map(b64decode, vector["proof"] or [])),
        )
    )
    assert judged == (not vector["wantErr"] and vector["name"] != NOT_A_HASH)


def test_known_hashes_of_rfc_6962() -> None:
    assert EMPTY_ROOT.hex() == sha256(b"").hexdigest()
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    assert node_hash(b"N123", b"N456").hex() == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"


def test_every_size_to_300_has_the_root_of_the_definition() -> None:
    data = data_of(300)
    frontier = Frontier()
    assert frontier.root() == reference.mth([]) == read_root(0, node_reader([]))
    read_node = node_reader(data)
    for size in range(1, 301):
        frontier.append(leaf_hash(data[size - 1]))
        root = reference.mth(data[:size])
        assert frontier.root() == root == read_root(size, read_node)
        assert Frontier.at(size, read_node).to_bytes() == frontier.to_bytes()


@pytest.mark.parametrize("size", [*range(1, 20), 31, 32, 33, 64, 100, 127, 129, 255, 256, 257, 300])
def test_inclusion_paths_are_those_of_the_definition_and_verify(size: int) -> None:
    data = data_of(size)
    read_node, root = node_reader(data), reference.mth(data)
    for index in range(size) if size < 40 else Random(size).sample(range(size), 12):
        path = inclusion_path(index, size, read_node)
        assert path == reference.path(index, data)
        verify_inclusion(leaf=leaf_hash(data[index]), index=index, size=size, path=path, root=root)


@pytest.mark.parametrize("size", [*range(1, 20), 31, 32, 33, 64, 100, 127, 129, 255, 256, 257, 300])
def test_consistency_paths_are_those_of_the_definition_and_verify(size: int) -> None:
    data = data_of(size)
    read_node, root = node_reader(data), reference.mth(data)
    for old_size in range(1, size + 1) if size < 40 else Random(size).sample(range(1, size + 1), 12):
        path = consistency_path(old_size, size, read_node)
        assert path == reference.proof(old_size, data)
        old_root = reference.mth(data[:old_size])
        verify_consistency(old_size=old_size, old_root=old_root, size=size, root=root, path=path)


@pytest.mark.parametrize("size", [4_097, 7_777])
def test_large_trees_agree_with_the_definition(size: int) -> None:
    data = data_of(size)
    read_node, root = node_reader(data), reference.mth(data)
    assert read_root(size, read_node) == root
    for index in Random(size).sample(range(size), 4):
        path = inclusion_path(index, size, read_node)
        assert path == reference.path(index, data)
        verify_inclusion(leaf=leaf_hash(data[index]), index=index, size=size, path=path, root=root)
        old_path = consistency_path(index + 1, size, read_node)
        assert old_path == reference.proof(index + 1, data)


@pytest.mark.parametrize(("index", "size"), [(0, 2), (4, 7), (6, 7), (12, 13)])
def test_an_inclusion_proof_with_any_bit_changed_is_refused(index: int, size: int) -> None:
    data = data_of(size)
    leaf, root = leaf_hash(data[index]), reference.mth(data)
    path = reference.path(index, data)

    def refused(leaf: bytes, path: list[bytes], root: bytes) -> None:
        with pytest.raises(ProofRejected):
            verify_inclusion(leaf=leaf, index=index, size=size, path=path, root=root)

    for _, spoilt in flipped(leaf):
        refused(spoilt, path, root)
    for _, spoilt in flipped(root):
        refused(leaf, path, spoilt)
    for at, digest in enumerate(path):
        refused(leaf, path[:at] + path[at + 1 :], root)
        refused(leaf, [*path[:at], digest, *path[at:]], root)
        for _, spoilt in flipped(digest):
            refused(leaf, [*path[:at], spoilt, *path[at + 1 :]], root)


@pytest.mark.parametrize(("old_size", "size"), [(1, 2), (3, 7), (4, 7), (6, 8), (7, 13)])
def test_a_consistency_proof_with_any_bit_changed_is_refused(old_size: int, size: int) -> None:
    data = data_of(size)
    old_root, root = reference.mth(data[:old_size]), reference.mth(data)
    path = reference.proof(old_size, data)

    def refused(old_root: bytes, path: list[bytes], root: bytes) -> None:
        with pytest.raises(ProofRejected):
            verify_consistency(old_size=old_size, old_root=old_root, size=size, root=root, path=path)

    for _, spoilt in flipped(old_root):
        refused(spoilt, path, root)
    for _, spoilt in flipped(root):
        refused(old_root, path, spoilt)
    for at, digest in enumerate(path):
        refused(old_root, path[:at] + path[at + 1 :], root)
        for _, spoilt in flipped(digest):
            refused(old_root, [*path[:at], spoilt, *path[at + 1 :]], root)


def test_a_proof_for_one_place_is_refused_for_every_other() -> None:
    data = data_of(13)
    root = reference.mth(data)
    for index in range(13):
        path = reference.path(index, data)
        for other in set(range(-1, 15)) - {index}:
            with pytest.raises(ProofRejected):
                verify_inclusion(leaf=leaf_hash(data[index]), index=other, size=13, path=path, root=root)


def test_nothing_is_proved_about_an_empty_or_an_impossible_tree() -> None:
    leaf = leaf_hash(b"")
    for size in (0, MAX_SIZE + 1):
        with pytest.raises(ProofRejected, match="index_out_of_range"):
            verify_inclusion(leaf=leaf, index=0, size=size, path=[], root=leaf)
    for old_size in (0, -1, 2):
        with pytest.raises(ProofRejected, match="size_out_of_range"):
            verify_consistency(old_size=old_size, old_root=leaf, size=1, root=leaf, path=[])


def test_a_path_is_asked_for_within_the_tree_only() -> None:
    for index, size in ((-1, 3), (3, 3), (0, 0)):
        with pytest.raises(ValueError, match="index"):
            inclusion_path(index, size, node_reader(data_of(3)))
    for old_size, size in ((0, 3), (4, 3)):
        with pytest.raises(ValueError, match="old_size"):
            consistency_path(old_size, size, node_reader(data_of(3)))


def test_a_frontier_survives_its_bytes_and_goes_on() -> None:
    data = data_of(77)
    frontier = Frontier()
    for size, item in enumerate(data):
        assert Frontier.from_bytes(frontier.to_bytes()).root() == frontier.root() == reference.mth(data[:size])
        frontier.append(leaf_hash(item))


def test_a_copied_frontier_goes_its_own_way() -> None:
    frontier = Frontier()
    frontier.append(leaf_hash(b"one"))
    other = frontier.copy()
    other.append(leaf_hash(b"two"))
    assert (frontier.size, other.size) == (1, 2)
    assert frontier.root() == leaf_hash(b"one")


def test_subtrees_join_a_frontier_where_they_belong_and_nowhere_else() -> None:
    data = data_of(14)
    read_node = node_reader(data)
    frontier = Frontier()
    for level, index in ((3, 0), (2, 2), (0, 12), (0, 13)):
        frontier.append_subtree(level, read_node(level, index))
    assert frontier.root() == reference.mth(data)
    with pytest.raises(ValueError, match="begin"):
        frontier.append_subtree(2, leaf_hash(b""))


def test_a_frontier_of_other_than_whole_hashes_is_refused() -> None:
    good = Frontier(3, [leaf_hash(b"a"), leaf_hash(b"b")]).to_bytes()
    for bad in (b"", good[:7], good[:-1], good + b"\0", good[:8], (2**63).to_bytes(8, "big") + good[8:40]):
        with pytest.raises(BytesRejected, match="frontier_malformed"):
            Frontier.from_bytes(bad)
    with pytest.raises(BytesRejected, match="hash_length"):
        Frontier().append(b"short")
