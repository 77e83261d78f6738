"""Who looked at whose data, why, and who came in or got rights: a chain of its own, and the daily look over it.

log     the chain: `AccessLog.note` is durable before it returns; `read`, `verify`, `pin`
mending what becomes of one that is damaged
look    what of a day stands out, and by which thresholds
words   its sentences

`open_access_log(directory, clock=…, outside=…)` gives an `AccessLog`; `put_damaged_aside` goes before, where it serves.
"""

from api.access.log import AccessLog, AccessRow, open_access_log
from api.access.mending import put_damaged_aside

__all__ = ["AccessLog", "AccessRow", "open_access_log", "put_damaged_aside"]
