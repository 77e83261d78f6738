"""The inspector's screen: a state for each sentence, the rows behind it, and who is shown what."""

import re
from functools import partial
from io import BytesIO
from pathlib import Path
from time import monotonic, sleep

import pytest

from api.evidence import take_evidence
from api.opinions import form_opinion
from api.pages.inspection.heads import to_told
from api.pages.inspection.sentences import BAD, GOOD, GREY, read_sentences
from ledger.domain.judge import ANSWERED, LATE
from ledger.log.canonical import from_bytes
from ledger.log.merkle import read_root
from ledger.service.checkpoints import sign_head, verifier_key
from ledger.service.evidence import pack_evidence
from ledger.service.ports import EntryRow
from ledger.service.sources import open_source
from ledger.service.verdict import Verdict
from ledger.service.verification import Trust, verify
from ledger.storage.layout import find_where
from ledger.words import words
from tests.api.serving import Served, serve
from tests.faults.counter import OPENING, Counter
from tests.storage.world import drop_guards, plain_client, to_theirs

HTML = {"Accept": "text/html"}
EVERY = ("whole", "signatures", "numbers", "balance", "rules", "time")


def read(served: Served, path: str, who: str = "inspector") -> str:
    answer = served.call("GET", path, who=who, headers=HTML)
    assert answer.status_code == 200, answer.text[:300]
    return plain(answer.text[answer.text.index("<main") :])


def ask(served: Served, path: str, **typed: str) -> str:
    answer = served.call("POST", path, who="inspector", data=typed or {"": ""}, headers=HTML)
    assert answer.status_code == 200, answer.text[:300]
    return plain(answer.text)


