"""Pages: equal bytes, whole alphabets, every mark drawn, nothing interpreted, nothing over anything else."""

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import zxingcpp
from PIL import Image

from ledger.words import LANGUAGES
from reports.model import LAYOUT, Facility, Head, Person, Register, Rules, Signatory
from reports.pages import _Digests
from reports.paper import HEIGHT, LEFT, RIGHT, Title, to_qr
from reports.register_paper import carried, render_register
from reports.typeset import fit, measure, to_visible, wrap
from tests.reports.conftest import Program, run
from tests.reports.world import BIN, FACILITY, KAZAKH, LOG, PRODUCT, ZONE, Log, busy_log


def long_register(rows: int, language: str = "en") -> Register:
    """One receipt of 1000, then doses of one each."""
    log = Log.opened()
    log.moved("stock.received", "2026-01-06 09:00", 1_000)
    for n in range(rows - 1):
        dose: dict[str, Any] = {"patient": "p001", "prescription": "rx-1", "place": "safe", "product": PRODUCT}
        dose |= {"lots": [{"lot": "A1", "units": 1}], "dose": {"value": "7.5", "unit": "mg"}}
        log.add("dose.administered", dose, f"2026-01-07 {n // 60:02}:{n % 60:02}", by="m.kasym", witness=None)
    return log.register(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_equal_registers_give_equal_bytes(language: str) -> None:
    assert render_register(busy_log().register(language)) == render_register(busy_log().register(language))


def test_the_drawing_changes_only_with_its_number() -> None:
    """A change of a single point makes `check` call every older report's pages altered: raise LAYOUT with it."""
    with pikepdf.open(BytesIO(render_register(busy_log().register("kk")))) as document:
        digests = _Digests()
        drawn = "".join(digests.of(page.obj.Contents).hex()[:8] for page in document.pages)
    assert (LAYOUT, drawn) == (2, "ad62664a833fd60d")


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_letters_can_be_found_in_the_text(language: str, text: Callable[..., str]) -> None:
    log = Log.opened()
    log.names["a.nurlanova"] = (KAZAKH[:9], KAZAKH[9:])
    log.moved("stock.received", "2026-01-06 09:00", 1)
    found = text(render_register(log.register(language)))
    assert KAZAKH[:9] in found
    assert KAZAKH[9:] in found
    assert FACILITY in found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_font_is_embedded(language: str, program: Program) -> None:
    lines = run(program("pdffonts"), render_register(busy_log().register(language)), "-").decode().splitlines()[2:]
    assert {line.split()[0].partition("+")[2] for line in lines} == {"DejaVuSans", "DejaVuSans-Bold"}
    assert all(line.split()[-5:-2] == ["yes", "yes", "yes"] for line in lines)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_names_its_language_and_title(language: str) -> None:
    with pikepdf.open(BytesIO(render_register(busy_log().register(language)))) as document:
        assert str(document.Root.Lang) == language
        titles = {"en": "Item-and-quantity", "ru": "Журнал предметно", "kk": "Заттай-сандық"}
        assert str(document.docinfo["/Title"]).startswith(titles[language])


def test_every_page_carries_the_head_as_a_code_that_reads_back(program: Program, tmp_path: Path) -> None:
    register = long_register(30)
    frame = register.frame
    Path(tmp_path / "a.pdf").write_bytes(render_register(register))
    subprocess.run([program("pdftoppm"), "-r", "150", "-gray", tmp_path / "a.pdf", tmp_path / "page"], check=True)
    pages = sorted(tmp_path.glob("page*"))
    assert len(pages) > 1
    for page in pages:
        with Image.open(page) as image:
            codes = zxingcpp.read_barcodes(image)
        assert [code.text for code in codes] == [f"{frame.facility.log}\n{frame.head.size}\n{frame.head.root}"]
    assert to_qr("senim/a/1", Head(size=1042, root="ab" * 32)) == f"senim/a/1\n1042\n{'ab' * 32}"


@pytest.mark.parametrize(
    ("language", "number", "words"),
    [
        ("en", "page 2 of 3", ["Practice register: not a legal record", "values set by the site", "entry No. 38"]),
        ("ru", "страница 2 из 3", ["Учебный журнал", "значения установлены организацией", "запись № 38"]),
        ("kk", "2-бет, барлығы 3", ["Жаттығу журналы", "мәндерін ұйым белгілеген", "№ 38 жазба"]),
    ],
)
def test_every_page_says_whose_it_is_and_what_it_stands_on(
    language: str, number: str, words: list[str], text: Callable[..., str]
) -> None:
    register = long_register(34, language)
    pages = text(render_register(register)).split("\f")[:-1]
    assert len(pages) == 3
    assert number in pages[1]
    root = register.frame.head.root
    for page in pages:
        for each in (FACILITY, BIN, LOG, root[:8], root[-8:], register.frame.rules.sha256, "Дәріхана сейфі", *words):
            assert each in page


def test_totals_are_carried_from_page_to_page(text: Callable[..., str]) -> None:
    """Worked by hand: 1000 came in row 1, each later row takes one; after row n the balance is 1001 − n."""
    pages = text(render_register(long_register(60))).split("\f")[:-1]
    last = 0
    for n, page in enumerate(pages[:-1]):
        brought = re.search(r"Brought forward +([\d,]+) +([\d,]+) +([\d,]+)", page)
        if n:
            assert brought is not None
            assert brought.groups() == ("1,000", str(last - 1), f"{1001 - last:,}")
        last = max(int(found[1]) for found in re.finditer(r"^ *(\d+) +\d+ +\d+ Jan 2026", page, re.MULTILINE))
        forward = re.search(r"(?:Carried forward|Total for the period) +([\d,]+) +([\d,]+) +([\d,]+)", page)
        assert forward is not None
        assert forward.groups() == ("1,000", str(last - 1), f"{1001 - last:,}")
    assert last == 60
    assert carried(long_register(5), [0, 1, 5]) == [(0, 0, 0), (1000, 0, 1000), (1000, 4, 996)]


def test_a_reversal_is_counted_once_in_the_turnover(text: Callable[..., str]) -> None:
    log = Log.opened()
    log.moved("stock.received", "2026-02-01 09:00", 10)
    broken = log.moved("stock.broken", "2026-02-02 09:00", 3)
    log.add("entry.reversed", {"seq": broken, "reason": "other", "packs": "never_left"}, "2026-02-02 10:00")
    page = text(render_register(log.register()))
    assert "−3" in page
    assert re.search(r"Total for the period +10 +0 +10", page)


def strikes(pdf: bytes) -> int:
    """How many struck lines are drawn: only they have this width."""
    with pikepdf.open(BytesIO(pdf)) as document:
        return sum(page.obj.Contents.read_bytes().count(b"\n0.55 w ") for page in document.pages)


def test_a_reversed_row_is_struck_through_and_no_other_is() -> None:
    log = Log.opened()
    seq = log.moved("stock.received", "2026-02-01 09:00", 10)
    assert strikes(render_register(log.register())) == 0
    log.add("entry.reversed", {"seq": seq, "reason": "duplicate", "packs": "never_left"}, "2026-02-01 10:00")
    # number, entry, two lines of time, event, supplier, document, lot, in, two people with their roles
    assert strikes(render_register(log.register())) == 13


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["reversed by entry No. 11", "Reversal of entry No. 10", "entered 3 days late", "second signature",
                "awaited", "later, by entry No. 15", "counted: 258", "2 Feb 2026", "18†"]),
        ("ru", ["сторнировано записью № 11", "Сторно записи № 10", "внесено с опозданием на 3", "ожидается вторая",
                "позже, записью № 15", "подсчитано: 258", "02.02.2026", "18†"]),
        ("kk", ["№ 11 жазбамен сторноланды", "№ 10 жазбаны сторнолау", "3 күн кешігіп", "екінші қол күтілуде",
                "кейін, № 15 жазбамен", "саналғаны: 258", "02.02.2026", "18†"]),
    ],
)  # fmt: skip
def test_what_is_odd_about_a_row_is_said_in_words(language: str, words: list[str], text: Callable[..., str]) -> None:
    found = " ".join(text(render_register(busy_log().register(language))).split())
    for each in words:
        assert " ".join(each.split()) in found, each


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["1,000", "7.5 mg", "6 Jan 2026", "from 1 Jan 2026"]),
        ("ru", ["1 000", "7,5 мг", "06.01.2026", "с 01.01.2026"]),
        ("kk", ["1 000", "7,5 мг", "06.01.2026", "01.01.2026 күнінен бастап"]),
    ],
)
def test_days_and_numbers_are_written_as_readers_write_them(
    language: str, words: list[str], text: Callable[..., str]
) -> None:
    register = long_register(2, language)
    period = replace(register.period, from_on=date(2026, 1, 1))
    found = text(render_register(replace(register, period=period))).replace("\u00a0", " ")
    for each in words:
        assert each in found


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "No entries in this period."), ("ru", "За этот период записей нет."), ("kk", "Бұл кезеңде жазба жоқ.")],
)
def test_a_period_without_entries_says_so(language: str, said: str, text: Callable[..., str]) -> None:
    register = busy_log().register(language, from_on=date(2026, 1, 9), to_on=date(2026, 1, 10))
    pages = text(render_register(register)).split("\f")[:-1]
    assert len(pages) == 1
    assert said in pages[0]
    assert pages[0].count("480") >= 4  # opening, closing, first line, total


