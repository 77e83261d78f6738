"""Every type of the register, by name."""

from collections.abc import Mapping
from types import MappingProxyType

from ledger.domain.families import (
    administering,
    attesting,
    charting,
    collecting,
    correcting,
    counting,
    dispensing,
    downtime,
    furnishing,
    going_live,
    governing,
    holding_keys,
    infusing,
    inspecting,
    merging,
    patients,
    prescribing,
    recalling,
    setting_up,
    settling,
    stocking,
)
from ledger.domain.form import Reader
from ledger.domain.kind import Kind

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for family in (
            setting_up,
            governing,
            holding_keys,
            furnishing,
            attesting,
            downtime,
            inspecting,
            patients,
            merging,
            stocking,
            recalling,
            going_live,
            counting,
            prescribing,
            dispensing,
            administering,
            charting,
            infusing,
            collecting,
            correcting,
            settling,
        )
        for kind in family.KINDS
    }
)
BODIES: Mapping[str, Reader] = MappingProxyType({name: kind.read for name, kind in KINDS.items()})
"""The reader of each type's body."""
