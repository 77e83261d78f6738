"""`senim compare` of both facilities' quarter: its pairs are those that can be read from the commands themselves."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Recorded


@pytest.fixture(scope="module")
def folders(record_quarter: Callable[[str], Recorded], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("compared")
    for name in ("hospital", "phc"):
        assert record_quarter(name).ask("evidence", folder / name, "--openings").code == 0
    return {name: folder / name for name in ("hospital", "phc")}


def recorded(quarter: Recorded, type: str) -> list[dict[str, Any]]:
    """The commands of *type* that were recorded, each with its number."""
    commands = map(json.loads, quarter.commands.read_text("utf-8").splitlines())
    said = zip(commands, quarter.answers, strict=True)
    return [{"seq": told["seq"], **each} for each, told in said
            if each.get("type") == type and told["answer"] == "recorded"]  # fmt: skip


def test_what_left_one_facility_is_found_in_the_other(
    record_quarter: Callable[[str], Recorded], folders: dict[str, Path]
) -> None:
    hospital, phc = map(record_quarter, ("hospital", "phc"))
    told = hospital.senim("compare", folders["hospital"], folders["phc"], "--json")
    taken = {each["body"]["from_id"]: each["seq"] for each in recorded(phc, "dispense.acknowledged")}
    bin_of_phc = "050340000079"
    given = [each for each in recorded(hospital, "dispense.discharge") if each["body"]["home_phc_bin"] == bin_of_phc]
    expected = {(each["seq"], taken.get(each["id"])) for each in given}
    pairs = told.json["pairs"]
    assert {(each["seq"], each["other_seq"]) for each in pairs if each["kind"] == "discharge"} == expected
    assert {each["state"] for each in pairs if each["kind"] == "discharge"} == {"agrees", "open"}
    (sent,) = [each for each in pairs if each["kind"] == "transfer"]
    assert sent["state"] == "agrees"
    assert len([each for each in pairs if each["kind"] == "notice"]) == len(recorded(hospital, "notice.received"))
    assert told.json["people"] > 0
    assert told.code == any(each["state"] == "twice" for each in pairs)


def test_it_says_so_in_words_and_compares_nothing_that_is_not_whole(
    hospital: Recorded, folders: dict[str, Path], tmp_path: Path
) -> None:
    told = hospital.senim("compare", folders["phc"], folders["hospital"], lang="ru")
    assert "не принято" in told.out
    altered = shutil.copytree(folders["phc"], tmp_path / "altered")
    bundle = next(path for path in (altered / "tile" / "entries").rglob("*") if path.is_file())
    bundle.write_bytes(bundle.read_bytes().replace(b"dispense.acknowledged", b"dispense.acknowledgeD"))
    told = hospital.senim("compare", folders["hospital"], altered)
    assert (told.code, "not taken over" in told.out) == (1, False)
    assert hospital.senim("compare", folders["hospital"], tmp_path / "nothing").code == 2
