"""What the mappings are given: entries, and what the book knows of them. Nothing here is read from anywhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from api.fhir.names import Json, our_concept


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry: its place in the book, its leaf (hex), the JSON of its bytes.

    `opened` has by path what is sealed in it and may still be read.
    """

    seq: int
    leaf: str
    json: Json
    opened: Mapping[str, Any] = field(default_factory=dict)

    @property
    def said(self) -> Json:
        statement: Json = self.json["statement"]
        return statement

    @property
    def body(self) -> Json:
        body: Json = self.said["body"]
        return body

    @property
    def id(self) -> str:
        return str(self.said["id"])

    @property
    def type(self) -> str:
        return str(self.said["type"])

    @property
    def at(self) -> str:
        return str(self.said["occurred_at"])

    @property
    def recorded_at(self) -> str:
        return str(self.json["recorded_at"])

    @property
    def log(self) -> str:
        return str(self.json["log"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What later entries made of one: the reversal that took it back, the others that changed what it tells.

    `touched` is the last one that its status rests on, be it of these or a supply that used it up.
    """

    reversal: Entry | None = None
    later: tuple[Entry, ...] = ()
    touched: Entry | None = None

    @property
    def all(self) -> tuple[Entry, ...]:
        return self.later if self.reversal is None else (*self.later, self.reversal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drug:
    """A product as it was listed; `strength` is `{"value", "unit"}` per unit of presentation."""

    product: str
    inn: str
    atc: str | None
    form: str
    strength: Json
    presentation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Packs of one lot in one entry."""

    name: str
    units: int
    expires_on: str | None


def to_meta(entry: Entry, standing: Standing) -> Json:
    """Version and time of the last entry that the resource rests on."""
    last = max((entry, *standing.all, standing.touched or entry), key=lambda each: each.seq)
    return {"versionId": str(last.seq), "lastUpdated": last.recorded_at}


def to_history(entry: Entry, standing: Standing) -> list[Json]:
    """References to the Provenance of every entry that the resource rests on."""
    return [{"reference": f"Provenance/{each.id}"} for each in (entry, *standing.all)]


def to_status_reason(standing: Standing) -> Json | None:
    """Why it was reversed, in the words of the register's list."""
    reversal = standing.reversal
    return None if reversal is None else our_concept("reversal-reason", reversal.body["reason"])
