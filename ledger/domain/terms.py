"""The fixed words of the register: codes and their order, roles, identifiers. Source: contract, section 4."""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from types import MappingProxyType

PHARMACISTS = frozenset({"pharmacist", "head_pharmacist"})
GOVERNORS = frozenset({"registrar", "head_pharmacist"})
ROLES = ("pharmacist", "head_pharmacist", "physician", "nurse", "phc_worker", "inspector", "registrar")
FACILITY_KINDS = ("hospital", "hospice", "phc", "pharmacy")
INPATIENT_KINDS = frozenset({"hospital", "hospice"})
PLACE_KINDS = ("safe", "ward", "mobile_team", "custody")
EMPTIES_UNITS = frozenset({"ampoule", "vial"})
# The eight indications of the palliative brochure, and other.
INDICATIONS = (
    "malignant_neoplasm",
    "organ_failure",
    "chronic_progressive",
    "cerebrovascular",
    "injury",
    "degenerative_nervous",
    "dementia",
    "infection",
    "other",
)

_GROUPS: tuple[tuple[str, ...], ...] = (
    (  # 1 form
        "malformed",
        "field_missing",
        "field_unknown",
        "units_not_whole",
        "units_not_positive",
        "units_implausible",
        "iin_invalid",
        "bin_invalid",
        "id_looks_like_iin",
        "entry_too_large",
    ),
    (  # 2 authority
        "not_enrolled",
        "not_allowed",
        "import_closed",
        "witness_required",
        "witness_same_person",
        "witness_not_allowed",
        "commission_too_small",
        "commission_same_person",
    ),
    (  # 3 things
        "kato_unknown",
        "already_exists",
        "patient_unknown",
        "place_unknown",
        "place_wrong_kind",
        "facility_wrong_kind",
        "empties_not_from_homes",
        "product_unknown",
        "seal_unknown",
        "entry_unknown",
        "discrepancy_unknown",
        "sheet_unknown",
        "already_open",
        "already_reversed",
        "already_acknowledged",
        "already_closed",
        "has_dependents",
    ),
    ("patient_dead",),
    (  # 5 prescription
        "prescription_missing",
        "prescription_other_patient",
        "prescription_other_product",
        "prescription_stopped",
        "prescription_over",
        "prescription_used_up",
        "prescription_inpatient",
    ),
    ("discharge_at_home", "discharge_too_long", "rule_not_adopted"),
    ("lot_unknown", "lot_expired", "lot_quarantined", "balance_too_low", "count_stale"),
    ("time_in_future", "time_before_lot", "time_before_prescription", "late_without_reason"),
)
REFUSAL_ORDER: Mapping[str, int] = MappingProxyType(
    {code: n for n, code in enumerate(code for group in _GROUPS for code in group)}
)
REFUSAL_GROUP: Mapping[str, int] = MappingProxyType(
    {code: n for n, group in enumerate(_GROUPS, start=1) for code in group}
)
FORM, AUTHORITY = 1, 2

WARNINGS = (
    "early_supply",
    "duplicate_dispense",
    "opioid_with_benzodiazepine",
    "patch_opioid_naive",
    "patch_change_early",
    "dose_jump",
    "older_lot_first",
    "units_differ_from_course",
    "unusual_quantity",
    "home_differs",
)
FACT_WARNINGS = (
    "after_death",
    "outside_course",
    "without_prescription",
    "beyond_prescribed",
    "dose_arithmetic",
    "lot_expired_given",
    "return_exceeds_dispensed",
    "very_late",
)
REMARKS = (
    "late",
    "after_sealing",
    "governance_lost",
    "own_transcription",
    "rest_without_fate",
    "fewer_partials",
    "dose_not_compared",
)
"""What is noted beyond the warnings that the contract names."""
FACT_NOTES = (*FACT_WARNINGS, *REMARKS)

ID = re.compile(r"[a-z0-9._-]{1,64}")
TWELVE_DIGITS = re.compile(r"[0-9]{12}")
WORD = re.compile(r"[a-z0-9_]{1,32}")
REPORT = re.compile(r"[a-z-]{1,32}")
SHEET = re.compile(r"[A-Za-z0-9./_-]{1,64}")
MOST_LINES = 1_000
"""Lines of one downtime sheet."""
MONTH = re.compile(r"(?:19|20|21)[0-9]{2}-(?:0[1-9]|1[0-2])")
_FAMILY = "spouse wife husband parent mother father child son daughter sibling brother sister grandparent grandchild"
RELATIONS = frozenset(f"{_FAMILY} relative neighbour friend guardian carer other".split())
DOCUMENTS = frozenset({"identity_card", "passport", "residence_permit", "birth_certificate", "military_card", "other"})
METHODS = frozenset("crushing dissolving dissolution diluting burning incineration neutralisation other".split())  # noqa: SIM905
"""Words that may stand in clear; what a site says otherwise is free text, and sealed."""
DECIMAL = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?")

_FIRST = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
_SECOND = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)


def has_check_digit(number: str) -> bool:
    """The check of IIN and BIN: twelve digits, the last by two weighted sums modulo 11 (Decree 565 of 2003)."""
    if not TWELVE_DIGITS.fullmatch(number) or not number.isascii():
        return False
    digits = [int(d) for d in number]
    for weights in (_FIRST, _SECOND):
        rest = sum(d * w for d, w in zip(digits, weights, strict=False)) % 11
        if rest < 10:
            return rest == digits[11]
    return False


def is_iin(number: str) -> bool:
    """An individual identification number: YYMMDD of a real month and day, century and sex 1–6, check digit."""
    if not has_check_digit(number) or number[6] not in "123456":
        return False
    return 1 <= int(number[2:4]) <= 12 and 1 <= int(number[4:6]) <= 31


_TWELVE_ALONE = re.compile(r"(?<![0-9])(?<![0-9a-f]{8}(?:-[0-9a-f]{4}){3}-)[0-9]{12}(?![0-9])")


def shows_iin(text: str) -> bool:
    """Whether an IIN is written somewhere in *text*. The last group of a UUID is not one."""
    return len(text) >= 12 and any(map(is_iin, _TWELVE_ALONE.findall(text)))


def is_bin(number: str) -> bool:
    """A business identification number: YYMM, 4–6 for the kind of entity, 0–3 for its part, check digit."""
    return has_check_digit(number) and 1 <= int(number[2:4]) <= 12 and number[4] in "456" and number[5] in "0123"


_GRAM = {"g": Decimal(1), "mg": Decimal("0.001"), "ug": Decimal("0.000001")}


def in_grams(value: str, unit: str) -> Decimal | None:
    """A mass in grams, or None where *unit* (UCUM) is not a mass."""
    factor = _GRAM.get(unit)
    return None if factor is None else Decimal(value) * factor


_WIDE = Context(prec=100)


def to_rounded(value: Decimal, last: Decimal) -> str:
    """Decimal text of *value* to the digit of *last*, without zeros at its end, however large somebody wrote a dose."""
    return f"{value.quantize(last, ROUND_HALF_UP, _WIDE).normalize(_WIDE):f}"
