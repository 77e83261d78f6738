"""Bodies of what the house does: people, keys, places, stock, counts, sheets, inspections, mending."""

from tests.reference.authority import IRREVERSIBLE
from tests.reference.bodies import ROLES
from tests.reference.drawn import LOTS, PRODUCTS, Days, Maker
from tests.reference.findings import Findings
from tests.reference.sealing import make_period
from tests.reference.things import CLAIMS
from tests.reference.world import Body, Entry

KEY = {"alg": "ed25519", "public": "AAAA", "custody": "device", "proof": "AAAA"}


def enrol(days: Days) -> Body:
    person = days.some("person", ("person.enrolled",), "x") if days.chance(15) else f"new{days.number(1, 9)}"
    roles = ("nurse", "pharmacist", "physician", "registrar", "head_pharmacist", "phc_worker")
    return {"person": person, "role": days.one(roles), "name": "Жаңа", **_commission(days)}


def change_role(days: Days) -> Body:
    person = days.some("person", ("person.enrolled",), "ghost")
    return {"person": person, "role": days.one(sorted(ROLES)), "order_no": "7", **_commission(days)}


def _commission(days: Days) -> Body:
    return days.maybe(15, commission=[days.one(("registrar", "head", "ph1")), days.one(("ph1", "nu1")), "ph2"])


def enrol_key(days: Days) -> Body:
    use = days.one(("sign", "sign", "import", "pdf", "ledger"))
    person = "ledger" if use == "ledger" else days.some("person", ("person.enrolled",), "ghost")
    return {"person": person, "key": f"{days.number(1, 9):016x}", "use": use, **KEY, **_commission(days)}


def close_imports(days: Days) -> Body:
    count = 3 + sum(entry.imported for entry in days.world.entries)
    keys = list(dict.fromkeys(_key(days) for _ in range(days.number(0, 2))))
    return {"count": count - days.chance(20), "keys": keys}


def _key(days: Days) -> str:
    return days.some("key", ("key.enrolled",), "f" * 16)


def list_product(days: Days) -> Body:
    product = days.one((*PRODUCTS, "new"))
    inn, strength, unit, presentation = PRODUCTS.get(product, ("codeine", "30", "mg", "tablet"))
    return {
        "product": product,
        "inn": inn,
        "form": "11201000",
        "strength": {"value": strength, "unit": unit},
        "unit_of_presentation": presentation,
        "schedule": "II",
        "gtins": [],
        "divisible": False,
    }


def open_place(days: Days) -> Body:
    kind = days.one(("safe", "ward", "mobile_team", "custody"))
    place = days.one(("safe", "new1", "new2"))
    return {"place": place, "kind": kind, "name": "Орын", "administration": days.one(("entered", "on_paper"))}


def erase(days: Days) -> Body:
    return {"patient": days.one(("old", "old", days.patient())), "basis": "мерзімі өтті"}


# -- stock -----------------------------------------------------------------------------------------


def _arriving(days: Days) -> list[Body]:
    expires_on = days.one(("2027-06-30", "2027-06-30", days.day(-3, 20)))
    return [
        {"product": days.product(), "lot": days.lot(), "units": days.number(1, 20), "expires_on": expires_on}
        for _ in range(1 + days.chance(20))
    ]


def send(days: Days) -> Body:
    place = days.place("safe", "ward", "mobile_team")
    return {"from_place": place, "to_log": "senim/rural/1", "lines": days.lines(place), "document_no": "T"}


def _source(days: Days) -> Body:
    return {"from_log": "senim/rural/1", "from_id": f"00000000-0000-0000-0000-{days.number(1, 6):012d}"}


def arrive(days: Days) -> Body:
    return {"to_place": days.place("safe", "ward"), **_source(days), "lines": _arriving(days), "document_no": "T"}


def move(days: Days) -> Body:
    from_place = days.place("safe", "safe", "ward", "mobile_team")
    to_place = days.place("ward", "safe", "mobile_team", "custody")
    return {"from_place": from_place, "to_place": to_place, "lines": days.lines(from_place)}


