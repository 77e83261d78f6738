"""What a piece of work cost somebody at a screen, counted by the browser itself: keys, taps, fields, screens.

Only what the browser says a hand did is a key or a tap. A field counts once however long the text in it is, also where
a test fills it or chooses in it by a shortcut of its own. What a scanner typed is told by `Hands`, and taken off.
"""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Error, Page

_LISTEN = """() => {
  if (!globalThis.spend || globalThis.isCounted) return;
  globalThis.isCounted = true;
  const fields = new WeakSet();
  const isTold = ({ type }) => !["checkbox", "radio", "button", "submit"].includes(type);
  const hear = (name, is) => addEventListener(name, (event) => event.isTrusted && is(event) && spend(name), true);
  hear("keydown", ({ key, repeat }) => !repeat && !["Shift", "Control", "Alt", "Meta"].includes(key));
  hear("pointerdown", () => true);
  addEventListener("input", ({ target }) => {
    if (!isTold(target) || fields.has(target)) return;
    fields.add(target);
    spend("input");
  }, true);
  addEventListener("DOMContentLoaded", () => spend("screen"));
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """`fields` that were filled in, `screens` that were opened on the way."""

    keys: int = 0
    taps: int = 0
    fields: int = 0
    screens: int = 0


@dataclass
class Effort:
    """Counts from now on; what is done on a page that was opened before counts too."""

    page: Page
    _heard: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.page.expose_binding("spend", lambda _source, name: self._hear(str(name)))
        self.page.add_init_script(f"({_LISTEN})()")
        self.page.evaluate(_LISTEN)

    def begin(self) -> None:
        """Nothing was done yet."""
        self.page.evaluate("0")  # what the browser told before is heard before its answer
        self._heard.clear()

    def spent(self, *, scanned: int = 0) -> Spent:
        """Until now; *scanned*: how many of the keys a scanner pressed."""
        try:
            self.page.evaluate("0")
        except Error:  # the page went on of itself at that moment
            self.page.wait_for_load_state()
            self.page.evaluate("0")
        heard: Any = self._heard.get
        return Spent(keys=heard("keydown", 0) - scanned, taps=heard("pointerdown", 0), fields=heard("input", 0),
                     screens=heard("screen", 0))  # fmt: skip

    def _hear(self, name: str) -> None:
        self._heard[name] = self._heard.get(name, 0) + 1
