"""Opening a facility, its rule set, people, keys, products and places; the reports that it issued."""

from typing import Any

from ledger.domain import form, terms
from ledger.domain.effects import Changed, Effect, Made
from ledger.domain.form import Opt, flag, integer, many, new, obj, one_of, quantity, ref, sealed, text, username
from ledger.domain.kind import Case, Kind
from ledger.domain.records import Facility, Person, Place, Product
from ledger.domain.terms import FACILITY_KINDS, PLACE_KINDS, ROLES

_ZONES = ("Asia/Almaty", "Asia/Qyzylorda", "Asia/Aqtobe", "Asia/Aqtau", "Asia/Atyrau", "Asia/Oral", "Asia/Qostanay")
_KEY = {"person": username, "key": text, "alg": text, "public": form.base64, "use": text}


def _open_facility(case: Case) -> list[Effect]:
    body = case.body
    facility = Facility(
        name=body["facility"],
        bin=body["bin"],
        kato=body["kato"],
        kind=body["kind"],
        zone=body["zone"],
        practice=body["practice"],
    )
    return [Made("facility", (), facility)]


FACILITY_OPENED = Kind(
    name="facility.opened",
    fields={
        "facility": text,
        "bin": form.bin_number,
        "kato": form.kato,
        "kind": one_of(*FACILITY_KINDS),
        "zone": one_of(*_ZONES),
        "practice": flag,
        "rules": one_of("senim-rules/1"),
        "keys": many(obj(_KEY), least=3, most=3),
    },
    effects=_open_facility,
)

REGULATION_ADOPTED = Kind(
    name="regulation.adopted",
    fields={"name": text, "sha256": form.hex64, "rules": one_of("senim-rules/1")},
    effects=lambda case: [],
)


def person_name(value: Any, path: str, reading: form.Reading) -> Any:
    """A username; the names of the ledger's own actors are nobody's."""
    kept = username(value, path, reading)
    return reading.refuse("already_exists", path, name=kept) if kept in ("ledger", "log") else kept


def _enrol_person(case: Case) -> list[Effect]:
    body = case.body
    person = Person(roles=((case.seq, case.at, body["role"]),))
    effects: list[Effect] = [Made("person", (body["person"],), person)]
    if body["role"] == "head_pharmacist":
        effects.append(Changed("facility", (), "governed", True, True))
    return effects


PERSON_ENROLLED = Kind(
    name="person.enrolled",
    fields={
        "person": new("person", person_name),
        "role": one_of(*ROLES),
        "name": sealed(text),
        "registration_no": Opt(sealed(text)),
    },
    effects=_enrol_person,
)

KEY_ENROLLED = Kind(
    name="key.enrolled",
    fields={
        "person": ref("person"),
        "key": form.key_id,
        "alg": one_of("ed25519", "webauthn-es256", "ecdsa-p256"),
        "public": form.base64,
        "use": one_of("sign", "import", "ledger", "pdf"),
        "custody": one_of("passkey", "device", "wrapped", "facility"),
        "rp_id": Opt(text),
        "origins": Opt(many(text, most=8)),
        "proof": form.proof,
    },
    effects=lambda case: [],
)


def _list_product(case: Case) -> list[Effect]:
    body = case.body
    product = Product(
        inn=body["inn"],
        strength=body["strength"]["value"],
        unit=body["strength"]["unit"],
        unit_of_presentation=body["unit_of_presentation"],
        schedule=body["schedule"],
    )
    return [Made("product", (body["product"],), product)]


PRODUCT_LISTED = Kind(
    name="product.listed",
    fields={
        "product": new("product"),
        "inn": text,
        "atc": Opt(text),
        "form": form.code,
        "strength": quantity,
        "unit_of_presentation": form.matching(terms.WORD),
        "schedule": one_of("II", "III", "strong", "none"),
        "gtins": many(obj({"gtin": form.gtin, "units": form.units}), least=0, most=50),
        "divisible": flag,
    },
    effects=_list_product,
)


def _open_place(case: Case) -> list[Effect]:
    place = Place(kind=case.body["kind"], administration=case.body["administration"])
    return [Made("place", (case.body["place"],), place)]


PLACE_OPENED = Kind(
    name="place.opened",
    fields={
        "place": new("place"),
        "kind": one_of(*PLACE_KINDS),
        "name": text,
        "administration": one_of("entered", "on_paper"),
    },
    effects=_open_place,
)


REPORT_ISSUED = Kind(
    name="report.issued",
    fields={
        "kind": form.matching(terms.REPORT),
        "sha256": form.hex64,
        "size": integer(0),
        "subjects": many(ref("patient"), least=0),
    },
    effects=lambda case: [],
)

KINDS: tuple[Kind, ...] = (
    FACILITY_OPENED,
    REGULATION_ADOPTED,
    PERSON_ENROLLED,
    KEY_ENROLLED,
    PRODUCT_LISTED,
    PLACE_OPENED,
    REPORT_ISSUED,
)
