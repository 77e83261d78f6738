"""The five verdicts of a verification (contract, section 7). A check starts as `pass` and only ever gets worse."""

from dataclasses import dataclass, field

CHECKS = ("integrity", "completeness", "authenticity", "freshness", "domain")
PASS, FAIL, UNKNOWN = "pass", "fail", "unknown"
_WORST = {PASS: 0, UNKNOWN: 1, FAIL: 2}
MOST_FINDINGS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong (or worth saying) and where; `seq` is None for the whole. `values` fill its sentence."""

    code: str
    seq: int | None = None
    values: dict[str, str | int] = field(default_factory=dict)


@dataclass(slots=True)
class Check:
    """One verdict with what it rests on; `more` findings were not kept."""

    verdict: str = PASS
    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    more: int = 0

    def fail(self, code: str, seq: int | None = None, **values: str | int) -> None:
        self.verdict = FAIL
        self._keep(Finding(code=code, seq=seq, values=values))

    def doubt(self, code: str, **values: str | int) -> None:
        """It cannot be determined: missing is never `pass`."""
        if self.verdict == PASS:
            self.verdict = UNKNOWN
        self._keep(Finding(code=code, values=values))

    def note(self, code: str, seq: int | None = None, **values: str | int) -> None:
        self.notes.append(Finding(code=code, seq=seq, values=values))

    def _keep(self, finding: Finding) -> None:
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)
        else:
            self.more += 1


@dataclass(slots=True)
class Verdict:
    """`size` is how many entries were to be judged."""

    size: int = 0
    checks: dict[str, Check] = field(default_factory=lambda: {name: Check() for name in CHECKS})

    @property
    def verdict(self) -> str:
        return max((check.verdict for check in self.checks.values()), key=_WORST.__getitem__)
