"""Altered copies of a good evidence folder, each with what a verifier must say of it.

`mutations` needs no secret: what it re-hashes keeps the old signature. Given the log's private key it also plays the
operator, who re-hashes *and* signs again, so that only the deeper checks are left to notice.
"""

from __future__ import annotations

import base64
import json
import random
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .bench import OK, REJECTED, Alter, Bench, Mutation
from .canon import to_canonical
from .craft import checkpoint_text, sign_checkpoint, to_base64, write_file, write_tree
from .mutate_entries import byte_mutations, entry_mutations
from .tiles import due_widths, leaf_hash, merkle_root, tile_path


def mutations(
    folder: Path, out: Path, seed: int, *, log_key: Ed25519PrivateKey | None = None, flips: int = 3
) -> Iterator[tuple[str, Path, str]]:
    """Yields (name, folder, `ok` or `rejected`); each copy lies in `out / name` and is made when it is asked for.

    Args:
        folder: good evidence, size at least 2.
        seed: of the random places.
        log_key: signs what is re-hashed, as the log's operator could.
        flips: single-bit changes per kind of file.
    """
    bench = Bench(folder=folder, chance=random.Random(seed), log_key=log_key)
    around = (_harmless, partial(_flips, flips), _tiles, _tails, _checkpoints, _beside, _emptied)
    for family in (*around, entry_mutations, byte_mutations):
        for name, expected, alter in family(bench):
            copy = out / name
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(folder, copy)
            alter(copy)
            yield name, copy, expected


def _removed(path: str) -> Alter:
    return lambda copy: (copy / path).unlink()


def _written(path: str, data: bytes) -> Alter:
    return lambda copy: write_file(copy / path, data)


def _edited(path: str, change: Callable[[bytes], bytes]) -> Alter:
    return lambda copy: (copy / path).write_bytes(change((copy / path).read_bytes()))


def _flipped(path: str, bit: int) -> Alter:
    return _edited(path, lambda data: data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :])


def _harmless(b: Bench) -> Iterator[Mutation]:
    def cosigned(copy: Path) -> None:
        line = f"— witness.example/w {to_base64(b.chance.randbytes(4 + 8 + 64))}\n"
        with (copy / "checkpoint").open("a", encoding="utf-8", newline="\n") as note:
            note.write(line)

    yield "unchanged", OK, lambda copy: None
    yield "surplus_file", OK, _written("stray.bin", b"\x00\xff")
    yield "surplus_adopted", OK, _written("adopted/" + "0" * 64, b"nobody adopted this")
    yield "surplus_tile_level", OK, _written("tile/7/000", b"junk")
    for level in ("0", "entries"):
        paths = [tile_path(level, 0, width) for width in (1, 255, 256)]
        path = next(p for p in paths if p not in (*b.tiles, *b.bundles))
        yield f"surplus_width_{level}", OK, _written(path, b"junk")
    yield "surplus_cosignature", OK, cosigned
    yield "readme_altered", OK, _written("README.txt", b"something else")
    yield "openings_removed", OK, lambda copy: (copy / "openings.jsonl").unlink(missing_ok=True)


def _flips(count: int, b: Bench) -> Iterator[Mutation]:
    own = [line for line in b.signature_lines.splitlines(keepends=True) if line.startswith(f"— {b.origin} ")]
    signed = f"{b.text}\n{own[0]}" if len(own) == 1 and b.signature_lines.startswith(own[0]) else b.text
    kinds = {
        "checkpoint": ["checkpoint"],
        "tile": [path for path in b.tiles if path.startswith("tile/0/")],
        "upper_tile": [path for path in b.tiles if not path.startswith("tile/0/")],
        "bundle": b.bundles,
        "keys": ["keys.jsonl"],
        "adopted": b.adopted,
        "openings": ["openings.jsonl"],
    }
    for kind, paths in kinds.items():
        there = [path for path in paths if (b.folder / path).exists() and (b.folder / path).stat().st_size]
        for number in range(count if there else 0):
            path = b.chance.choice(there)
            length = len(signed.encode()) if kind == "checkpoint" else (b.folder / path).stat().st_size
            bit = b.chance.randrange(8 * length)
            yield f"flip_{kind}_{number}", REJECTED, _flipped(path, bit)


