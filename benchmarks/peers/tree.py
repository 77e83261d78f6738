"""ENTRIES FOLDER: append to pymerkle's SQLite tree one by one, durably, and prove entries.

Prints seconds an entry and a proof as JSON. Run by an interpreter that has the library; nothing of the product is
imported.
"""

import json
import sys
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter

from pymerkle import SqliteTree, verify_inclusion

from benchmarks.peers.framed import read_entries

FEW = 500
entries, folder = read_entries(Path(sys.argv[1])), Path(sys.argv[2])
folder.mkdir()
with SqliteTree(str(folder / "few.db")) as tree:
    start = perf_counter()
    for entry in entries[:FEW]:
        tree.append_entry(entry)
    append = (perf_counter() - start) / FEW
proofs, random = [], Random(1)
with SqliteTree(str(folder / "all.db")) as tree:
    tree.append_entries(entries)
    root = tree.get_root()
    for _ in range(100):
        index = random.randrange(1, len(entries) + 1)
        start = perf_counter()
        verify_inclusion(tree.get_leaf(index), root, tree.prove_inclusion(index))
        proofs.append(perf_counter() - start)
print(json.dumps({"append": append, "proof": median(proofs)}))
