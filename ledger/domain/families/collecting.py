"""What comes back: empties from wards, unused packs from families; their way through custody to destruction.

Order No. 32, paragraphs 33 and 34: inpatient wards hand in empty and partly used ampoules; families hand in
unused packs only, and are never asked for empties.
"""

from collections.abc import Mapping
from typing import Any

from ledger.domain.effects import AtHome, Effect, Made, PartialsKept, SealChanged
from ledger.domain.families.stocking import moved_out
from ledger.domain.findings import empties_of, last_found_at, lines_of, mentions_of, partials_of
from ledger.domain.form import Opt, Reading, many, obj, sealed
from ledger.domain.home import find_surplus
from ledger.domain.kind import Case, Kind, moves_of
from ledger.domain.person import events_of, named_events
from ledger.domain.records import Seal
from ledger.domain.terms import INPATIENT_KINDS, METHODS, RELATIONS
from ledger.domain.texts import free, new, one_of, ref, text, username, word
from ledger.domain.timeline import When
from ledger.domain.values import PRODUCT_LINE, count, flag, quantity

SEAL = ref("seal", text)
LEAST_COMMISSION = 3  # contract, section 5: a commission has at least three different people


def _collect(case: Case) -> None:
    body = case.body
    if case.book.facility.kind not in INPATIENT_KINDS:
        case.refuse("empties_not_from_homes")
        return
    ward = case.find_place("place", "ward")
    case.find_place("to_place", "custody")
    for n, line in enumerate(body["lines"]):
        timeline = case.book.stock.timeline(body["place"], line["product"], line["lot"])
        known = timeline.first_arrival_at() is not None
        if ward is not None and case.find_product(line["product"]) is not None and not known:
            case.refuse("lot_unknown", f"body.lines.{n}", place=body["place"], lot=line["lot"])
    if any(partial < _kept(case, body["place"], product) for product, partial in _partials(body).items()):
        case.note("fewer_partials")


def _kept(case: Case, ward: str, product: str) -> int:
    """Ampoules kept with a rest since the collection before: what was missing there was said there, once."""
    timeline = case.book.stock.timeline(partials_of(ward), product, "")
    last_at = last_found_at(case.book, empties_of(ward), product)
    kept = timeline.balance_at(case.at, case.seq)
    return min(kept, kept - timeline.balance_at(last_at)) if last_at is not None and last_at < case.at else kept


def _partials(body: dict[str, Any]) -> dict[str, int]:
    """How many partly used ampoules of each product were collected."""
    found: dict[str, int] = {}
    for line in body["lines"]:
        found[line["product"]] = found.get(line["product"], 0) + line["partial"]
    return found


def _collected(case: Case) -> list[Effect]:
    body = case.body
    lines = lines_of(case.command.id, body)
    contents = tuple((line.product, line.lot, line.counted) for line in lines)
    seal = Seal(
        place=body["to_place"],
        units=sum(units for _, _, units in contents),
        kind="empties",
        contents=contents,
        received_at=case.at,
    )
    partials = [PartialsKept(body["place"], product, -units) for product, units in _partials(body).items() if units]
    return [*lines, *partials, Made("seal", (body["seal_no"],), seal, thing="seal")]


EMPTIES_COLLECTED = Kind(
    name="empties.collected",
    fact=True,
    fields={
        "place": ref("place"),
        "lines": many(
            obj(
                {
                    "product": ref("product"),
                    "lot": text,
                    "empty": count,
                    "partial": count,
                    "residue": Opt(quantity),
                }
            )
        ),
        "seal_no": new("seal", text),
        "to_place": ref("place"),
    },
    rule=_collect,
    effects=_collected,
    mentions=lambda case: mentions_of(lines_of(case.command.id, case.body), case.at),
)


def _return(case: Case) -> None:
    body = case.body
    case.find_place("place", "custody")
    returned = [effect for effect in _returned(case) if isinstance(effect, AtHome)]
    for product in dict.fromkeys(effect.product for effect in returned):
        new = [effect.to_event(When(case.at, case.seq)) for effect in returned if effect.product == product]
        told = events_of(case.book, body["patient"], product)
        if find_surplus(*named_events(case.book, product, [*told, *new]), seq=case.seq):
            case.note("return_exceeds_dispensed")


def _returned(case: Case) -> list[Effect]:
    body = case.body
    lines = _by_lot(body["lines"])
    contents = tuple((product, lot, units) for (product, lot), (units, _) in lines.items())
    seal = Seal(
        place=body["place"],
        units=sum(units for _, _, units in contents),
        kind="returned",
        contents=contents,
        received_at=case.at,
        patient=body.get("patient"),
    )
    effects: list[Effect] = [Made("seal", (body["seal_no"],), seal, thing="seal")]
    if "patient" in body:
        for n, ((product, lot), (units, shortfall)) in enumerate(lines.items()):
            effects.append(
                AtHome(
                    patient=body["patient"],
                    product=product,
                    line=n,
                    what="returned",
                    lot=lot,
                    units=units,
                    shortfall=shortfall,
                )
            )
    return effects


