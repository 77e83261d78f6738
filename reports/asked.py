"""What a report is asked to show, and which options each kind needs or may have. Pure.

An option that a kind does not use is refused: a filter without effect would lie.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ledger.errors import WronglyCalled
from reports.model import Period
from reports.printed_head import read_printed


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    needs: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()


def _options(needs: str = "", may: str = "") -> Options:
    return Options(needs=frozenset(needs.split()), may=frozenset(may.split()))


OPTIONS: Mapping[str, Options] = {
    "register": _options("product", "place from to"),
    "count": _options("entry"),
    "monthly": _options("from", "to product place"),
    "destruction": _options("entry"),
    "circle": _options(may="patient product"),
    "dose-history": _options("patient", "from to"),
    "verification": _options(may="entry head"),
    "dispense": _options("entry"),
    "return": _options("entry"),
    "empties": _options("entry"),
    "sheet": _options("entry"),
}
"""By kind; `from` and `to` are the first and last local day of the period."""
_ALWAYS = Period()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One report. `entry` is the number of the entry that it is about; None: not given.

    `head` is one that was printed earlier, to compare: `SIZE ROOT`, or what the QR code holds.
    """

    kind: str
    product: str | None = None
    place: str | None = None
    patient: str | None = None
    entry: int | None = None
    head: str | None = None
    period: Period = _ALWAYS
    language: str

    def __post_init__(self) -> None:
        """Raises `WronglyCalled`: `report_unknown`, `option_unused`, `report_needs_…`, `period_backwards`,
        `head_unreadable`.
        """
        if self.kind not in OPTIONS:
            raise WronglyCalled("report_unknown", kind=self.kind[:40], kinds=", ".join(OPTIONS))
        first_on, last_on = self.period.from_on, self.period.to_on
        given = {"product": self.product, "place": self.place, "patient": self.patient, "entry": self.entry}
        given |= {"head": self.head}
        named = {name for name, value in (given | {"from": first_on, "to": last_on}).items() if value is not None}
        options = OPTIONS[self.kind]
        for name in sorted(named - options.needs - options.may):
            raise WronglyCalled("option_unused", option=f"--{name}")
        for name in sorted(options.needs - named):
            raise WronglyCalled(f"report_needs_{name}")
        if first_on is not None and last_on is not None and first_on > last_on:
            raise WronglyCalled("period_backwards")
        if self.head is not None:
            read_printed(self.head)
