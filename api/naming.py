"""What things and people are called, each looked up once. Trusts the entries and the vault."""

from collections.abc import Callable, Collection
from functools import cached_property, lru_cache, partial
from typing import Any

from api.authority import is_permitted
from api.caller import Caller
from api.site import Site
from ledger.domain.person import ids_of
from ledger.errors import Refusal
from ledger.refusal_words import Told, tell
from ledger.service.opened import open_entry, read_identity, read_people
from ledger.service.ports import Reading
from ledger.service.queries import read_body, read_products
from ledger.words import Words
from reports.model import Product
from reports.phrases import Phrases

Tell = Callable[[Refusal], Told]
"""The words of a refusal or a warning, for one reader."""
_phrases = lru_cache(Phrases)
"""They remember how figures and moments are written."""
_READ_BY = {"product": "products:read", "place": "places:read", "person": "people:read"}


class Names:
    """Names for one answer; it shows no patient that `Site.see_patient` or `note_list` did not note before."""

    def __init__(self, site: Site, reading: Reading, words: Words) -> None:
        self._site, self._reading, self._words = site, reading, words
        self.phrases = _phrases(words.lang, site.zone)
        self._identities: dict[str, dict[str, Any]] = {}
        self._patients: dict[str, str] = {}
        self._persons: dict[str, str | None] = {}

    @cached_property
    def _people(self) -> dict[str, tuple[str, str, str | None]]:
        return read_people(self._reading, self._site.ledger.vault)

    @cached_property
    def products(self) -> dict[str, dict[str, Any]]:
        """As `read_products`, with `said`: its name, form and strength in words."""
        listed = read_products(self._reading)
        return {id: body | {"said": self._say_product(body)} for id, body in listed.items()}

    @cached_property
    def places(self) -> dict[str, dict[str, Any]]:
        """The body of each `place.opened`, by place."""
        rows = (read_body(row) for row in self._reading.rows(type="place.opened"))
        return {body["place"]: body for body in rows}

    def product(self, product: str) -> str:
        return self.find("product", product) or product

    def place(self, place: str) -> str:
        return self.find("place", place) or place

    def person(self, person: str) -> str:
        """The username where the name is not known any more."""
        return self.find("person", person) or person

    def find(self, kind: str, id: str) -> str | None:
        """What the register calls the `product`, `place` or `person` *id*; None where it knows no name."""
        if kind == "person":
            if id not in self._persons:
                self._persons[id] = find_name(self._reading, self._site, id)
            return self._persons[id]
        bodies, member = (self.products, "said") if kind == "product" else (self.places, "name")
        return str(bodies[id][member]) if id in bodies else None

    def tell_to(self, caller: Caller | None) -> Tell:
        """How *caller* is told of a refusal: by the names that they may look up themselves, else by ids."""

        def called(kind: str, id: str) -> str | None:
            return self.find(kind, id) if is_permitted(_READ_BY[kind], caller) else None

        return partial(tell, self._words, zone=self.phrases.zone, called=called)

    def patient(self, patient: str) -> str:
        """The id, and that the identity was erased, where it was."""
        if patient not in self._patients:
            name = self._read(patient, ("name",)).get("name")
            self._patients[patient] = self._say_nameless(patient) if name is None else str(name)
        return self._patients[patient]

    def _say_nameless(self, patient: str) -> str:
        known = self._reading.book.find("patient", patient)
        is_erased = known is not None and known.erased_by is not None
        return self._words.say("{patient} (identity erased)", patient=patient) if is_erased else patient

    def identity(self, patient: str) -> dict[str, Any]:
        """As `ledger.service.opened.read_identity`."""
        kept = ids_of(self._reading.book, patient)[0]
        if kept not in self._identities:
            self._identities[kept] = self._read(kept, None)
        return self._identities[kept]

    def _read(self, patient: str, only: Collection[str] | None) -> dict[str, Any]:
        kept = ids_of(self._reading.book, patient)[0]
        return self._identities.get(kept) or read_identity(self._reading, self._site.ledger.vault, kept, only)

    def packs(self) -> dict[str, dict[str, Any]]:
        """What each pack code (14 digits) means: `{product, said, units}` of a pack."""
        return {
            pack["gtin"]: {"product": id, "said": body["said"], "units": pack["units"]}
            for id, body in self.products.items()
            for pack in body["gtins"]
        }

    def open_products(self) -> list[tuple[str, str]]:
        """(id, words) of what is listed now, for a choice."""
        return [(id, self.product(id)) for id in self.products if not self._reading.book.get("product", id).delisted]

    def open_places(self, *kinds: str) -> list[tuple[str, str]]:
        """(id, words) of the places of *kinds* that are open now, for a choice."""
        return [
            (id, str(body["name"]))
            for id, body in self.places.items()
            if body["kind"] in kinds and self._reading.book.get("place", id).closed_by is None
        ]

    def colleagues(self, but: str, *roles: str) -> list[tuple[str, str]]:
        """(username, words) of who is here and has one of *roles* (or any that may witness), without *but*."""
        return [
            (username, name or username)
            for username, (name, role, left_at) in self._people.items()
            if username != but and left_at is None
            and (role in roles if roles else role not in ("inspector", "registrar"))
        ]  # fmt: skip

    def _say_product(self, body: dict[str, Any]) -> str:
        return self.phrases.product(
            Product(
                id=body["product"],
                inn=body["inn"],
                form=body["form"],
                strength=body["strength"]["value"],
                unit=body["strength"]["unit"],
                unit_of_presentation=body["unit_of_presentation"],
            )
        )


def find_name(reading: Reading, site: Site, person: str) -> str | None:
    """The name that *person* was enrolled under, as long as it is known."""
    for row in reading.rows(type="person.enrolled", mention=("person", person)):
        if name := open_entry(reading, site.ledger.vault, row).get("body.name"):
            return str(name.value)
    return None
