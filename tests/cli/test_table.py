"""Tables fit the width, lose nothing, and keep numbers whole."""

from hypothesis import given
from hypothesis import strategies as st

from ledger.cli.table import lay_out

WORD = st.text(alphabet="abcdefghij-0123456789", min_size=1, max_size=40)
ROWS = st.lists(st.fixed_dictionaries({"lot": WORD, "place": WORD, "units": st.integers(-9999, 99_999)}), min_size=1)
COLUMNS = (("place", "Place of storage"), ("lot", "Lot"), ("units", "Units"))


def test_a_table_reads_as_it_should() -> None:
    rows: list[dict[str, object]] = [
        {"patient": "p1", "lot": "A", "units": 1200, "age": None},
        {"patient": "p1", "lot": "BB-2", "units": 3, "age": 7},
        {"patient": "p2", "lot": "A", "units": 0, "age": None},
    ]
    columns = (("lot", "Lot"), ("units", "Units out"), ("age", "Days"))
    assert list(lay_out(columns, rows, width=80, number="{:,}".format, by="patient")) == [
        "      Units",
        "Lot     out  Days",
        "─────────────────",
        "p1",
        "A     1,200",
        "BB-2      3     7",
        "p2",
        "A         0",
    ]


@given(rows=ROWS, width=st.integers(40, 120))
def test_no_line_is_wider_and_no_letter_is_lost(rows: list[dict[str, object]], width: int) -> None:
    lines = list(lay_out(COLUMNS, rows, width=width, number=str))
    assert max(map(len, lines)) <= width
    body = "".join(lines[lines.index(next(line for line in lines if line.startswith("─"))) + 1 :])
    told = sorted(body.replace(" ", ""))
    assert told == sorted("".join(str(value) for row in rows for value in row.values()))
