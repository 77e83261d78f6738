from collections.abc import Callable

import pytest

from ledger.errors import BytesRejected
from ledger.log.merkle import consistency_path, inclusion_path, leaf_hash, read_root, verify_inclusion
from ledger.log.tiles import TileReader, build_tiles, bundle_shapes, from_bundle, tile_path, tile_shapes, to_bundle
from tests.log import reference
from tests.log.changes import flipped


def data_of(size: int) -> list[bytes]:
    return [b"entry %d" % number for number in range(size)]


Tiles = dict[tuple[int, int, int], bytes]


def tiles_of(data: list[bytes]) -> Tiles:
    return {(level, index, width): tile for level, index, width, tile in build_tiles(map(leaf_hash, data))}


def reader_of(size: int, tiles: Tiles) -> TileReader:
    return TileReader(size, lambda level, index, width: tiles[level, index, width])


@pytest.mark.parametrize(
    ("level", "index", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 1234067, 256, "tile/0/x001/x234/067"),
        (1, 999, 17, "tile/1/999.p/17"),
        (63, 1000, 1, "tile/63/x001/000.p/1"),
        ("entries", 12, 255, "tile/entries/012.p/255"),
        ("entries", 1_000_000, 256, "tile/entries/x001/x000/000"),
    ],
)
def test_paths_are_those_of_the_specification(level: int, index: int, width: int, path: str) -> None:
    assert tile_path(level, index, width) == path


@pytest.mark.parametrize(("level", "index", "width"), [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)])
def test_a_tile_that_cannot_be_has_no_path(level: int, index: int, width: int) -> None:
    with pytest.raises(ValueError, match="no such tile"):
        tile_path(level, index, width)


def test_shapes_of_the_specifications_examples() -> None:
    shapes = list(tile_shapes(70_000))
    assert [shape for shape in shapes if shape[0] == 0] == [*((0, n, 256) for n in range(273)), (0, 273, 112)]
    assert [shape for shape in shapes if shape[0]] == [(1, 0, 256), (1, 1, 17), (2, 0, 1)]
    assert list(tile_shapes(256)) == [(0, 0, 256), (1, 0, 1)]
    assert list(tile_shapes(1)) == [(0, 0, 1)]
    assert not [*tile_shapes(0), *bundle_shapes(0)]
    assert list(bundle_shapes(513)) == [(0, 256), (1, 256), (2, 1)]


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 300, 511, 512, 513, 1000])
def test_tiles_built_in_one_pass_are_those_of_the_definition(size: int) -> None:
    data = data_of(size)
    tiles = tiles_of(data)
    assert set(tiles) == set(tile_shapes(size))
    for (level, index, width), tile in tiles.items():
        span = 256**level
        hashes = [reference.mth(data[at * span : (at + 1) * span]) for at in range(index * 256, index * 256 + width)]
        assert tile == b"".join(hashes)


@pytest.mark.parametrize("size", [1, 7, 256, 300, 700])
def test_proofs_read_from_tiles_are_those_of_the_definition(size: int) -> None:
    data = data_of(size)
    reader = reader_of(size, tiles_of(data))
    assert read_root(size, reader.read_node) == reference.mth(data)
    for index in {0, size // 2, size - 1}:
        assert inclusion_path(index, size, reader.read_node) == reference.path(index, data)
        assert consistency_path(index + 1, size, reader.read_node) == reference.proof(index + 1, data)


def test_a_very_large_tree_is_proved_from_a_few_of_its_tiles() -> None:
    size = 70_000
    tiles = tiles_of(data_of(size))
    read: list[tuple[int, int, int]] = []

    def read_tile(level: int, index: int, width: int) -> bytes:
        read.append((level, index, width))
        return tiles[level, index, width]

    reader = TileReader(size, read_tile)
    root = read_root(size, reader.read_node)
    for index in (0, 69_887, 69_888, 69_999):
        path = inclusion_path(index, size, reader.read_node)
        verify_inclusion(leaf=leaf_hash(b"entry %d" % index), index=index, size=size, path=path, root=root)
    assert set(read) <= set(tile_shapes(size))
    assert len(read) == len(set(read)) < 10


def test_any_bit_changed_in_a_tile_changes_the_root() -> None:
    size = 5
    tiles = tiles_of(data_of(size))
    root = reference.mth(data_of(size))
    for _, spoilt in flipped(tiles[0, 0, 5]):
        assert read_root(size, reader_of(size, {(0, 0, 5): spoilt}).read_node) != root


def test_a_tile_of_another_length_is_refused() -> None:
    tile = tiles_of(data_of(5))[0, 0, 5]
    for bad in (tile[:-1], tile[:-32], tile + bytes(32), b""):
        with pytest.raises(BytesRejected, match="tile_length"):
            read_root(5, reader_of(5, {(0, 0, 5): bad}).read_node)


@pytest.mark.parametrize(("level", "index"), [(0, 5), (1, 2), (3, 0), (-1, 0), (0, -1)])
def test_a_node_beyond_the_tree_is_not_read(level: int, index: int) -> None:
    with pytest.raises(ValueError, match="no such node"):
        reader_of(5, tiles_of(data_of(5))).read_node(level, index)


def test_bundles_are_read_back_as_written() -> None:
    for entries in ([b""], [b"a", b"", b"b" * 65_535], [b"x"] * 256):
        assert from_bundle(to_bundle(entries), len(entries)) == entries
    assert to_bundle([b"ab", b"c"]) == b"\0\x02ab\0\x01c"


@pytest.mark.parametrize("entries", [[], [b""] * 257, [b"x" * 65_536]])
def test_a_bundle_that_cannot_be_is_not_written(entries: list[bytes]) -> None:
    with pytest.raises(BytesRejected, match="bundle_malformed"):
        to_bundle(entries)


def test_a_bundle_of_more_or_fewer_entries_or_part_of_one_is_refused() -> None:
    data = to_bundle([b"ab", b"c"])
    refused: list[tuple[bytes, int]] = [(data[:end], 2) for end in range(len(data))]
    refused += [(data, 1), (data, 3), (data + b"\0", 2), (data + b"\0\0", 2)]
    for bad, width in refused:
        with pytest.raises(BytesRejected, match="bundle_too"):
            from_bundle(bad, width)


def test_any_bit_changed_in_a_bundle_is_refused_or_another_entry() -> None:
    entries = [b"ab", b"c"]
    read: Callable[[bytes], list[bytes]] = lambda data: from_bundle(data, 2)  # noqa: E731
    for _, spoilt in flipped(to_bundle(entries)):
        try:
            assert read(spoilt) != entries
        except BytesRejected:
            continue
