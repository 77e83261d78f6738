"""What makes a ledger evidence: pure functions over bytes, without clock, chance or files, and without medicines.

From bytes to verdicts: `canonical` (one spelling), `statement` (one shape), `merkle`, `note`, `checkpoint`, `tiles`,
`proof` (RFC 6962 and C2SP, so that other people's tools read the same), `sealed` (commitments), `signing`, `key`,
`duties`, `keys` (who must sign, and with what), `audit`, `spans`, `quick` (all of it over a whole log).

Whoever verifies brings what he trusts as keyword arguments; what is wrong raises a branch of
`ledger.errors.EvidenceRejected` with a stable `reason`, but for the audits, which collect findings and go on.
"""
