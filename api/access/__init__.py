"""Who looked at whose data, why, and who came in or got rights: a chain of its own, and the daily look over it.

log     the chain: `AccessLog.note` is durable before it returns; `read`, `verify`, `pin`
look    what of a day stands out, and by which thresholds
words   its sentences

`open_access_log(directory, clock=…, outside=…)` gives an `AccessLog`.
"""

from api.access.log import AccessLog, AccessRow, open_access_log

__all__ = ["AccessLog", "AccessRow", "open_access_log"]
