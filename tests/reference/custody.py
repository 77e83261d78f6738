"""Sealed bags, from the moment they are known here to their destruction; a bag is where it was last said to be."""

from datetime import datetime

from tests.reference.world import DISPENSING, World

SEALING = ("custody.opened", "empties.collected", "unused.returned", "entry.reversed")


def find_custody(world: World, at: datetime | None = None) -> dict[str, tuple[str, int]]:
    """seal -> (place, units) of what is in custody now; at a time: of what had been sealed by then."""
    held: dict[str, tuple[str, int]] = {}
    for entry in world.entries:
        body = entry.body
        if entry.type == "entry.reversed" and body["packs"] == "back_sealed" and (at is None or entry.at <= at):
            original = world.find_named(body)
            assert original is not None
            lots = original.body["lots" if original.type in DISPENSING else "lines"]
            held[body["seal_no"]] = body["place"], sum(line["units"] for line in lots)
        if entry.id in world.reversals:
            continue
        if entry.type in SEALING and at is not None and entry.at > at:
            continue
        if entry.type == "custody.opened":
            held[body["seal_no"]] = body["place"], sum(line["units"] for line in body["lines"])
        if entry.type == "empties.collected":
            held[body["seal_no"]] = body["to_place"], sum(li["empty"] + li["partial"] for li in body["lines"])
        if entry.type == "unused.returned":
            held[body["seal_no"]] = body["place"], sum(li["intact"] + li["broken"] for li in body["lines"])
        if entry.type == "custody.moved":
            held.update({seal: (body["to_place"], held[seal][1]) for seal in body["seals"] if seal in held})
        if entry.type == "destruction.performed":
            for item in body["items"]:
                held.pop(item.get("seal_no", ""), None)
    return held


def is_seal_used(world: World, seal: str) -> bool:
    return any(entry.body.get("seal_no") == seal for entry in world.live(*SEALING))
