"""The registrar's day: what waits in the office, and nothing else."""

from typing import Any

from litestar import Response, Router

from api.caller import CallerRequest
from api.languages import pick_words
from api.naming import Names
from api.pages.office.steps import find_without_key
from api.pages.rendering import render
from api.pages.routing import page
from api.site import FromSite


@page("/office", "office:use")
def office(request: CallerRequest, site: FromSite) -> Response[Any]:
    words = pick_words(request)
    with site.ledger.reading() as reading:
        names = Names(site, reading, words)
        tasks = [(f"/office/people/{who}", said) for who, said in find_without_key(site, reading, words, names)]
        if not reading.book.facility.imports_closed:
            tasks.insert(0, ("/office/go-live", words.say("The paper journal is not closed yet.")))
    parked = site.parking.of(request.user.person, now=site.ledger.clock())
    unsigned = sum(each.to == request.user.person for each in parked)
    if unsigned:
        said = words.count("{n} list waits for your signature", "{n} lists wait for your signature", unsigned)
        tasks.insert(0, ("/account/requests", said))
    return render(request, site, "office/office.html", tasks=tasks)


router = Router("/", route_handlers=[office])
