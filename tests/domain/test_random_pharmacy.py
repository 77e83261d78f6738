"""A random pharmacy lives random days over the rules and over the slow reference; after every step they agree.

Every type of the vocabulary is drawn, right and wrong, back-dated and late, taken back and resolved. What people are
asked before an act (warnings) is acknowledged by all acts; `test_warnings` holds it against figures made by hand.
`RANDOM_PHARMACIES=2000` lives that many of them in the slow test.
"""

import os
from collections.abc import Sequence
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ledger.domain.vocabulary import BODIES
from tests.domain.living import DRAWN, MAKERS, Life
from tests.reference.authority import PERFORMERS

T = TypeVar("T")


class Drawing:
    """Choices that Hypothesis makes, and makes smaller where they show a fault."""

    def __init__(self) -> None:
        self.data: st.DataObject

    def one(self, options: Sequence[T]) -> T:
        return options[self.number(0, len(options) - 1)] if len(options) > 1 else options[0]

    def number(self, least: int, most: int) -> int:
        return self.data.draw(st.integers(least, most))

    def chance(self, percent: int) -> bool:
        return self.number(0, 99) >= 100 - percent


class RandomPharmacy(RuleBasedStateMachine):
    life: Life | None = None

    @initialize(kind=st.sampled_from(["hospital", "hospital", "phc"]), imported=st.booleans())
    def open(self, kind: str, imported: bool) -> None:
        self.drawing = Drawing()
        self.life = Life(kind, imported, self.drawing)

    @precondition(lambda self: self.life is not None)
    @rule(data=st.data(), kind=st.sampled_from(DRAWN))
    def somebody_writes(self, data: st.DataObject, kind: str) -> None:
        assert self.life is not None
        self.drawing.data = data
        self.life.write(kind)

    @precondition(lambda self: self.life is not None)
    @rule(data=st.data())
    def somebody_takes_back(self, data: st.DataObject) -> None:
        assert self.life is not None
        self.drawing.data = data
        self.life.take_back_all_that_rests_on_an_entry()

    @invariant()
    def the_figures_are_the_same_and_never_below_zero(self) -> None:
        if self.life is not None:
            self.life.check_figures()
            self.life.check_nothing_is_ever_below_zero()

    def teardown(self) -> None:
        if self.life is not None:
            self.life.check_replay()


def _live(examples: int, steps: int, derandomize: bool) -> None:
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        derandomize=derandomize,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    run_state_machine_as_test(RandomPharmacy, settings=chosen)


def test_every_type_is_drawn_and_the_reference_knows_who_may_write_it() -> None:
    assert set(MAKERS) == set(PERFORMERS) == set(BODIES)


def test_some_random_days_are_lived_as_the_reference_lives_them() -> None:
    _live(40, 50, derandomize=True)


@pytest.mark.slow
def test_many_random_days_are_lived_as_the_reference_lives_them() -> None:
    _live(int(os.environ.get("RANDOM_PHARMACIES", "100")), 60, derandomize=False)
