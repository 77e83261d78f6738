"""A run ends with a sentence or an answer and one of three codes; what was recorded is said as recorded."""

import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from ledger.storage.layout import find_where, open_entries
from tests.cli.conftest import Senim, init
from tests.cli.test_bad_lines import dumped
from tests.storage.world import plain_client

FACILITY = {"facility": "Қарауыл", "log": "senim/end/0", "bin": "050340000079", "kato": "103230100", "kind": "phc"}
UNSIGNED = """
from ledger.errors import LedgerReadOnly
import ledger.cli.{room} as room
def no_head(_): raise LedgerReadOnly("disk_full")
room.sign_head = no_head
"""


@pytest.fixture(scope="module")
def phc(tmp_path_factory: pytest.TempPathFactory) -> "Phc":
    folder = tmp_path_factory.mktemp("ending")
    senim = Senim(folder / "heads")
    assert init(senim, folder / "data", FACILITY).code == 0
    made = Phc(senim, folder / "data")
    assert made("person", "add", "k.bai", "--role", "head_pharmacist", "--name", "Бай").code == 0
    return made


class Phc:
    """A ledger with a head pharmacist."""

    def __init__(self, senim: Senim, directory: Path) -> None:
        self.senim, self.directory = senim, directory

    def __call__(self, *arguments: str | Path, **more: Any) -> Any:
        return self.senim("--dir", self.directory, *arguments, **more)

    @property
    def size(self) -> int:
        with closing(open_entries(self.directory)) as store, store.reading() as reading:
            return reading.head.size


def place(**changes: Any) -> bytes:
    body = {"place": f"ward-{uuid4().hex[:8]}", "kind": "ward", "name": "W", "administration": "entered"}
    at = "2026-03-02T10:15:00+05:00"
    command = {"id": str(uuid4()), "type": "place.opened", "occurred_at": at, "performer": "registrar", "body": body}
    return dumped(command | changes)


# ── what was recorded is never denied


def test_a_file_that_was_recorded_is_said_so_though_its_head_is_not_signed(phc: Phc) -> None:
    told = phc("record", "-", "--json", input=place(), first=UNSIGNED.format(room="recording"))
    assert (told.code, told.lines[0]["answer"]) == (1, "recorded")
    assert '"code": "disk_full"' in told.err
    assert f'"recorded": [{told.lines[0]["seq"]}]' in told.err
    assert phc("checkpoint").code == 0


def test_a_person_that_was_enrolled_gets_the_code_though_the_head_is_not_signed(phc: Phc) -> None:
    add = ("person", "add", "n.one", "--role", "nurse", "--name", "Бір")
    told = phc(*add, first=UNSIGNED.format(room="setting_up"))
    seq = phc.size - 1
    assert told.code == 1
    assert len(told.out.splitlines()[1]) == 20
    assert f"the head over it is not signed yet: {seq}." in told.err
    assert "Nothing was recorded" not in told.err
    assert (phc.directory / "secrets" / "enrolment" / "n.one.code").is_file()


def test_a_refused_person_is_not_given_a_code(phc: Phc) -> None:
    told = phc("person", "add", "n.two", "--role", "king", "--name", "Екі")
    assert told.code == 1
    assert told.err.startswith("Nothing was recorded.\n")
    assert not list((phc.directory / "secrets" / "enrolment").glob("*two*"))
    assert not list((phc.directory / "secrets" / "enrolment").glob(".*"))


@pytest.mark.parametrize("name", ["..", ".", "-", "a" * 64])
def test_every_username_of_the_grammar_can_be_enrolled(phc: Phc, name: str) -> None:
    told = phc("person", "add", "--role", "nurse", "--name", "Аты", "--json", "--", name)
    assert (told.code, told.json["person"]) == (0, name), told


def test_an_interrupted_file_says_which_entries_stand(phc: Phc) -> None:
    command = phc.senim.command("--dir", phc.directory, "record", "-")
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=phc.senim.environ()) as run:
        assert run.stdin is not None
        assert run.stdout is not None
        run.stdin.write(place() + b"\n")
        run.stdin.flush()
        assert b"recorded, entry" in run.stdout.readline()
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=60)
    assert run.returncode == 2
    assert f"Recorded before that, and still in force: {phc.size - 1}.\nThe run was interrupted." in err.decode()
    assert "Traceback" not in err.decode()


RELEASED = """
import sys
from pysqlite3 import dbapi2 as sqlite3
import ledger.cli.recording as room, ledger.storage.engine as engine
engine.WAIT_SECONDS = 0.01
other = sqlite3.connect(sys.argv[2] + "/ledger.db", isolation_level=None)
other.execute("BEGIN IMMEDIATE")
room.sleep = lambda seconds: [print("waits", file=sys.stderr), {meanwhile}]
"""


@pytest.mark.once("SQLite's lock; PostgreSQL's stands in tests/service/test_bad_days.py")
def test_a_busy_ledger_is_waited_for(phc: Phc) -> None:
    two = place() + b"\n" + place()
    told = phc("record", "-", "--json", input=two, first=RELEASED.format(meanwhile="other.rollback()"))
    assert (told.code, [line["answer"] for line in told.lines]) == (0, ["recorded", "recorded"])
    assert told.err == "waits\n"