def count(days: Days) -> Body:
    place, lines = days.place("safe", "ward", "mobile_team"), []
    for _ in range(1 + days.chance(30)):
        product, lot, there = days.on_shelf(place)
        units = max(0, there + days.one((0, 0, 0, -1, -2, 1)))
        lines.append({"product": product, "units": units, **days.maybe(70, lot=lot)})
    seen = days.number(3, 3 + len(days.world.entries))
    return {"place": place, "lines": lines, "blind": True, "purpose": "shift", **days.maybe(10, as_of_seq=seen)}


def break_some(days: Days) -> Body:
    place = days.place("safe", "ward", "mobile_team", "custody")
    return {"place": place, "lines": days.lines(place), "how": "түсіп кетті", "fragments_kept": True}


def resolve(days: Days) -> Body:
    findings = Findings(days.world)
    known = findings.all() or [f"{days.entry_id('stock.counted')}:0"]
    is_open = [one for one in known if days.world.find(one.partition(":")[0]) and findings.is_open(one)]
    one = days.one(is_open or known) if not days.chance(10) else days.one(known)
    left = findings.difference_left(one) if findings.is_one(one) else -1
    difference = left if days.chance(80) else days.number(-3, 3)
    return {"discrepancy": one, "cause": "miscounted", "difference": difference, "note": "саналды"}


def of_a_lot(days: Days) -> Body:
    product, lot, _ = days.on_shelf("safe")
    return {"product": product, "lot": lot, "reason": "шағым"}


def correct_lot(days: Days) -> Body:
    place = days.place("safe", "ward")
    product, lot, _ = days.on_shelf(place)
    expiry = {"expires_on": days.one(("2027-01-31", days.day(-2, 9)))}
    other = days.one([one for one in LOTS if one != lot])
    fields = {"to_lot": other} | (expiry if days.chance(20) else {}) if days.chance(75) else expiry
    return {"product": product, "lot": lot, "reason": "қате оқылған", **fields}


# -- mending ---------------------------------------------------------------------------------------


def reverse(days: Days) -> Body:
    entries = [entry for entry in days.world.entries if entry.type not in IRREVERSIBLE or days.chance(3)]
    if not entries:
        return {"id": days.uuid(), "reason": "other", "note": "-", "packs": "none"}
    return reversal_of(days, days.one(entries[-12:] if days.chance(70) else entries))


def reversal_of(days: Days, original: Entry, packs: str | None = None) -> Body:
    chosen = packs or days.one(("never_left", "never_left", "none", "back_sealed", "with_wrong_person"))
    body: Body = {"reason": "wrong_quantity", "note": "қате", "packs": chosen}
    body |= {"seq": original.seq} if days.chance(10) else {"id": original.id}
    return body | ({"seal_no": days.seal_no(), "place": days.place("custody")} if chosen == "back_sealed" else {})


def countersign(days: Days) -> Body:
    waiting = days.world.pending()
    one = days.one(waiting) if waiting and not days.chance(10) else days.one(days.world.entries)
    return {"seq": one.seq} if days.chance(10) else {"id": one.id}


def settle(days: Days) -> Body:
    by_type: dict[str, list[str]] = {}
    for entry in days.live(*CLAIMS):
        by_type.setdefault(entry.type, []).append(entry.id)
    several = [ids for ids in by_type.values() if len(ids) > 1] or [[days.uuid(), days.uuid()]]
    ids = days.one(several)[-4:]
    claims = ids if days.chance(40) else [ids[0], ids[-1]]
    if days.chance(5):
        claims = [*claims, days.one(days.world.entries).id]
    return {"claims": claims, "holds": days.one([*claims, "none"]), "note": "екі құрылғы"}


def issue_sheet(days: Days) -> Body:
    return {"sheet_no": f"{days.number(1, 5)}", "place": days.place("ward", "safe"), "lines": days.number(1, 3)}


