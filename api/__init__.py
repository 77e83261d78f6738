"""The web: who calls, what they may ask, and the ledger's verbs over HTTP (contract, section 3).

app         every router in one list
caller      who calls: a session of a person, or a machine's token
authority   what each role may ask: one table
problems    a refusal becomes a problem document in the caller's language
accounts/   credentials, sessions, tokens
access/     who looked at whose data, and why: a chain of its own
v1/         the JSON API
fhir/       the same facts as FHIR R4
pages/      what people see
"""
