"""The good folder that is to be damaged, read once, and the means to write other entries into copies of it."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .canon import to_canonical
from .craft import checkpoint_text, sign_checkpoint, write_tree
from .tiles import due_tiles, due_widths, leaf_hash, read_entries, tile_path

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
