"""The documents tell the truth: commands, links, tables, and nothing of the machine they were written on."""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from ledger.domain.authority import AUTHORITY, Authority
from tests.sentences import ROOT
from tests.vocabulary import READERS, SECOND, document, performers

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("ledger/*.md")])
LOCKS = sorted(ROOT.glob("requirements/*.lock"))
# Package registries and directories of a developer's machine, spelled so that this file does not hold them.
TRACES = re.compile(r"pypi\.org|pythonhosted\.org|registry\.npmjs|npmjs\.com/|debian\.org|/(?:work|farm|root|home)/\w")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))


def tracked() -> list[Path]:
    """Every file that is, or would be, in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def commands(group: Any, path: str = "senim") -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}"


def to_row(type_: str, authority: Authority) -> str:
    return f"| `{type_}` | {performers(authority)} | {SECOND[authority.witness]} |"


def test_the_two_commands_of_the_readme_exist() -> None:
    shown = set(re.findall(r"^make ([a-z]+)", read("README.md"), re.MULTILINE))
    assert shown == {"demo", "test"}
    named = set(re.findall(r"`make ([a-z]+)`", "".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)))
    assert shown | named <= targets()
    assert "make test" in read(".ci/run")
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_readme_lists_the_commands_that_senim_has() -> None:
    from ledger.cli.app import app

    listed = re.findall(r"^\| `(senim [a-z -]+)` \|", read("README.md"), re.MULTILINE)
    assert set(listed) == set(commands(typer.main.get_command(app)))


def test_what_the_readme_tells_a_newcomer_to_press_stands_on_the_pages() -> None:
    from api.pages.rendering import PLACES
    from ledger.refusal_words.terms import ROLES as ROLE_WORDS

    walk = " ".join(read("README.md").split("## Ten minutes at the pages")[1].split("\n## ")[0].split())
    places = {name for _, name, _ in PLACES}
    assert set(re.findall(r"\*\*([^*.]+)\*\*", walk)) <= places
    known = set(re.findall(r'^msgid "(.+)"$', read("api/catalogues/ru.po"), re.MULTILINE)) | set(ROLE_WORDS.values())
    assert set(re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", walk)) <= known
    assert {"rx-n1"} == set(re.findall(r"type `([^`]+)`", walk))


@pytest.mark.parametrize(("heading", "lang"), [("Қазақша", "kk"), ("По-русски", "ru")])
def test_the_readme_tells_the_same_walk_in_the_words_of_the_pages(heading: str, lang: str) -> None:
    told = " ".join(read("README.md").split(f"\n## {heading}\n")[1].split("\n## ")[0].split())
    walk = told[told.index("1. **") :]
    pages, ledger = read(f"api/catalogues/{lang}.po"), read(f"ledger/catalogues/{lang}.po")
    known = {each.lower() for each in re.findall(r'^msgstr "(.+)"$', pages + ledger, re.MULTILINE)}
    pressed = re.findall(r"\*\*([^*.]+)\*\*", walk) + re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", walk)
    assert len(pressed) >= 15
    assert {each.lower() for each in pressed} <= known


def test_help_names_every_command_in_every_language() -> None:
    listed = re.findall(r"^\| `senim ([a-z-]+)[a-z -]*` \|", read("README.md"), re.MULTILINE)
    for lang in ("kk", "ru", "en"):
        told = subprocess.run(
            [sys.executable, "-c", "from ledger.cli import main; main()", "--help"],
            cwd=ROOT,
            env=os.environ | {"SENIM_LANG": lang},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert set(listed) <= set(told.split())


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)]+)\)", text):
        name, _, heading = target.partition("#")
        if "://" in name:
            continue
        file = path.parent / name if name else path
        assert file.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in [each.lower().replace(" ", "-") for each in headings], target


def test_no_file_names_a_package_registry_or_a_path_of_a_machine() -> None:
    found = []
    for path in tracked():
        data = path.read_bytes()
        if b"\0" not in data:
            found += [f"{path.relative_to(ROOT)}: {trace}" for trace in TRACES.findall(data.decode("utf-8"))]
    assert found == []


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_a_lock_names_no_host_and_pins_every_package_by_hash(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index-url" not in text
    for package in re.split(r"\n(?=[a-z0-9])", text):
        assert re.match(r"[a-z0-9._-]+==[^ ]+", package), package
        assert "--hash=sha256:" in package, package


def test_security_prints_the_authority_table_of_the_code() -> None:
    heading = ["| entry | may be made by | second person |", "| --- | --- | --- |"]
    due = "\n".join([*heading, *(to_row(type_, authority) for type_, authority in AUTHORITY.items())])
    printed = read("SECURITY.md").split("<!-- authority:begin -->")[1].split("<!-- authority:end -->")[0].strip()
    if printed != due:
        pytest.fail(f"put this between the marks in SECURITY.md:\n\n{due}\n", pytrace=False)


def test_the_vocabulary_is_the_one_of_the_code() -> None:
    if read("ledger/VOCABULARY.md") != document():
        pytest.fail("python -m tests.vocabulary > ledger/VOCABULARY.md", pytrace=False)


def test_the_vocabulary_explains_no_reader_that_nothing_has() -> None:
    named = re.findall(r"\w+", document())
    assert [name for name in READERS if named.count(name) < 2] == []


def test_the_changelog_knows_this_version() -> None:
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    newest = re.findall(r"^## \[(.+?)\]", read("CHANGELOG.md"), re.MULTILINE)[0]
    assert newest in ("Unreleased", version)