def plain(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def states(verdict: Verdict | None) -> dict[str, str]:
    return {each.name: each.state for each in read_sentences(verdict, words("en"))}


def judged(*found: tuple[str, str], doubts: tuple[str, ...] = ()) -> Verdict:
    verdict = Verdict(size=9)
    for check, code in found:
        verdict.checks[check].fail(code, 4)
    for check in doubts:
        verdict.checks[check].doubt("not_all_read")
    return verdict


@pytest.mark.parametrize(
    ("verdict", "bad", "grey"),
    [
        (judged(), "", ""),
        (None, "", " ".join(EVERY)),
        (judged(("integrity", "leaf_mismatch")), "whole", ""),
        (judged(("integrity", "seq_mismatch")), "whole numbers", ""),
        (judged(("completeness", "entries_missing"), doubts=("authenticity", "freshness", "domain")),
         "whole numbers", "signatures balance rules time"),
        (judged(("authenticity", "signature_wrong")), "signatures", ""),
        (judged(("domain", "balance_too_low")), "balance", ""),
        (judged(("domain", "lot_expired")), "rules", ""),
        (judged(("freshness", "time_not_increasing")), "time", ""),
        (judged(("integrity", "something_new")), "whole", ""),
        (judged(*[("domain", "lot_expired")] * 101), "rules", "balance"),
    ],
)  # fmt: skip
def test_green_is_said_only_of_what_was_read_to_its_end(verdict: Verdict | None, bad: str, grey: str) -> None:
    expected = dict.fromkeys(EVERY, GOOD) | dict.fromkeys(bad.split(), BAD) | dict.fromkeys(grey.split(), GREY)
    assert states(verdict) == expected


def test_before_the_first_check_nothing_is_green_that_needs_every_entry(served: Served) -> None:
    said = read(served, "/inspection")
    assert "Not checked since the program was started" in said
    assert said.count("not checked yet Whether") == 6
    assert "own view of itself" in said


def check(served: Served) -> str:
    """Run the check as the page does: begun, then looked at until it is done."""
    ask(served, "/inspection/check")
    until = monotonic() + 30
    while served.site.opinion.is_running:
        assert monotonic() < until
        sleep(0.01)
    return plain(served.call("GET", "/inspection/check", who="inspector", headers=HTML).text)


def test_an_entry_that_was_changed_is_one_click_away_from_its_red_sentence(served: Served) -> None:
    where = find_where(served.site.directory)
    with plain_client(where) as client:
        drop_guards(client, where)
        seq, data = client.execute("SELECT seq, data FROM entry WHERE type = 'stock.opened'").fetchone()
        changed = data.replace(b'"units":40', b'"units":39')
        client.execute(to_theirs(where, "UPDATE entry SET data = ? WHERE seq = ?"), (changed, seq))
    said = check(served)
    assert "look here The register is not whole" in said
    assert f"Entry {seq}: This entry is not the one that stood here" in said
    shown = read(served, f"/inspection/entry/{seq}")
    assert "Hash that the tree holds" in shown
    assert "differs" in shown


def test_the_check_is_not_run_by_looking(served: Served) -> None:
    for _ in range(2):
        read(served, "/inspection")
    assert served.site.opinion.outcome is None
    assert "in order The register is whole, from entry 0 to entry" in check(served)
    kept = served.site.common.folder / "opinion"
    before = kept.read_bytes()
    read(served, "/inspection")
    assert kept.read_bytes() == before


def test_a_broken_access_log_is_red(served: Served) -> None:
    with plain_client(served.site.access.path) as client:
        for name in ("access_is_never_changed", "access_takes_the_next_number"):
            client.execute(f"DROP TRIGGER {name}")
        read(served, "/inspection/rows/late")
        client.execute("UPDATE access SET person = 'nobody' WHERE seq = 0")
    assert "look here The access log is not whole: row 0." in check(served)


def test_late_entries_are_found_again_and_imports_are_not_among_them(served: Served) -> None:
    counter = served.counter
    counter.tell(
        "day 2026-03-05\n09:00 (typed 2026-03-08 09:00) pharm dispense.outpatient prescription=rx1 patient=p1\n"
        '    place=safe lots=[A 6] days_supply=2 collector={kind=relative identity=seen} late_reason="power"\n'
        "  → recorded: late"
    )
    with counter.house.ledger.reading() as reading:
        (row,) = reading.rows(mention=LATE)
        assert (row.type, row.seq) == ("dispense.outpatient", reading.head.size - 1)
        assert reading.rows(mention=ANSWERED) == []
        imported = sum(from_bytes(data)["via"] == "import" for _, data in reading.entries())
    told = f"Entered late since the first entry: 1. Imported from paper and not among them: {imported}."
    assert imported
    assert told in read(served, "/inspection")
    said = read(served, "/inspection/rows/late")
    assert "Supply to an outpatient" in said
    assert "power" not in said
    assert "Test" not in said
    named = ask(served, "/inspection/rows/late/names", reason="complaint 17", before="")
    assert "Reason: power" in named
    assert "Test (p1)" in named
    (noted, *_) = served.site.access.read(person="inspector", limit=1)
    assert (noted.kind, noted.detail, noted.reason) == ("listed", "inspection: late", "complaint 17")


def test_names_are_not_shown_without_a_reason(served: Served) -> None:
    seq = served.counter.labels["rx1"][1]
    answer = served.call("POST", f"/inspection/entry/{seq}/names", who="inspector", data={"reason": " "}, headers=HTML)
    assert answer.status_code == 400
    assert "Test (p1)" not in read(served, f"/inspection/entry/{seq}")
    assert "Test (p1)" in ask(served, f"/inspection/entry/{seq}/names", reason="complaint 17")
    kinds = [(row.kind, row.patient, row.reason) for row in served.site.access.read(person="inspector")]
    kinds = [told for told in kinds if told[0] == "read"]
    assert kinds == [("read", "p1", "complaint 17"), ("read", "p1", "inspection")]


@pytest.mark.parametrize("name", ["warnings", "rights", "pending", "circle", "counts", "access"])
def test_each_list_can_be_read_and_a_page_of_it_ends(standing: Served, name: str) -> None:
    assert "As known at entry" in read(standing, f"/inspection/rows/{name}")
    assert standing.call("GET", "/inspection/rows/nothing", who="inspector", headers=HTML).status_code == 404


def test_a_long_list_goes_on_where_the_page_ended(standing: Served) -> None:
    first = standing.call("GET", "/inspection/rows/rights", who="inspector", headers=HTML).text
    shown = re.findall(r"/inspection/entry/(\d+)\"", first)
    further = re.search(r"before=(\d+)\"", first)
    with standing.counter.house.ledger.reading() as reading:
        rights = [row.seq for type in ("person.enrolled", "key.enrolled", "regulation.adopted")
                  for row in reading.rows(type=type)]  # fmt: skip
    pages = [int(seq) for seq in shown]
    while further:
        text = standing.call("GET", f"/inspection/rows/rights?before={further[1]}", who="inspector", headers=HTML).text
        pages += [int(seq) for seq in re.findall(r"/inspection/entry/(\d+)\"", text)]
        further = re.search(r"before=(\d+)\"", text)
    assert pages == sorted(rights, reverse=True)


def test_a_head_is_compared_however_it_was_typed(standing: Served) -> None:
    with standing.counter.house.ledger.reading() as reading:
        size = reading.head.size
        roots = {n: read_root(n, reading.node).hex() for n in (3, size)}
    spaced = " ".join(roots[size][n : n + 8] for n in range(0, 64, 8)).upper()
    assert "Equal" in ask(standing, "/inspection/head", size=f" {size} ", root=spaced)
    cyrillic = spaced.translate(str.maketrans("0ACE", "ОАСЕ"))
    assert "Equal" in ask(standing, "/inspection/head", size=str(size), root=cyrillic)
    assert "Older" in ask(standing, "/inspection/head", size="3", root=roots[3], log="senim-practice/hospital/1")
    assert "another register" in ask(standing, "/inspection/head", size="3", root=roots[3], log="senim/other/1")
    changed = roots[3][:-1] + ("0" if roots[3][-1] != "0" else "1")
    assert "Not in this register" in ask(standing, "/inspection/head", size="3", root=changed)
    assert "Not in this register" in ask(standing, "/inspection/head", size=str(size + 1), root=roots[size])
    for size_told, root in (("", roots[3]), ("3", roots[3][:-1]), ("three", roots[3]), ("3", "x" * 64)):
        answer = standing.call("POST", "/inspection/head", who="inspector", data={"size": size_told, "root": root})
        assert answer.status_code == 400
    assert to_told({"size": "1 042", "root": "АбОо"}) == "1042 a600"


def test_the_book_is_shown_after_the_count_and_that_is_noted_before(standing: Served) -> None:
    said = ask(standing, "/inspection/count/book", place="safe", product="morphine", units="39")
    assert "Counted 39 Book 40" in said
    assert "−1 ampoule they differ" in said
    (noted, *_) = standing.site.access.read(person="inspector", limit=1)
    assert (noted.kind, noted.detail) == ("counted", "safe morphine 39")
    for typed in ({"units": ""}, {"units": "-1"}, {"units": "39", "place": "nowhere"}):
        told = {"place": "safe", "product": "morphine"} | typed
        answer = standing.call("POST", "/inspection/count/book", who="inspector", data=told, headers=HTML)
        assert answer.status_code in (400, 404)


def test_the_zip_is_the_same_every_time_and_passes(standing: Served, tmp_path: Path) -> None:
    ledger = standing.counter.house.ledger
    head, steps = sign_head(ledger), [0]

    def step() -> None:
        steps[0] += 1

    packed = [BytesIO(), BytesIO()]
    for out in packed:
        pack_evidence(ledger, head, out, step=step)
    assert packed[0].getvalue() == packed[1].getvalue()
    assert steps[0] == 2 * head.size
    path = tmp_path / "evidence.zip"
    path.write_bytes(packed[0].getvalue())
    trust = Trust(key=verifier_key(ledger), genesis=ledger.genesis())
    verdict, _ = verify(open_source(path), trust=trust, now=ledger.clock())
    assert verdict.verdict == "pass"


def test_what_was_taken_is_gone_with_the_next(standing: Served) -> None:
    first, second = (standing.site.evidence.run(1, partial(take_evidence, standing.site)).path for _ in range(2))
    assert second.is_file()
    assert second.stat().st_mode & 0o077 == 0
    assert standing.site.directory not in second.parents
    assert not first.exists()


def test_an_opinion_holds_the_access_log_too(standing: Served) -> None:
    opinion = form_opinion(standing.site, lambda: None)
    assert (opinion.verdict.verdict, opinion.access) == ("pass", None)


def test_a_visit_is_told_with_its_findings_and_answers(tmp_path: Path) -> None:
    counter = Counter(tmp_path)
    counter.tell(OPENING)
    counter.tell(
        "09:00 inspector inspection.opened scope=safes document_no=I-3\n"
        '09:10 [finding] inspector inspection.noted text="one too few" about=@rx1\n'
    )
    with serve(counter) as served:
        assert "one too few" in read(served, "/inspection/visit")
        (noted,), (course,) = _rows(counter, "inspection.noted"), _rows(counter, "prescription.issued")
        assert f"entry {course.seq} (" in read(served, f"/entries/{noted.seq}")
        assert "Findings: 1, not answered yet: 1." in read(served, "/inspection/visit", "head")
        counter.tell("09:20 head inspection.answered note=@finding text=broken\n09:30 inspector inspection.closed")
        said = read(served, "/inspection/visit")
        assert "Open a visit" in said
        seq = next(row.seq for row in _rows(counter, "inspection.opened"))
        past = read(served, f"/inspection/visit/{seq}")
        assert "one too few" in past
        assert "broken" in past
    counter.house.close()


def _rows(counter: Counter, type: str) -> list[EntryRow]:
    with counter.house.ledger.reading() as reading:
        return reading.rows(type=type)
