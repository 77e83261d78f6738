"""Who is looked for is found, however the name is typed; and the index alone tells no name."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from benchmarks.append import furnish, tell
from ledger.cli.wiring import House
from ledger.service.importing import record_line
from ledger.storage.folding import to_words
from ledger.storage.search import Search, open_search
from tests.storage.world import plain_client

PEOPLE = {
    "qairat": ("Қайрат Әбішұлы Ғалымов", "850615100017", "1885-06-15"),
    "anna": ("Анна Петрова-Сидорова", None, "1950-01-02"),
    "annabel": ("Аннабель Королёва", None, "1951-03-04"),
    "umit": ("Үміт Һәмитова", None, "1950-05-06"),
}


class Place:
    def __init__(self, house: House, search: Search) -> None:
        self.house, self.search = house, search

    def find(self, asked: str, **more: Any) -> list[str]:
        return self.search.find_patients(self.house.ledger, asked, **more)

    def tell(self, type: str, body: dict[str, Any], performer: str = "nurse", witness: str | None = None) -> None:
        tell(self.house, type, body, performer, witness)


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = furnish(tmp_path_factory.mktemp("search"))
    for patient, (name, iin, born_on) in PEOPLE.items():
        identity = {"name": name, "iin": iin, "born_on": born_on, "address": "-"}
        identity |= {} if iin else {"no_iin_reason": "-"}
        body = {"patient": patient, "identity": identity, "home_kato": "101010000", "home_phc_bin": "990140000017"}
        tell(house, "patient.registered", body | {"indication": "malignant_neoplasm", "icd10": "C50"}, "nurse", None)
    yield house
    house.close()


@pytest.fixture
def place(furnished: House) -> Iterator[Place]:
    with ExitStack() as stack:
        yield Place(furnished, stack.enter_context(open_search(furnished.directory)))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("қайрат", ["qairat"]),
        ("кайрат галымов", ["qairat"]),
        ("ГАЛ кай", ["qairat"]),
        ("абишулы", ["qairat"]),
        ("Ка\u0438\u0306рат", ["qairat"]),  # й of two characters
        ("Умит", ["umit"]),
        ("умит хамит", ["umit"]),
        ("анна", ["anna", "annabel"]),
        ("анн", ["annabel", "anna"]),
        ("анна п", ["anna"]),
        ("анн 1951", ["annabel"]),
        ("анна 1885", []),
        ("петрова-сидорова", ["anna"]),
        ("Петрова сидорова", ["anna"]),
        ("петрова‑сид", ["anna"]),
        ("петровасидорова", ["anna"]),
        ("королева", ["annabel"]),
        ("КОРОЛЁВА", ["annabel"]),
        ("850615100017", ["qairat"]),
        ("кайрат 850615100017", ["qairat"]),
        ("умит 850615100017", []),
        ("850615 100 017", ["qairat"]),
        ("850615\u00a0100\u202f017", ["qairat"]),
        ("850615-100–017", ["qairat"]),
        ("1885 850615 - 100017 кайрат", ["qairat"]),
        ("850615 100 017 1886", []),
        ("850615 100 0171", []),
        ("85061510001", []),
        ("айрат", []),
        ("а", []),
        ("1950", []),
        ("' OR 1=1 --", []),
        ("%", []),
        ("", []),
    ],
)
def test_a_name_is_found_as_it_is_typed(place: Place, asked: str, found: list[str]) -> None:
    assert sorted(place.find(asked)) == sorted(found)


def test_whole_words_go_before_beginnings_and_the_limit_holds(place: Place) -> None:
    assert place.find("анна") == ["anna", "annabel"]
    assert place.find("анна", limit=1) == ["anna"]


def test_the_file_holds_no_name_and_no_iin_and_is_private(place: Place, furnished: House) -> None:
    place.find("анна")
    held = b"".join(each.read_bytes() for each in furnished.directory.glob("search.db*"))
    assert b"qairat" in held
    for name, iin, _ in PEOPLE.values():
        assert not any(word.encode() in held for words in to_words(name) for word in words)
        assert iin is None or iin.encode() not in held
    for path in [*furnished.directory.glob("search.db*"), furnished.directory / "secrets" / "search.key"]:
        assert path.stat().st_mode & 0o777 == 0o600


def damage_header(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 300)


def damage_pages(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)


def lose_key(path: Path) -> None:
    (path.parent / "secrets" / "search.key").unlink()


def be_ahead(path: Path) -> None:
    with plain_client(path) as client:
        client.execute("UPDATE state SET seq = seq + 1000")
        client.execute("DELETE FROM tag")


@pytest.mark.parametrize("harm", [Path.unlink, damage_header, damage_pages, lose_key, be_ahead])
def test_a_damaged_index_is_derived_again(furnished: House, harm: Any) -> None:
    with open_search(furnished.directory) as search:
        assert search.find_patients(furnished.ledger, "анн")
    harm(furnished.directory / "search.db")
    with open_search(furnished.directory) as search:
        assert search.find_patients(furnished.ledger, "кайрат") == ["qairat"]


def test_what_two_names_share_by_chance_is_never_shown(place: Place, furnished: House) -> None:
    """A tag cut to 12 bytes may be another word's: what is found is compared with what is sealed."""
    place.find("анна")
    with plain_client(furnished.directory / "search.db") as client:
        client.execute("UPDATE tag SET patient = 'umit' WHERE patient = 'anna'")
    assert place.find("анна") == ["annabel"]
    place.search.rebuild(furnished.ledger)
    assert place.find("анна") == ["anna", "annabel"]


