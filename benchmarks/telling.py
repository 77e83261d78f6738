"""One measurement, one JSON object a line: what was found, against what, and how that compares with the target."""

import json
from collections.abc import Sequence
from statistics import median
from typing import Any

FEW = 25
"""Of more runs only their number is told."""


def tell(
    name: str,
    unit: str,
    found: Sequence[float],
    floors: Sequence[float],
    target: float | None = None,
    *,
    bound: str = "",
    **more: Any,
) -> None:
    """Print one line. *found* and *floors* were measured in turn, so that each ratio compares the same moment.

    A ratio may be at most *target*, or must be at least that where *unit* is a rate (`…/s`). *bound*: what keeps the
    target from being met where it is not, and what would move it. *more*: other members.
    """
    ratios = [run / floor for run, floor in zip(found, floors, strict=True)]
    line: dict[str, Any] = {"name": name, "unit": unit, "median": to_short(median(found))}
    line |= {"floor": to_short(median(floors)), "ratio": to_short(median(ratios)), "target": target}
    line |= {"runs": [to_short(ratio) for ratio in ratios] if len(ratios) <= FEW else len(ratios)} | more
    print(json.dumps(line | ({"bound": bound} if bound else {})), flush=True)


def to_short(value: float) -> float:
    """Four digits, for more were not measured."""
    return round(value) if abs(value) >= 1_000 else float(f"{value:.4g}")
