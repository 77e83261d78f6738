"""The read side in FHIR R4 (4.0.1), for programs of hospitals and ministries that speak it; README.md has the table.

Pure modules turn an entry, the book's records and opened values into plain dictionaries; `gathering` alone reads the
ledger, `routes` alone knows HTTP. A resource is a view: the evidence is the entry, and its Provenance says which.
"""
