"""A busy hospital's entries that every rule lets pass, and which are whole in form and chain; only their signatures
are random bytes. 300 entries a day; a patient is there for some 250 of them, a lot for good.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from importlib.resources import files
from itertools import product
from random import Random
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.log.canonical import encode_checked, to_timestamp
from ledger.log.merkle import EMPTY_PREV
from ledger.log.sealed import commit
from ledger.service.founding import describe_key

LOG = "senim/benchmark/1"
PEOPLE = {"head": "head_pharmacist", "ph1": "pharmacist", "ph2": "pharmacist", "doc": "physician"}
PEOPLE |= {"nurse1": "nurse", "nurse2": "nurse", "phc": "phc_worker", "insp": "inspector"}
PLACES = {"safe": "safe", "ward-1": "ward", "ward-2": "ward", "custody": "custody"}
WARDS = ("ward-1", "ward-2")
PRODUCTS = {"morphine-10": "ampoule", "promedol-20": "ampoule", "morphine-tab": "tablet", "tramadol-tab": "tablet"}
LOTS = ("A001", "A002")
KEYS = {"log": "log", "ledger": "ledger", "registrar": "import"}
"""Those of entry 0, and their uses."""
PLENTY = 100_000_000
MOST_PRESENT, MOST_OPEN, MOST_SEALS, _BURNT = 30, 4, 25, 5
_EVERY = 250
_DAY, _COUNT, _VISIT = 300, 500, 50_000
"""How many doings after which a sheet is issued, a ward is counted, an inspector comes."""
_FAMILIES = ("Ахметова", "Нұрланов", "Сейтқали", "Ибраева", "Ким", "Жұмабаев", "Оспанова", "Петренко", "Қасымов")
_GIVEN = ("Айгүл", "Серік", "Дана", "Болат", "Гүлнар", "Ерлан", "Мария", "Тимур", "Зәуре", "Асан", "Әсел")
ZEROS = "0" * 64
_GAP = {"shortfall": "used_not_recorded"}
_ORDER = {"order_no": "7", "order_on": "2016-02-01"}
_ANSWERED = {"dispense.outpatient": ("duplicate_dispense", "early_supply", "older_lot_first")}

Said = tuple[str, str, str | None, dict[str, Any], list[str]]
"""Type, performer, witness, body, and what of the body is sealed."""


def read_adopted(digest: str) -> bytes | None:
    """The practice rule set and its tables by SHA-256, as evidence carries them."""
    return _FILES.get(digest)


def to_adopted() -> list[bytes]:
    """The rule set and its tables, as they lie beside a ledger."""
    return list(_FILES.values())


_FOLDER = files("ledger.domain") / "reference"
_FILES = {sha256(data).hexdigest(): data for data in (entry.read_bytes() for entry in _FOLDER.iterdir())}
_RULES = sha256((_FOLDER / "practice.rules.json").read_bytes()).hexdigest()


def to_key(person: str) -> Ed25519PrivateKey:
    """One of `KEYS`, the same in every hospital: it protects nothing."""
    return Ed25519PrivateKey.from_private_bytes(sha256(f"benchmark {person}".encode()).digest())


def to_entries(count: int, *, seed: int = 20260302) -> Iterator[bytes]:
    """The first *count* entries, the same for every *count*."""
    random = Random(seed)
    at, prev, genesis, id_ = datetime(2017, 1, 5, 3, tzinfo=UTC), EMPTY_PREV.hex(), ZEROS, ""
    saying, counted_at = _say(random, lambda: at, lambda: id_), at
    for seq in range(count):
        at += timedelta(seconds=random.randrange(5, 570), microseconds=random.randrange(1_000_000))
        type, performer, witness, body, sealed = next(saying)
        late = timedelta(seconds=random.randrange(900)) if type == "dose.administered" else timedelta()
        late = min(late, at - counted_at)  # what was given is written down before the ward is counted
        counted_at = at + timedelta(microseconds=1) if type == "stock.counted" else counted_at
        id_ = str(UUID(bytes=random.randbytes(16)))
        statement: dict[str, Any] = {"acknowledged": [{"code": code} for code in _ANSWERED.get(type, ())]}
        statement |= {"body": body}
        statement |= {"genesis": genesis, "late_reason": None, "log": LOG}
        statement |= {"occurred_at": to_timestamp(at - late)}
        statement |= {"id": id_, "type": type}
        statement |= {"performer": performer, "seen": {"leaf": prev if seq else ZEROS, "seq": seq - 1}}
        statement |= {"witness": witness}
        if sealed:
            statement["sealed"] = _seal(id_, sealed)
        signatures = [_signature(random, by) for by in (performer, witness) if by is not None]
        entry = {"log": LOG, "prev": prev, "recorded_at": to_timestamp(at), "seq": seq, "signatures": signatures}
        data = encode_checked(entry | {"statement": statement, "v": 1, "via": "ledger" if seq < 3 else "web"})
        prev = sha256(b"\0" + data).hexdigest()
        genesis = genesis if seq else prev
        yield data


def to_openings(id_: str, paths: Iterable[str]) -> dict[str, tuple[str, bytes]]:
    """What was sealed in the entry *id_*, by path: (value, key)."""
    return {path: _open(path, sha256(f"{id_} {path}".encode()).digest()) for path in paths}


def _open(path: str, key: bytes) -> tuple[str, bytes]:
    number = int.from_bytes(key[:6])
    name = f"{_FAMILIES[number % len(_FAMILIES)]} {_GIVEN[number // 7 % len(_GIVEN)]}"
    born_in = 1850 + number % 50
    said = {"name": name, "iin": f"{born_in % 100:02}{number % 10**10:010}", "born_on": f"{born_in}-03-02"}
    said |= {"address": f"Abai {number % 200}", "icd10": f"C{number % 80:02}.9"}
    return said.get(path.rsplit(".", 1)[-1], f"{number % 10**6}"), key


def _seal(id_: str, paths: Iterable[str]) -> dict[str, str]:
    openings = to_openings(id_, paths).items()
    return {path: commit(value, key=key, log=LOG, id=id_, path=path) for path, (value, key) in openings}


def _signature(random: Random, by: str) -> dict[str, str]:
    key = sha256(by.encode()).hexdigest()[:16]
    return {"alg": "ed25519", "by": by, "key": key, "value": b64encode(random.randbytes(64)).decode()}


def _say(random: Random, now: Callable[[], datetime], last_id: Callable[[], str]) -> Iterator[Said]:
    """*last_id*: the id of the entry that was said last."""
    yield from _furnish()
    present: list[str] = []
    seals: list[str] = []
    differing: list[str] = []
    there: dict[tuple[str, str], int] = dict.fromkeys(product(WARDS, PRODUCTS), PLENTY * len(LOTS))
    for number in range(10**9):
        if len(present) == MOST_PRESENT and number % (2 * _EVERY) == 0:
            for each in _lose(number, present[0], now().date().isoformat()):
                yield each
                seals += [each[3]["seal_no"]] if each[0] == "unused.returned" else []
        if len(present) < MOST_PRESENT or number % _EVERY == 0:
            patient = f"p-{number}"
            yield _register(patient)
            for of_product in PRODUCTS:
                prescription = f"{patient}-{of_product}"
                yield _prescribe(patient, prescription, of_product, now().date().isoformat())
            present = [*present, patient][-MOST_PRESENT:]
        said = _day(random, number, random.choice(present))
        yield said
        _follow(there, *said[:1], said[3])
        if number % _COUNT == 0:
            yield from _count(number, there, differing, last_id)
        if number % _DAY == 0:
            yield from _issue_sheet(number // _DAY + 1)
        if number % _VISIT == _DAY // 2:
            yield from _visit(number, last_id)
        if said[0] == "empties.collected":
            seals.append(said[3]["seal_no"])
        if len(seals) >= MOST_SEALS:
            yield _destroy(number, seals[:_BURNT])
            del seals[:_BURNT]


def _day(random: Random, number: int, patient: str) -> Said:
    """What happens next, in the proportions of a hospital's quarter."""
    kind, lot, ward = random.random(), random.choice(LOTS), random.choice(WARDS)
    if kind < 0.7:
        product, units = random.choice(("morphine-10", "promedol-20")), random.randrange(1, 3)
        dose = {"unit": "mg", "value": str(10 * units)}
        body: dict[str, Any] = {"dose": dose, "lots": [{"lot": lot, "units": units}], "patient": patient, "place": ward}
        body |= {"prescription": f"{patient}-{product}", "product": product}
        return "dose.administered", random.choice(("nurse1", "nurse2")), None, body, []
    if kind < 0.85:
        product, units = random.choice(("morphine-tab", "tramadol-tab")), random.randrange(1, 5)
        body = {"collector": {"identity": "seen", "kind": "relative"}, "days_supply": 1, "patient": patient}
        body |= {"lots": [{"lot": lot, "units": units}], "place": "safe", "prescription": f"{patient}-{product}"}
        return "dispense.outpatient", "ph1", None, body, ["body.collector.name"]
    product, units = random.choice(("morphine-10", "promedol-20")), random.randrange(1, 40)
    if kind < 0.95:
        line = {"lot": lot, "product": product, "units": units}
        return "stock.moved", "ph2", "nurse1", {"from_place": "safe", "lines": [line], "to_place": ward}, []
    line = {"empty": 1, "lot": lot, "partial": 0, "product": product}
    body = {"lines": [line], "place": ward, "seal_no": f"S-{number}", "to_place": "custody"}
    return "empties.collected", "ph1", "nurse2", body, []