HOSTILE = [
    "<b>Нұрланова</b>",
    "&amp;<font size=40>",
    "=cmd|'/c calc'!A1",
    "\\(unbalanced) ) (",
    "{value} %s {0}",
    "Ай\u202eгүл\u200f",
    "tab\tnull\u0000bell\u0007",
    "שלום مرحبا 中文",
    "Оченьдлинноеслово" * 12,
    "\n".join(f"жол {n}" for n in range(40)),
]


def hostile_register(language: str) -> Register:
    """Every text that a person may write, as wrong as it can be."""
    log = Log.opened()
    log.names["a.nurlanova"] = (HOSTILE[0], "pharmacist")
    log.names["d.akhmetova"] = (HOSTILE[2] + " " + HOSTILE[3], "head_pharmacist")
    for n, each in enumerate(HOSTILE):
        line = {"product": PRODUCT, "lot": f"A\"{n}'<>&", "units": 12_345_678}
        body = {"place": "safe", "lines": [line], "supplier": each, "document_no": each[:60]}
        log.add("stock.received", body, f"2026-01-06 09:{n:02}")
    facility = Facility(name=f"<i>{FACILITY * 4}", bin=BIN, log=LOG, zone=ZONE, practice=True)
    unset = ("units_max", "return_days", "destruction_days", "inventory_days", "commission_min", "very_late_days")
    rules = Rules(name="<b>" * 30, sha256="5a" * 32, status="secondary", unset=unset * 4)
    boss = Signatory(meaning="approved", person=Person(username="x", name=HOSTILE[8], role="head_pharmacist"))
    return log.register(language, facility=facility, rules=rules, signatories=(boss,))


