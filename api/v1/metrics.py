"""For Prometheus: where the ledger stands and what was answered. Names of operations only, never a path or a person.

`senim serve` sets `PROMETHEUS_MULTIPROC_DIR` before this is imported: each of its processes counts in a file there, and
what one counted that ended still counts.
"""

import os
from collections.abc import Iterator
from typing import Any

from litestar import Request, Response, Router, get
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from api.authority import needs
from api.site import Site
from ledger.service.ports import Reading

SHARED = "PROMETHEUS_MULTIPROC_DIR"


class Metrics:
    """One registry for one site."""

    def __init__(self, site: Site) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(_Standing(site))
        counting = self.registry
        if SHARED in os.environ:
            MultiProcessCollector(self.registry)  # type: ignore[no-untyped-call]
            counting = CollectorRegistry()
        self._answered = Counter(
            "senim_answers", "Answers by operation and status.", ("operation", "status"), registry=counting
        )
        self._counters: dict[tuple[str, int], Counter] = {}

    def count(self, operation: str, status: int) -> None:
        """One more answer."""
        counter = self._counters.get((operation, status))
        if counter is None:
            counter = self._counters[operation, status] = self._answered.labels(operation, str(status))
        counter.inc()


class _Standing(Collector):
    def __init__(self, site: Site) -> None:
        self._site = site

    def collect(self) -> Iterator[Metric]:
        ledger = self._site.ledger
        with ledger.reading() as reading:
            for name, help, value in _gauges(reading):
                yield GaugeMetricFamily(name, help, value)
        yield GaugeMetricFamily("senim_read_only", "1 while nothing can be recorded.", float(bool(ledger.read_only)))

    def describe(self) -> list[Metric]:
        return []


def _gauges(reading: Reading) -> Iterator[tuple[str, str, float]]:
    newest = reading.checkpoint()
    yield "senim_entries", "Entries in the ledger.", reading.head.size
    yield "senim_signed_entries", "Entries under the newest signed head.", newest.size if newest else 0
    yield "senim_pending_signatures", "Signatures that are due.", sum(1 for _ in reading.shelf("pending"))
    yield (
        "senim_open_discrepancies",
        "Discrepancies that are open.",
        sum(1 for _ in reading.shelf("open", ("discrepancy",))),
    )


@get("/metrics", operation_id="metrics", opt=needs("metrics:read"), media_type="text/plain", sync_to_thread=True)
def read_metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Prometheus text."""
    metrics: Metrics = request.app.state.metrics
    return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)


router = Router("/", route_handlers=[read_metrics])
