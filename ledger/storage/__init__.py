"""SQLite behind the service's ports. Trusts nobody: what is read here is believed after `ledger.log` has checked it.

    tables, triggers   the ledger's tables and their append-only guards, by name and text
    engine             one writer door (BEGIN IMMEDIATE), many reader doors that cannot write
    migrate            the schema's one way to its newest form, in one transaction
    reading, store     `Reading`, `Writing` and `Store` of `ledger.service.ports`
    tiles              full tiles and the hashes of complete subtrees
    shelves, past      the book over SQL: loaded as it is asked for, written with the commit
    projections        every projection of a replayed book as rows: to put in place, or to compare
    private            files that only their owner may read, written durably
    vault              openings under one key per data subject
    year_keys          what those keys are wrapped under: one of each year, replaced at an erasure
    search, folding    patients by name and IIN through a blind index, and how names are compared
    heads              the last signed head of each log, outside the data directory
    secrets            the facility's own private keys
    backup             a snapshot and the issued reports in one file that was read again
    remains            what can still be read of a damaged database, and of a directory's keys
    layout             what lies where in a data directory; creating and opening one

The data directory is private to one user; everything here is sync and may be called from any thread.
"""
