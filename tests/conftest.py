"""What holds for every test: no network beyond this machine, no traces in the user's own directories, English words."""

import ipaddress
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# Cores are shared, so nothing is judged by time; a check of every change plays the same examples each time.
settings.register_profile(
    "senim",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("senim")

pytest_plugins = ["tests.postgres.plugin"]

_HOME = pytest.StashKey[str]()
_MEMORY, _ROOM = Path("/dev/shm"), 4 << 30


def pytest_configure(config: pytest.Config) -> None:
    """Point everything that Senim keeps outside its data directory to a folder of this run."""
    if "TMPDIR" not in os.environ and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM:
        # No test cuts the power, and a disk makes each commit of each test wait; children inherit it.
        os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)
    home = tempfile.mkdtemp(prefix="senim-tests-")
    config.stash[_HOME] = home
    ours = [name for name in os.environ if name.startswith(("SENIM_", "LC_")) and name != "SENIM_SCREENS"]
    for name in ours:
        del os.environ[name]
    os.environ |= {"SENIM_HEADS": str(Path(home, "heads")), "LANG": "C.UTF-8", "TZ": "UTC"}
    sys.addaudithook(_stay_on_this_machine)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser's tests last, for it stays until the end; slow and long files first, so that none is waited for."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}

    def turn(item: pytest.Item) -> tuple[bool, bool, int]:
        browser = "browser" in item.path.parts
        return browser, item.path not in slow, -item.path.stat().st_size if browser else 0

    items.sort(key=turn)


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.stash[_HOME])


def _stay_on_this_machine(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.connect" and isinstance(args[1], tuple) and not ipaddress.ip_address(args[1][0]).is_loopback:
        raise PermissionError(f"a test reached for {args[1][0]}")


@pytest.fixture(scope="session")
def program() -> Callable[[str], str]:
    """The path of a program beside Python (`pdfsig`, `strace` …); without it the test is skipped and says so."""

    def find(name: str) -> str:
        found = shutil.which(name)
        if found is None:
            pytest.skip(f"{name} is not installed here")
        return found

    return find
