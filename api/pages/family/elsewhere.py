"""What comes from another facility or goes to other hands: take-overs, notices, bags, two reports of the same packs."""

from collections import defaultdict
from typing import Any

from litestar import Response
from litestar.params import FromQuery

from api.caller import CallerRequest
from api.languages import pick_words
from api.naming import Names
from api.pages.family.table import AT_THE_TABLE
from api.pages.family.waiting import find_bags
from api.pages.rendering import render, render_part
from api.pages.routing import page
from api.pages.terms import VALUES
from api.seeing import note_list, patients_in
from api.site import FromSite
from ledger.domain.lots import true_name
from ledger.domain.terms import INDICATIONS
from ledger.log.canonical import from_bytes, from_timestamp
from ledger.service.ports import Reading, Wanted
from ledger.words import phrase

_NOTICES = (
    ("acknowledged", phrase("took over our supply")),
    ("died", phrase("the patient died there")),
    ("returned", phrase("packs were handed in there")),
    ("arrived", phrase("what we sent has arrived")),
)
_LOOKED_AT = 200


@page("/family/takeover", "family:use")
def take_over(request: CallerRequest, site: FromSite) -> Response[Any]:
    """A discharge of another facility, from its supply note."""
    with site.ledger.reading() as reading:
        names = Names(site, reading, pick_words(request))
        return render(request, site, "family/takeover.html", products=names.open_products())


@page("/family/new", "family:use")
def new_patient(request: CallerRequest, site: FromSite) -> Response[Any]:
    """Who comes from elsewhere and is not registered here yet; their home unit is this facility, as a rule."""
    words = pick_words(request)
    indications = [(code, words.say(VALUES.get(code, "another one"))) for code in INDICATIONS]
    with site.ledger.reading() as reading:
        return render(request, site, "family/new.html", home=reading.book.facility, indications=indications)


@page("/family/heard", "notices:use")
def heard(request: CallerRequest, site: FromSite, no: FromQuery[int | None] = None) -> Response[Any]:
    """A notice: what another facility says of an entry of ours, perhaps the one with the number *no*."""
    with site.ledger.reading() as reading:
        names = Names(site, reading, say := pick_words(request))
        kinds = [(code, say.say(word)) for code, word in _NOTICES]
        return render(request, site, "family/heard.html", products=names.open_products(), kinds=kinds, no=no)


@page("/family/about", "notices:use")
def about(request: CallerRequest, site: FromSite, no: FromQuery[int | None] = None) -> Response[Any]:
    """Part: the entry of ours with this number, as the form refers to it."""
    words = pick_words(request)
    with site.ledger.reading() as reading:
        if no is None or not 0 <= no < reading.head.size:
            return render_part(request, "family/_about.html", entry=None, no=no)
        said = from_bytes(reading.entry(no))["statement"]
        names = Names(site, reading, words)
        whose = patients_in(reading.book, said["type"], said["body"])
        for patient in whose:
            site.see_patient(reading, request.user, patient, what=f"entry {no}", reason=AT_THE_TABLE)
        entry = {
            "id": said["id"],
            "type": said["type"],
            "at": words.moment(from_timestamp(said["occurred_at"]), site.zone),
            "patients": ", ".join(map(names.patient, whose)),
        }
        return render_part(request, "family/_about.html", entry=entry, no=no)


@page("/family/handover", "family:use")
def hand_over(request: CallerRequest, site: FromSite) -> Response[Any]:
    """Bags from one place of custody to another: who gives and who receives both sign."""
    with site.ledger.reading() as reading:
        names = Names(site, reading, pick_words(request))
        return render(
            request, site, "family/handover.html", stores=names.open_places("custody"),
            colleagues=names.colleagues(request.user.person),
            bags=[
                {"seal_no": each.seal_no, "place": each.place, "said": names.place(each.place), "units": each.units,
                 "mine": each.mine}
                for each in find_bags(reading, request.user.person)
            ],
        )  # fmt: skip


@page("/family/claims", "family:use")
def claims(request: CallerRequest, site: FromSite) -> Response[Any]:
    """Two reports of what may be the same packs: which one holds is said by a person, before a second one."""
    words = pick_words(request)
    with site.ledger.reading() as reading:
        names, pairs = Names(site, reading, words), _find_pairs(reading)
        if pairs:
            note_list(site, request.user, what=f"claims at {reading.head.size - 1}", reason=AT_THE_TABLE)
        shown = [
            {
                "patient": names.patient(patient),
                "claims": [
                    {
                        "id": said["id"], "seq": seq, "by": names.person(said["performer"]),
                        "at": words.moment(from_timestamp(said["occurred_at"]), site.zone),
                        "seal_no": said["body"]["seal_no"],
                        "packs": [(names.product(line["product"]), line["intact"] + line["broken"])
                                  for line in said["body"]["lines"]],
                    }
                    for seq, said in pair
                ],
            }
            for patient, pair in pairs
        ]  # fmt: skip
        return render(
            request, site, "family/claims.html", pairs=shown, colleagues=names.colleagues(request.user.person)
        )


def _find_pairs(reading: Reading) -> list[tuple[str, list[tuple[int, dict[str, Any]]]]]:
    """Of the newest returns that stand, those of one patient that name the same lot of a product, or none."""
    book, found = reading.book, defaultdict[str, list[tuple[int, dict[str, Any]]]](list)
    for row in reversed(reading.page(Wanted(type="unused.returned", limit=_LOOKED_AT))):
        said = from_bytes(row.data)["statement"]
        if "patient" in said["body"] and book.find("reversal", row.id) is None:
            found[said["body"]["patient"]].append((row.seq, said))

    def lots(seq: int, said: dict[str, Any]) -> set[tuple[str, str]]:
        at = said["occurred_at"], seq
        told = ((line["product"], line.get("lot", "")) for line in said["body"]["lines"])
        return {(product, lot and true_name(book, product, lot, *at)) for product, lot in told}

    pairs = []
    for patient, told in found.items():
        for n, one in enumerate(told):
            for other in told[n + 1 :]:
                mine, its = lots(*one), lots(*other)
                if any(a[0] == b[0] and (a == b or not (a[1] and b[1])) for a in mine for b in its):
                    pairs.append((patient, [one, other]))
    return pairs


HANDLERS = (take_over, new_patient, heard, about, hand_over, claims)
