"""The steps from paper to register: what is done, what is left of each, and why. Trusts the entries alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from api.naming import Names
from api.pages.account.keys import read_waiting
from api.site import Site
from ledger.domain.rule_reading import is_to_look_up
from ledger.domain.terms import GOVERNORS
from ledger.log.canonical import from_bytes
from ledger.refusal_words.regulation import VALUES
from ledger.refusal_words.terms import ROLES
from ledger.service.ports import Reading
from ledger.words import Words

_PRACTICE = "practice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`state`: good (done), bad (the next ones need it) or unknown (may wait). `links`: (address, words)."""

    title: str
    state: str
    said: str
    left: Sequence[str] = ()
    links: Sequence[tuple[str, str]] = field(default=())


def read_steps(site: Site, reading: Reading, words: Words) -> list[Step]:
    """In their order; the last one, the declaration, is the page's own."""
    names = Names(site, reading, words)
    return [
        _people(reading, words),
        _keys(site, reading, words, names),
        _places(names, words),
        _products(names, words),
        _rules(site, reading, words),
        _stock(reading, names, words),
        _outside(reading, words),
    ]


def _here(reading: Reading) -> list[tuple[str, str]]:
    return [(name, person.role) for (name,), person in reading.shelf("person") if person.left_at is None]


def _people(reading: Reading, words: Words) -> Step:
    here = _here(reading)
    roles = {role for _, role in here}
    missing = [words.say(ROLES[role]) for role in ("registrar", "head_pharmacist") if role not in roles]
    left = [words.say("Nobody is enrolled as {role}.", role=role) for role in missing]
    is_alone = sum(role not in ("inspector", "registrar") for _, role in here) < 2
    if is_alone:
        left.append(words.say("Counts want two people: enrol somebody who can be the second."))
    return Step(
        title=words.say("People"),
        state="bad" if left else "good",
        said=words.count("{n} person is here.", "{n} people are here.", len(here)),
        left=left,
        links=[("/office/people", words.say("Enrol people"))],
    )


def find_without_key(site: Site, reading: Reading, words: Words, names: Names) -> list[tuple[str, str]]:
    """(username, what is left) of everybody here who would sign and has no key in force."""
    holders, waiting = _holders(site, reading), {each.person for each in read_waiting(site, reading)}
    return [
        (
            name,
            words.say("{name} made a key that is not signed in yet.", name=names.person(name))
            if name in waiting
            else words.say(
                "{name} has no key: they enrol with their one-time code and make one.", name=names.person(name)
            ),
        )
        for name, role in _here(reading)
        if role != "inspector" and name not in holders
    ]


def _holders(site: Site, reading: Reading) -> set[str]:
    book = site.ledger.keys(reading)
    return {key.person for key in map(book.get, book.ids()) if key.use == "sign" and key.until_seq is None}


def _keys(site: Site, reading: Reading, words: Words, names: Names) -> Step:
    holders = _holders(site, reading)
    is_needed = any(role in GOVERNORS and name not in holders for name, role in _here(reading))
    left = [said for _, said in find_without_key(site, reading, words, names)]
    return Step(
        title=words.say("Keys to sign with"),
        state="bad" if is_needed else "unknown" if left else "good",
        said=words.count("{n} person has a key in force.", "{n} people have a key in force.", len(holders)),
        left=left,
        links=[
            ("/account/keys", words.say("Make my key")),
            ("/account/key-list", words.say("The list of keys, to print and sign by hand")),
        ],
    )


def _places(names: Names, words: Words) -> Step:
    kinds = {kind for kind in ("safe", "custody", "ward", "mobile_team") if names.open_places(kind)}
    left = []
    if "safe" not in kinds:
        left.append(words.say("There is no safe: stock cannot be counted over."))
    if "custody" not in kinds:
        left.append(words.say("There is no place of custody: nothing that comes back could be kept."))
    n = len(names.open_places("safe", "custody", "ward", "mobile_team"))
    return Step(
        title=words.say("Places"),
        state="bad" if "safe" not in kinds else "unknown" if left else "good",
        said=words.count("{n} place is open.", "{n} places are open.", n),
        left=left,
        links=[("/office/places", words.say("Open places"))],
    )


def _products(names: Names, words: Words) -> Step:
    n = len(names.open_products())
    return Step(
        title=words.say("Products"),
        state="good" if n else "bad",
        said=words.count("{n} product is listed.", "{n} products are listed.", n),
        left=[] if n else [words.say("Without products nothing can be counted.")],
        links=[("/office/products", words.say("List products"))],
    )


def _rules(site: Site, reading: Reading, words: Words) -> Step:
    rules = site.ledger.rules(reading)
    to_look_up = sum(is_to_look_up(rules, key) for key in VALUES)
    left = []
    if rules.name == _PRACTICE:
        left.append(words.say("The practice rule set is in force; a facility adopts its own before it counts."))
    if to_look_up:
        left.append(
            words.count(
                "{n} value was not read in its act yet.", "{n} values were not read in their acts yet.", to_look_up
            )
        )
    return Step(
        title=words.say("Rule set"),
        state="unknown" if left else "good",
        said=words.say("In force: {name}.", name=rules.name),
        left=left,
        links=[
            ("/office/rules", words.say("See and adopt")),
            ("/office/rules/worksheet", words.say("Worksheet to print")),
        ],
    )


def _stock(reading: Reading, names: Names, words: Words) -> Step:
    counted = {line["product"] for body in _bodies(reading, "stock.opened") for line in body["lines"]}
    left = [
        words.say("{product}: not counted over; where there is none, nothing has to be.", product=said)
        for product, said in names.open_products()
        if product not in counted
    ]
    return Step(
        title=words.say("What lies in the safe and on the wards"),
        state="good" if counted and not left else "unknown",
        said=words.count("{n} product is counted over.", "{n} products are counted over.", len(counted)),
        left=left,
        links=[("/office/go-live/stock", words.say("Count over from the journal"))],
    )


def _outside(reading: Reading, words: Words) -> Step:
    homes = sum(1 for _ in _bodies(reading, "home.opened"))
    bags = sum(1 for _ in _bodies(reading, "custody.opened"))
    said = [
        words.count("{n} home is taken over.", "{n} homes are taken over.", homes),
        words.count("{n} sealed bag is taken over.", "{n} sealed bags are taken over.", bags),
    ]
    return Step(
        title=words.say("What is in homes and in sealed bags"),
        state="good" if homes or bags else "unknown",
        said=" ".join(said),
        left=[words.say("What patients have at home and what waits in bags for destruction. If nothing, go on.")],
        links=[
            ("/office/go-live/homes", words.say("Take over a home")),
            ("/office/go-live/custody", words.say("Take over a sealed bag")),
        ],
    )


def _bodies(reading: Reading, type: str) -> Iterator[dict[str, list[dict[str, str]]]]:
    for row in reading.rows(type=type):
        if reading.book.find("reversal", row.id) is None:
            yield from_bytes(row.data)["statement"]["body"]
