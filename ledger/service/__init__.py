"""The verbs. Read in this order: the life of an entry runs through these files once.

ports         what is asked of the stores
sealing       personal values → commitments and openings, each with its data subject
statements    a command → the statement that a person signs
transaction   under the lock: replayed? judged, built into bytes, chained, put on the book
ledger        the writer door with group commit, the reader door, the receipts
founding      entry 0 and what follows it when a directory is made
importing     `senim record`: commands signed with import keys that the ledger makes
checkpoints   signed heads, only after re-reading, never a fork
queries       balances, circle, custody, discrepancies, pending, entries
evidence      the folder that leaves the building
sources       where evidence is read from: a folder, a zip, a data directory
verification  five verdicts over a source, trusting only what is given
remains       what is left of a log in backups, evidence and old directories, and the one chain in it
restoring     a ledger written anew from the bytes of that chain
"""
