"""A pharmacy made by the command line and served in a process of its own; people hold their own keys here, in memory.

Only `senim` itself is run, as an administrator would run it: nothing of the product is imported.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .client import Signer
from .craft import to_base64
from .door import DOCUMENT, ask

LOG = "senim/semey-hospital/1"
_PATIENCE = 60.0
_PATIENTS = ("p1", "p2", "p3", "p4")
_ZONE = timedelta(hours=5)


@dataclass(kw_only=True)
class Facility:
    folder: Path
    vkey: str = ""
    genesis: str = ""
    port: int = 0
    signers: dict[str, Signer] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def senim(self, *arguments: str, told: str | None = None) -> Any:
        """What a command of the product answers, as JSON."""
        command = [str(Path(sys.executable).with_name("senim")), *arguments, "--dir", str(self.folder / "data")]
        done = subprocess.run(command, input=told, capture_output=True, text=True, env=self._environ(), check=False)
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def _environ(self) -> Mapping[str, str]:
        return os.environ | {"SENIM_HEADS": str(self.folder / "heads"), "SENIM_LANG": "en", "PYTHONUNBUFFERED": "1"}

    @contextmanager
    def serving(self) -> Iterator[None]:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [str(Path(sys.executable).with_name("senim")), "serve", "--dir", str(self.folder / "data")]
        with (self.folder / "said.txt").open("wb") as said:
            server = subprocess.Popen(
                [*command, "--port", str(self.port)], env=self._environ(), stdout=said, stderr=subprocess.STDOUT
            )
            try:
                self._await(server)
                yield
            finally:
                server.terminate()
                server.wait(_PATIENCE)

    def _await(self, server: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + _PATIENCE
        while True:
            assert server.poll() is None, (self.folder / "said.txt").read_text()
            try:
                assert ask(self.port, "GET", DOCUMENT).status == 200
                return
            except OSError:
                assert time.monotonic() < end, "it does not answer"
                time.sleep(0.05)


def found(folder: Path) -> Facility:
    """Entry 0, people, two keys of people's own (by a file and by the command), stock, four people with a course."""
    made = Facility(folder=folder)
    where = ("--bin", "990140000017", "--kato", "101010000", "--kind", "hospital")
    (opened,) = made.senim("init", "--facility", "Semey hospital", "--log", LOG, *where, "--json")
    made.vkey, made.genesis = opened["vkey"], opened["genesis"]
    made.senim("person", "add", "head", "--role", "head_pharmacist", "--name", "Head", "--json")
    nurse = made.signers["nurse"] = Signer(person="nurse")
    lines = [*_opening(), _enrolment(nurse)]
    made.senim("record", "-", "--json", told="".join(json.dumps(each) + "\n" for each in lines))
    _enrol_key(made, "pharm")
    for person in ("pharm", "nurse", "insp"):
        scopes = [f"--scope={each}" for each in ("read", "record", "verification:run", "fhir:audit")]
        made.tokens[person] = made.senim("token", "create", person, *scopes, "--json")[0]["token"]
    return made


def _enrol_key(made: Facility, person: str) -> None:
    signer = made.signers[person] = Signer(person=person)
    public, proof = made.folder / f"{person}.pem", made.folder / f"{person}.proof"
    pem = signer.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    public.write_bytes(pem)
    proof.write_bytes(signer.prove(LOG))
    (enrolled,) = made.senim("person", "key", person, "--public", str(public), "--proof", str(proof), "--json")
    assert enrolled["key"] == signer.key


def _enrolment(signer: Signer) -> dict[str, Any]:
    """The same as a line of a file."""
    body = {"person": signer.person, "key": signer.key, "alg": "ed25519", "public": to_base64(signer.der)}
    body |= {"use": "sign", "custody": "device", "proof": to_base64(signer.prove(LOG))}
    return command("key.enrolled", body, "registrar", "head")


def local_day(after: int = 0) -> str:
    return (datetime.now(UTC) + _ZONE + timedelta(days=after)).date().isoformat()


def command(kind: str, body: dict[str, Any], performer: str, witness: str | None = None, **more: Any) -> dict[str, Any]:
    """The envelope of section 4."""
    at = more.pop("at", datetime.now(UTC)).isoformat()
    said = {"id": str(uuid4()), "type": kind, "occurred_at": at, "performer": performer, "witness": witness}
    return said | {"acknowledged": [], "late_reason": None, "body": body} | more


def _opening() -> Sequence[dict[str, Any]]:
    def place(name: str, kind: str) -> dict[str, Any]:
        return command(
            "place.opened", {"place": name, "kind": kind, "name": name, "administration": "entered"}, "registrar"
        )

    people = {"pharm": "pharmacist", "nurse": "nurse", "doctor": "physician", "insp": "inspector"}
    enrolled = [{"person": name, "role": role, "name": name.title()} for name, role in people.items()]
    morphine: dict[str, Any] = {
        "product": "morphine",
        "inn": "morphine",
        "atc": "N02AA01",
        "form": "11201000",
        "schedule": "II",
    }
    morphine |= {"strength": {"value": "10", "unit": "mg"}, "unit_of_presentation": "ampoule"}
    stock = {"product": "morphine", "lot": "A", "expires_on": local_day(400), "units": 200}
    return [
        *(command("person.enrolled", body, "registrar", "head") for body in enrolled),
        *(place(name, kind) for name, kind in (("safe", "safe"), ("ward", "ward"), ("custody", "custody"))),
        command("product.listed", morphine | {"gtins": [], "divisible": False}, "registrar"),
        command("stock.opened", {"place": "safe", "lines": [stock]}, "head", "pharm"),
        *(command("patient.registered", _person(name), "doctor") for name in _PATIENTS),
        *(command("prescription.issued", _course(name), "doctor") for name in _PATIENTS),
    ]


def _person(patient: str) -> dict[str, Any]:
    identity = {"name": f"Айша {patient}", "iin": None, "no_iin_reason": "no papers", "born_on": "1950-01-01"}
    body = {"patient": patient, "identity": identity | {"address": "Abai 1"}, "indication": "dementia", "icd10": "F03"}
    return body | {"home_kato": "101010000", "home_phc_bin": "990140000017"}


def _course(patient: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "prescription": f"rx-{patient}",
        "patient": patient,
        "product": "morphine",
        "route": "20066000",
    }
    body |= {"single_dose": {"value": "10", "unit": "mg"}, "duration_days": 10, "starts_on": local_day(), "units": 30}
    often = {"times": 3, "period": 1, "period_unit": "d", "as_needed": False}
    return body | {"frequency": often, "setting": "outpatient", "record_no": "1"}
