"""What a lot still has to spare at a moment is the least that it will hold from then on."""

from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.timeline import Timeline

MOVES = st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(-9, 9)), max_size=12)


@given(moves=MOVES, at=st.sampled_from("abcdef"))
def test_the_lowest_later_balance_is_what_may_still_be_taken(moves: list[tuple[str, int]], at: str) -> None:
    timeline = Timeline((when, seq, units) for seq, (when, units) in enumerate(moves))
    here = (at, len(moves))
    order = sorted((when, seq, units) for seq, (when, units) in enumerate(moves))
    before = sum(units for when, seq, units in order if (when, seq) < here)
    running, later = before, [before]
    for when, seq, units in order:
        if (when, seq) > here:
            running += units
            later.append(running)
    lowest = timeline.lowest_from(*here)
    assert lowest == min(later)
    if lowest > 0:
        assert timeline.first_below(*here, -lowest) is None
        assert timeline.first_below(*here, -lowest - 1) is not None
