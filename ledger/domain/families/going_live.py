"""What was already out when the paper journal ended: in homes, in sealed bags (contract: Going live from paper)."""

from ledger.domain.effects import Effect, Made, at_home
from ledger.domain.families.stocking import expiries_of, mentions_of
from ledger.domain.form import Opt, many, obj
from ledger.domain.kind import Case, Kind
from ledger.domain.lot_changes import LotSeen
from ledger.domain.person import read_home
from ledger.domain.records import Seal
from ledger.domain.texts import new, ref, text
from ledger.domain.values import PRODUCT_LINE, day

_LINES = many(obj({**PRODUCT_LINE, "expires_on": Opt(day)}))


def _seen(case: Case) -> list[Effect]:
    lines = [line for line in case.body["lines"] if "expires_on" in line]
    return [LotSeen(line["product"], line["lot"], line["expires_on"]) for line in lines]


def _only_what_is_not_known(case: Case) -> None:
    """A lot of which this home has a row already was opened or supplied here: what differs is counted at home."""
    patient = case.body["patient"]
    for n, line in enumerate(case.body["lines"]):
        row = read_home(case.book, patient, line["product"]).get(line["lot"])
        if row is not None and (row.dispensed or row.surplus):
            case.refuse("already_open", f"body.lines.{n}", product=line["product"])


def _at_home(case: Case) -> list[Effect]:
    return [*_seen(case), *at_home(case.body["patient"], "dispensed", case.body["lines"])]


HOME_OPENED = Kind(
    name="home.opened",
    fields={"patient": ref("patient"), "lines": _LINES, "journal_no": Opt(text)},
    rule=_only_what_is_not_known,
    effects=_at_home,
    mentions=lambda case: [*mentions_of(case.body["lines"]), *expiries_of(case.body["lines"])],
)


def _in_custody(case: Case) -> list[Effect]:
    body = case.body
    seal = Seal(
        place=body["place"],
        units=sum(line["units"] for line in body["lines"]),
        kind="opened",
        contents=tuple((line["product"], line["lot"], line["units"]) for line in body["lines"]),
        received_at=case.at,
    )
    return [*_seen(case), Made("seal", (body["seal_no"],), seal, thing="seal")]


def _custody_only(case: Case) -> None:
    case.find_place("place", "custody")


CUSTODY_OPENED = Kind(
    name="custody.opened",
    fields={"place": ref("place"), "seal_no": new("seal", text), "lines": _LINES},
    rule=_custody_only,
    effects=_in_custody,
    mentions=lambda case: expiries_of(case.body["lines"]),
)

KINDS: tuple[Kind, ...] = (HOME_OPENED, CUSTODY_OPENED)
