"""The short forms about one family: a death learned at home, the notice to the relatives, a count on a visit."""

from typing import Any

from litestar import Response
from litestar.params import FromPath

from api.caller import CallerRequest
from api.pages.family.aloud import SPOKEN, read_aloud
from api.pages.family.giving_back import first_spoken, relations
from api.pages.family.left import find_left
from api.pages.family.table import open_table
from api.pages.family.told import find_order, find_told
from api.pages.rendering import render
from api.pages.routing import page
from api.site import FromSite


@page("/family/died/{patient:str}", "family:use")
def died(request: CallerRequest, site: FromSite, patient: FromPath[str]) -> Response[Any]:
    with open_table(request, site, patient) as table:
        return render(request, site, "family/died.html", name=table.name, patient=table.patient, today=table.today)


@page("/family/notice/{patient:str}", "family:use")
def notice(request: CallerRequest, site: FromSite, patient: FromPath[str]) -> Response[Any]:
    """Number and date of the order stand there as they were used last."""
    with open_table(request, site, patient) as table:
        order_no, order_on = find_order(table.reading)
        return render(
            request, site, "family/notice.html", name=table.name, patient=table.patient, order_no=order_no,
            order_on=order_on, aloud=read_aloud("notice"), spoken=SPOKEN, spoken_first=first_spoken(request),
            relations=relations(request), informed=find_told(site, table.reading, table.patient),
        )  # fmt: skip


@page("/family/count/{patient:str}", "family:use")
def count(request: CallerRequest, site: FromSite, patient: FromPath[str]) -> Response[Any]:
    """An offer on a visit: what is left empty is not counted."""
    with open_table(request, site, patient) as table:
        lots = find_left(table.reading.book, table.patient, table.products, table.today)
        return render(
            request, site, "family/count.html", name=table.name, patient=table.patient,
            packs=[table.show(each) for each in lots],
        )  # fmt: skip


HANDLERS = (died, notice, count)