def close_sheet(days: Days) -> Body:
    number = days.some("sheet_no", ("sheet.issued",), "none")
    issued = [entry for entry in days.live("sheet.issued") if entry.body["sheet_no"] == number]
    cited = [
        e.command["sheet"] for e in days.world.entries if "sheet" in e.command and e.id not in days.world.reversals
    ]
    every = range(1, (issued[0].body["lines"] if issued else 1) + 1)
    unused = [line for line in every if {"no": number, "line": line} not in cited]
    return {"sheet_no": number, "unused": unused[1:] if days.chance(15) else unused}


def seal_month(days: Days) -> Body:
    month = days.one(("2026-02", "2026-03", days.now.strftime("%Y-%m")))
    body = make_period(days.world, month, 3 + len(days.world.entries))
    return body | ({"rows_root": "0" * 64} if days.chance(10) else {})


HOUSE: dict[str, Maker] = {
    "facility.opened": lambda days: {
        "facility": "Тағы",
        "bin": "990140000017",
        "kato": "101010000",
        "kind": "hospital",
        "zone": "Asia/Almaty",
        "practice": True,
        "rules": "senim-rules/1",
        "keys": [{"person": p, "key": "1" * 16, "alg": "ed25519", "public": "AAAA", "use": "log"} for p in "abc"],
    },
    "regulation.adopted": lambda days: {"name": "practice", "sha256": "0" * 64, "rules": "senim-rules/1"},
    "person.enrolled": enrol,
    "person.role_changed": change_role,
    "person.left": lambda days: {
        "person": days.one((f"new{days.number(1, 9)}", days.some("person", ("person.enrolled",), "ghost"))),
        "on": days.day(-1, 0),
    },
    "key.enrolled": enrol_key,
    "key.revoked": lambda days: {"key": _key(days), "reason": "жоғалды"},
    "key.rotated": lambda days: {"old": "0" * 16, "new": f"{days.number(10, 12):016x}", "public": "AAAA"},
    "import.closed": close_imports,
    "identity.erased": erase,
    "product.listed": list_product,
    "pack.listed": lambda days: {
        "product": days.one(("new", "fen")),
        "gtins": [{"gtin": "04870000000029", "units": days.number(1, 20)}],
    },
    "product.delisted": lambda days: {"product": days.one(("new", "fen")), "reason": "шығарылмайды"},
    "place.opened": open_place,
    "place.closed": lambda days: {"place": days.one(("new1", "new2", "car", "box"))},
    "stock.opened": lambda days: {"place": days.place("safe", "ward", "mobile_team"), "lines": _arriving(days)},
    "stock.received": lambda days: {
        "place": days.place("safe", "ward"),
        "lines": _arriving(days),
        "supplier": "СК",
        "document_no": "N",
    },
    "stock.moved": move,
    "stock.sent": send,
    "stock.arrived": arrive,
    "stock.counted": count,
    "stock.broken": break_some,
    "discrepancy.resolved": resolve,
    "lot.quarantined": of_a_lot,
    "lot.released": of_a_lot,
    "lot.recalled": lambda days: {**of_a_lot(days), "document_no": "R"},
    "lot.corrected": correct_lot,
    "entry.reversed": reverse,
    "entry.countersigned": countersign,
    "claim.settled": settle,
    "sheet.issued": issue_sheet,
    "sheet.closed": close_sheet,
    "inspection.opened": lambda days: {"scope": "барлығы", "document_no": "I"},
    "inspection.noted": lambda days: {"text": "ескерту", **days.maybe(50, about=days.one(days.world.entries).id)},
    "inspection.answered": lambda days: {"note": days.entry_id("inspection.noted"), "text": "түзетілді"},
    "inspection.closed": lambda days: {},
    "period.sealed": seal_month,
    "report.issued": lambda days: {
        "kind": "register",
        "sha256": "0" * 64,
        "size": days.number(1, 5 + len(days.world.entries)),
        "subjects": [days.patient()] if days.chance(30) else [],
    },
    "checkpoint.anchored": lambda days: {"size": days.number(1, 9), "root": "0" * 64, "token_sha256": "0" * 64},
}
