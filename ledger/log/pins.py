"""What people's own keys confirm: all that each had seen. And which keys are people's, where the verifier knows some.

Who holds the log's key and the import keys could take back the end of imports, enrol keys of their own on the
facility's word and sign with them. So what confirms is, for who knows governance's keys: those; every key enrolled in
what they confirm; and every key whose enrolment such keys signed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Pins:
    """`seen`: the newest entry that a key has seen. Entries without any such signature are somebody's word: `words`."""

    seen: dict[str, int] = field(default_factory=dict)
    words: list[tuple[int, frozenset[str]]] = field(default_factory=list)
    _enrolled: dict[str, tuple[int, frozenset[str]]] = field(default_factory=dict)

    def add(self, seq: int, statement: Mapping[str, Any], own: Sequence[str], *, is_word: bool) -> None:
        """*own*: the keys of use `sign` that signed entry *seq*; *is_word*: others signed it, for the facility."""
        for key in own:
            self.seen[key] = max(self.seen.get(key, -1), statement["seen"]["seq"])
        if is_word:
            # A person's key says nothing for an import key beside it; governance signs an epoch's entry 0 as a whole.
            self.words.append((seq, frozenset(own if statement["performer"] == "ledger" else ())))
        for described in _enrolments(statement):
            self._enrolled.setdefault(str(described.get("key")), (seq, frozenset(own)))

    def known(self, trusted: Collection[str]) -> frozenset[str]:
        """The keys that confirm, for who knows *trusted*: these, and those that follow from them."""
        known, grown = frozenset(trusted), True
        while grown:
            pinned = self.pinned(known)
            more = [
                key for key, (seq, signers) in self._enrolled.items() if seq <= pinned or (signers and signers <= known)
            ]
            grown = not known.issuperset(more)
            known |= frozenset(more)
        return known

    def pinned(self, known: Collection[str]) -> int:
        return max((seq for key, seq in self.seen.items() if key in known), default=-1)

    def unsigned(self, known: Collection[str]) -> list[int]:
        """The entries that rest on the facility's own word, and that no key of *known* has confirmed since."""
        pinned = self.pinned(known)
        return [seq for seq, own in self.words if seq > pinned and own.isdisjoint(known)]


def _enrolments(statement: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if statement["type"] == "key.enrolled":
        return [statement["body"]]
    told = statement["body"].get("keys") if statement["type"] == "facility.opened" else ()
    return [each for each in told if type(each) is dict] if isinstance(told, list) else []
