"""Nothing is read under a second name, followed out of the folder, or read further than was asked for."""

import io
import stat
from collections.abc import Callable
from pathlib import Path
from struct import pack
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile, ZipInfo
from zlib import crc32

import pytest

from ledger.errors import BytesRejected, WronglyCalled
from ledger.service.files import Files, FolderFiles, ZipFiles
from ledger.service.sources import MOST_OPENING, FolderSource, open_source


def zipped(path: Path, *members: tuple[str | ZipInfo, bytes], method: int = ZIP_DEFLATED) -> Path:
    with ZipFile(path, "w", method) as file:
        for name, data in members:
            file.writestr(name, data)
    return path


def foldered(path: Path, *members: tuple[str, bytes]) -> Path:
    for name, data in members:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


MADE: list[Callable[[Path], Files]] = [
    lambda path: FolderFiles(foldered(path / "ev", ("checkpoint", b"c"), ("tile/0/000", b"x" * 100))),
    lambda path: ZipFiles(zipped(path / "a.zip", ("checkpoint", b"c"), ("tile/0/000", b"x" * 100))),
    lambda path: ZipFiles(zipped(path / "b.zip", ("ev/checkpoint", b"c"), ("ev/tile/0/000", b"x" * 100))),
]


@pytest.mark.parametrize("make", MADE)
def test_a_file_is_read_by_its_name_and_within_its_size(make: Callable[[Path], Files], tmp_path: Path) -> None:
    files = make(tmp_path)
    assert files.read("checkpoint", 1) == b"c"
    assert files.read("tile/0/000", 100) == b"".join(files.chunks("tile/0/000", 100)) == b"x" * 100
    assert sorted(files.names()) == ["checkpoint", "tile/0/000"]
    for none in ("tile", "tile/0", "../ev/checkpoint", "tile/../checkpoint", "/checkpoint", "no"):
        assert files.read(none, 100) is None
    for reads in (lambda: files.read("tile/0/000", 99), lambda: list(files.chunks("tile/0/000", 99))):
        with pytest.raises(BytesRejected, match="file_too_large"):
            reads()


def test_no_link_leads_out_of_the_folder(tmp_path: Path) -> None:
    foldered(tmp_path / "elsewhere", ("000", b"secret"))
    folder = foldered(tmp_path / "ev", ("checkpoint", b"c"))
    (folder / "tile").mkdir()
    (folder / "tile" / "0").symlink_to(tmp_path / "elsewhere")
    (folder / "keys.jsonl").symlink_to(tmp_path / "elsewhere" / "000")
    (folder / "loop").symlink_to(folder / "loop")
    files = FolderFiles(folder)
    assert [files.read(name, 100) for name in ("tile/0/000", "keys.jsonl", "loop")] == [None, None, None]
    assert sorted(files.names()) == ["checkpoint", "keys.jsonl", "loop", "tile/0"]


def linked(name: str) -> ZipInfo:
    member = ZipInfo(name)
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return member


