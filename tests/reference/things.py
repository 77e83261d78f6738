"""Group 3 of the refusals: what must be there, must be new, must be of a kind, or must not have been done before."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from tests.reference.custody import find_custody, is_seal_used
from tests.reference.findings import Findings
from tests.reference.homes import Homes, handed_over, to_a_home
from tests.reference.keys import find_key_state_codes
from tests.reference.sealing import find_period_codes
from tests.reference.stock import HELD, Stock, find_state, lots_told, true_name
from tests.reference.world import DISPENSING, INPATIENT, ORDERS, Body, Entry, World

CLAIMS = {
    "dispense.acknowledged",
    "dose.administered",
    "empties.collected",
    "home.counted",
    "notice.received",
    "stock.arrived",
    "stock.broken",
    "unused.returned",
}
GIVING = {"safe", "ward", "mobile_team"}
KINDS_OF_PLACES = {  # the field of a body -> what the place must be
    "dispense.outpatient": {"place": GIVING},
    "dispense.discharge": {"place": GIVING},
    "dose.administered": {"place": GIVING},
    "infusion.started": {"place": GIVING},
    "custody.opened": {"place": {"custody"}},
    "unused.returned": {"place": {"custody"}},
    "empties.collected": {"place": {"ward"}, "to_place": {"custody"}},
    "custody.moved": {"from_place": {"custody"}, "to_place": {"custody"}},
    "entry.reversed": {"place": {"custody"}},
    "doses.summarised": {"place": {"ward"}},
}


def find_thing_codes(world: World, entry: Entry) -> set[str]:
    """Group 3 apart from what a reversal would leave behind."""
    found: set[str] = set()
    for find in (_find_missing, _find_wrong_kinds, _find_repeated, _find_order, _find_ended, _find_sheet):
        found |= set(find(world, entry))
    return found | find_key_state_codes(world, entry) | find_period_codes(world, entry)


# -- what must be there ----------------------------------------------------------------------------


def _find_missing(world: World, entry: Entry) -> Iterator[str]:
    kind, body = entry.type, entry.body
    if "home_kato" in body and body["home_kato"] not in world.kato:
        yield "kato_unknown"
    patients = [body[key] for key in ("patient", "keep", "drop") if key in body and kind != "patient.registered"]
    if not all(world.has_patient(patient) for patient in patients + body.get("subjects", [])):
        yield "patient_unknown"
    places = [body[key] for key in ("place", "from_place", "to_place") if key in body and kind != "place.opened"]
    places += [item["place"] for item in body.get("items", []) if "place" in item]
    if any(world.find_place(place) is None for place in places):
        yield "place_unknown"
    products = products_named(body) if kind != "product.listed" else []
    if any(world.find_product(product) is None for product in products):
        yield "product_unknown"
    if kind in ORDERS and world.is_delisted(body["product"]):
        yield "product_unknown"
    yield from _find_missing_seals(world, entry)
    yield from _find_missing_entries(world, entry)
    if kind == "discrepancy.resolved" and not Findings(world).is_one(body["discrepancy"]):
        yield "discrepancy_unknown"
    if kind == "sheet.closed" and find_sheet(world, body["sheet_no"]) is None:
        yield "sheet_unknown"


def products_named(body: Body) -> list[str]:
    members = [
        body,
        *(line for key in ("lines", "items", "left_before", "contents", "totals") for line in _list(body, key)),
    ]
    return [each["product"] for each in members if "product" in each]


def _list(body: Body, key: str) -> list[Body]:
    return body[key] if isinstance(body.get(key), list) else []


def _find_missing_seals(world: World, entry: Entry) -> Iterator[str]:
    held = find_custody(world, entry.at)
    seals = [item["seal_no"] for item in entry.body.get("items", []) if "seal_no" in item]
    if entry.type == "custody.moved":
        seals = entry.body["seals"]
        source = world.find_place(entry.body["from_place"])
        if source and any(seal in held and held[seal][0] != entry.body["from_place"] for seal in seals):
            yield "seal_unknown"
    if any(seal not in held for seal in seals) or len(set(seals)) < len(seals):
        yield "seal_unknown"


def _find_missing_entries(world: World, entry: Entry) -> Iterator[str]:
    kind, body = entry.type, entry.body
    named = [body[key] for key in ("about", "acknowledged", "note") if key in body and kind in NAMING]
    if not all(world.find(one) for one in named + body.get("claims", [])):
        yield "entry_unknown"
    if kind in ("entry.reversed", "entry.countersigned") and world.find_named(body) is None:
        yield "entry_unknown"
    if kind == "notice.received" and (about := world.find(body["about"])) is not None:
        due = {"acknowledged": DISPENSING, "arrived": ("stock.sent",)}.get(body["kind"])
        if about.id in world.reversals or (due and about.type not in due):
            yield "entry_unknown"
    if kind == "dose.administered" and (past := world.find(body.get("acknowledged", ""))) is not None:
        if past.type != "dispense.acknowledged" or past.id in world.reversals:
            yield "entry_unknown"
        elif world.person_of(past.body["patient"]) != world.person_of(body["patient"]):
            yield "entry_unknown"
    if kind == "inspection.answered" and (note := world.find(body["note"])) is not None:
        if note.type != "inspection.noted":
            yield "entry_unknown"
    if kind == "claim.settled":
        claims = [world.get(one) for one in body["claims"] if world.find(one)]
        if any(claim.type not in CLAIMS for claim in claims) or len({claim.type for claim in claims}) > 1:
            yield "entry_unknown"
        elif len(claims) == len(body["claims"]) and not any(claim.id in world.reversals for claim in claims):
            if not all(_are_of_the_same_packs(world, claims[0], other) for other in claims[1:]):
                yield "entry_unknown"
    if kind == "infusion.stopped":
        started = world.find_infusion(body["infusion"])
        if started is None or entry.at < started.at:
            yield "entry_unknown"
    if kind == "stock.counted" and body.get("as_of_seq", -1) >= entry.seq:
        yield "entry_unknown"
    if kind in ("report.issued", "checkpoint.anchored", "period.sealed") and body["size"] > entry.seq:
        yield "entry_unknown"


NAMING = {"notice.received", "dose.administered", "inspection.noted", "inspection.answered"}


def _are_of_the_same_packs(world: World, one: Entry, other: Entry) -> bool:
    """Whether two devices can have reported the same: the same notice, or a lot in common of one patient or nobody."""
    if one.type == "notice.received":
        return bool(one.body["about"] == other.body["about"])
    people = {world.person_of(claim.body["patient"]) for claim in (one, other) if "patient" in claim.body}
    pairs = [(mine, its) for mine in lots_told(world, one) for its in lots_told(world, other) if mine[0] == its[0]]
    return len(people) < 2 and any(mine == its or "" in (mine[1], its[1]) for mine, its in pairs)


# -- what must be of a kind ------------------------------------------------------------------------


def _find_wrong_kinds(world: World, entry: Entry) -> Iterator[str]:
    kind, body, inpatient = entry.type, entry.body, world.facility["kind"] in INPATIENT
    if kind == "empties.collected" and not inpatient:
        yield "empties_not_from_homes"
        return
    for key, kinds in KINDS_OF_PLACES.get(kind, {}).items():
        place = world.find_place(body.get(key, ""))
        if place is not None and place["kind"] not in kinds:
            yield "place_wrong_kind"
        if kind == "doses.summarised" and place is not None and place["administration"] != "on_paper":
            yield "place_wrong_kind"
    if kind in ("stock.moved", "custody.moved") and body["from_place"] == body["to_place"]:
        yield "place_wrong_kind"
    if kind == "dispense.discharge" and not inpatient:
        yield "facility_wrong_kind"


# -- what must be new ------------------------------------------------------------------------------


def _find_repeated(world: World, entry: Entry) -> Iterator[str]:
    kind, body = entry.type, entry.body
    there: dict[str, Callable[[], object]] = {
        "person.enrolled": lambda: world.has_person(body["person"]) or body["person"] in ("ledger", "log"),
        "product.listed": lambda: world.find_product(body["product"]),
        "place.opened": lambda: world.find_any_place(body["place"]),
        "patient.registered": lambda: world.is_registered(body["patient"]),
        "patient.died": lambda: world.find_death(body["patient"]),
        "prescription.issued": lambda: world.find_prescription(body["prescription"]),
        "prescription.transcribed": lambda: world.find_prescription(body["prescription"]),
        "infusion.started": lambda: world.find_infusion(body["infusion"]),
        "sheet.issued": lambda: find_sheet(world, body["sheet_no"]),
    }
    if kind in there and there[kind]():
        yield "already_exists"
    if "seal_no" in body and is_seal_used(world, body["seal_no"]):
        yield "already_exists"
    if kind == "stock.opened":
        stock = Stock(world)
        if any(stock.has_moved(body["place"], line["product"]) for line in body["lines"]):
            yield "already_open"
        if len({(line["product"], line["lot"]) for line in body["lines"]}) < len(body["lines"]):
            yield "already_open"
    if kind == "home.opened" and _is_at_home(world, body):
        yield "already_open"
    if "from_id" in body:
        mine = source_lines(world, entry)
        if any(mine & source_lines(world, earlier) for earlier in world.live(kind)):
            yield "already_acknowledged"
    if kind == "notice.received":
        yield from _find_beyond_the_supply(world, entry)


def _find_beyond_the_supply(world: World, notice: Entry) -> Iterator[str]:
    """All notices of one supply together take over no more than it gave, lot by lot, by the lots' true names."""
    about = world.find(notice.body["about"])
    if about is None or about.id in world.reversals or about.type not in DISPENSING:
        return

    def count(lines: list[tuple[str, str, int]]) -> Counter[tuple[str, str]]:
        found: Counter[tuple[str, str]] = Counter()
        for product, lot, units in lines:
            found[product, true_name(world, product, lot, about.moment)] += units
        return found

    given, told, taken = count(to_a_home(world, about)), count(handed_over(world, notice)), Counter[tuple[str, str]]()
    for earlier in world.live("notice.received"):
        if earlier.body["about"] == about.id:
            taken += count(handed_over(world, earlier))
    if any(pack not in given and world.find_product(pack[0]) for pack in told):
        yield "lot_unknown"
    if any(pack in given and units + taken[pack] > given[pack] for pack, units in told.items()):
        yield "already_acknowledged"


