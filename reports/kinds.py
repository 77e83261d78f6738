"""Every kind of report: how it is drawn, what it rests on, and how its figures are checked.

To add a kind: its model (and its name in `model.KINDS`), a paper, a proof, and a line here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reports.movements import Entries
from reports.register_paper import render_register
from reports.register_proof import Difference, find_differences, needed_entries, subjects_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`render` draws the pages; `needed` names the entries that go along; `differences` compares the two.

    `subjects` are the ids of the patients whose data it shows.
    """

    render: Callable[[Any], bytes]
    needed: Callable[[Any, Entries], set[int]]
    differences: Callable[[Any, Entries], Iterable[Difference]]
    subjects: Callable[[Any], tuple[str, ...]]


KINDS: Mapping[str, Kind] = {
    "register": Kind(
        render=render_register,
        needed=needed_entries,
        differences=find_differences,
        subjects=subjects_of,
    ),
}
