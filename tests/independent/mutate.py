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
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .canon import to_canonical
from .craft import checkpoint_text, sign_checkpoint, to_base64, write_file, write_tree
from .tiles import due_tiles, due_widths, leaf_hash, merkle_root, read_entries, tile_path

Entry = dict[str, Any]
Alter = Callable[[Path], object]
Mutation = tuple[str, str, Alter]  # name, expected, what to do to a fresh copy

OK = "ok"
REJECTED = "rejected"


@dataclass(kw_only=True)
class Bench:
    """The good folder, read once, and the means to damage copies of it."""

    folder: Path
    chance: random.Random
    log_key: Ed25519PrivateKey | None

    def __post_init__(self) -> None:
        note = (self.folder / "checkpoint").read_text("utf-8")
        split = note.rfind("\n\n")
        self.text, self.signature_lines = note[: split + 1], note[split + 2 :]
        self.origin, size, self.root = self.text.split("\n")[:3]
        self.size = int(size)
        self.data = read_entries(self.folder, self.size)
        self.entries: list[Entry] = [json.loads(data) for data in self.data]
        self.tiles = [path for path, _ in due_tiles([leaf_hash(data) for data in self.data])]
        self.bundles = [tile_path("entries", index, width) for index, width in due_widths(self.size)]
        bodies = (e["statement"]["body"] for e in self.entries if e["statement"]["type"] == "regulation.adopted")
        self.adopted = [f"adopted/{body['sha256']}" for body in bodies]

    def last(self, fits: Callable[[Entry], object]) -> int | None:
        """The last entry of a kind: damage late in the log has the fewest other symptoms."""
        return next((seq for seq in reversed(range(self.size)) if fits(self.entries[seq])), None)

    def set_checkpoint(self, copy: Path, text: str, *, sign: bool = True) -> None:
        """The old signatures over another text, or a true one where the log's key is at hand."""
        if sign and self.log_key is not None:
            (copy / "checkpoint").write_bytes(sign_checkpoint(text, self.log_key, name=self.origin))
        else:
            (copy / "checkpoint").write_text(f"{text}\n{self.signature_lines}", "utf-8", newline="\n")

    def rehash(self, copy: Path, data: list[bytes], *, sign: bool = True) -> None:
        shutil.rmtree(copy / "tile")
        root = write_tree(copy, data)
        self.set_checkpoint(copy, checkpoint_text(self.origin, len(data), root), sign=sign)

    def rechain(self, copy: Path, entries: list[Entry]) -> None:
        """Numbers and chains the entries anew; what people signed stays as it is."""
        data: list[bytes] = []
        for seq, entry in enumerate(entries):
            prev = {"prev": leaf_hash(data[-1]).hex()} if data else {}
            data.append(to_canonical(entry | {"seq": seq} | prev))
        self.rehash(copy, data)


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
    families = (_harmless, partial(_flips, flips), _tiles, _tails, _checkpoints, _beside, _emptied, _entries, _bytes)
    for family in families:
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