def _is_at_home(world: World, opening: Body) -> bool:
    """Whether a lot was opened or supplied here before, or turned up at a count."""
    rows, person = Homes(world).rows, world.person_of(opening["patient"])
    known = [rows[person, line["product"], line["lot"]] for line in opening["lines"]]
    return any(row.dispensed or row.surplus for row in known)


def source_lines(world: World, entry: Entry) -> set[tuple[Any, ...]]:
    """One key per line of another facility's entry; a notice without lines speaks of all of the entry it is about."""
    body = entry.body
    source = (body["from_log"], body["from_id"], body.get("kind", ""))
    lines = [(line["product"], line["lot"]) for line in body.get("lines", [])]
    if not lines and "about" in body and (about := world.find(body["about"])) is not None:
        if about.type in DISPENSING:
            lines = [(world.supplied_product(about) or "", line["lot"]) for line in about.body["lots"]]
        elif body["kind"] == "acknowledged":
            lines = [(product, lot) for product, lot, _ in handed_over(world, entry)]
    return {(*source, *line) for line in lines or [("", "")]}


# -- what must not have been done, or ended --------------------------------------------------------


def _find_order(world: World, entry: Entry) -> Iterator[str]:
    kind, body = entry.type, entry.body
    if kind == "product.delisted" and world.is_delisted(body["product"]):
        yield "already_closed"
    if kind.startswith("lot.") and kind != "lot.corrected":
        state = find_state(world, body["product"], body["lot"], entry.moment)
        if (kind == "lot.quarantined" and state in HELD) or (kind == "lot.recalled" and state == "recalled"):
            yield "already_open"
        if kind == "lot.released" and state not in HELD:
            yield "already_closed"
    if kind == "infusion.stopped" and (started := world.find_infusion(body["infusion"])) and entry.at >= started.at:
        if any(stop.body["infusion"] == body["infusion"] for stop in world.live("infusion.stopped")):
            yield "already_closed"
    if kind == "discrepancy.resolved":
        findings = Findings(world)
        if findings.is_one(body["discrepancy"]) and not findings.is_open(body["discrepancy"]):
            yield "already_closed"
    if kind == "entry.countersigned":
        original = world.find_named(body)
        if original is not None and not world.reasons_to_wait(original):
            yield "already_closed"
    if kind.startswith("inspection.") and kind != "inspection.answered":
        is_open = len(list(world.live("inspection.opened"))) > len(list(world.live("inspection.closed")))
        if is_open == (kind == "inspection.opened"):
            yield "already_open" if is_open else "already_closed"
    if kind == "entry.reversed":
        original = world.find_named(body)
        if original is not None and original.id in world.reversals:
            yield "already_reversed"
    if kind == "claim.settled" and any(one in world.reversals for one in body["claims"]):
        yield "already_reversed"


