"""Contract section 4 as one table: who signs each type, and which fields of its body are clear or sealed.

Signers: `governance` (registrar and head pharmacist), `ledger`, `holder` and `free` (judged in `duties`), or roles;
then `+w` a witness or a pending one, `+W` a witness always, `+C` a commission. Marks: `°` sealed, `%` a quantity
{value, unit}, `*` no list is given (a code may stand in clear, free text may not), `@` a username in clear or else
sealed, `~` a scalar or the object, `(a|b)` one of a list. Braces hold the members of an object or of a list's objects.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

CLINICAL = frozenset({"pharmacist", "head_pharmacist", "physician", "nurse", "phc_worker"})
GOVERNORS = frozenset({"registrar", "head_pharmacist"})
ROLES = CLINICAL | {"inspector", "registrar"}

_ROLE = "(pharmacist|head_pharmacist|physician|nurse|phc_worker|inspector|registrar)"
_LINE = "{product lot units expires_on gtin serials}"
_IDENTITY = "identity°{name iin no_iin_reason born_on address}"
_FREQUENCY = "frequency{times period period_unit(h|d|wk) as_needed}"
_COURSE = (
    f"prescription patient product single_dose% route {_FREQUENCY} duration_days starts_on units "
    "setting(inpatient|outpatient|home) record_no° blank_no° renews replaces"
)
_DISPENSE = (
    "prescription patient place lots{lot units} days_supply left_before{product lot units} "
    "collector{kind(patient|relative|health_worker|delivered) name° identity(seen|known|not_asked) document_kind*}"
)
_SOURCE = "from_log from_id from_seq from_leaf"

TABLE = f"""
facility.opened ledger facility bin kato kind(hospital|hospice|phc|pharmacy) zone practice rules(senim-rules/1) keys{{person key alg public use}} after{{log size root recovered lost*}}
regulation.adopted governance name sha256 rules
person.enrolled governance person role{_ROLE} name° registration_no°
person.role_changed governance person role{_ROLE} order_no
person.left governance person on
key.enrolled governance person key alg(ed25519|webauthn-es256) public use(sign|import|ledger|pdf) custody(passkey|device|wrapped|facility) rp_id origins proof~{{authenticator_data client_data value}}
key.revoked holder key reason°
key.rotated governance old new public
product.listed registrar product inn atc form strength% unit_of_presentation schedule(II|III|strong|none) gtins{{gtin units}} divisible
pack.listed registrar product gtins{{gtin units}}
product.delisted registrar product reason°
place.opened registrar place kind(safe|ward|mobile_team|custody) name administration(entered|on_paper)
place.closed registrar place
import.closed governance count keys
stock.opened head_pharmacist+W place lines{_LINE} journal_no page
home.opened pharmacist,phc_worker,nurse+w patient lines{_LINE} journal_no
custody.opened pharmacist,phc_worker,nurse+w place seal_no lines{_LINE}
prescription.transcribed pharmacist,nurse,phc_worker {_COURSE} issued_by{{name° organisation}} issued_on blank_series units_used_before
patient.registered physician,nurse,phc_worker,pharmacist patient {_IDENTITY} home_kato home_phc_bin indication* icd10°
patient.corrected physician,nurse,phc_worker,pharmacist patient {_IDENTITY} icd10° reason°
patient.moved physician,nurse,phc_worker,pharmacist patient home_kato home_phc_bin
patients.merged physician,nurse,phc_worker,pharmacist keep drop reason°
patient.died physician,phc_worker,nurse patient died_on certificate_no°
identity.erased governance patient basis°
stock.received pharmacist+w place lines{_LINE} supplier document_no
stock.moved pharmacist,nurse,phc_worker+w from_place to_place lines{_LINE}
stock.sent pharmacist+w from_place to_log lines{_LINE} document_no
stock.arrived pharmacist+w to_place {_SOURCE} lines{_LINE} document_no
stock.counted pharmacist,nurse,phc_worker+w place lines{_LINE} blind purpose(shift|periodic|inspection|closing) as_of_seq
stock.broken pharmacist,nurse,phc_worker+w place lines{_LINE} how° fragments_kept
discrepancy.resolved head_pharmacist+W discrepancy cause(missing_entry|miscounted|found|expired_not_removed|lost|wrong_place|return_mixed_with_stock|arithmetic|stolen_reported) difference note°
lot.quarantined pharmacist product lot reason°
lot.released pharmacist product lot reason°
lot.recalled pharmacist product lot reason° document_no
lot.corrected pharmacist+w product lot to_lot expires_on reason°
doses.summarised nurse+w place from_at to_at sheet_no lines{{product lot units doses}}
prescription.issued physician,nurse,phc_worker {_COURSE}
prescription.stopped physician prescription reason°
dispense.outpatient pharmacist {_DISPENSE}
dispense.discharge pharmacist {_DISPENSE} discharge_summary_no° decided_by@ home_kato home_phc_bin
dispense.acknowledged phc_worker,pharmacist,physician {_SOURCE} patient lines{_LINE} days_supply course{{single_dose% route {_FREQUENCY} duration_days}}
notice.received pharmacist,phc_worker kind(acknowledged|died|returned|arrived) {_SOURCE} about on lines*
dose.administered nurse,phc_worker,physician patient prescription acknowledged ordered_by place home product lots{{lot units}} dose% residue% residue_fate(wasted|kept_for_collection)
dose.not_given nurse,phc_worker,physician prescription due_at reason(refused|asleep|absent|held|vomited|other)
patch.removed nurse,phc_worker,physician patient product reason(change|fell_off|stopped|died)
infusion.started nurse,phc_worker,physician infusion patient prescription place home contents{{product lots{{lot units}} dose%}} hours
infusion.stopped nurse,phc_worker,physician infusion given_part* discarded*
empties.collected pharmacist+w place lines{{product lot empty partial residue%}} seal_no to_place
home.counted nurse,phc_worker,physician patient lines{_LINE}
relatives.informed physician,phc_worker,nurse patient relative° relation* order_no order_on
unused.returned phc_worker,nurse,pharmacist patient brought_by° relation* reason(patient_died|dose_changed|side_effects|expired|moved_away|found|other) lines{{product lot intact broken shortfall(used_not_recorded|not_asked|broken_before|not_found|kept_by_family|other)}} empties_declined seal_no place signed_by_relative(yes|declined|absent)
custody.moved pharmacist,phc_worker,nurse+w from_place to_place seals carrier°
destruction.performed head_pharmacist+C act_no method* place commission items{{seal_no place product lot units}}
entry.reversed free id seq reason(wrong_patient|wrong_product|wrong_lot|wrong_quantity|duplicate|not_collected|cancelled|other) note° packs(never_left|back_sealed|with_wrong_person|with_right_person|none) seal_no place
entry.countersigned free id seq
claim.settled head_pharmacist,phc_worker+w claims holds note°
sheet.issued pharmacist,nurse sheet_no place lines*
sheet.closed pharmacist,nurse sheet_no unused
inspection.opened inspector scope° document_no
inspection.noted inspector text° about
inspection.answered head_pharmacist note* text°
inspection.closed inspector protocol_sha256
period.sealed head_pharmacist+W period size rows_root totals*
report.issued ledger kind sha256 size subjects*
checkpoint.anchored ledger size root token_sha256
"""  # noqa: E501 - one type a line, as in the contract


@dataclass(kw_only=True)
class Field:
    mark: str = ""
    choices: tuple[str, ...] = ()
    members: dict[str, Field] = field(default_factory=dict)


@dataclass(kw_only=True)
class Kind:
    signers: str  # "governance", "ledger", "holder", "free" or "" where `roles` says it
    roles: frozenset[str]
    second: str  # "", "w", "W" or "C"
    body: Field

    @property
    def may_be_pending(self) -> bool:
        return self.signers in ("", "free") and self.second in ("", "w")


_TOKEN = re.compile(r"([a-z0-9_]+)([°%*@~]?)(?:\(([^)]*)\))?(\{?)|(\})")


def _read_fields(notation: str) -> Field:
    open_fields = [Field()]
    for match in _TOKEN.finditer(notation):
        if match[5]:
            open_fields.pop()
            continue
        mark = "°" if open_fields[-1].mark == "°" else match[2]
        new = Field(mark=mark, choices=tuple(match[3].split("|")) if match[3] else ())
        if mark == "%":
            new.members = {"value": Field(), "unit": Field()}
        open_fields[-1].members[match[1]] = new
        if match[4]:
            open_fields.append(new)
    return open_fields[0]


def _read_kind(line: str) -> tuple[str, Kind]:
    name, signers, notation = line.split(" ", 2)
    who, _, second = signers.partition("+")
    special = who if who in {"governance", "ledger", "holder", "free"} else ""
    roles = frozenset() if special else frozenset(who.split(","))
    assert roles <= ROLES, line
    return name, Kind(signers=special, roles=roles, second=second, body=_read_fields(notation))


KINDS: dict[str, Kind] = dict(map(_read_kind, TABLE.strip().splitlines()))