def _tiles(b: Bench) -> Iterator[Mutation]:
    for path in (*b.tiles, *b.bundles):
        yield f"missing_{_slug(path)}", REJECTED, _removed(path)
        yield f"emptied_{_slug(path)}", REJECTED, _written(path, b"")
    tile, bundle = b.tiles[0], b.bundles[-1]
    yield "tile_cut", REJECTED, _edited(tile, lambda data: data[:-32])
    yield "tile_longer", REJECTED, _edited(tile, lambda data: data + bytes(32))
    yield "tile_hashes_swapped", REJECTED, _edited(tile, lambda data: data[32:64] + data[:32] + data[64:])
    yield "bundle_cut_in_entry", REJECTED, _edited(bundle, lambda data: data[:-1])
    yield "bundle_cut_at_entry", REJECTED, _edited(bundle, lambda data: data[: -2 - len(b.data[-1])])
    yield "bundle_byte_more", REJECTED, _edited(bundle, lambda data: data + b"\x00")
    yield "bundle_entry_more", REJECTED, _edited(bundle, lambda data: data + b"\x00\x02{}")
    index, width = list(due_widths(b.size))[-1]
    other = tile_path("entries", index, width - 1 or 2)
    yield "bundle_of_other_width", REJECTED, lambda copy: _move(copy / bundle, copy / other)
    first, second, *rest = b.data
    yield "entries_swapped_beside_tiles", REJECTED, lambda copy: _write_bundles(copy, [second, first, *rest])


def _slug(path: str) -> str:
    return path.removeprefix("tile/").replace("/", "_").replace(".p_", "_p")


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.rename(target)


def _write_bundles(copy: Path, data: list[bytes]) -> None:
    """Other entries under the old hash tiles and checkpoint."""
    shutil.move(copy / "tile", copy / "tiles before")
    write_tree(copy, data)
    for level in [path for path in (copy / "tile").iterdir() if path.name != "entries"]:
        shutil.rmtree(level)
        shutil.copytree(copy / "tiles before" / level.name, level)
    shutil.rmtree(copy / "tiles before")