def _follow(there: dict[tuple[str, str], int], type: str, body: dict[str, Any]) -> None:
    """What of each product lies on each ward."""
    if type == "dose.administered":
        there[body["place"], body["product"]] -= body["lots"][0]["units"]
    elif type == "stock.moved":
        there[body["to_place"], body["lines"][0]["product"]] += body["lines"][0]["units"]


def _count(
    number: int, there: dict[tuple[str, str], int], differing: list[str], last_id: Callable[[], str]
) -> Iterator[Said]:
    """Of four counts one is wrong, and is found out when so many more were that `MOST_OPEN` stand open."""
    turn = number // _COUNT
    ward, wrong = WARDS[turn % 2], turn % 4 == 3
    lines = [{"product": each, "units": there[ward, each] - (wrong and each == "morphine-10")} for each in PRODUCTS]
    body: dict[str, Any] = {"blind": True, "lines": lines, "place": ward, "purpose": "periodic"}
    yield "stock.counted", "ph1", "nurse1", body, []
    if wrong:
        differing.append(f"{last_id()}:0")
    if len(differing) > MOST_OPEN:
        body = {"cause": "miscounted", "difference": 0, "discrepancy": differing.pop(0)}
        yield "discrepancy.resolved", "head", "ph1", body, ["body.note"]


