"""What was scanned is known for what it is; what could be read in two ways is left for people to type."""

from typing import Any

import pytest
import zxingcpp

from tests.browser.conftest import Run

GTIN = "04870123456789"
GS = "\x1d"
CODE = f"EE06{GS}92{'Ab+/' * 11}"
HEAD = f"senim/hospital-7/0\n1204\n{'0f' * 32}"
ID = "0192f0c1-0000-7000-8000-000000000001"
PACK = {"kind": "pack", "gtin": GTIN}
FULL = PACK | {"serial": "SN0001", "lot": "ABC123", "expires_on": "2027-12-31"}
MARKED = PACK | {"serial": "AB10CDEFGHI17"}
READ_ALL = "given.map(m.readCode)"

KNOWN: dict[str, Any] = {
    f"01{GTIN}21AB10CDEFGHI17{GS}91{CODE}": MARKED,
    f"]d201{GTIN}21AB10CDEFGHI17{GS}91{CODE}": MARKED,
    f"{GS}01{GTIN}21AB10CDEFGHI17{GS}91{CODE}\r\n": MARKED,
    f"01{GTIN}21AB10CDEFGHI1791{CODE.replace(GS, '')}": MARKED,  # every separator lost: its shape is fixed
    f"01{GTIN}21AB10CDEFGHI17<GS>91{CODE.replace(GS, '<GS>')}": MARKED,
    f"01{GTIN}21AB10CDEFGHI17␝91{CODE.replace(GS, '␝')}": MARKED,
    f"01{GTIN}21AB10CDEFGHI17 91{CODE.replace(GS, ' ')}": MARKED,
    f"01{GTIN}1727123110ABC123{GS}21SN0001": FULL,
    f"21SN0001{GS}10ABC123^]1727123101{GTIN}": FULL,
    f"(01){GTIN}(17)271231(10)ABC123(21)SN0001": FULL,
    f"01{GTIN}714KZ-12345{GS}1125010110ABC123{GS}1727123121SN0001": FULL,  # what it does not know is passed by
    f"01{GTIN}1728020010L": PACK | {"lot": "L", "expires_on": "2028-02-29"},
    f"01{GTIN}21A17B10C{GS}10L21{GS}17271231": PACK | {"serial": "A17B10C", "lot": "L21", "expires_on": "2027-12-31"},
    f"01{GTIN}": PACK,
    GTIN: PACK,
    GTIN[1:]: PACK,
    f"]E0{GTIN[1:]}": PACK,
    HEAD: {"kind": "head", "log": "senim/hospital-7/0", "size": 1204, "root": "0f" * 32},
    f"{HEAD}\n77\n": {"kind": "head", "log": "senim/hospital-7/0", "size": 1204, "root": "0f" * 32, "seq": 77},
    f"{HEAD}\n77\n{ID}": {
        "kind": "head",
        "log": "senim/hospital-7/0",
        "size": 1204,
        "root": "0f" * 32,
        "seq": 77,
        "id": ID,
    },
    "850615100017": {"kind": "iin", "iin": "850615100017"},
    " 850615100017\r": {"kind": "iin", "iin": "850615100017"},
}
DOUBTFUL: dict[str, Any] = {
    f"01{GTIN}1727123110ABC12321SN0001": PACK | {"expires_on": "2027-12-31"},
    f"01{GTIN}21ABCDEF17271231": PACK,
    f"01{GTIN}10L2145": PACK,
}
TEXTS = (
    f"01{GTIN[:-1]}010ABC",  # the check digit
    f"{GTIN[1:-1]}0",
    f"01{GTIN}10{'L' * 21}",
    f"01{GTIN}17271331",
    f"01{GTIN}10A{GS}10B",
    f"01{GTIN}10",
    "850615200427", "850615100018", "851315100017", "1234567", "rx1", "", "https://example.org/01", "senim/x/0\n1\nabc",
    f"{GTIN}{GTIN}",
)  # fmt: skip


def test_packs_heads_and_people_are_told_apart_with_and_without_separators(run: Run) -> None:
    read = run("scanning/gs1.js", READ_ALL, list(KNOWN))
    assert dict(zip(KNOWN, read, strict=True)) == KNOWN


def test_what_lost_separators_leave_in_doubt_is_left_out_and_said(run: Run) -> None:
    read = run("scanning/gs1.js", READ_ALL, list(DOUBTFUL))
    assert dict(zip(DOUBTFUL, read, strict=True)) == {
        text: known | {"unsure": True} for text, known in DOUBTFUL.items()
    }


def test_whatever_is_not_certain_is_a_text(run: Run) -> None:
    read = run("scanning/gs1.js", READ_ALL, list(TEXTS))
    assert read == [{"kind": "text", "text": text} for text in TEXTS]


def test_all_iins_that_the_register_takes_are_iins_here(run: Run) -> None:
    from ledger.domain.terms import is_iin

    numbers = [f"{year:02}0{month}15{sex}{n:05}" for year in (0, 85) for month in (0, 6) for sex in (0, 1, 6, 7)
               for n in range(0, 400, 7)]  # fmt: skip
    read = run("scanning/gs1.js", READ_ALL, numbers)
    assert [thing["kind"] == "iin" for thing in read] == [is_iin(number) for number in numbers]
    assert 20 < sum(map(is_iin, numbers)) < len(numbers) / 4


@pytest.mark.parametrize("data", [f"(01){GTIN}(17)271231(10)ABC123(21)SN0001", f"(01){GTIN}(21)AB10CDEFGHI17(91)EE06"])
def test_another_program_s_symbols_are_read_alike(run: Run, data: str) -> None:
    symbol = zxingcpp.create_barcode(data, zxingcpp.BarcodeFormat.DataMatrix, gs1=True)
    (seen,) = zxingcpp.read_barcodes(symbol.to_image(scale=4), text_mode=zxingcpp.TextMode.Plain)
    assert seen.symbology_identifier == "]d2"
    (read,) = run("scanning/gs1.js", READ_ALL, [seen.text])
    (spelled,) = run("scanning/gs1.js", READ_ALL, [data])
    assert read == spelled
    assert read["gtin"] == GTIN
    assert len(read) > 2