def _find_ended(world: World, entry: Entry) -> Iterator[str]:
    """What has to be empty, nobody's and unused before it ends: a place, a person, an id, an identity."""
    kind, body = entry.type, entry.body
    if kind == "place.closed" and world.find_place(body["place"]) and is_holding(world, body["place"]):
        yield "has_dependents"
    if kind == "person.left":
        pending = [one for one in world.pending() for why in world.reasons_to_wait(one) if _waits_for(one, why, body)]
        sheets = [one for one in world.live("sheet.issued") if one.performer == body["person"]]
        if pending or any(not is_sheet_closed(world, one.body["sheet_no"]) for one in sheets):
            yield "has_dependents"
    if kind == "patients.merged":
        merges = [merge.body for merge in world.live("patients.merged")]
        if any(merge["drop"] in (body["keep"], body["drop"]) for merge in merges):
            yield "already_closed"
        if any(merge["keep"] == body["drop"] for merge in merges):
            yield "has_dependents"
    if kind == "identity.erased" and world.has_patient(body["patient"]):
        years, last = world.rules.get("retention_years"), _last_day(world, body["patient"])
        if years is not None and last is not None and world.local_day(entry.at) < _years_later(last, years):
            yield "has_dependents"


def _waits_for(entry: Entry, why: str, body: Body) -> bool:
    return entry.performer == body["person"] or (why == "verbal_order" and entry.body["ordered_by"] == body["person"])


