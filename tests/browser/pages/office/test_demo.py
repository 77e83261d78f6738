"""A newcomer with a terminal and a browser: from the words that `senim demo --serve` prints to the counter."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, time

import pytest
from playwright.sync_api import Page, expect
from pyotp import TOTP

from ledger.demo.accounts import make_accounts
from ledger.errors import WronglyCalled
from tests.browser.practice import practise
from tests.sentences import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What the real program prints until the code of this half minute; it serves until the tests are done."""
    folder = tmp_path_factory.mktemp("demo")
    asked = ["demo", "--dir", str(folder / "demo"), "--serve", "--port", "0", "--lang", "ru"]
    running = subprocess.Popen(
        [sys.executable, "-c", "from ledger.cli import main; main()", *asked],
        cwd=ROOT, env=os.environ | {"PYTHONWARNINGS": "error"}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert running.stdout is not None
    lines: list[str] = []
    begun = monotonic()
    for line in running.stdout:
        lines.append(line)
        if line.startswith("Код сейчас:"):
            break
    assert running.poll() is None, "".join(lines)
    assert monotonic() - begun < 300
    yield "".join(lines)
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=30) == 0
    running.stdout.close()


def read(pattern: str, printed: str) -> str:
    found = re.search(pattern, printed)
    assert found is not None, printed
    return found[1]


def enter(page: Page, printed: str, address: str, role: str) -> None:
    """As the printed words say: open the address, type the name, the password and the code."""
    page.goto(address)
    part = printed[printed.index(address) :]
    page.locator("[data-by=password] [name=person]").fill(read(rf"\n +(\S+) +{role}\n", part))
    page.locator("[data-by=password] [name=password]").fill(read(r"Пароль для входа: (.+)", printed))
    page.locator("[data-by=password] [name=code]").fill(TOTP(read(r"([A-Z2-7]{32})", printed)).at(time()))
    page.keyboard.press("Enter")
    expect(page.locator("#person-role")).to_have_text(role, timeout=20_000)


def test_a_newcomer_is_at_the_counter_with_what_is_printed(page: Page, printed: str) -> None:
    address = read(r"(http://localhost:\S+)", printed)
    enter(page, printed, address, "фармацевт")
    expect(page.locator(".practice")).to_be_visible()
    page.goto(address.split("/language")[0] + "/counter")
    expect(page.locator("body[data-ready]")).to_be_attached()
    page.locator("#find input[name=q]").fill("Жанат")
    page.keyboard.press("Enter")
    expect(page.locator("#card")).to_contain_text("Әбдірахман")


def test_the_other_facility_is_at_another_name_and_keeps_its_own_session(page: Page, printed: str) -> None:
    first, other = read(r"(http://localhost:\S+)", printed), read(r"(http://127\.0\.0\.1:\S+)", printed)
    enter(page, printed, other, "работник ПМСП")
    enter(page, printed, first, "медсестра")
    page.goto(other.split("/language")[0] + "/account/keys")
    expect(page.locator("#person-role")).to_have_text("работник ПМСП")
    expect(page.locator("#own tbody tr")).to_contain_text("действует")


def test_no_practice_account_is_ever_made_in_a_register_that_counts(tmp_path: Path) -> None:
    with practise(tmp_path) as real:
        before = real.size()
        with pytest.raises(WronglyCalled, match="practice_only"):
            make_accounts(real.house)
        assert real.size() == before
        assert not list((real.house.directory / "secrets" / "enrolment").glob("*.code"))