def _issue_sheet(no: int) -> Iterator[Said]:
    yield "sheet.issued", "ph1", None, {"lines": 20, "place": WARDS[no % 2], "sheet_no": str(no)}, []
    if no > 1:
        yield "sheet.closed", "ph1", None, {"sheet_no": str(no - 1), "unused": list(range(1, 21))}, []


def _visit(number: int, last_id: Callable[[], str]) -> Iterator[Said]:
    yield "inspection.opened", "insp", None, {"document_no": f"V-{number}"}, ["body.scope"]
    yield "inspection.noted", "insp", None, {}, ["body.text"]
    yield "inspection.answered", "head", None, {"note": last_id()}, ["body.text"]
    yield "inspection.closed", "insp", None, {}, []


def _lose(number: int, patient: str, today: str) -> Iterator[Said]:
    """A death, the notice to the relatives, and what they bring; of ten families one is not ready yet."""
    yield "patient.died", "doc", None, {"died_on": today, "patient": patient}, ["body.certificate_no"]
    told = {"patient": patient, "relation": "daughter"}
    yield "relatives.informed", "phc", None, told | _ORDER, ["body.relative"]
    if number // (2 * _EVERY) % 10 == 9:
        return
    taken = product(("morphine-tab", "tramadol-tab"), LOTS)
    lines = [{"broken": 0, "intact": 1, "lot": lot, "product": each} | _GAP for each, lot in taken]
    brought: dict[str, Any] = {"empties_declined": False, "lines": lines, "place": "custody", "reason": "patient_died"}
    brought |= {"seal_no": f"R-{number}", "signed_by_relative": "yes"}
    yield "unused.returned", "phc", None, brought | told, ["body.brought_by"]