def tall_register(language: str) -> Register:
    """Its first row has more lines than the first page has room for."""
    log = Log.opened()
    log.add(
        "stock.received",
        {"place": "safe", "lines": [{"product": PRODUCT, "lot": "A1", "units": 1}], "supplier": HOSTILE[-1]},
        "2026-01-06 09:00",
    )
    return log.register(language)


def test_what_people_write_is_shown_and_never_obeyed(text: Callable[..., str]) -> None:
    found = " ".join(text(render_register(hostile_register("en"))).split())
    for each in (
        "<b>Нұрланова</b>",
        "&amp;<font size=40>",
        "=cmd|'/c calc'!A1",
        "\\(unbalanced) ) (",
        "{value} %s {0}",
    ):
        assert each in found
    assert "Ай\ufffdгүл\ufffd" in found
    assert "\u202e" not in found
    assert "A\"0'<>&" in found
    assert "… +" in found  # the forty lines end with how many are not shown


def test_a_fact_that_is_too_long_says_how_many_lines_are_not_shown() -> None:
    facts = [("Note", "\n".join(map(str, range(40)))), ("Place", "safe")]
    title = Title(name="Journal", subject="Morphine", scope="safe", facts=facts)
    assert title.lines == [("Note", "0"), *(("", str(n)) for n in range(1, 5)), ("", "… +35"), ("Place", "safe")]