def _tails(b: Bench) -> Iterator[Mutation]:
    old = (b.folder / "checkpoint").read_bytes()

    def cut(size: int, *, old_head: bool) -> Alter:
        def alter(copy: Path) -> None:
            b.rehash(copy, b.data[:size], sign=False)
            if old_head:
                (copy / "checkpoint").write_bytes(old)

        return alter

    for size in sorted({1, b.size // 2, b.size - 1, b.chance.randrange(1, b.size)}):
        yield f"tail_cut_to_{size}_under_old_checkpoint", REJECTED, cut(size, old_head=True)
        yield f"tail_cut_to_{size}_under_edited_checkpoint", REJECTED, cut(size, old_head=False)
    yield "tail_grown", REJECTED, lambda copy: b.rehash(copy, [*b.data, b.data[-1]])


def _checkpoints(b: Bench) -> Iterator[Mutation]:
    stranger = Ed25519PrivateKey.from_private_bytes(b.chance.randbytes(32))

    def replace(data: bytes | str) -> Alter:
        return _written("checkpoint", data.encode() if isinstance(data, str) else data)

    def edited(old: str, new: str) -> Alter:
        return lambda copy: b.set_checkpoint(copy, b.text.replace(old, new, 1))

    def emptied_log(copy: Path) -> None:
        shutil.rmtree(copy / "tile")
        b.set_checkpoint(copy, checkpoint_text(b.origin, 0, merkle_root([])))

    wrong_root = to_base64(b.chance.randbytes(32))
    key_id = base64.b64decode(b.signature_lines.splitlines()[0].split()[-1])[:4]
    garbled = f"— {b.origin} {to_base64(key_id + b.chance.randbytes(64))}\n"
    yield "checkpoint_missing", REJECTED, _removed("checkpoint")
    yield "checkpoint_emptied", REJECTED, replace(b"")
    yield "checkpoint_unsigned", REJECTED, replace(b.text)
    yield "checkpoint_unsigned_with_blank_line", REJECTED, replace(b.text + "\n")
    yield "checkpoint_signature_garbled", REJECTED, replace(f"{b.text}\n{garbled}")
    yield "checkpoint_of_stranger", REJECTED, replace(sign_checkpoint(b.text, stranger))
    yield "checkpoint_cut", REJECTED, replace((b.folder / "checkpoint").read_bytes()[:-2])
    yield "checkpoint_with_carriage_returns", REJECTED, replace(f"{b.text}\n{b.signature_lines}".replace("\n", "\r\n"))
    yield "checkpoint_size_0", REJECTED, emptied_log
    yield "checkpoint_other_origin", REJECTED, edited(b.origin, b.origin + "9")
    yield "checkpoint_other_root", REJECTED, edited(b.root, wrong_root)
    yield "checkpoint_size_more", REJECTED, edited(f"\n{b.size}\n", f"\n{b.size + 1}\n")
    yield "checkpoint_size_less", REJECTED, edited(f"\n{b.size}\n", f"\n{b.size - 1}\n")
    yield "checkpoint_size_padded", REJECTED, edited(f"\n{b.size}\n", f"\n0{b.size}\n")
    yield "checkpoint_size_signed", REJECTED, edited(f"\n{b.size}\n", f"\n+{b.size}\n")
    yield "checkpoint_root_unpadded", REJECTED, edited(b.root, b.root.rstrip("="))
    yield "checkpoint_root_in_hex", REJECTED, edited(b.root, merkle_root(list(map(leaf_hash, b.data))).hex())


def _beside(b: Bench) -> Iterator[Mutation]:
    def lines(name: str, change: Callable[[list[dict[str, Any]]], object]) -> Alter:
        def alter(copy: Path) -> None:
            rows = [json.loads(line) for line in (copy / name).read_bytes().splitlines()]
            change(rows)
            (copy / name).write_bytes(b"".join(to_canonical(row) + b"\n" for row in rows))

        return alter

    public = to_base64(b.chance.randbytes(44))
    yield "keys_missing", REJECTED, _removed("keys.jsonl")
    yield "keys_line_removed", REJECTED, lines("keys.jsonl", lambda rows: rows.pop())
    yield "keys_lines_swapped", REJECTED, lines("keys.jsonl", lambda rows: rows.insert(0, rows.pop()))
    yield "keys_until_moved", REJECTED, lines("keys.jsonl", lambda rows: rows[-1].update(until_seq=b.size + 7))
    yield "keys_public_replaced", REJECTED, lines("keys.jsonl", lambda rows: rows[-1].update(public=public))
    yield "keys_line_added", REJECTED, lines("keys.jsonl", lambda rows: rows.append(rows[-1] | {"person": "eve"}))
    for path in dict.fromkeys(b.adopted):
        yield f"missing_{path.replace('/', '_')[:24]}", REJECTED, _removed(path)
        yield f"emptied_{path.replace('/', '_')[:24]}", REJECTED, _written(path, b"")
    yield "adopted_all_missing", REJECTED, lambda copy: shutil.rmtree(copy / "adopted")
    openings = b.folder / "openings.jsonl"
    if openings.exists() and openings.stat().st_size:
        key = to_base64(b.chance.randbytes(32))
        yield "openings_other_value", REJECTED, lines("openings.jsonl", lambda rows: rows[-1].update(value="Ева"))
        yield "openings_other_key", REJECTED, lines("openings.jsonl", lambda rows: rows[-1].update(key=key))
        yield "openings_other_path", REJECTED, lines("openings.jsonl", lambda rows: rows[-1].update(path="body.x"))
        yield "openings_other_entry", REJECTED, lines("openings.jsonl", lambda rows: rows[-1].update(seq=0))


def _emptied(b: Bench) -> Iterator[Mutation]:
    def keep(*names: str) -> Alter:
        def alter(copy: Path) -> None:
            for path in list(copy.iterdir()):
                if path.name not in names:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()

        return alter

    def all_empty(copy: Path) -> None:
        for path in [path for path in copy.rglob("*") if path.is_file()]:
            path.write_bytes(b"")

    yield "folder_emptied", REJECTED, keep()
    yield "folder_gone", REJECTED, shutil.rmtree
    yield "folder_of_empty_files", REJECTED, all_empty
    yield "folder_with_checkpoint_alone", REJECTED, keep("checkpoint")
    yield "folder_without_tiles", REJECTED, lambda copy: shutil.rmtree(copy / "tile")
    yield "folder_without_entries", REJECTED, lambda copy: shutil.rmtree(copy / "tile" / "entries")