def _destroy(number: int, seals: list[str]) -> Said:
    body: dict[str, Any] = {"act_no": f"A-{number}", "commission": ["head", "ph1", "ph2"]}
    body["items"] = [{"seal_no": seal_no} for seal_no in seals]
    return "destruction.performed", "head", None, body | {"method": "incineration", "place": "custody"}, []


def _register(patient: str) -> Said:
    body = {"home_kato": "101010000", "home_phc_bin": "990140000017", "identity": {}, "patient": patient}
    body = {name: value for name, value in body.items() if value} | {"indication": "malignant_neoplasm"}
    leaves = ("name", "iin", "born_on", "address")
    return "patient.registered", "doc", None, body, [*(f"body.identity.{leaf}" for leaf in leaves), "body.icd10"]


def _prescribe(patient: str, prescription: str, product: str, today: str) -> Said:
    setting = "inpatient" if PRODUCTS[product] == "ampoule" else "home"
    body = {"duration_days": 60, "patient": patient, "prescription": prescription, "product": product}
    body |= {"frequency": {"as_needed": True, "period": 1, "period_unit": "h", "times": 1}, "route": "20053000"}
    body |= {"setting": setting, "single_dose": {"unit": "mg", "value": "10"}, "starts_on": today, "units": 200}
    return "prescription.issued", "doc", None, body, ["body.record_no"]


def _furnish() -> Iterator[Said]:
    keys = [describe_key(person, to_key(person).public_key(), use) for person, use in KEYS.items()]
    opening: dict[str, Any] = {"bin": "990140000017", "facility": "Benchmark", "kato": "101010000", "keys": keys}
    opening |= {"kind": "hospital", "practice": False, "rules": "senim-rules/1", "zone": "Asia/Almaty"}
    yield "facility.opened", "ledger", None, opening, []
    adopted = {"name": json.loads(_FILES[_RULES])["name"], "rules": "senim-rules/1", "sha256": _RULES}
    yield "regulation.adopted", "ledger", None, adopted, []
    yield "person.enrolled", "ledger", None, {"person": "registrar", "role": "registrar"}, ["body.name"]
    for person, role in PEOPLE.items():
        witness = None if person == "head" else "head"
        yield "person.enrolled", "registrar", witness, {"person": person, "role": role}, ["body.name"]
    for place, kind in PLACES.items():
        opened = {"administration": "entered", "kind": kind, "name": place, "place": place}
        yield "place.opened", "registrar", None, opened, []
    for each, unit in PRODUCTS.items():
        listed: dict[str, Any] = {"divisible": False, "form": "11201000", "gtins": [], "inn": each.split("-")[0]}
        listed |= {"product": each, "schedule": "II", "strength": {"unit": "mg", "value": "10"}}
        yield "product.listed", "registrar", None, listed | {"unit_of_presentation": unit}, []
    for place in ("safe", *WARDS):
        lines = [
            {"expires_on": "2199-01-01", "lot": lot, "product": product, "units": PLENTY}
            for product in PRODUCTS
            for lot in LOTS
        ]
        yield "stock.opened", "head", "ph1", {"lines": lines, "place": place}, []
