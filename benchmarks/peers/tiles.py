"""ENTRIES FOLDER: audit a log in tiles with aics-tlog, every tile and every bundle of entries.

Prints seconds an entry as JSON. Run by an interpreter that has the library; nothing of the product is imported.
"""

import json
import sys
from pathlib import Path
from time import perf_counter

from aics_tlog import DirectoryTileStore, FileSystemTileReader, IncrementalTileWriter, audit_tiles

from benchmarks.peers.framed import read_entries

entries, folder = read_entries(Path(sys.argv[1])), Path(sys.argv[2])
folder.mkdir()
writer = IncrementalTileWriter(DirectoryTileStore(folder, fsync=False))
writer.append(entries)
root = writer.root()
start = perf_counter()
audit_tiles(FileSystemTileReader(folder), len(entries), root)
print(json.dumps({"audit": (perf_counter() - start) / len(entries)}))
