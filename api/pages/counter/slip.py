"""What is printed after a supply: the label for the bag and the slip for whoever collected. Trusts the entries."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from api.caller import Caller
from api.naming import Names
from api.pages.counter.basket import get_order
from api.pages.counter.telling import open_at
from api.pages.counter.units import say_dosage, say_units
from api.site import Site
from ledger.domain.kind import local_day
from ledger.log.canonical import from_bytes, from_timestamp
from ledger.service.ports import Reading
from ledger.words import Words
from reports.vocabulary import WORDS

SUPPLIES = ("dispense.outpatient", "dispense.discharge")


def read_slips(
    site: Site, reading: Reading, words: Words, caller: Caller, seqs: Sequence[int], *, reason: str
) -> list[dict[str, Any]]:
    """One a supply among the entries *seqs*; the patient is noted as seen."""
    names, told = Names(site, reading, words), []
    for seq in seqs:
        entry = from_bytes(reading.entry(seq))
        said = entry["statement"]
        if said["type"] in SUPPLIES:
            patient = site.see_patient(reading, caller, said["body"]["patient"], what="slip", reason=reason)
            told.append(_slip(site, reading, words, names, seq, said, patient))
    return told


def _slip(
    site: Site, reading: Reading, words: Words, names: Names, seq: int, said: dict[str, Any], patient: str
) -> dict[str, Any]:
    body, phrases = said["body"], names.phrases
    record = reading.book.get("prescription", body["prescription"])
    unit = names.products[record.product]["unit_of_presentation"]
    given_on = local_day(said["occurred_at"], site.zone)
    until_on = date.fromisoformat(given_on) + timedelta(days=body["days_supply"] - 1)
    there = {lot: units for _, _, lot, units in reading.balances(place=body["place"], product=record.product)}
    name = open_at(site, reading, seq).get("body.collector.name")
    kind = phrases.say(WORDS[body["collector"]["kind"]])
    return {
        "seq": seq,
        "is_discharge": said["type"] == "dispense.discharge",
        "patient": names.patient(patient),
        "born_in": str(names.identity(patient).get("born_on", ""))[:4],
        "at": phrases.moment(from_timestamp(said["occurred_at"])),
        "product": names.product(record.product),
        "dosage": say_dosage(words, phrases, get_order(reading.book, body["prescription"]).body),
        "units": say_units(words, unit, sum(lot["units"] for lot in body["lots"])),
        "lots": ", ".join(f"{lot['lot']}: {lot['units']}" for lot in body["lots"]),
        "until": words.day(until_on),
        "owed": say_units(words, unit, record.left) if record.left else "",
        "owed_until": words.day(date.fromisoformat(record.ends_on)),
        "collector": f"{kind}, {name}" if name else kind,
        "pharmacist": names.person(said["performer"]),
        "place": names.place(body["place"]),
        "balances": [(lot["lot"], say_units(words, unit, there.get(lot["lot"], 0))) for lot in body["lots"]],
        "reversed": reading.book.find("reversal", said["id"]) is not None,
    }