@pytest.mark.once("SQLite's lock; PostgreSQL's stands in tests/service/test_bad_days.py")
def test_of_a_ledger_that_stays_busy_every_line_says_that_it_is_not_recorded(phc: Phc) -> None:
    size, lines = phc.size, b"\n".join([place(), b"{", place(id="821028101001")])
    told = phc("record", "-", "--json", input=lines, first=RELEASED.format(meanwhile="None"))
    assert told.code == 1
    assert [line["code"] for line in told.lines] == ["ledger_busy"] * 3
    assert told.lines[2]["id"] is None
    assert phc.size == size


def test_an_answer_that_nobody_takes_is_told_beside_it(phc: Phc) -> None:
    command = phc.senim.command("--dir", phc.directory, "person", "add", "n.full", "--role", "nurse", "--name", "Толық")
    with Path("/dev/full").open("wb") as full:
        run = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=phc.senim.environ(), check=False)
    *_, code, said, why = run.stderr.decode().splitlines()
    assert (run.returncode, len(code)) == (2, 20)
    assert said == f"Recorded before that, and still in force: {phc.size - 1}."
    assert why.startswith("The answer could not be written")


@pytest.mark.parametrize("command", [["show"], ["balance", "--json"], ["--help"]])
def test_output_that_cannot_be_written_is_not_a_success(phc: Phc, command: list[str]) -> None:
    arguments = phc.senim.command("--dir", phc.directory, *command)
    with Path("/dev/full").open("wb") as full:
        run = subprocess.run(arguments, stdout=full, stderr=subprocess.PIPE, env=phc.senim.environ(), check=False)
    assert run.returncode == 2
    assert run.stderr.decode().startswith("The answer could not be written")
    assert b"Nothing was recorded" not in run.stderr


def test_a_reader_that_leaves_early_hears_no_complaint(phc: Phc) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    arguments = phc.senim.command("--dir", phc.directory, "show")
    with os.fdopen(writer, "wb") as closed:
        run = subprocess.run(arguments, stdout=closed, stderr=subprocess.PIPE, env=phc.senim.environ(), check=False)
    assert (run.returncode, run.stderr) == (2, b"")


# ── secrets are looked at before anything is done


@pytest.fixture
def restored_modes(phc: Phc) -> Iterator[None]:
    secrets = phc.directory / "secrets"
    whole = (secrets / "log.pem").read_bytes()
    yield
    (secrets / "log.pem").write_bytes(whole)
    for path in [secrets, *secrets.rglob("*"), phc.directory / "vault-keys.db"]:
        path.chmod(0o700 if path.is_dir() else 0o600)


@pytest.mark.usefixtures("restored_modes")
def test_every_exposed_secret_is_named_before_anything_is_recorded(phc: Phc) -> None:
    size = phc.size
    exposed = ["log.pem", "import-registrar.pem", f"vault-{datetime.now(UTC).year}.key"]
    for name in exposed:
        (phc.directory / "secrets" / name).chmod(0o644)
    (phc.directory / "vault-keys.db").chmod(0o640)
    told = phc("record", "-", input=place())
    assert told.code == 1
    assert told.err.startswith("Nothing was recorded.\n")
    said = told.err.splitlines()[1:]
    assert sorted(name for name in [*exposed, "vault-keys.db"] for line in said if name in line) == sorted(
        [*exposed, "vault-keys.db"]
    )
    assert len(said) == 4
    for name in exposed:
        (phc.directory / "secrets" / name).chmod(0o600)
    assert phc.size == size


@pytest.mark.usefixtures("restored_modes")
def test_a_log_key_that_cannot_be_read_stops_before_a_person_is_enrolled(phc: Phc) -> None:
    size = phc.size
    (phc.directory / "secrets" / "log.pem").write_bytes(b"garbage")
    told = phc("--json", "person", "add", "n.three", "--role", "nurse", "--name", "Үш")
    assert (told.code, told.json["code"], told.json["recorded"]) == (1, "key_damaged", [])
    assert phc.size == size


# ── whatever the program makes is its owner's


def test_what_names_people_is_written_for_its_owner_alone(phc: Phc, tmp_path: Path) -> None:
    product = {"product": "morphine-tab-10", "inn": "morphine", "form": "10219000", "divisible": False, "gtins": []}
    product |= {"strength": {"value": "10", "unit": "mg"}, "unit_of_presentation": "tablet", "schedule": "II"}
    phc("record", "-", input=place(type="product.listed", body=product))
    open_to_all = "import os; os.umask(0)"
    report = phc("report", "register", "--product", "morphine-tab-10", "--out", tmp_path / "r.pdf", first=open_to_all)
    evidence = phc("evidence", tmp_path / "new" / "evidence", "--openings", first=open_to_all)
    assert (report.code, evidence.code) == (0, 0), (report, evidence)
    made = [tmp_path / "r.pdf", tmp_path / "new", *(tmp_path / "new").rglob("*"), *phc.directory.rglob("*")]
    assert len(made) > 15
    for path in made:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    with plain_client(find_where(phc.directory)) as client:
        assert client.execute("SELECT count(*) FROM entry WHERE type = 'report.issued'").fetchone() == (1,)
