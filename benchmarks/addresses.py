"""Every page and every part of one that answers by itself, with what it takes to do its real work."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from litestar import Litestar

from api.authority import PERMITS, find_permission
from benchmarks.hospital import MOST_PRESENT, PEOPLE
from ledger.domain.terms import PHARMACISTS
from ledger.log.canonical import from_bytes
from ledger.service.opened import read_identity
from ledger.service.ports import Reading, Vault

_PARAMETER = re.compile(r"{(\w+):\w+}")
_OF_TYPE = {
    "/inspection/visit/{seq:int}": "inspection.opened",
    "/stock/counted/{seq:int}": "stock.counted",
    "/stock/destroyed/{seq:int}": "destruction.performed",
    "/family/slip/{seq:int}": "unused.returned",
    "/entries/{seq:int}": "dispense.outpatient",
    "/inspection/entry/{seq:int}": "dose.administered",
    "/inspection/entry/{seq:int}/names": "dispense.outpatient",
}
"""Entries of which type a page shows."""
_QUERIES: Mapping[str, tuple[str, ...]] = {
    "/counter": ("", "?entry={dispense}"),
    "/ward/doses": ("?place=ward-1", "?place=home"),
    "/ward/doses/{prescription:str}": ("?place=ward-1&after=-1",),
    "/ward/broken": ("?place=ward-1",),
    "/ward/handover": ("?place=ward-1",),
    "/ward/empties": ("?place=ward-1",),
    "/ward/bedside/{patient:str}": ("", "?place=ward-1", "?place=home"),
    "/stock/register": (
        "", "?place=safe&product=morphine-tab&month={month}", "?place=ward-1&product=morphine-10&month={month}",
        "?place=&product=morphine-10&month={month}",
    ),
    "/stock/count": ("?place=safe&by=lot", "?place=ward-1"),
    "/stock/move": ("?place=safe",),
    "/stock/send": ("?place=safe",),
    "/stock/breakage": ("?place=safe",),
    "/stock/month": ("?month={month}",),
    "/stock/there/{member:str}": ("?place=safe",),
    "/stock/lot/{product:str}": ("?lot=A001",),
    "/stock/custody/move": ("?place=custody",),
    "/downtime/enter": ("?sheet={sheet}",),
    "/downtime/enter/line": (
        "?sheet={sheet}&line=1", "?sheet={sheet}&line=1&type=dose.administered",
        "?sheet={sheet}&line=1&type=dose.administered&prescription={patient}-morphine-10",
    ),
    "/downtime/paper": ("?place=safe",),
    "/family/about": ("?no={return}",),
    "/inspection/visit": ("", "?about={dispense}"),
    "/office/products": ("", "?like=morphine-10"),
}  # fmt: skip
"""The queries that are worth a look; any other page is asked without."""
_FORMS: Mapping[str, tuple[dict[str, str], ...]] = {
    "/counter/find": (
        {"q": "{name}", "place": "safe"}, {"q": "Айгүл", "place": "safe"},
        {"q": "{patient}-tramadol-tab", "place": "safe"}, {"q": "nobody at all", "place": "safe"},
    ),
    "/counter/patient": ({"patient": "{patient}", "place": "safe"}, {"patient": "{former}", "place": "safe"}),
    "/counter/pack": ({"gtin": "4870001234563", "place": "safe", "patient": "{patient}"},),
    "/counter/done": ({"seqs": "{dispense}"},),
    "/counter/new": ({},),
    "/counter/correct": ({"patient": "{patient}"},),
    "/counter/others": ({"other": "Айгүл", "body.keep": "{patient}"},),
    "/counter/paper": ({"patient": "{patient}"},),
    "/search/find": ({"q": "{name}"}, {"q": "{seal}"}, {"q": "A001"}, {"q": "{patient}-morphine-10"}, {"q": "{half}"},
                     {"q": "A-77"}, {"q": "nothing of the kind"}),
    "/entries/dependents": ({"body.seq": "{dispense}", "body.packs": "never_left"},
                            {"body.seq": "{dose}", "body.packs": "none"}),
    "/ward/find": ({"q": "Айгүл", "place": "ward-1"},),
    "/ward/bedside/{patient:str}": ({"reason": "care now"},),
    "/patients/{patient:str}/doses": ({"reason": "care now"},),
    "/prescribing/find": ({"q": "Айгүл"},),
    "/family/find": ({"q": "Айгүл"},),
    "/office/go-live/homes/find": ({"q": "Айгүл"},),
    "/inspection/head": ({"size": "{half}", "root": "0" * 64},),
    "/inspection/entry/{seq:int}/names": ({"reason": "benchmark"},),
    "/inspection/rows/{name:str}/names": ({"reason": "benchmark"},),
    "/inspection/access/day": ({"on": "{today}"},),
    "/inspection/count/book": ({"place": "safe", "product": "morphine-tab", "units": "12"},),
    "/inspection/visit/about": ({"seq": "{dispense}"},),
}  # fmt: skip
"""What is typed into each part that is asked for by a form; what begins long work is left out."""
_LISTS = ("late", "warnings", "rights", "pending", "circle", "counts", "access")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """`path` and `form` have names in braces, which `Facts` fill; `person` may ask it. `form` None: a GET."""

    name: str
    path: str
    person: str
    form: dict[str, str] | None = None


def read_addresses(app: Litestar) -> Iterator[Address]:
    """Of every page, by its path."""
    for route in sorted(app.routes, key=lambda route: route.path):
        for handler in getattr(route, "route_handlers", ()):
            if str(handler.operation_id).startswith("page_"):
                action = find_permission(handler)
                assert action is not None
                yield from _of_route(route.path, "GET" in handler.http_methods, _pick_person(action))


def _of_route(path: str, is_get: bool, person: str) -> Iterator[Address]:
    for named in _named(path):
        if is_get:
            for query in _QUERIES.get(path, ("",)):
                yield Address(name=f"{named}{query}", path=f"{named}{query}", person=person)
        for form in () if is_get else _FORMS.get(path, ()):
            told = " ".join(form.values())
            yield Address(name=f"POST {named} {told}".strip(), path=named, person=person, form=form)


def _named(path: str) -> list[str]:
    if "{name:str}" in path and "rows" in path:
        return [path.replace("{name:str}", each) for each in _LISTS]
    if path in _OF_TYPE:
        return [path.replace("{seq:int}", f"{{{_OF_TYPE[path].replace('.', '_')}}}")]
    return [_PARAMETER.sub(r"{\1}", path)]


def _pick_person(action: str) -> str:
    roles = PERMITS[action]
    if roles >= PHARMACISTS and "nurse" not in roles:
        return "head" if "inspector" not in roles else "insp"
    return next((name for name, role in PEOPLE.items() if role in roles and role != "head_pharmacist"), "registrar")


class Facts:
    """What fills the braces: something of the hospital that is there now, drawn anew for each *seed*."""

    def __init__(self, reading: Reading, vault: Vault) -> None:
        self._size, self._vault = reading.head.size, vault
        patients = [_body(row)["patient"] for row in reading.rows(type="patient.registered", last=3 * MOST_PRESENT)]
        self._present, self._former = patients[-MOST_PRESENT:], patients[:MOST_PRESENT]
        self._names = {each: str(read_identity(reading, vault, each)["name"]) for each in self._present}
        at = str(reading.head.last_recorded_at)
        types = {*_OF_TYPE.values(), "dose.administered"}
        self._rows = {type: [row.seq for row in reading.rows(type=type, last=30)] for type in types}
        open_ = [name for (_, name), _ in reading.shelf("open", ("discrepancy",))]
        sheet = [_body(row)["sheet_no"] for row in reading.rows(type="sheet.issued", last=1)]
        seals = [_body(row)["seal_no"] for row in reading.rows(type="empties.collected", last=20)]
        self._fixed: dict[str, Any] = {
            "month": at[:7], "today": at[:10], "half": self._size // 2, "seq": self._size // 2, "member": "place",
            "product": "morphine-10", "name": open_[-1] if open_ else "none", "sheet": sheet[-1] if sheet else "",
            "seal": seals[0] if seals else "",
            "digest": "0" * 64, "person": "nurse1", "lang": "ru", "return": self._last("unused.returned"),
        }  # fmt: skip

    def _last(self, type: str) -> int:
        return self._rows[type][-1] if self._rows[type] else 0

    def fill(self, address: Address, seed: int) -> tuple[str, dict[str, str] | None]:
        """(path, form)"""
        random = Random(seed)
        patient = random.choice(self._present)
        values = self._fixed | {"patient": patient, "former": random.choice(self._former)}
        values["prescription"] = f"{patient}-morphine-10"
        if address.form is not None:
            values["name"] = self._names[patient]
        values |= {type.replace(".", "_"): random.choice(seqs or [0]) for type, seqs in self._rows.items()}
        values |= {"dispense": values["dispense_outpatient"], "dose": values["dose_administered"]}
        form = address.form
        filled = None if form is None else {name: text.format_map(values) for name, text in form.items()}
        return address.path.format_map(values), filled


def _body(row: Any) -> dict[str, Any]:
    body: dict[str, Any] = from_bytes(row.data)["statement"]["body"]
    return body
