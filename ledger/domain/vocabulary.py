"""Every type of the register, by name."""

from collections.abc import Mapping
from types import MappingProxyType

from ledger.domain import (
    administering,
    collecting,
    correcting,
    counting,
    dispensing,
    patients,
    prescribing,
    setting_up,
    stocking,
)
from ledger.domain.form import Reader
from ledger.domain.kind import Kind

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for family in (
            setting_up,
            patients,
            stocking,
            counting,
            prescribing,
            dispensing,
            administering,
            collecting,
            correcting,
        )
        for kind in family.KINDS
    }
)
BODIES: Mapping[str, Reader] = MappingProxyType({name: kind.read for name, kind in KINDS.items()})
"""The reader of each type's body."""
