"""The first days: people, products, places, the opening count and the everyday stock."""

from tests.reference.stage import PRODUCTS, Body, Stage


def open_facility(stage: Stage) -> None:
    minute = iter(range(60))
    for role, people in stage.people.items():
        for person in people:
            body: Body = {"person": person, "role": role, "name": f"Қызметкер {person}"}
            if stage.rng.random() < 0.8:
                body["registration_no"] = stage.paper_no("L")
            witness = None if role == "head_pharmacist" else stage.head
            stage.say("person.enrolled", stage.at(0, 8, next(minute)), "registrar", body, witness)
    for number, (product, (inn, form, strength, unit, presentation, _)) in enumerate(PRODUCTS.items()):
        body = {
            "product": product,
            "inn": inn,
            "form": form,
            "strength": {"value": strength, "unit": unit},
            "unit_of_presentation": presentation,
            "schedule": "strong" if inn == "pregabalin" else "III" if inn in ("diazepam", "midazolam") else "II",
            "gtins": [{"gtin": _gtin(number), "units": 10}] if number % 2 else [],
            "divisible": presentation == "tablet",
        }
        stage.say("product.listed", stage.at(0, 9, number), "registrar", body)
    kinds = {stage.safe: "safe", stage.custody: "custody", stage.archive: "custody"}
    kinds.update(dict.fromkeys(stage.floors, "ward" if stage.inpatient else "mobile_team"))
    for number, (place, kind) in enumerate(kinds.items()):
        body = {"place": place, "kind": kind, "name": f"Орын {place}", "administration": "entered"}
        stage.say("place.opened", stage.at(0, 10, number), "registrar", body)
    _fill(stage)


def _fill(stage: Stage) -> None:
    """Three everyday lots of each product: one counted in, one received, one received by a long list."""
    expiries = ("2027-03-31", "2027-09-30", "2028-02-29")
    for product in PRODUCTS:
        stage.stocked[product] = [f"{product.upper()}/{stage.kind[0]}{stage.seed}{letter}" for letter in "ABC"]
    opened, *received = [
        [
            {"product": product, "lot": stage.stocked[product][number], "expires_on": expiries[number], "units": 600}
            for product in PRODUCTS
            if product != "pre-c75" or number
        ]
        for number in range(3)
    ]
    first, second = stage.two_pharmacists()
    body = {"place": stage.safe, "lines": opened[:5], "journal_no": "12", "page": "3"}
    stage.say("stock.opened", stage.at(0, 11), stage.head, body, first)
    stage.say("stock.opened", stage.at(0, 11, 20), stage.head, {"place": stage.safe, "lines": opened[5:]}, second)
    for number, lines in enumerate(received):
        body = {"place": stage.safe, "lines": lines, "supplier": "СК-Фармация", "document_no": stage.paper_no("N")}
        stage.say("stock.received", stage.at(0, 14, number), first, body, second)
    for floor in stage.floors:
        lines = [
            {"product": product, "lot": stage.stocked[product][0], "units": 200}
            for product in PRODUCTS
            if product != "pre-c75"
        ]
        body = {"from_place": stage.safe, "to_place": floor, "lines": lines}
        stage.say("stock.moved", stage.at(0, 16), second, body, stage.one("nurse"))


def _gtin(number: int) -> str:
    """Fourteen digits with the GS1 check digit."""
    thirteen = f"0487000{number:06d}"
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(thirteen))
    return f"{thirteen}{-total % 10}"
