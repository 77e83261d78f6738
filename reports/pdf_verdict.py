"""What a check of a signed report found, as a verdict that is said in sentences or as JSON."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

from ledger.log.canonical import to_timestamp
from ledger.service.verdict import FAIL, PASS, UNKNOWN, Check, Finding
from ledger.words import Words, words
from reports import check_words
from reports.certificate import is_self_signed, to_fingerprint, to_organisation
from reports.phrases import CATALOGUES
from reports.signature import Signed

CHECKS: Final = ("intact", "signer", "head", "entries", "figures", "pages")
_WORST: Final = {PASS: 0, UNKNOWN: 1, FAIL: 2}


@dataclass(slots=True)
class PdfVerdict:
    """What was found. `sha256` names the file as its `report.issued` entry does.

    `signed` and `report` (the model) are None where they could not be read.
    """

    sha256: str
    checks: dict[str, Check] = field(default_factory=lambda: {name: Check() for name in CHECKS})
    signed: Signed | None = None
    report: Any = None

    @property
    def verdict(self) -> str:
        """The worst of the checks."""
        return max((check.verdict for check in self.checks.values()), key=_WORST.__getitem__)

    @property
    def fingerprint(self) -> str | None:
        """SHA-256 of the signing certificate, to compare with the sheet of paper."""
        return to_fingerprint(self.signed.certificate) if self.signed else None

    def said(self, language: str) -> list[str]:
        """What was found, in sentences: by whom and when, each check with its findings and notes, the whole."""
        spoken = words(language, catalogues=CATALOGUES)
        lines = [*self._said_signed(spoken)] if self.signed and self.signed.at else []
        for name, check in self.checks.items():
            lines.append(spoken.say(check_words.CHECKS[name][check.verdict]))
            lines += [f"  {_said_finding(spoken, each)}" for each in (*check.findings, *check.notes)]
        return [*lines, spoken.say(check_words.WHOLE[self.verdict])]

    def to_json(self, language: str = "en") -> dict[str, Any]:
        """The same as `senim verify --json` answers, with `sha256`, `fingerprint`, and when it was signed."""
        spoken = words(language, catalogues=CATALOGUES)

        def told(findings: list[Finding]) -> list[dict[str, Any]]:
            return [{"seq": each.seq, "code": each.code, "said": _said_finding(spoken, each)} for each in findings]

        at = self.signed.at if self.signed else None
        stamped = self.signed.stamped if self.signed else None
        return {
            "verdict": self.verdict,
            "said": spoken.say(check_words.WHOLE[self.verdict]),
            "sha256": self.sha256,
            "fingerprint": self.fingerprint,
            "signed_at": None if at is None else to_timestamp(at),
            "level": None if self.signed is None else "B-B" if stamped is None else "B-T",
            "stamped_at": None if stamped is None else to_timestamp(stamped.at),
            "issuers": [
                {"name": to_organisation(each), "fingerprint": to_fingerprint(each)}
                for each in (self.signed.issuers if self.signed else ())
            ],
            "stamped_by": None if stamped is None else to_fingerprint(stamped.certificate),
            "checks": {
                name: {
                    "verdict": check.verdict,
                    "said": spoken.say(check_words.CHECKS[name][check.verdict]),
                    "findings": told(check.findings),
                    "notes": told(check.notes),
                }
                for name, check in self.checks.items()
            },
        }

    def _said_signed(self, spoken: Words) -> Iterator[str]:
        assert self.signed is not None
        assert self.signed.at is not None
        zone, stamped = ZoneInfo(self.report.frame.facility.zone if self.report else "UTC"), self.signed.stamped
        yield spoken.say(
            check_words.SIGNED,
            facility=to_organisation(self.signed.certificate),
            moment=spoken.moment(self.signed.at, zone),
            fingerprint=str(self.fingerprint),
        )
        yield self._said_issued(spoken, self.signed)
        if stamped is None:
            yield spoken.say(check_words.UNSTAMPED)
            return
        yield spoken.say(
            check_words.STAMPED,
            authority=to_organisation(stamped.certificate),
            moment=spoken.moment(stamped.at, zone),
            fingerprint=to_fingerprint(stamped.certificate),
        )

    def _said_issued(self, spoken: Words, signed: Signed) -> str:
        if signed.issuers:
            names = " → ".join(map(to_organisation, signed.issuers))
            return spoken.say(check_words.ISSUED, issuers=names, fingerprint=to_fingerprint(signed.issuers[-1]))
        if is_self_signed(signed.certificate):
            return spoken.say(check_words.SELF_SIGNED)
        return spoken.say(check_words.CLAIMED, issuer=signed.certificate.issuer.rfc4514_string())


def _said_finding(spoken: Words, finding: Finding) -> str:
    said = spoken.say(check_words.FINDINGS.get(finding.code, check_words.OTHER), code=finding.code, **finding.values)
    return said if finding.seq is None else spoken.say(check_words.OF_ENTRY, seq=finding.seq, said=said)
