"""Codes and tokens from the command line: who has the data directory opens ways in, and it is noted."""

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from api.access import open_access_log
from api.accounts import Visit, open_accounts
from api.settings import Settings
from ledger.errors import CallRefused
from ledger.service.clock import system_clock
from tests.cli.conftest import Senim, init
from tests.cli.test_people import FACILITY

VISIT = Visit(address="127.0.0.1")


@pytest.fixture
def senim(tmp_path: Path) -> Senim:
    return Senim(tmp_path / "heads")


def test_codes_of_init_and_of_a_reissue_open_the_accounts(senim: Senim, tmp_path: Path) -> None:
    directory = tmp_path / "data"
    first = init(senim, directory, FACILITY).json["code"]
    second = senim("person", "code", "registrar", "--dir", directory, "--json").json
    assert second["person"] == "registrar"
    unknown = senim("person", "code", "nobody", "--dir", directory, "--json")
    assert (unknown.code, unknown.json["code"]) == (1, "not_enrolled")
    with (
        open_access_log(directory) as access,
        open_accounts(directory, settings=Settings(), recorder=access, clock=system_clock) as accounts,
    ):
        with pytest.raises(CallRefused, match="code_wrong"):
            accounts.enrolment.begin("registrar", first, VISIT)
        assert accounts.enrolment.begin("registrar", second["code"], VISIT).person == "registrar"
        assert [(row.kind, row.by) for row in access.read()] == [("code_failed", ""), ("code_issued", "console")]


def test_a_token_is_shown_once_listed_and_revoked(senim: Senim, tmp_path: Path) -> None:
    directory = tmp_path / "data"
    init(senim, directory, FACILITY)
    where = ("--dir", directory)
    made = senim("token", "create", "registrar", "--days", "3", "--scope", "read", "--label", "scale", *where, "--json")
    secret = made.json["token"]
    assert secret.startswith("senim_")
    [listed] = senim("token", "list", *where, "--json").json
    assert listed == {name: value for name, value in made.json.items() if name != "token"}
    assert (listed["scopes"], listed["revoked_at"]) == (["read"], None)
    spoken = senim("token", "list", "registrar", *where).out
    until_on = datetime.fromisoformat(listed["expires_at"]).astimezone(ZoneInfo("Asia/Almaty")).date().isoformat()
    assert all(word in spoken for word in (listed["id"], "scale", "read", until_on, "never used"))
    assert secret not in spoken
    assert senim("token", "revoke", listed["id"], *where).code == 0
    assert "revoked" in senim("token", "list", *where).out
    assert secret.encode() not in b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("create", "nobody"), 1, "not_enrolled"),
        (("create", "registrar", "--scope", "everything"), 2, "token_scope_unknown"),
        (("create", "registrar", "--days", "367"), 2, "argument_unreadable"),
        (("revoke", "0" * 24), 2, "not_found"),
    ],
)
def test_a_token_that_cannot_be_is_refused(
    senim: Senim, tmp_path: Path, arguments: tuple[str, ...], code: int, reason: str
) -> None:
    init(senim, tmp_path / "data", FACILITY)
    told = senim("token", *arguments, "--dir", tmp_path / "data", "--json")
    assert (told.code, json.loads(told.out)["code"]) == (code, reason)
