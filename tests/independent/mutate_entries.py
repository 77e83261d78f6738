"""Damage inside the entries: one changed, dropped, swapped or spelled otherwise, and everything hashed again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .bench import REJECTED, Alter, Bench, Entry, Mutation
from .canon import to_canonical
from .craft import to_base64


def entry_mutations(b: Bench) -> Iterator[Mutation]:
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


def byte_mutations(b: Bench) -> Iterator[Mutation]:
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