REFUSED = {
    "two that differ in case": ("zip_with_doubles", [("checkpoint", b"1"), ("tile/x", b""), ("tile/X", b"")]),
    "two that differ in their spelling": ("zip_with_doubles", [("e\u0301/x", b""), ("\u00e9/x", b"")]),
    "two heads": ("zip_with_two_heads", [("checkpoint", b"1"), ("old/checkpoint", b"2")]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_zip_that_could_be_two_things_is_refused(name: str, tmp_path: Path) -> None:
    reason, members = REFUSED[name]
    with pytest.raises(WronglyCalled, match=reason):
        ZipFiles(zipped(tmp_path / "x.zip", *members))


ODD = ("../keys", "a/../keys", "./keys", "a//keys", "/keys", "a\\keys", "keys ", "keys.", "a /keys", "a./keys",
       "keys:x", "keys\0x", "ke\u200dys", "ev//", "..//")  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_a_name_that_programs_unpack_differently_is_refused(odd: str, tmp_path: Path) -> None:
    member = ZipInfo("keys")
    member.filename = odd  # past its own mending
    with pytest.raises(WronglyCalled, match="zip_with_odd_names"):
        ZipFiles(zipped(tmp_path / "x.zip", ("checkpoint", b"1"), (member, b"")))


def test_a_field_that_renames_and_a_file_that_is_a_folder_too_are_refused(tmp_path: Path) -> None:
    renamed = ZipInfo("keys")
    renamed.extra = pack("<HHBL", 0x7075, 5 + 4, 1, crc32(b"keys")) + b"keyz"
    for members in (((renamed, b""),), (("reports/a.pdf", b""), ("reports/A.pdf/x", b""))):
        with pytest.raises(WronglyCalled, match="zip_with_odd_names"):
            ZipFiles(zipped(tmp_path / "x.zip", ("checkpoint", b"1"), *members))


@pytest.mark.parametrize(("at", "said"), [(8, b"\x00"), (14, b"0000")], ids=["method", "CRC"])
def test_a_member_whose_own_header_says_otherwise_is_damaged(at: int, said: bytes, tmp_path: Path) -> None:
    data = zipped(tmp_path / "x.zip", ("checkpoint", b"1")).read_bytes()
    (tmp_path / "x.zip").write_bytes(data[:at] + said + data[at + len(said) :])
    with pytest.raises(BytesRejected, match="zip_damaged"):
        ZipFiles(tmp_path / "x.zip").read("checkpoint", 9)


def test_what_lies_beside_the_folder_in_a_zip_never_stands_for_a_file_of_it(tmp_path: Path) -> None:
    inside = ("ev/checkpoint", b"1"), ("ev/tile/entries/001", b"altered")
    beside = ("tile/entries/001", b"genuine"), ("keys.jsonl", b"genuine"), ("reports/a.pdf", b""), ("before/x", b"")
    for members in ((*inside, *beside), (*beside, *inside)):
        files = ZipFiles(zipped(tmp_path / "x.zip", *members))
        source = FolderSource(files)
        assert files.read("tile/entries/001", 9) == b"altered"
        assert (source.checkpoint(), source.agrees_on_keys(b"genuine"), source.before(1)) == (b"1", None, None)
        assert list(source.reports()) == []
        assert source.surplus() == [*(f"../{name}" for name in sorted(dict(beside))), "tile/entries/001"]


def test_a_bomb_costs_no_more_than_what_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with ZipFile(path, "w", ZIP_DEFLATED) as file, file.open("checkpoint", "w") as member:
        for _ in range(64):
            member.write(bytes(1 << 20))
    with pytest.raises(BytesRejected, match="file_too_large"):
        open_source(path).checkpoint()


def test_a_damaged_zip_is_rejected_wherever_it_is_damaged(tmp_path: Path) -> None:
    good = zipped(tmp_path / "good.zip", ("checkpoint", bytes(range(256)) * 8)).read_bytes()
    path = tmp_path / "bad.zip"
    for at in range(len(good)):
        path.write_bytes(good[:at] + bytes([good[at] ^ 0x41]) + good[at + 1 :])
        try:
            read = ZipFiles(path).read("checkpoint", 4096)
        except (BytesRejected, WronglyCalled):
            continue
        assert read in (None, bytes(range(256)) * 8), at
    for cut in range(0, len(good), 7):
        path.write_bytes(good[:cut])
        with pytest.raises(WronglyCalled, match="not_evidence"):
            ZipFiles(path)


def test_links_and_rare_methods_in_a_zip_are_not_read(tmp_path: Path) -> None:
    assert ZipFiles(zipped(tmp_path / "l.zip", (linked("checkpoint"), b"/etc/hostname"))).read("checkpoint", 99) is None
    with pytest.raises(BytesRejected, match="zip_damaged"):
        ZipFiles(zipped(tmp_path / "m.zip", ("checkpoint", b"c"), method=ZIP_BZIP2)).read("checkpoint", 99)


def test_a_line_without_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    source = FolderSource(FolderFiles(foldered(tmp_path, ("openings.jsonl", b"{}\n" + b"x" * (MOST_OPENING * 9)))))
    with pytest.raises(BytesRejected, match="file_too_large"):
        list(source.openings())


def test_a_rule_set_names_no_file_by_a_path(tmp_path: Path) -> None:
    source = FolderSource(FolderFiles(foldered(tmp_path, ("adopted/x", b"x"), ("checkpoint", b"c"))))
    assert [source.adopted(name) for name in ("x", "../checkpoint", "0" * 64)] == [None, None, None]


def test_an_empty_zip_and_no_zip_at_all_are_no_evidence(tmp_path: Path) -> None:
    empty = io.BytesIO()
    ZipFile(empty, "w").close()
    (tmp_path / "e.zip").write_bytes(empty.getvalue())
    assert open_source(tmp_path / "e.zip").checkpoint() is None
    (tmp_path / "n.zip").write_bytes(b"PK")
    for path in (tmp_path / "n.zip", tmp_path / "nothing"):
        with pytest.raises(WronglyCalled, match="not_evidence"):
            open_source(path)
