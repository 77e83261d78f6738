"""Keys as rules need to know them: who holds which, for what, until when; and the end of imports."""

from dataclasses import dataclass

from tests.reference.world import Entry, World

GOVERNORS = {"registrar", "head_pharmacist"}


USES = {  # of which keys an entry may speak
    "key.revoked": {"sign", "import", "pdf", "ledger"},
    "key.rotated": {"log"},
    "import.closed": {"sign"},
}


@dataclass
class Key:
    person: str
    use: str
    ended: bool = False


def find_keys(world: World) -> dict[str, Key]:
    """Every key ever enrolled; `facility` names those of entry 0."""
    keys = {key["key"]: Key(key["person"], key["use"]) for key in world.facility.get("keys", [])}
    for entry in world.entries:
        body = entry.body
        if entry.type == "key.enrolled":
            keys[body["key"]] = Key(body["person"], body["use"])
        if entry.type == "key.revoked":
            keys[body["key"]].ended = True
        if entry.type == "key.rotated":
            keys[body["old"]].ended = True
            keys[body["new"]] = Key("log", "log")
        for name, key in keys.items():
            if entry.type == "person.left" and key.person == body["person"]:
                key.ended = True
            if entry.type == "import.closed":
                key.ended |= key.use == "import" or (key.use == "sign" and name not in body["keys"])
    return keys


def find_signing_keys(world: World, person: str) -> list[str]:
    keys = find_keys(world).items()
    return [name for name, key in keys if key.person == person and key.use == "sign" and not key.ended]


def is_import_closed(world: World) -> bool:
    return any(world.live("import.closed"))


def find_key_codes(world: World, entry: Entry) -> set[str]:
    """What is said of keys; `already_exists`, `already_closed` and `count_stale` are of later groups."""
    kind, body, keys = entry.type, entry.body, find_keys(world)
    codes: set[str] = set()
    if kind == "key.enrolled":
        is_import = body["use"] == "import"
        codes |= {"import_closed"} if is_import and is_import_closed(world) else set()
        codes |= {"not_allowed"} if is_import != (entry.performer == "ledger") else set()
    if kind == "key.revoked":
        key = keys.get(body["key"])
        if key is None or key.use not in USES[kind]:
            codes.add("not_enrolled")
        elif key.person != entry.performer and world.last_role(entry.performer) not in GOVERNORS | {None}:
            codes.add("not_allowed")
    if kind in ("key.rotated", "import.closed") and entry.imported:
        codes.add("not_allowed")
    if kind == "key.rotated" and (body["old"] not in keys or keys[body["old"]].use != "log"):
        codes.add("not_enrolled")
    if kind == "import.closed" and any(one not in keys or keys[one].use != "sign" for one in body["keys"]):
        codes.add("not_enrolled")
    return codes


def find_key_state_codes(world: World, entry: Entry) -> set[str]:
    """The rest: enrolled before, ended before, counted wrongly."""
    kind, body, keys = entry.type, entry.body, find_keys(world)
    new = {"key.enrolled": "key", "key.rotated": "new"}.get(kind)
    codes = {"already_exists"} if new and body[new] in keys else set()
    used = {"key.revoked": ["key"], "key.rotated": ["old"]}.get(kind, [])
    named = body["keys"] if kind == "import.closed" else [body[member] for member in used]
    for name in named:
        key = keys.get(name)
        if key is not None and key.use in USES[kind] and key.ended:
            codes.add("already_closed")
    if kind == "import.closed":
        codes |= {"already_closed"} if is_import_closed(world) else set()
        codes |= {"already_exists"} if len(set(body["keys"])) < len(body["keys"]) else set()
        imported = int(world.facility.get("imported", 0)) + sum(one.imported for one in world.entries)
        codes |= {"count_stale"} if body["count"] != imported else set()
    return codes
