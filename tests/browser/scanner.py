"""A scanner and a person at one keyboard, whose keys come in the letters of a layout and at a time of our choosing."""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import CDPSession, Page

_PAIRS = {
    "Backquote": "`~", "Minus": "-_", "Equal": "=+", "BracketLeft": "[{", "BracketRight": "]}", "Backslash": "\\|",
    "Semicolon": ";:", "Quote": "'\"", "Comma": ",<", "Period": ".>", "Slash": "/?", "Space": "  ",
} | {f"Digit{digit}": f"{digit}{shifted}" for digit, shifted in enumerate(")!@#$%^&*(")}  # fmt: skip
_PAIRS |= {f"Key{letter.upper()}": letter + letter.upper() for letter in "abcdefghijklmnopqrstuvwxyz"}
CODES = {sign: (code, shifted == 1) for code, pair in _PAIRS.items() for shifted, sign in enumerate(pair)}
_CYRILLIC = dict(zip("qwertyuiop[]asdfghjkl;'zxcvbnm,.", "йцукенгшщзхъфывапролджэячсмитьбю", strict=True))
LAYOUTS = {"en": {}, "ru": _CYRILLIC, "kk": _CYRILLIC | dict(zip("1234567890-=", '"әіңғ,.үұқөһ', strict=True))}
_SPECIAL = {"Enter": ("\r", 13), "Tab": ("", 9), "F8": ("", 119), "F9": ("", 120)}
_CTRL, _SHIFT = 2, 8


@dataclass
class Keyboard:
    """Every key is real to the browser. `gap` is the time between two of them, in ms of the page's own clock."""

    page: Page
    gap: int = 5
    layout: str = "en"
    _session: CDPSession = field(init=False)

    def __post_init__(self) -> None:
        self._session = self.page.context.new_cdp_session(self.page)

    def type(self, text: str) -> None:
        """What an American keyboard needs for *text*; `\\x1d` as Ctrl and a bracket, `\\n` as Enter."""
        for sign in text:
            if sign == "\n":
                self.press("Enter")
            elif sign == "\x1d":
                self._press("BracketRight", "]", "", 221, _CTRL)
            else:
                code, shift = CODES[sign]
                plain = _PAIRS[code][0]
                key = LAYOUTS[self.layout].get(plain, sign)
                self._press(code, key.upper() if shift else key, key.upper() if shift else key, 0, _SHIFT * shift)

    def press(self, key: str) -> None:
        text, number = _SPECIAL[key]
        self._press(key, key, text, number, 0)

    def wait(self, time: int) -> None:
        self.page.clock.run_for(time)

    def _press(self, code: str, key: str, text: str, number: int, modifiers: int) -> None:
        told: dict[str, Any] = {"code": code, "key": key, "modifiers": modifiers, "windowsVirtualKeyCode": number}
        self._session.send(
            "Input.dispatchKeyEvent", {"type": "keyDown" if text else "rawKeyDown", "text": text, **told}
        )
        self.wait(self.gap)