def _by_lot(lines: list[dict[str, Any]]) -> dict[tuple[str, str], tuple[int, str | None]]:
    """(product, lot) → (units, shortfall): lines of one lot are one return, so the gap is booked once."""
    found: dict[tuple[str, str], tuple[int, str | None]] = {}
    for line in lines:
        key = line["product"], line.get("lot", "")
        units, shortfall = found.get(key, (0, None))
        found[key] = units + line["intact"] + line["broken"], shortfall or line.get("shortfall")
    return found


UNUSED_RETURNED = Kind(
    name="unused.returned",
    fact=True,
    fields={
        "patient": Opt(ref("patient")),
        "brought_by": sealed(text),
        "relation": word(RELATIONS),
        "reason": one_of("patient_died", "dose_changed", "side_effects", "expired", "moved_away", "found", "other"),
        "lines": many(
            obj(
                {
                    "product": ref("product"),
                    "lot": Opt(text),
                    "intact": count,
                    "broken": count,
                    "shortfall": Opt(
                        one_of(
                            "used_not_recorded", "not_asked", "broken_before", "not_found", "kept_by_family", "other"
                        )
                    ),
                }
            )
        ),
        "empties_declined": flag,
        "seal_no": new("seal", text),
        "place": ref("place"),
        "signed_by_relative": one_of("yes", "declined", "absent"),
    },
    rule=_return,
    effects=_returned,
)


def check_seals(case: Case, seals: Mapping[str, str], place: str | None) -> None:
    """Refuse `seal_unknown` for a seal that is not in custody, is named twice, or lies elsewhere than *place*.

    *seals*: each by its path in the body.
    """
    before: set[str] = set()
    for path, seal_no in seals.items():
        seal: Seal | None = case.book.find("seal", seal_no)
        if seal is None:
            continue
        is_there = not seal.destroyed and seal.received_at <= case.at and place in (None, seal.place)
        if seal_no in before or not is_there:
            case.refuse("seal_unknown", path, seal=seal_no)
        before.add(seal_no)


def _hand_on(case: Case) -> None:
    body = case.body
    from_place = case.find_place("from_place", "custody")
    case.find_place("to_place", "custody")
    if body["from_place"] == body["to_place"]:
        case.refuse("place_wrong_kind", "body.to_place", place=body["to_place"])
    seals = {f"body.seals.{n}": seal_no for n, seal_no in enumerate(body["seals"])}
    check_seals(case, seals, body["from_place"] if from_place else None)


CUSTODY_MOVED = Kind(
    name="custody.moved",
    fields={
        "from_place": ref("place"),
        "to_place": ref("place"),
        "seals": many(SEAL),
        "carrier": Opt(free),
    },
    rule=_hand_on,
    effects=lambda case: [
        SealChanged("seal", (seal_no,), "place", case.body["to_place"], case.body["from_place"])
        for seal_no in case.body["seals"]
    ],
)


def _read_item(value: Any, path: str, reading: Reading) -> Any:
    sealed_bag = type(value) is dict and value.get("seal_no") is not None
    return (_BAG if sealed_bag else _STOCK)(value, path, reading)


_BAG = obj({"seal_no": SEAL})
_STOCK = obj({"place": ref("place"), **PRODUCT_LINE})


def _stock_items(case: Case) -> list[dict[str, Any]]:
    return [item for item in case.body["items"] if "seal_no" not in item]


def _bags(case: Case) -> dict[str, str]:
    """The seals among the items, by their paths."""
    items = enumerate(case.body["items"])
    return {f"body.items.{n}.seal_no": item["seal_no"] for n, item in items if "seal_no" in item}


def _destroy(case: Case) -> None:
    commission = case.body["commission"]
    least = case.rule("commission_min")
    if least is None:
        case.refuse("rule_not_adopted", None, rule="commission_min")
    if len(commission) < max(LEAST_COMMISSION, least or 0):
        case.refuse("commission_too_small", "body.commission", least=max(LEAST_COMMISSION, least or 0))
    if len(set(commission)) != len(commission):
        case.refuse("commission_same_person", "body.commission")
    for n, name in enumerate(commission):
        person = case.book.find("person", name)
        if person is None or person.left_at is not None:
            case.refuse("not_enrolled", f"body.commission.{n}", person=name)
    check_seals(case, _bags(case), None)
    case.check_stock(moves_of(_destroyed(case)))


def _destroyed(case: Case) -> list[Effect]:
    effects: list[Effect] = []
    for item in _stock_items(case):
        effects += moved_out(item["place"], [item])
    bags = _bags(case).values()
    return [*effects, *(SealChanged("seal", (seal_no,), "destroyed", True, False) for seal_no in bags)]


DESTRUCTION_PERFORMED = Kind(
    name="destruction.performed",
    fields={
        "act_no": text,
        "method": word(METHODS),
        "place": ref("place"),
        "commission": many(username, most=20),
        "items": many(_read_item),
    },
    rule=_destroy,
    effects=_destroyed,
)

KINDS: tuple[Kind, ...] = (EMPTIES_COLLECTED, UNUSED_RETURNED, CUSTODY_MOVED, DESTRUCTION_PERFORMED)
