"""Every kind of report: how it is drawn, what it rests on, and how its figures are checked.

To add a kind: its model (and its name in `data.MODELS`), a paper, a proof, and a line here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reports.act_paper import render_act
from reports.act_proof import find_act_differences, needed_by_act, subjects_of_act
from reports.circle import find_circle_differences, needed_by_circle, subjects_of_circle
from reports.circle_paper import render_circle
from reports.count import find_count_differences, needed_by_count
from reports.count_paper import render_count
from reports.destruction import find_destruction_differences, needed_by_destruction, subjects_of_destruction
from reports.destruction_paper import render_destruction
from reports.dose_history import find_dose_differences, needed_by_doses, subjects_of_doses
from reports.dose_paper import render_doses
from reports.monthly_paper import render_monthly
from reports.monthly_proof import find_monthly_differences, needed_by_monthly
from reports.movements import Entries
from reports.register_paper import render_register
from reports.register_proof import Difference, find_differences, needed_entries, subjects_of
from reports.sheet import find_sheet_differences, needed_by_sheet
from reports.sheet_paper import render_sheet
from reports.verification import find_inspection_differences, needed_by_inspection
from reports.verification_paper import render_inspection


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`render` draws the pages; `needed` names the entries that go along; `differences` compares the two.

    `subjects` are the ids of the patients whose data it shows; `notes` what stands on the facility's word (codes of
    `check_words.FINDINGS`).
    """

    render: Callable[[Any], bytes]
    needed: Callable[[Any, Entries], set[int]]
    differences: Callable[[Any, Entries], Iterable[Difference]]
    subjects: Callable[[Any], tuple[str, ...]]
    notes: Callable[[Any], tuple[str, ...]] = lambda report: ()


_ACT = Kind(
    render=render_act,
    needed=needed_by_act,
    differences=find_act_differences,
    subjects=subjects_of_act,
    notes=lambda act: ("staff_names_claimed", *(("territory_claimed",) if act.territory else ())),
)

KINDS: Mapping[str, Kind] = {
    "dispense": _ACT,
    "return": _ACT,
    "empties": _ACT,
    "sheet": Kind(
        render=render_sheet,
        needed=needed_by_sheet,
        differences=find_sheet_differences,
        subjects=lambda sheet: (),
        notes=lambda sheet: ("staff_names_claimed",),
    ),
    "register": Kind(
        render=render_register,
        needed=needed_entries,
        differences=find_differences,
        subjects=subjects_of,
        notes=lambda register: ("opening_is_claimed",) if register.opening else (),
    ),
    "count": Kind(
        render=render_count,
        needed=needed_by_count,
        differences=find_count_differences,
        subjects=lambda count: (),
        notes=lambda count: ("staff_names_claimed",),
    ),
    "circle": Kind(
        render=render_circle,
        needed=needed_by_circle,
        differences=find_circle_differences,
        subjects=subjects_of_circle,
    ),
    "monthly": Kind(
        render=render_monthly,
        needed=needed_by_monthly,
        differences=find_monthly_differences,
        subjects=lambda monthly: (),
        notes=lambda monthly: ("opening_is_claimed",) if monthly.lay else (),
    ),
    "destruction": Kind(
        render=render_destruction,
        needed=needed_by_destruction,
        differences=find_destruction_differences,
        subjects=subjects_of_destruction,
        notes=lambda destruction: ("staff_names_claimed",),
    ),
    "dose-history": Kind(
        render=render_doses,
        needed=needed_by_doses,
        differences=find_dose_differences,
        subjects=subjects_of_doses,
        notes=lambda report: ("staff_names_claimed",),
    ),
    "verification": Kind(
        render=render_inspection,
        needed=needed_by_inspection,
        differences=find_inspection_differences,
        subjects=lambda report: (),
        notes=lambda report: ("verdicts_are_own_word", "staff_names_claimed"),
    ),
}
