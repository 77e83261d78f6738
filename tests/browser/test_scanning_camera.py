"""A pack shown to the camera is read, under a policy that lets only the worker compile what reads it."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from playwright.sync_api import Browser, Page, expect

from api.pages.files import ADDRESS
from reports.model import Head
from reports.paper import to_qr
from tests.browser.conftest import CHROMIUM, QUIET, add_authenticator, open_page
from tests.browser.practice import Practice, practise

pytestmark = pytest.mark.slow
SCANNING = f"{ADDRESS}/scanning"
GTIN = "04870123456789"
MARKED = f"(01){GTIN}(21)AB10CDEFGHI17(91)EE06(92){'Ab+/' * 11}"
WIDTH, HEIGHT = 640, 480
SCAN = """async (scanning) => {
  window.complaints = [];
  document.addEventListener("securitypolicyviolation", ({ violatedDirective }) => complaints.push(violatedDirective));
  const { scanWithCamera } = await import(`${scanning}/camera.js`);
  window.scanned = scanWithCamera();
  window.video = document.querySelector(".camera video");
}"""
READ = """async ({ scanning, pictures }) => {
  const worker = new Worker(`${scanning}/worker.js`, { type: "module" });
  const { readCode } = await import(`${scanning}/gs1.js`);
  return Promise.all(pictures.map(([width, height, grey]) => {
    const image = new ImageData(width, height);
    [...atob(grey)].forEach((byte, n) => image.data.set([...Array(3).fill(byte.charCodeAt(0)), 255], 4 * n));
    const { port1, port2 } = new MessageChannel();
    worker.postMessage(image, [port2]);
    return new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data.texts.map(readCode))));
  }));
}"""


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    with practise(tmp_path_factory.mktemp("practice")) as opened:
        yield opened


def to_picture(symbol: Any) -> bytes:
    """A grey picture with the symbol in the middle of it, a byte a point."""
    seen = memoryview(symbol.to_image(scale=3))
    rows, columns = seen.shape or ()
    picture = bytearray(b"\xd8" * WIDTH * HEIGHT)
    for y in range(rows):
        start = (y + (HEIGHT - rows) // 2) * WIDTH + (WIDTH - columns) // 2
        picture[start : start + columns] = bytes(max(24, min(216, seen[y, x])) for x in range(columns))
    return bytes(picture)


def to_film(luma: bytes) -> bytes:
    """YUV4MPEG2."""
    frame = b"FRAME\n" + luma + b"\x80" * (WIDTH * HEIGHT // 2)
    return f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 2


@contextmanager
def look_at(symbol: Any, browser: Browser, film: Path) -> Iterator[Browser]:
    """A browser whose camera looks at *symbol*, by way of *film*."""
    film.write_bytes(to_film(to_picture(symbol)))
    fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    args = [*QUIET.split(), *fake, f"--use-file-for-fake-video-capture={film}"]
    started = browser.browser_type.launch(executable_path=CHROMIUM, args=args)
    yield started
    started.close()


@pytest.fixture(scope="module")
def filmed(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser whose camera looks at a marked pack."""
    marked = zxingcpp.create_barcode(MARKED, zxingcpp.BarcodeFormat.DataMatrix, gs1=True)
    with look_at(marked, browser, tmp_path_factory.mktemp("film") / "pack.y4m") as started:
        yield started


def test_a_pack_shown_to_the_camera_is_read_and_the_camera_goes_off(filmed: Browser, practice: Practice) -> None:
    with filmed.new_context(locale="en-GB") as context:
        page = context.new_page()
        practice.visit(page, "/sign-in")
        for _ in range(2):  # the worker stays for the second
            page.evaluate(SCAN, SCANNING)
            assert page.evaluate("scanned") == {"kind": "pack", "gtin": GTIN, "serial": "AB10CDEFGHI17"}
            assert page.evaluate("video.srcObject.getTracks().map(({ readyState }) => readyState)") == ["ended"]
            expect(page.locator("dialog.camera")).to_have_count(0)
        assert page.evaluate("complaints") == []


