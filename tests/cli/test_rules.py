"""`senim rules` and `senim doses`, as a head pharmacist and a nurse read them."""

import json
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.cli.conftest import Senim, Told, init
from tests.domain.pharmacy import prescription, registration

HOSPITAL = {
    "facility": "Т", "log": "senim/rules/1", "bin": "990140000017", "kato": "101010000", "kind": "hospital",
}  # fmt: skip


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A ward where p1 has had tablets, and trimeperidine for which there is no factor."""
    folder = tmp_path_factory.mktemp("rules")
    senim = Senim(folder / "heads")
    init(senim, folder / "data", HOSPITAL)

    def asked(*arguments: str | Path, **more: Any) -> Told:
        return senim(*arguments, "--dir", folder / "data", **more)

    product: dict[str, Any] = {"form": "1", "unit_of_presentation": "tablet", "schedule": "II", "gtins": []}
    frequency = {"times": 2, "period": 1, "period_unit": "d", "as_needed": False}
    steps: list[tuple[str, dict[str, Any], str, str | None]] = [
        ("person.enrolled", {"person": "head", "role": "head_pharmacist", "name": "H"}, "registrar", None),
        ("person.enrolled", {"person": "doc", "role": "physician", "name": "D"}, "registrar", "head"),
        ("patient.registered", registration("p1"), "doc", None),
    ]
    for name, inn in (("tab", "morphine"), ("pro", "trimeperidine")):
        listed = {**product, "product": name, "inn": inn, "strength": {"value": "10", "unit": "mg"}, "divisible": False}
        steps.append(("product.listed", listed, "registrar", None))
        body = prescription(f"rx-{name}", "p1", product=name, frequency=frequency, duration_days=2, units=4)
        steps.append(
            ("prescription.issued", body | {"starts_on": "2026-02-02" if name == "pro" else "2026-02-01"}, "doc", None)
        )
    lines = [
        json.dumps({"id": str(uuid4()), "type": type, "occurred_at": "2026-02-01T09:00:00+05:00", "performer": by}
                   | {"witness": witness, "body": body})
        for type, body, by, witness in steps
    ]  # fmt: skip
    told = asked("record", "-", input="\n".join(lines).encode())
    assert told.code == 0, told.out
    return asked


HEADINGS = {
    "en": ("prescribed", "cannot be determined, no factor for this drug by this route"),
    "ru": ("назначено", "определить нельзя, для этого препарата и пути коэффициента нет"),
    "kk": ("тағайындалды", "анықтау мүмкін емес, бұл дәрі үшін бұл жолмен коэффициент жоқ"),
}


@pytest.mark.parametrize("lang", HEADINGS)
def test_doses_are_read_in_every_language(ask: Any, lang: str) -> None:
    told = ask("doses", "p1", lang=lang)
    heading, why = HEADINGS[lang]
    assert told.code == 0
    assert heading in told.out
    assert why in told.out
    rows = [line.split() for line in told.out.splitlines() if "2026" in line and "·" in line]
    assert [row[-4] for row in rows] == ["20", "?", "?"]  # 2 × 10 mg by mouth; then with trimeperidine beside it
    assert max(map(len, (line for line in told.out.splitlines() if "·" in line or heading in line))) <= 80


def test_doses_in_json_are_those_of_the_entry_that_was_asked_for(ask: Any) -> None:
    told = ask("doses", "p1", "--json").json
    assert [day["prescribed"]["equivalent"] for day in told["days"]] == ["20", None, None]
    assert told["days"][1]["prescribed"]["undetermined"] == [{"inn": "trimeperidine", "why": "no_factor"}]
    assert {line["inn"]: line["value"] for line in told["days"][1]["prescribed"]["amounts"]} == {
        "morphine": "20", "trimeperidine": "20",
    }  # fmt: skip
    before = ask("doses", "p1", "--json", "--at", str(told["known_at"] - 2)).json
    assert [day["prescribed"]["equivalent"] for day in before["days"]] == ["20", "20"]
    assert ask("doses", "p1", "--at", "999").code == 2


def test_the_worksheet_asks_for_what_nobody_has_read(ask: Any) -> None:
    told = ask("rules", "worksheet", "--json").json
    asked = {row["value"]: row["unset"] for row in told}
    assert asked["return_days"] is True
    assert asked["discharge_days_max"] is False
    text = ask("rules", "worksheet", lang="ru").out
    assert "приказ № 32 от 26 января 2015 г., параграф 4" in text
    assert "не задано: не проверяется" in text


def test_a_rule_set_is_compared_adopted_and_shown(ask: Any, tmp_path: Path) -> None:
    for each in (files("ledger.domain") / "reference").iterdir():
        (tmp_path / each.name).write_bytes(each.read_bytes())
    ours = tmp_path / "practice.rules.json"
    assert ask("rules", "compare", ours, "--json").json == {"equal": True, "values": {}, "tables": []}
    raw = json.loads(ours.read_text())
    source = raw["values"].pop("dose_jump_percent")[0]
    raw["values"].pop("discharge_days_max")
    raw["values"]["return_days"] = [source | {"value": 30, "status": "verified"}]
    table = (tmp_path / "opioid_equivalents.csv").read_text().replace("subcutaneous,mg/mg,2,", "subcutaneous,mg/mg,3,")
    (tmp_path / "opioid_equivalents.csv").write_text(table)
    raw["tables"]["opioid_equivalents"] = sha256(table.encode()).hexdigest()
    raw["values"]["commission_min"][0]["paragraph"] = "34"
    ours.write_text(json.dumps(raw | {"name": "ours"}))
    text = ask("rules", "compare", ours, lang="ru").out
    assert "  morphine, subcutaneous: × 2 (BNF via OpenPrescribing) → × 3 (BNF via OpenPrescribing)" in text
    assert "собственное значение организации" in text
    assert ("параграф 4, пункт 33, " in text, " 34, с изменениями" in text) == (True, True), "a source that changed"
    told = ask("rules", "compare", ours, "--json").json
    assert {key: (len(v["before"]), len(v["after"])) for key, v in told["values"].items()} == {
        "return_days": (0, 1), "dose_jump_percent": (1, 0), "commission_min": (1, 1), "discharge_days_max": (1, 0),
    }  # fmt: skip
    (tmp_path / "kato.csv").rename(tmp_path / "kato")
    told = ask("rules", "adopt", ours)
    assert (told.code, "names a table that is not beside it" in told.err) == (2, True)
    (tmp_path / "kato").rename(tmp_path / "kato.csv")
    adopted = ask("rules", "adopt", ours, "--json")
    assert adopted.code == 0, adopted.out
    shown = ask("rules", "show", "--json").json
    assert (shown["name"], shown["unchecked"]) == ("ours", ["dose_jump"])
    assert [row["seq"] for row in shown["adopted"]] == [1, adopted.json["seq"]]
    assert "return_days" not in {row["value"] for row in ask("rules", "worksheet", "--json").json}
    text = ask("rules", "show").out
    assert "  morphine, subcutaneous: × 3 (BNF via OpenPrescribing)" in text
    assert "  trimeperidine, *: ? (no authoritative factor found)" in text
    assert "Nobody is asked about: dose_jump." in text
    assert text.count("unset: refused until it is adopted") == 1, "an act without its rule is refused, not unchecked"
    assert "30  (2015-01-26 – …; read in the act itself)" in text