def is_holding(world: World, place: str) -> bool:
    """Stock, seals, empties due, open discrepancies or a sheet that is out."""
    stock = Stock(world)
    findings = Findings(world, stock)
    return (
        any(stock.balance(account) for what in ("stock", "empties") for account in stock.accounts(what, place))
        or any(where == place for where, _ in find_custody(world).values())
        or any(
            world.get(one.partition(":")[0]).body["place"] == place and findings.is_open(one) for one in findings.all()
        )
        or any(
            sheet.body["place"] == place and not is_sheet_closed(world, sheet.body["sheet_no"])
            for sheet in world.live("sheet.issued")
        )
    )


def _last_day(world: World, patient: str) -> date | None:
    """The last local day of anything that was written about the person, taken back or not."""
    person = world.person_of(patient)
    days = []
    for entry in world.entries:
        named = [
            entry.body.get("keep"),
            entry.body.get("drop"),
            world.patient_of(entry),
            *entry.body.get("subjects", []),
        ]
        if any(world.person_of(each) == person for each in named if each):
            days.append(world.local_day(entry.at))
    return max(days, default=None)


def _years_later(day: date, years: int) -> date:
    last = 28 if (day.month, day.day) == (2, 29) else day.day
    return date(day.year + years, day.month, last)


# -- downtime sheets -------------------------------------------------------------------------------


def find_sheet(world: World, sheet_no: str) -> Entry | None:
    return next((e for e in world.live("sheet.issued") if e.body["sheet_no"] == sheet_no), None)


def is_sheet_closed(world: World, sheet_no: str) -> bool:
    return any(entry.body["sheet_no"] == sheet_no for entry in world.live("sheet.closed"))


def _entered(world: World, sheet_no: str) -> set[int]:
    """The lines that standing entries cite."""
    cited = (e.command["sheet"] for e in world.entries if "sheet" in e.command and e.id not in world.reversals)
    return {sheet["line"] for sheet in cited if sheet["no"] == sheet_no}


def _find_sheet(world: World, entry: Entry) -> Iterator[str]:
    if "sheet" in entry.command:
        number, line = entry.command["sheet"]["no"], entry.command["sheet"]["line"]
        issued = find_sheet(world, number)
        if issued is None or line > issued.body["lines"]:
            yield "sheet_unknown"
        elif is_sheet_closed(world, number):
            yield "already_closed"
        elif line in _entered(world, number):
            yield "already_exists"
    if entry.type == "sheet.closed" and (issued := find_sheet(world, entry.body["sheet_no"])) is not None:
        every, unused = set(range(1, issued.body["lines"] + 1)), set(entry.body["unused"])
        entered = _entered(world, entry.body["sheet_no"])
        if is_sheet_closed(world, entry.body["sheet_no"]):
            yield "already_closed"
            return
        if unused - every:
            yield "sheet_unknown"
        if unused & entered:
            yield "already_exists"
        if every - entered - unused:
            yield "has_dependents"
