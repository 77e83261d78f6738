"""A site from a data directory: the stores that only the web needs, beside the ledger's."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from api.access import open_access_log
from api.accounts import open_accounts
from api.common import Common, open_common
from api.heads import keep_heads
from api.parking import Parking
from api.recording import Recording
from api.settings import Settings
from api.site import Site
from api.working import Work
from ledger.service.ledger import Ledger
from ledger.storage.search import open_search


@contextmanager
def open_site(
    ledger: Ledger, directory: Path, zone: str, settings: Settings, common: Common | None = None
) -> Iterator[Site]:
    """The site over *ledger*; its stores are made at first use and closed at the end.

    *common*: what is shared with the processes that serve it too, if this is not the only one.
    """
    outside = (ledger.heads, ledger.genesis())
    with ExitStack() as stack:
        common = common or stack.enter_context(open_common())
        access = stack.enter_context(open_access_log(directory, clock=ledger.clock, outside=outside))
        accounts = open_accounts(
            directory,
            settings=settings,
            recorder=access,
            clock=ledger.clock,
            is_signing_key=lambda key: ledger.keys().find(key) is not None,
        )
        search = stack.enter_context(open_search(directory))
        search.catch_up(ledger)
        yield Site(
            ledger=ledger,
            directory=directory,
            zone=zone,
            settings=settings,
            access=access,
            accounts=stack.enter_context(accounts),
            search=search,
            heads=stack.enter_context(keep_heads(ledger, every=settings.head_every_ms / 1000)),
            common=common,
            parking=Parking(common, timedelta(minutes=settings.wait_minutes)),
            recording=Recording(ledger, common),
            opinion=Work(common, "opinion"),
            evidence=Work(common, "evidence"),
        )