def words_of(page: str) -> list[tuple[float, float, float, float]]:
    """(left, top, right, bottom) of every word of a page, from `pdftotext -bbox`."""
    found = re.finditer(r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">', page)
    return [(float(each[1]), float(each[2]), float(each[3]), float(each[4])) for each in found]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "make", [hostile_register, tall_register, lambda language: busy_log().register(language, place=None)]
)
def test_no_word_lies_over_another_or_leaves_the_page(
    language: str, make: Callable[[str], Register], program: Program
) -> None:
    pages = run(program("pdftotext"), render_register(make(language)), "-bbox", "-", "-").decode().split("<page ")[1:]
    for page in pages:
        words = words_of(page)
        assert words
        for n, (left, top, right, bottom) in enumerate(words):
            assert LEFT - 1 < left < right < RIGHT + 1
            assert 20 < top < bottom < HEIGHT - 8
            for other in words[:n]:
                across = min(right, other[2]) - max(left, other[0])
                down = min(bottom, other[3]) - max(top, other[1])
                assert across < 0.6 or down < 1.6, (page[:40], (left, top), other)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Қалиев\u00a0В.", "Қалиев\u00a0В."),
        ("a\u200bb\u2066c\ufeff", "a\ufffdb\ufffdc\ufffd"),
        ("two\nlines", "two\nlines"),
        ("\x00\x1f\x7f", "\ufffd\ufffd\ufffd"),
    ],
)
def test_what_cannot_be_seen_is_made_visible(given: str, shown: str) -> None:
    assert to_visible(given) == shown


def test_text_is_broken_between_words_and_only_then_inside_them() -> None:
    lines = wrap("бір екі үштөртбесалтыжетісегізтоғызон", 60.0, 7.0)
    assert "".join(lines).replace(" ", "") == "бірекіүштөртбесалтыжетісегізтоғызон"
    assert lines[0] == "бір екі"
    assert all(measure(line, 7.0) <= 60.0 for line in lines)
    assert measure(fit("ұзын мәтін " * 9, 60.0, 7.0), 7.0) <= 60.0


def test_signature_lines_name_who_signs_for_what(text: Callable[..., str]) -> None:
    boss = Signatory(meaning="approved", person=Person(username="d", name="Ахметова Дәния", role="head_pharmacist"))
    log = busy_log()
    found = text(render_register(log.register("ru", signatories=(boss,))))
    assert re.search(r"Утверждаю +главный фармацевт, Ахметова Дәния", found)
    unnamed: Any = text(render_register(log.register("ru")))
    assert "Ведёт журнал; остаток сходится с наличием" in unnamed
    assert "Проверено" in unnamed


LONG = "Нұрмағанбетқызы-Қожахметұлы Әйгерім-Гүлсім Төлегенқызы Ғабдулла"


def test_a_name_of_sixty_letters_is_whole_where_it_signs_and_over_the_page(text: Callable[..., str]) -> None:
    boss = Signatory(meaning="approved", person=Person(username="d", name=LONG, role="head_pharmacist"))
    signed = text(render_register(busy_log().register("kk", signatories=(boss,))))
    subject = Title(name="Дозалар тарихы", subject=f"{LONG}, туған күні 01.01.1890", scope="", facts=())
    for word in LONG.split():
        assert word in signed
        assert word in " ".join(subject.subjects)
    assert subject.subjects[-1].endswith("01.01.1890")
    assert len(Title(name="", subject=f"{LONG}\n" * 9, scope="", facts=()).subjects) == 3
    shorter = Title(name="", subject="Тест", scope="", facts=[("a", "b")] * 20)
    assert replace(shorter, subject=f"{LONG}, туған күні 01.01.1890").bottom < shorter.bottom


def test_a_word_is_broken_after_its_hyphen() -> None:
    assert wrap("Нұрмағанбетқызы-Қожахметұлы", 84.0, 7.0) == ("Нұрмағанбетқызы-", "Қожахметұлы")