def _entries(b: Bench) -> Iterator[Mutation]:
    """One entry changed, everything behind it chained and hashed again."""

    def changed(fits: Callable[[Entry], object], change: Callable[[Entry], object]) -> Alter | None:
        seq = b.last(fits)
        if seq is None:
            return None
        entries = deepcopy(b.entries)
        change(entries[seq])
        return lambda copy: b.rechain(copy, entries)

    def signed_by_two(e: Entry) -> bool:
        return len(e["signatures"]) > 1

    def strip_witness(e: Entry) -> None:
        witness, e["statement"]["witness"] = e["statement"]["witness"], None
        e["signatures"] = [x for x in e["signatures"] if x["by"] != witness]

    def pretend_pending(e: Entry) -> None:
        strip_witness(e)
        e["statement"]["witness_pending"] = "alone_on_duty"

    def replace_key(e: Entry) -> None:
        stranger = Ed25519PrivateKey.from_private_bytes(b.chance.randbytes(32))
        message = b"senim/sign/v1\n"
        x = e["signatures"][-1]
        x.update(key=b.chance.randbytes(8).hex(), value=to_base64(stranger.sign(message)))

    def any_entry(e: Entry) -> bool:
        return True

    def is_ed25519(e: Entry) -> bool:
        return bool(e["signatures"][-1]["alg"] == "ed25519")

    def of_type(kind: str) -> Callable[[Entry], bool]:
        return lambda e: bool(e["statement"]["type"] == kind)

    spki = to_base64(bytes.fromhex("302a300506032b6570032100") + b.chance.randbytes(32))
    later = b.entries[-1]["recorded_at"][:-7] + "999999Z"
    single: dict[str, Alter | None] = {
        "signature_removed": changed(signed_by_two, lambda e: e["signatures"].pop()),
        "signature_of_performer_removed": changed(signed_by_two, lambda e: e["signatures"].pop(0)),
        "signatures_all_removed": changed(any_entry, lambda e: e["signatures"].clear()),
        "signatures_swapped": changed(signed_by_two, lambda e: e["signatures"].reverse()),
        "signature_doubled": changed(any_entry, lambda e: e["signatures"].append(e["signatures"][-1])),
        "signature_value_altered": changed(
            is_ed25519, lambda e: e["signatures"][-1].update(value=to_base64(bytes(64)))
        ),
        "signature_member_added": changed(any_entry, lambda e: e["signatures"][-1].update(note="x")),
        "signature_by_other_key": changed(is_ed25519, replace_key),
        "signature_by_other_name": changed(any_entry, lambda e: e["signatures"][-1].update(by="eve")),
        "ceremony_member_removed": changed(
            lambda e: "of" in e["signatures"][0], lambda e: e["signatures"][0].pop("of")
        ),
        "witness_stripped": changed(lambda e: e["statement"]["witness"], strip_witness),
        "witness_made_pending": changed(lambda e: e["statement"]["witness"], pretend_pending),
        "performer_replaced": changed(any_entry, lambda e: e["statement"].update(performer="eve")),
        "id_replaced": changed(any_entry, lambda e: e["statement"].update(id="00000000-0000-4000-8000-000000000000")),
        "occurred_at_moved": changed(
            any_entry, lambda e: e["statement"].update(occurred_at="2020-01-01T00:00:00.000000Z")
        ),
        "seen_moved": changed(
            lambda e: e["statement"]["seen"]["seq"] > 0, lambda e: e["statement"]["seen"].update(seq=0)
        ),
        "genesis_replaced": changed(any_entry, lambda e: e["statement"].update(genesis="a" * 64)),
        "body_member_added": changed(any_entry, lambda e: e["statement"]["body"].update(extra=1)),
        "statement_member_added": changed(any_entry, lambda e: e["statement"].update(extra=1)),
        "entry_member_added": changed(any_entry, lambda e: e.update(extra=1)),
        "entry_member_removed": changed(any_entry, lambda e: e.pop("via")),
        "sealed_removed": changed(lambda e: "sealed" in e["statement"], lambda e: e["statement"].pop("sealed")),
        "via_import_hidden": changed(lambda e: e["via"] == "import", lambda e: e.update(via="web")),
        "via_import_pretended": changed(lambda e: e["via"] != "import", lambda e: e.update(via="import")),
        "log_renamed": changed(any_entry, lambda e: e.update(log=b.origin + "0")),
        "version_2": changed(any_entry, lambda e: e.update(v=2)),
        "recorded_at_backwards": changed(any_entry, lambda e: e.update(recorded_at="2001-01-01T00:00:00.000000Z")),
        "recorded_at_without_zone": changed(any_entry, lambda e: e.update(recorded_at=e["recorded_at"][:-1])),
        "rule_set_replaced": changed(
            of_type("regulation.adopted"), lambda e: e["statement"]["body"].update(sha256="a" * 64)
        ),
        "key_enrolment_replaced": changed(
            of_type("key.enrolled"), lambda e: e["statement"]["body"].update(public=spki)
        ),
        "entry_0_key_replaced": changed(
            of_type("facility.opened"), lambda e: e["statement"]["body"]["keys"][-1].update(public=spki)
        ),
    }
    for name, alter in single.items():
        if alter is not None:
            yield f"entry_{name.removeprefix('entry_')}", REJECTED, alter

    middle = b.chance.randrange(1, b.size - 1) if b.size > 2 else 1
    swapped = list(b.entries)
    swapped[middle - 1], swapped[middle] = swapped[middle], swapped[middle - 1]
    yield "entries_swapped", REJECTED, lambda copy: b.rechain(copy, swapped)
    yield "entry_dropped", REJECTED, lambda copy: b.rechain(copy, b.entries[:middle] + b.entries[middle + 1 :])
    yield "entry_0_dropped", REJECTED, lambda copy: b.rechain(copy, b.entries[1:])
    yield "entry_repeated", REJECTED, lambda copy: b.rechain(copy, [*b.entries, b.entries[-1] | {"recorded_at": later}])


def _bytes(b: Bench) -> Iterator[Mutation]:
    """The last entry in other bytes, everything hashed again."""
    data, entry = b.data[-1], b.entries[-1]
    unsorted = dict(reversed(entry.items()))
    compact = {"ensure_ascii": False, "separators": (",", ":")}
    spellings = {
        "with_space": data[:-1] + b" }",
        "with_newline": data + b"\n",
        "with_bom": b"\xef\xbb\xbf" + data,
        "indented": json.dumps(entry, ensure_ascii=False, sort_keys=True, indent=1).encode(),
        "unsorted": json.dumps(unsorted, **compact).encode(),  # type: ignore[arg-type]
        "with_escapes": data.replace(b'"v":1', b'"\\u0076":1'),
        "with_float": data.replace(b'"v":1', b'"v":1.0'),
        "with_exponent": data.replace(b'"v":1', b'"v":1e0'),
        "with_true": data.replace(b'"v":1', b'"v":true'),
        "with_duplicate_member": data.replace(b'"v":1', b'"v":1,"v":1'),
        "with_nan": data.replace(b'"v":1', b'"v":NaN'),
        "with_bad_utf8": data.replace(b'"v":1', b'"v":1,"w":"\xff"'),
        "with_text_not_nfc": data.replace(b'"v":1', b'"v":1,"w":"e\xcc\x81"'),
        "with_lone_surrogate": data.replace(b'"v":1', b'"v":1,"w":"\\ud800"'),
        "with_integer_beyond_2_53": data.replace(b'"v":1', b'"v":9007199254740992'),
        "with_minus_zero": data.replace(b'"v":1', b'"v":-0'),
        "with_null": data.replace(b'"v":1', b'"v":null'),
        "with_deep_nesting": data.replace(b'"v":1', b'"v":' + b"[" * 9000 + b"]" * 9000),
        "with_capital_member": data.replace(b'"v":1', b'"V":1'),
        "of_prev_of_another": to_canonical(entry | {"prev": "0" * 64}),
        "of_wrong_seq": to_canonical(entry | {"seq": b.size}),
        "of_no_bytes": b"",
        "of_an_array": b"[" + data + b"]",
        "of_null": b"null",
        "cut_short": data[:-1],
        "too_many": to_canonical(entry | {"zz": "x" * 61_440}),
    }
    for name, other in spellings.items():
        yield f"bytes_{name}", REJECTED, partial(b.rehash, data=[*b.data[:-1], other])