def test_the_index_follows_what_is_entered(tmp_path: Path) -> None:
    house = furnish(tmp_path)
    with open_search(house.directory) as search:
        place = Place(house, search)
        assert place.find("анна") == []
        for patient in ("p1", "p2"):
            identity = {"name": "Анна", "iin": None, "no_iin_reason": "-", "born_on": "1890-01-01", "address": "-"}
            body = {"patient": patient, "identity": identity, "home_kato": "101010000", "home_phc_bin": "990140000017"}
            place.tell("patient.registered", body | {"indication": "malignant_neoplasm", "icd10": "C50"})
        assert place.find("анна") == ["p1", "p2"]
        place.tell("patient.corrected", {"patient": "p2", "identity": {"name": "Айша"}, "reason": "-"})
        assert (place.find("анна"), place.find("айша")) == (["p1"], ["p2"])
        with house.ledger.reading() as reading:
            corrected = reading.head.size - 1
        reversal = {"seq": corrected, "reason": "other", "note": "-", "packs": "none"}
        place.tell("entry.reversed", reversal)
        assert (place.find("анна"), place.find("айша")) == (["p1", "p2"], [])
        place.tell("patients.merged", {"keep": "p1", "drop": "p2", "reason": "-"})
        assert place.find("анна") == ["p1"]
        house.ledger.clock = lambda: datetime.now(UTC) + timedelta(days=6 * 366)
        erased: dict[str, Any] = {
            "id": str(uuid4()),
            "type": "identity.erased",
            "occurred_at": house.ledger.clock().isoformat(),
        }
        erased |= {"performer": "registrar", "witness": "head", "body": {"patient": "p1", "basis": "-"}}
        assert record_line(house.ledger, 1, erased, strict=False).answer == "recorded"
        assert place.find("анна") == []
        with plain_client(house.directory / "search.db") as client:
            assert client.execute("SELECT count(*) FROM tag").fetchone() == (0,)
    house.close()


def test_another_program_s_index_is_gone_on_with(furnished: House) -> None:
    with open_search(furnished.directory) as one, open_search(furnished.directory) as other:
        assert one.find_patients(furnished.ledger, "анна") == other.find_patients(furnished.ledger, "анна")
        with open_search(furnished.directory) as third:
            third.catch_up(furnished.ledger)
