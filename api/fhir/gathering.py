"""What the mappings need, read from one snapshot: an entry, what became of it, its drug, lots, order. Never a scan.

Trusts the index that the store keeps of its entries; whoever wants proof follows the Provenance to the bytes.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from api.fhir.facts import Drug, Entry, Lot, Standing
from api.fhir.names import Json
from ledger.domain.asking.courses import ORDERS
from ledger.domain.book import FIRST, Book
from ledger.domain.kind import local_day
from ledger.domain.lots import expiry_of
from ledger.domain.records import Facility, Past
from ledger.errors import NotFound
from ledger.log.canonical import from_bytes
from ledger.log.merkle import leaf_hash
from ledger.service.ports import Reading, Vault
from ledger.service.sealing import from_rows


@dataclass(slots=True)
class Chart:
    """One snapshot, at the moment *now* (canonical UTC text). Remembers what it has read.

    *by_iin*: the ids of patients with an IIN, as far as an index knows.
    """

    reading: Reading
    vault: Vault
    now: str
    by_iin: Callable[[str], Iterable[str]] = lambda _iin: ()
    _entries: dict[int, Entry] = field(default_factory=dict)
    _drugs: dict[str, Drug] = field(default_factory=dict)

    @property
    def book(self) -> Book:
        return self.reading.book

    @property
    def facility(self) -> Facility:
        return self.book.facility

    @property
    def today(self) -> str:
        return local_day(self.now, self.facility.zone)

    def entry(self, seq: int) -> Entry:
        """Raises `NotFound`."""
        if seq not in self._entries:
            data = self.reading.entry(seq)
            json = from_bytes(data)
            self._entries[seq] = Entry(seq=seq, leaf=leaf_hash(data).hex(), json=json, opened=self._open(seq, json))
        return self._entries[seq]

    def entry_of(self, entry_id: str) -> Entry:
        """Raises `NotFound`."""
        seq = self.reading.find_seq(entry_id)
        if seq is None:
            raise NotFound
        return self.entry(seq)

    def _open(self, seq: int, json: Json) -> dict[str, Any]:
        """By path what is sealed in the entry and not erased."""
        statement = json["statement"]
        if "sealed" not in statement:
            return {}
        rows = self.reading.sealed(seq)
        opened = from_rows(rows, log=statement["log"], entry_id=statement["id"], vault=self.vault)
        return {path: opening.value for path, opening in opened.items()}

    # ── what became of an entry

    def reversal_of(self, entry_id: str) -> Entry | None:
        found = self.book.find("reversal", entry_id)
        return None if found is None else self.entry(found.seq)

    def standing(self, entry: Entry, later: Iterable[Entry] = (), touched: int | None = None) -> Standing:
        """*later* entries that changed it, with their own reversals; *touched*: the last that its status rests on."""
        changes = {each.seq: each for first in later for each in (first, self.reversal_of(first.id)) if each}
        return Standing(
            reversal=self.reversal_of(entry.id),
            later=tuple(changes[seq] for seq in sorted(changes)),
            touched=None if touched is None else self.entry(touched),
        )

    def mentioning(self, kind: str, name: str, after: int = FIRST) -> Iterator[Past]:
        """Later entries that name a thing, in order."""
        for seq in self.book.past.mentioning(kind, name, after):
            past = self.book.past.by_seq(seq)
            if past is not None:
                yield past

    def reversed_by(self, past: Past) -> int:
        """The number of the reversal, or of the entry itself."""
        found = self.book.find("reversal", past.id)
        return past.seq if found is None else int(found.seq)

    # ── things

    def drug(self, product: str) -> Drug:
        """Raises `NotFound`."""
        if product not in self._drugs:
            rows = self.reading.rows(type="product.listed", mention=("product", product))
            if not rows:
                raise NotFound
            body = from_bytes(rows[0].data)["statement"]["body"]
            self._drugs[product] = Drug(
                product=product,
                inn=body["inn"],
                atc=body.get("atc"),
                form=body["form"],
                strength=body["strength"],
                presentation=body["unit_of_presentation"],
            )
        return self._drugs[product]

    def lots(self, product: str, lines: Iterable[Json]) -> tuple[Lot, ...]:
        return tuple(
            Lot(name=each["lot"], units=each["units"], expires_on=expiry_of(self.book, product, each["lot"]))
            for each in lines
        )

    def find_order(self, prescription: str, before: int | None = None) -> Entry | None:
        """The entry that wrote it, the last one *before* a number: an id may be used again after a reversal."""
        found = [
            past.seq
            for past in self.mentioning("prescription", prescription)
            if past.type in ORDERS
            and past.body["prescription"] == prescription
            and (before is None or past.seq < before)
        ]
        return self.entry(found[-1]) if found else None

    def order_of(self, entry: Entry) -> Entry:
        """The order that *entry* was given or supplied on. Raises `NotFound`."""
        found = self.find_order(entry.body["prescription"], entry.seq)
        if found is None:
            raise NotFound
        return found
