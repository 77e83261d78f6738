"""The stage on which an invented quarter is played: a facility, its people and shelves, its clock and its paper.

Everything comes from one seed; nothing here knows a rule. All people are invented, their IINs are of the 1800s.
"""

import random
import uuid
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from tests.reference.numbers import find_check_digit

Body = dict[str, Any]

LOCAL = timezone(timedelta(hours=5))
FIRST_DAY = date(2025, 9, 1)
TREATING_KATO = "710000000"
HOME_KATO = ("104200000", "103800000", "750000000", "104600000")

PRODUCTS: dict[str, tuple[str, str, str, str, str, str]] = {
    # product: inn, EDQM form, strength, unit of strength, unit of presentation, EDQM route
    "mor-a10": ("morphine", "11201000", "10", "mg", "ampoule", "20066000"),
    "pro-a20": ("trimeperidine", "11201000", "20", "mg", "ampoule", "20066000"),
    "mid-v15": ("midazolam", "11201000", "15", "mg", "vial", "20066000"),
    "dia-a10": ("diazepam", "11201000", "10", "mg", "ampoule", "20066000"),
    "mor-t10": ("morphine", "10219000", "10", "mg", "tablet", "20053000"),
    "tra-c50": ("tramadol", "10210000", "50", "mg", "capsule", "20053000"),
    "dia-t2.5": ("diazepam", "10219000", "2.5", "mg", "tablet", "20053000"),
    "fen-p12.5": ("fentanyl", "10519000", "12.5", "ug/h", "patch", "20070000"),
    "pre-c75": ("pregabalin", "10210000", "75", "mg", "capsule", "20053000"),
}
INJECTED = ("mor-a10", "pro-a20", "mid-v15", "dia-a10")
TAKEN_HOME = ("mor-t10", "tra-c50", "dia-t2.5", "fen-p12.5")
SURNAMES = ("Есімова", "Қуанышев", "Ораз", "Жақып", "Әлиева", "Төребек", "Мырзаханова", "Ғалымов", "Үсен", "Ізбасар")
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Stage:
    def __init__(self, seed: int, kind: str, days: int) -> None:
        self.seed, self.kind, self.days = seed, kind, days
        self.rng = random.Random(f"{kind} {seed} {days}")
        self.inpatient = kind == "hospital"
        self.said: list[tuple[datetime, int, Body]] = []
        self.paper = 0
        self.identities: dict[str, Body] = {}
        self.people = {role: self._names(role, many) for role, many in self._staff().items()}
        self.safe, self.custody, self.archive = "vault", "seals", "seals-2"
        self.floors = ["ward-n", "ward-s"] if self.inpatient else ["car", "car-2"]
        self.stocked: dict[str, list[str]] = {}  # product -> its everyday lots, oldest expiry first

    def _staff(self) -> dict[str, int]:
        if self.inpatient:
            return {"head_pharmacist": 1, "pharmacist": 3, "physician": 3, "nurse": 4, "inspector": 1}
        return {"head_pharmacist": 1, "pharmacist": 2, "physician": 2, "phc_worker": 3, "nurse": 2, "inspector": 1}

    def _names(self, role: str, many: int) -> list[str]:
        return [f"{role[:2]}{number}.{''.join(self.rng.choices(LETTERS, k=6))}" for number in range(many)]

    # -- people ----------------------------------------------------------------------------------

    @property
    def head(self) -> str:
        return self.people["head_pharmacist"][0]

    def one(self, role: str) -> str:
        return self.rng.choice(self.people[role])

    def two_pharmacists(self) -> tuple[str, str]:
        first, second = self.rng.sample(self.people["pharmacist"], 2)
        return first, second

    @property
    def bedside(self) -> str:
        """The role that registers deaths and takes returns here."""
        return "nurse" if self.inpatient else "phc_worker"

    # -- numbers ---------------------------------------------------------------------------------

    def uuid(self) -> str:
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def paper_no(self, letter: str) -> str:
        self.paper += 1
        return f"{letter}-{self.seed}-{self.paper:04d}"

    def bin_number(self) -> str:
        return self._checked(lambda: f"{self.rng.randint(0, 25):02d}{self.rng.randint(1, 12):02d}40")

    def iin(self, born_on: date) -> str:
        assert born_on.year < 1900
        return self._checked(lambda: f"{born_on:%y%m%d}{self.rng.choice('12')}")

    def _checked(self, head: Any) -> str:
        while True:
            start = head()
            eleven = start + "".join(self.rng.choices("0123456789", k=11 - len(start)))
            if (last := find_check_digit(eleven)) is not None:
                return f"{eleven}{last}"

    # -- time ------------------------------------------------------------------------------------

    def at(self, day: int, hour: int = 9, minute: int = 0) -> datetime:
        """A local moment, `day` days after the first one."""
        start = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, hour, minute, tzinfo=LOCAL)
        return start + timedelta(days=day, seconds=self.rng.randrange(60))

    def some_time(self, first: int, last: int) -> datetime:
        return self.at(self.rng.randint(first, max(first, last)), self.rng.randint(8, 18), self.rng.randrange(60))

    def write_time(self, at: datetime) -> str:
        return self.rng.choice([at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")] + [at.isoformat()] * 9)

    # -- commands --------------------------------------------------------------------------------

    def say(
        self,
        kind: str,
        at: datetime,
        performer: str,
        body: Body,
        witness: str | None = None,
        entered: datetime | None = None,
        **envelope: Any,
    ) -> str:
        """Write one command; `entered` is when it reaches the register, by default at once. Gives its id."""
        late = "from paper" if entered is not None and entered - at > timedelta(hours=24) else None
        command: Body = {
            "id": self.uuid(),
            "type": kind,
            "occurred_at": self.write_time(at),
            "performer": performer,
            "witness": witness,
            "acknowledged": [],
            "late_reason": late,
            "body": body,
        }
        command.update(envelope)
        self.said.append((entered or at, len(self.said), command))
        return str(command["id"])

    def say_again(self, command_id: str, entered: datetime, **changed: Any) -> None:
        """The same command once more, word for word or with something changed under the same id."""
        self.said.append((entered, len(self.said), {**self.get(command_id), **changed}))

    def get(self, command_id: str) -> Body:
        return next(command for _, _, command in self.said if command["id"] == command_id)

    @property
    def last(self) -> Body:
        return self.said[-1][2]

    def commands(self) -> list[Body]:
        return [command for _, _, command in sorted(self.said, key=lambda said: said[:2])]

    # -- shelves and patients that every story needs -----------------------------------------------

    def receive(self, product: str, lot: str, units: int, at: datetime, expires_on: str = "2028-01-31") -> str:
        first, second = self.two_pharmacists()
        line = {"product": product, "lot": lot, "expires_on": expires_on, "units": units}
        body = {"place": self.safe, "lines": [line], "supplier": "СК-Фармация", "document_no": self.paper_no("N")}
        return self.say("stock.received", at, first, body, second)

    def move(self, product: str, lot: str, units: int, at: datetime, to: str, **envelope: Any) -> str:
        body = {
            "from_place": envelope.pop("from_place", self.safe),
            "to_place": to,
            "lines": [{"product": product, "lot": lot, "units": units}],
        }
        first = envelope.pop("performer", None) or self.one("pharmacist")
        return self.say("stock.moved", at, first, body, envelope.pop("witness", self.one("nurse")), **envelope)

    def identity(self, patient: str) -> Body:
        if patient not in self.identities:
            born_on = date(self.rng.randint(1880, 1899), self.rng.randint(1, 12), self.rng.randint(1, 28))
            name = f"{self.rng.choice(SURNAMES)} {self.rng.choice('АБДЖЗ')}."
            known: Body = {
                "name": name,
                "iin": self.iin(born_on),
                "born_on": born_on.isoformat(),
                "address": "ойдан шығарылған",
            }
            if self.rng.random() < 0.1:
                known.update({"iin": None, "no_iin_reason": "foreigner"})
            self.identities[patient] = known
        return self.identities[patient]

    def register(self, patient: str, home_kato: str, at: datetime, **changed: Any) -> str:
        body = {
            "patient": patient,
            "identity": self.identity(patient),
            "home_kato": home_kato,
            "home_phc_bin": self.phc_bin,
            "indication": self.rng.choice(["malignant_neoplasm", "organ_failure", "cerebrovascular", "other"]),
            "icd10": self.rng.choice(["C34.9", "I50.0", "I69.3", "G12.2"]),
            **changed,
        }
        return self.say("patient.registered", at, self.one("physician"), body)

    def prescribe(
        self, patient: str, product: str, at: datetime, units: int, days: int, setting: str, **changed: Any
    ) -> str:
        """Gives the prescription's own id, not the entry's."""
        _, _, strength, unit, presentation, route = PRODUCTS[product]
        patch = presentation == "patch"
        frequency = (
            {"times": 1, "period": 72, "period_unit": "h"} if patch else {"times": 2, "period": 1, "period_unit": "d"}
        )
        body = {
            "prescription": self.paper_no("rx").lower(),
            "patient": patient,
            "product": product,
            "single_dose": {"value": strength, "unit": unit},
            "route": route,
            "frequency": {**frequency, "as_needed": False},
            "duration_days": days,
            "starts_on": at.astimezone(LOCAL).date().isoformat(),
            "units": units,
            "setting": setting,
            "record_no": self.paper_no("R"),
            **changed,
        }
        self.say("prescription.issued", at, self.one("physician"), body)
        return str(body["prescription"])

    def supply(self, prescription: str, patient: str, lots: list[tuple[str, int]], days: int, **more: Any) -> Body:
        """The body of a dispensing."""
        return {
            "prescription": prescription,
            "patient": patient,
            "place": self.safe,
            "lots": [{"lot": lot, "units": units} for lot, units in lots],
            "days_supply": days,
            "collector": {"kind": "relative", "name": "Туысы", "identity": self.rng.choice(["seen", "known"])},
            **more,
        }

    @property
    def phc_bin(self) -> str:
        """The BIN of the primary-care organisation of this seed, the same for both facilities."""
        return facility_of(self.seed, "phc")["bin"]


def facility_of(seed: int, kind: str) -> dict[str, str]:
    """One of the two facilities of a seed, in the shape of facilities.json."""
    rng = random.Random(f"facility {kind} {seed}")
    while True:
        eleven = f"{rng.randint(0, 25):02d}{rng.randint(1, 12):02d}40{rng.randint(0, 99999):05d}"
        if (last := find_check_digit(eleven)) is not None:
            break
    names = {"hospital": "Астана паллиативтік ауруханасы", "phc": "Жарма МСАК"}
    return {
        "facility": f"{names[kind]} №{seed} (жаттығу)",
        "log": f"senim/{kind}-{seed}/1",
        "bin": f"{eleven}{last}",
        "kato": TREATING_KATO if kind == "hospital" else HOME_KATO[0],
        "kind": kind,
    }
