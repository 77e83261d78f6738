"""What a pack code means: what the last entry that names it says."""

from typing import Any

from benchmarks.append import tell
from ledger.service.queries import read_products
from tests.service.conftest import World, world

__all__ = ["world"]

FIRST, SECOND = "04870000000012", "04870000000029"


def list_product(world: World, product: str, gtins: list[dict[str, Any]]) -> None:
    body: dict[str, Any] = {"product": product, "inn": "morphine", "form": "10219000", "schedule": "II", "gtins": gtins}
    body |= {"strength": {"value": "10", "unit": "mg"}, "unit_of_presentation": "tablet", "divisible": False}
    tell(world.house, "product.listed", body, "registrar", None)


def packs(world: World) -> dict[str, dict[str, int]]:
    with world.ledger.reading() as reading:
        return {
            product: {pack["gtin"]: pack["units"] for pack in body["gtins"]}
            for product, body in read_products(reading).items()
        }


def test_another_makers_pack_is_added_and_a_wrong_code_is_set_right(world: World) -> None:
    list_product(world, "tablets", [{"gtin": FIRST, "units": 20}])
    list_product(world, "capsules", [])
    tell(
        world.house, "pack.listed", {"product": "tablets", "gtins": [{"gtin": SECOND, "units": 30}]}, "registrar", None
    )
    assert packs(world)["tablets"] == {FIRST: 20, SECOND: 30}
    tell(
        world.house, "pack.listed",
        {"product": "capsules", "gtins": [{"gtin": SECOND, "units": 28}]}, "registrar", None,
    )  # fmt: skip
    assert packs(world)["tablets"] == {FIRST: 20}
    assert packs(world)["capsules"] == {SECOND: 28}
