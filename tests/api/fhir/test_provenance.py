"""A Provenance leads to the entry's bytes, and its signatures are those that verify."""

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.cli.wiring import House
from ledger.log.merkle import leaf_hash
from ledger.log.signing import to_signed_bytes
from ledger.log.statement import to_statement_hash
from tests.api.fhir.conftest import Play, chart_of, now_of
from tests.api.fhir.day import Json, read_all

AUTHOR, VERIFIED, WITNESS, FOR_SOMEBODY = (f"1.2.840.10065.1.12.1.{n}" for n in (1, 5, 9, 17))


def purposes(provenance: Json) -> list[str]:
    return [each["type"][0]["code"] for each in provenance["signature"]]


def test_leaf_and_signatures_are_the_entrys(play: Play) -> None:
    stage = play("04")
    ledger = stage.house.ledger
    with chart_of(ledger, now_of(stage)) as chart:
        found = read_all(chart)
        keys = ledger.keys(chart.reading)
        signed_by_people = 0
        for row in chart.reading.rows():
            told, entry = found["Provenance", row.id], chart.entry(row.seq)
            assert told["entity"][0]["what"]["identifier"]["value"] == leaf_hash(row.data).hex()
            assert told["recorded"] == row.recorded_at
            for each, given in zip(told["signature"], entry.json["signatures"], strict=True):
                assert f"key={given['key']}" in each["sigFormat"]
                signed = [bytes.fromhex(each) for each in given.get("of", [to_statement_hash(entry.said).hex()])]
                public = Ed25519PublicKey.from_public_bytes(keys.get(given["key"]).public[-32:])
                public.verify(base64.b64decode(each["data"]), to_signed_bytes(signed))
                signed_by_people += "onBehalfOf" not in each and "identifier" in each["who"]
    assert signed_by_people > 5


def test_who_signed_as_what(play: Play) -> None:
    stage = play("01")
    with chart_of(stage.house.ledger, now_of(stage)) as chart:
        found = read_all(chart)
        by_type = {row.type: found["Provenance", row.id] for row in chart.reading.rows()}
    assert purposes(by_type["stock.opened"]) == [AUTHOR, WITNESS]
    assert purposes(by_type["entry.countersigned"]) == [VERIFIED]
    about = by_type["entry.countersigned"]["entity"][2]
    assert about["role"] == "revision"
    assert about["what"]["identifier"]["value"].startswith("urn:uuid:")


def test_a_reversal_points_at_what_it_takes_back(play: Play) -> None:
    stage = play("04")
    with chart_of(stage.house.ledger, now_of(stage)) as chart:
        found = read_all(chart)
        (reversal,) = chart.reading.rows(type="entry.reversed", last=1)
        original = chart.entry(reversal.seq).body["id"]
    told = found["Provenance", reversal.id]
    assert told["target"] == [{"reference": f"MedicationDispense/{original}"}]
    assert told["entity"][2] == {
        "role": "removal",
        "what": {"identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{original}"}},
    }


def test_with_an_import_key_the_facility_signs_for_somebody(demonstration: dict[str, House]) -> None:
    with chart_of(demonstration["phc"].ledger) as chart:
        found = read_all(chart)
        row = chart.reading.rows(type="dispense.outpatient")[0]
        bin = chart.facility.bin
    (signature,) = found["Provenance", row.id]["signature"]
    assert purposes(found["Provenance", row.id]) == [FOR_SOMEBODY]
    assert signature["who"]["identifier"]["value"] == bin
    assert signature["onBehalfOf"]["identifier"]["value"] == row.performer
