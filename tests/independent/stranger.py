"""One person at work with a client of their own: preview, check, sign, record; and what the log proves of it."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .basics import Refused, need
from .canon import to_canonical
from .client import Json, Signer, Trust, check_preview, make_entry, signatories
from .craft import write_file
from .door import Answer, Api
from .note import Checkpoint, read_checkpoint
from .proof import verify_proof
from .tiles import due_widths, leaf_hash, tile_path

_PATIENCE = 20.0


@dataclass(kw_only=True)
class Stranger:
    """`keys`: the key ids of everybody whom this client may have to name, known from elsewhere."""

    api: Api
    trust: Trust
    signer: Signer
    keys: Mapping[str, str]

    def preview(self, *commands: Json) -> Json:
        told: Json = self.api.call("preview", body={"commands": list(commands)}, X_Access_Reason="counter").json
        return told

    def check(self, commands: Sequence[Json], told: Json) -> list[Json]:
        """The entries, once each says what its command says and pins the log that this client knows."""
        entries = check_preview(commands, told, trust=self.trust, own=self.keys)
        for entry in entries:
            self.check_seen(entry["statement"]["seen"])
        return entries

    def check_seen(self, seen: Json) -> None:
        """What is to be pinned lies in the log that signs with the trusted key."""
        self.prove(seen["seq"], bytes.fromhex(seen["leaf"]))
        if seen["seq"] > self.trust.seq:
            self.trust.seq, self.trust.leaf = seen["seq"], seen["leaf"]

    def prove(self, seq: int, leaf: bytes) -> Checkpoint:
        """A head is signed soon after a commit; until it covers the entry there is no proof."""
        end = time.monotonic() + _PATIENCE
        while self.head().size <= seq:
            need(time.monotonic() < end, "proof", f"entry {seq} does not come under a signed head")
            time.sleep(0.05)
        proof = self.api.call("proof", seq=seq).data
        return verify_proof(proof, leaf=leaf, index=seq, vkey=self.trust.vkey)

    def head(self) -> Checkpoint:
        return read_checkpoint(self.api.call("checkpoint").data, vkey=self.trust.vkey)

    def sign(self, *commands: Json) -> tuple[list[Json], Json]:
        """Previewed, checked and signed: the entries, and this person's one signature for all of them."""
        entries = self.check(commands, self.preview(*commands))
        return entries, self.signer.sign([entry["statement"] for entry in entries])

    def make(self, command: Json) -> tuple[list[Json], Json]:
        """The same without a server, on what was seen last."""
        entry = make_entry(command, trust=self.trust, entropy=os.urandom)
        return [entry], self.signer.sign([entry["statement"]])

    def record(
        self, entries: Sequence[Json], signatures: Sequence[Json], *, expect: int = 201, **given: str
    ) -> list[Json]:
        """The receipts, once each is of what was handed in and proved by the log."""
        body = {"entries": list(entries), "signatures": list(signatures)}
        answer = self.api.call("record", body=body, expect=expect, **given)
        self.check_receipts(entries, signatures, answer)
        receipts: list[Json] = answer.json["receipts"]
        return receipts

    def check_receipts(self, entries: Sequence[Json], signatures: Sequence[Json], answer: Answer) -> None:
        replayed = answer.headers.get("idempotent-replay") == "true"
        need(replayed == (answer.status == 200), "receipt", "whether it was recorded before is not said")
        receipts = answer.json["receipts"]
        first = receipts[0]["seq"]
        said = [(receipt["id"], receipt["seq"]) for receipt in receipts]
        due = [(entry["statement"]["id"], first + n) for n, entry in enumerate(entries)]
        need(said == due, "receipt", f"receipts of {said}, due are {due}")
        for receipt, handed_in in zip(receipts, entries, strict=True):
            entry = self.api.call("entry", seq=receipt["seq"], X_Access_Reason="receipt").json["entry"]
            leaf = leaf_hash(to_canonical(entry))
            need(leaf.hex() == receipt["leaf"], "receipt", "the receipt's leaf is not that of the entry")
            need(entry["statement"] == handed_in["statement"], "receipt", "another statement was recorded")
            by = {each["by"]: each["value"] for each in signatures}
            names = signatories(handed_in["statement"])
            carried = [(each["by"], each["value"]) for each in entry["signatures"]]
            need(carried == [(name, by[name]) for name in names], "receipt", "it carries other signatures")
            self.prove(receipt["seq"], leaf)
            if "proof" in receipt:
                verify_proof(receipt["proof"].encode(), leaf=leaf, index=receipt["seq"], vkey=self.trust.vkey)
                read_checkpoint(receipt["checkpoint"].encode(), vkey=self.trust.vkey)

    def download(self, folder: Path) -> Checkpoint:
        """The whole log as it is published, file by file, under the names that an evidence folder gives them."""
        note = self.api.call("checkpoint").data
        head = read_checkpoint(note, vkey=self.trust.vkey)
        write_file(folder / "checkpoint", note)
        for index, width in due_widths(head.size):
            path = tile_path("entries", index, width)
            write_file(folder / path, self.api.call("entry_bundle", tile=path.removeprefix("tile/entries/")).data)
        level, hashes = 0, head.size
        while hashes:
            for index, width in due_widths(hashes):
                path = tile_path(level, index, width)
                tile = path.removeprefix(f"tile/{level}/")
                write_file(folder / path, self.api.call("hash_tile", level=level, tile=tile).data)
            level, hashes = level + 1, hashes // 256
        return head


def refusal_of(entries: Any) -> str:
    """The code that a check refuses with; "" where it does not."""
    try:
        entries()
    except Refused as refused:
        return refused.code
    return ""