def test_a_supply_note_shown_to_the_camera_says_where_it_is_from(
    browser: Browser, practice: Practice, tmp_path: Path
) -> None:
    note = {"log": "senim/hospital-7/0", "seq": "77", "id": "0192f0c1-0000-7000-8000-000000000001"}
    code = to_qr(note["log"], Head(size=1204, root="0f" * 32), note["seq"], note["id"])
    symbol, complaints = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.QRCode), list[str]()
    with look_at(symbol, browser, tmp_path / "note.y4m") as started, started.new_context(locale="en-GB") as context:
        page = open_page(context, complaints)
        add_authenticator(page)
        practice.enrol(page, "doc", factor="passkey", key="passkey")
        practice.visit(page, "/family/takeover")
        page.locator(".scan").click()
        for name, value in note.items():
            expect(page.locator(f"[name='body.from_{name}']")).to_have_value(value)
        expect(page.locator("dialog.camera")).to_have_count(0)
    assert complaints == []


def test_nobody_has_to_show_anything(filmed: Browser, practice: Practice) -> None:
    with filmed.new_context(locale="en-GB") as context:
        page = context.new_page()
        practice.visit(page, "/sign-in")
        page.route("**/zxing_reader.wasm", lambda route: None)  # it never comes
        for key in ("Escape", "Enter"):  # which presses the button
            page.evaluate(SCAN, SCANNING)
            video = page.locator(".camera video")
            expect(video).to_have_js_property("paused", False)
            page.evaluate("window.track = video.srcObject.getTracks()[0]")
            page.keyboard.press(key)
            assert page.evaluate("scanned") is None
            assert page.evaluate("track.readyState") == "ended"
            expect(page.locator("dialog.camera")).to_have_count(0)


@pytest.mark.parametrize(("lang", "said"), [("kk", "қаптамадағы нөмірді теріңіз"), ("ru", "наберите номер с упаковки")])
def test_who_has_no_camera_is_told_what_else_to_do(page: Page, practice: Practice, lang: str, said: str) -> None:
    practice.visit(page, "/sign-in")
    page.locator(f"a[hreflang={lang}]").click()
    expect(page.locator("html")).to_have_attribute("lang", lang)
    page.evaluate(SCAN, SCANNING)
    expect(page.locator(".camera .problem p")).to_contain_text(said)
    page.keyboard.press("Escape")
    assert page.evaluate("scanned") is None


def test_what_packs_and_pages_carry_is_read_in_every_kind_of_symbol(page: Page, practice: Practice) -> None:
    kinds, head = zxingcpp.BarcodeFormat, f"senim/hospital-7/0\n1204\n{'0f' * 32}"
    symbols = {
        zxingcpp.create_barcode(f"(01){GTIN}(17)271231(10)L-7", kinds.DataMatrix, gs1=True): {
            "kind": "pack", "gtin": GTIN, "expires_on": "2027-12-31", "lot": "L-7",
        },
        zxingcpp.create_barcode(head, kinds.QRCode): {
            "kind": "head", "log": "senim/hospital-7/0", "size": 1204, "root": "0f" * 32,
        },
        zxingcpp.create_barcode(GTIN[1:], kinds.EAN13): {"kind": "pack", "gtin": GTIN},
        zxingcpp.create_barcode("850615100017", kinds.Code128): {"kind": "iin", "iin": "850615100017"},
    }  # fmt: skip
    practice.visit(page, "/sign-in")
    pictures = [[WIDTH, HEIGHT, b64encode(to_picture(each)).decode()] for each in symbols]
    read = page.evaluate(READ, {"scanning": SCANNING, "pictures": pictures})
    assert read == [[known] for known in symbols.values()]


def test_only_the_worker_may_compile(page: Page, practice: Practice) -> None:
    def get(name: str) -> Any:
        return page.request.get(f"{practice.origin}{ADDRESS}/{name}").headers

    reader = "vendor/zxing-wasm-3.1.4/reader/zxing_reader.wasm"
    assert get(reader)["content-type"] == "application/wasm"
    assert "'wasm-unsafe-eval'" in get("scanning/worker.js")["content-security-policy"]
    for other in ("scanning/camera.js", reader, "../../sign-in"):
        policy = get(other)["content-security-policy"]
        assert "worker-src 'self'" in policy
        assert "unsafe" not in policy
    practice.visit(page, "/sign-in")
    compiled = "WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(() => '', ({ name }) => name)"
    assert page.evaluate(compiled) == "CompileError"
