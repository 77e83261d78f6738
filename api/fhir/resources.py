"""Which entries make which resources, whose they are, and how each is found by its id."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from heapq import merge
from types import MappingProxyType

from api.fhir.administrations import to_administration, to_infusion, to_not_given
from api.fhir.dispenses import Course, to_dispense, to_dispense_id
from api.fhir.facts import Entry, Standing
from api.fhir.gathering import Chart
from api.fhir.medication import Content
from api.fhir.names import Json, from_id, organization, reference
from api.fhir.patient import to_patient
from api.fhir.provenance import to_provenance
from api.fhir.requests import to_request
from ledger.domain.asking.courses import ORDERS
from ledger.domain.person import find_death, ids_of
from ledger.errors import NotFound
from ledger.service.opened import read_identity
from ledger.service.ports import Wanted

_SUPPLIES = ("dispense.outpatient", "dispense.discharge")
_OF_A_PATIENT = (
    "patient.registered", "patient.corrected", "patient.moved", "patient.died", "patients.merged", "identity.erased",
)  # fmt: skip
MAKERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "MedicationRequest": tuple(ORDERS),
        "MedicationDispense": (*_SUPPLIES, "dispense.acknowledged"),
        "MedicationAdministration": ("dose.administered", "dose.not_given", "infusion.started"),
        "Patient": ("patient.registered",),
        "Provenance": (),
    }
)
"""The types of entries that make a resource of each kind; every entry makes a Provenance."""
_AT_ONCE = 50


# ── one entry's resources


def build(chart: Chart, type: str, entry: Entry) -> list[Json]:
    """The resources of *type* that *entry* makes: mostly one, none where a later entry made that id anew."""
    if type != "Provenance" and entry.type not in MAKERS[type]:
        return []
    return _BUILDERS[type](chart, entry)


def _build_request(chart: Chart, entry: Entry) -> list[Json]:
    body, name = entry.body, entry.body["prescription"]
    if chart.find_order(name) != entry:
        return []
    touching = list(chart.mentioning("prescription", name, entry.seq))
    changes = [
        chart.entry(past.seq)
        for past in touching
        if past.type == "prescription.stopped" or past.body.get("replaces") == name
    ]
    touched = max((chart.reversed_by(past) for past in touching), default=None)
    standing = chart.standing(entry, changes, touched)
    ends_on = date.fromisoformat(body["starts_on"]) + timedelta(days=body["duration_days"] - 1)
    record = None if standing.reversal is not None else chart.book.find("prescription", name)
    made = to_request(
        entry, record=record, drug=chart.drug(body["product"]), ends_on=ends_on.isoformat(), standing=standing,
        now=chart.now, today=chart.today,
    )  # fmt: skip
    return [made]


def _build_dispense(chart: Chart, entry: Entry) -> list[Json]:
    standing = chart.standing(entry)
    if entry.type not in _SUPPLIES:
        return [_taken_over(chart, entry, n, product, standing) for n, product in enumerate(_products(entry.body))]
    order = chart.order_of(entry)
    product = order.body["product"]
    earlier = chart.mentioning("prescription", entry.body["prescription"], order.seq)
    stand = [p for p in earlier if p.seq < entry.seq and p.type in _SUPPLIES and chart.reversed_by(p) == p.seq]
    is_first = not stand and not order.body.get("units_used_before")
    made = to_dispense(
        entry, line=None, drug=chart.drug(product), lots=chart.lots(product, entry.body["lots"]),
        course=Course(body=order.body, units=order.body["units"], is_first=is_first), standing=standing,
    )  # fmt: skip
    return [made]


def _products(body: Json) -> list[str]:
    return list(dict.fromkeys(line["product"] for line in body["lines"]))


def _taken_over(chart: Chart, entry: Entry, line: int, product: str, standing: Standing) -> Json:
    lines = [each for each in entry.body["lines"] if each["product"] == product]
    return to_dispense(
        entry, line=line, drug=chart.drug(product), lots=chart.lots(product, lines), course=None, standing=standing
    )


def _build_administration(chart: Chart, entry: Entry) -> list[Json]:
    body, kind = entry.body, chart.facility.kind
    order = chart.order_of(entry) if "prescription" in body else None
    route_code = None if order is None else order.body["route"]
    if entry.type == "dose.not_given":
        assert order is not None
        drug = chart.drug(order.body["product"])
        return [to_not_given(entry, drug=drug, patient=order.body["patient"], standing=chart.standing(entry))]
    if entry.type == "infusion.started":
        return [_infusion(chart, entry, route_code)]
    source = None
    if "acknowledged" in body:
        other = chart.entry_of(body["acknowledged"])
        source = to_dispense_id(other.id, _products(other.body).index(body["product"]))
        route_code = other.body.get("course", {}).get("route")
    made = to_administration(
        entry, drug=chart.drug(body["product"]), lots=chart.lots(body["product"], body["lots"]),
        route_code=route_code, facility_kind=kind, source=source, standing=chart.standing(entry),
    )  # fmt: skip
    return [made]


def _infusion(chart: Chart, entry: Entry, route_code: str | None) -> Json:
    body = entry.body
    stops = [
        past for past in chart.mentioning("infusion", body["infusion"], entry.seq) if past.type == "infusion.stopped"
    ]
    ended = [past.seq for past in stops if chart.reversed_by(past) == past.seq]
    contents = [
        Content(drug=chart.drug(each["product"]), dose=each["dose"], lots=chart.lots(each["product"], each["lots"]))
        for each in body["contents"]
    ]
    return to_infusion(
        entry, contents=contents, route_code=route_code, facility_kind=chart.facility.kind,
        stop=chart.entry(ended[-1]) if ended else None,
        standing=chart.standing(entry, [chart.entry(past.seq) for past in stops]),
    )  # fmt: skip


def _build_patient(chart: Chart, entry: Entry) -> list[Json]:
    patient = entry.body["patient"]
    if find_registration(chart, patient) != entry:
        return []
    later = [
        row.seq
        for type in _OF_A_PATIENT
        for row in chart.reading.rows(type=type, mention=("patient", patient))
        if row.seq > entry.seq
    ]
    changes = [chart.entry(seq) for seq in sorted(later)]
    standing = chart.standing(entry, changes)
    made = to_patient(
        entry, record=None if standing.reversal is not None else chart.book.find("patient", patient),
        identity=read_identity(chart.reading, chart.vault, patient),
        ids=ids_of(chart.book, patient), died_on=find_death(chart.book, patient),
        facility=facility(chart), standing=standing,
    )  # fmt: skip
    return [made]


def find_registration(chart: Chart, patient: str) -> Entry | None:
    """The entry that registered the id; the last one, should an earlier have been reversed."""
    rows = chart.reading.rows(type="patient.registered", mention=("patient", patient))
    return chart.entry(rows[-1].seq) if rows else None


def _build_provenance(chart: Chart, entry: Entry) -> list[Json]:
    keys = {each["key"]: chart.book.find("key", each["key"]) for each in entry.json["signatures"]}
    original = _original(chart, entry)
    made = to_provenance(
        entry, targets=_targets(chart, original or entry), facility=facility(chart), original=original,
        uses={key: record.use for key, record in keys.items() if record is not None},
    )  # fmt: skip
    return [made]


def facility(chart: Chart) -> Json:
    """The facility as a reference."""
    return organization(chart.facility.bin, chart.facility.name)


_BUILDERS: Mapping[str, Callable[[Chart, Entry], list[Json]]] = MappingProxyType(
    {
        "MedicationRequest": _build_request,
        "MedicationDispense": _build_dispense,
        "MedicationAdministration": _build_administration,
        "Patient": _build_patient,
        "Provenance": _build_provenance,
    }
)


def _targets(chart: Chart, entry: Entry) -> list[Json]:
    """The resources that *entry* makes or changes."""
    body, type = entry.body, entry.type
    if type.startswith("prescription."):
        return [reference("MedicationRequest", body["prescription"])]
    if type in _SUPPLIES:
        return [reference("MedicationDispense", entry.id)]
    if type == "dispense.acknowledged":
        ids = (to_dispense_id(entry.id, n) for n, _ in enumerate(_products(body)))
        return [reference("MedicationDispense", each) for each in ids]
    if type in MAKERS["MedicationAdministration"]:
        return [reference("MedicationAdministration", entry.id)]
    if type == "infusion.stopped":
        started = _start_of(chart, entry)
        return [reference("MedicationAdministration", started.id)] if started is not None else []
    if type in _OF_A_PATIENT:
        return [reference("Patient", body[name]) for name in ("patient", "keep", "drop") if name in body]
    return []


def _start_of(chart: Chart, stop: Entry) -> Entry | None:
    found = [
        past.seq
        for past in chart.mentioning("infusion", stop.body["infusion"])
        if past.type == "infusion.started" and past.seq < stop.seq
    ]
    return chart.entry(found[-1]) if found else None


def _original(chart: Chart, entry: Entry) -> Entry | None:
    """The entry that a reversal or a second signature is about."""
    if entry.type not in ("entry.reversed", "entry.countersigned"):
        return None
    body = entry.body
    # A statement counts from its own log's entry 0; `seq` is the place in the book, where an old log stands below 0.
    return chart.entry_of(body["id"]) if "id" in body else chart.entry(entry.seq - entry.json["seq"] + body["seq"])


# ── whose


def patients_of(chart: Chart, entry: Entry) -> list[str]:
    """Whose *entry* is: the patients that it, its order, its infusion or the entry it is about names."""
    body = entry.body
    named = [body[name] for name in ("patient", "keep", "drop") if name in body]
    if named:
        return named
    original = _original(chart, entry)
    if original is not None:
        return patients_of(chart, original)
    if "prescription" in body:
        return [chart.order_of(entry).body["patient"]]
    if entry.type == "infusion.stopped":
        started = _start_of(chart, entry)
        return patients_of(chart, started) if started is not None else []
    return []


# ── by id


def find_maker(chart: Chart, type: str, id: str) -> Entry:
    """The entry that made the resource, which need not be the only one that it makes. Raises `NotFound`."""
    name = from_id(id)
    found: Entry | None
    if type == "MedicationRequest":
        found = chart.find_order(name)
    elif type == "Patient":
        found = find_registration(chart, name)
    else:
        found = chart.entry_of(name.partition(".")[0] if type == "MedicationDispense" else name)
    if found is None or (MAKERS[type] and found.type not in MAKERS[type]):
        raise NotFound
    return found


def read_one(chart: Chart, type: str, id: str) -> Json:
    """The resource. Raises `NotFound`."""
    for made in build(chart, type, find_maker(chart, type, id)):
        if made["id"] == id:
            return made
    raise NotFound


# ── many


def find_makers(chart: Chart, type: str, patients: Sequence[str], before: int | None) -> Iterator[Entry]:
    """The entries that make resources of *type*, the newest first; only those that name one of *patients*, if any."""
    if type == "Provenance" and patients:
        seqs: Iterator[int] = iter(sorted(_about(chart, patients), reverse=True))
    else:
        streams = [_newest(chart, maker, patients, before) for maker in MAKERS[type] or (None,)]
        seqs = merge(*streams, reverse=True)
    return (chart.entry(seq) for seq in seqs if before is None or seq < before)


def _newest(chart: Chart, type: str | None, patients: Sequence[str], before: int | None) -> Iterator[int]:
    """Numbers of entries of one type, read a page at a time."""
    while True:
        after = None if before is None else ("", before)
        rows = chart.reading.page(Wanted(type=type, patients=tuple(patients), after=after, limit=_AT_ONCE))
        yield from (row.seq for row in rows)
        if len(rows) < _AT_ONCE:
            return
        before = rows[-1].seq


def _about(chart: Chart, patients: Sequence[str]) -> set[int]:
    """Entries that name one of *patients*, and the reversals and second signatures that name only those entries."""
    named = set(_newest(chart, None, patients, None))
    return named | {each for seq in named for each in chart.book.past.mentioning("entry", chart.entry(seq).id)}
