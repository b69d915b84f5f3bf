"""A real browser, and what a person does with it."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

PATIENCE: Final = 30.0
DESK: Final = (1280, 900)
PHONE: Final = (360, 740)

_SWITCHES: Final = (
    "--headless=new",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)

_FAULTS: Final = """
    const light = (colour) => {
        const [r, g, b] = colour.match(/[0-9.]+/g).slice(0, 3).map((part) => {
            const value = part / 255;
            return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const paper = (one) => {
        for (let here = one; here; here = here.parentElement) {
            const colour = getComputedStyle(here).backgroundColor;
            if (!/^rgba\\(.*, 0\\)$/.test(colour)) return colour;
        }
        return "rgb(255, 255, 255)";
    };
    const bad = [];
    for (const one of document.querySelectorAll("body *")) {
        const own = [...one.childNodes].some((kid) => kid.nodeType === 3 && kid.data.trim());
        if (!own || one.closest("svg, .off, .skip, tr.gone, [aria-hidden=true]")) continue;
        if (!one.checkVisibility({ opacityProperty: true })) continue;
        const pair = [light(getComputedStyle(one).color), light(paper(one))].sort((a, b) => b - a);
        const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
        if (ratio < 4.5) bad.push("pale: " + one.outerHTML.slice(0, 80) + " " + ratio.toFixed(2));
    }
    const named = (one) => one.labels?.length || one.textContent.trim() || one.title
        || one.getAttribute("aria-label") || one.hasAttribute("alt");
    const wanting = "input:not([type=hidden]), select, button, a, img, nav";
    for (const one of document.querySelectorAll(wanting)) {
        if (!named(one)) bad.push("nameless: " + one.outerHTML.slice(0, 100));
    }
    const page = document.documentElement, beyond = page.scrollWidth - page.clientWidth;
    if (beyond > 0) bad.push("wider than the screen by " + beyond);
    const count = (selector) => document.querySelectorAll(selector).length;
    if (count("html[lang=en] main") !== 1 || count("h1") !== 1) bad.push("not one main, one h1");
    const levels = [...document.querySelectorAll("h1, h2, h3")].map((one) => +one.tagName[1]);
    if (levels.some((one, at) => at && one < levels[at - 1])) bad.push("levels " + levels);
    if (count("table") !== count("table:has(th[scope=col])")) bad.push("a table without headings");
    return bad;"""

_LOOKS_LIKE: Final = """
    return document.documentElement.clientWidth === arguments[0]
        && matchMedia("(prefers-color-scheme: dark)").matches === arguments[1];"""


class Screen:
    """One browser that looks at one server.

    Args:
        port: Of the server, on loopback.
        kept: Where downloads go.
    """

    def __init__(self, port: int, kept: Path) -> None:
        options = Options()
        options.binary_location = "/usr/bin/chromium"
        for switch in (*_SWITCHES, *(("--no-sandbox",) if os.geteuid() == 0 else ())):
            options.add_argument(switch)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.kept = kept
        self.root = f"http://127.0.0.1:{port}"
        self.driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        self.driver.set_page_load_timeout(PATIENCE)
        self.tell(
            "Browser.setDownloadBehavior",
            behavior="allow",
            downloadPath=str(kept),
            eventsEnabled=False,
        )

    def close(self) -> None:
        self.driver.quit()

    def tell(self, command: str, **how: Any) -> Any:
        """Say something to the browser itself."""
        return self.driver.execute_cdp_cmd(command, how)

    def look(self, size: tuple[int, int] = DESK, *, is_dark: bool = False) -> None:
        """Take a screen of another size, or one that is dark."""
        width, height = size
        self.tell(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=size == PHONE,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        self.tell("Emulation.setEmulatedMedia", features=[scheme])
        self.wait(lambda: self.run(_LOOKS_LIKE, width, is_dark), "the screen is another one")

    def go(self, where: str) -> None:
        self.driver.get(self.root + where)

    def start(self) -> None:
        """Forget who is logged in."""
        self.look()
        self.driver.delete_all_cookies()
        self.complaints()

    @property
    def url(self) -> str:
        return self.driver.current_url

    def find(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector: str = "main") -> str:
        return self.find(selector).text

    def run(self, script: str, *given: Any) -> Any:
        return self.driver.execute_script(script, *given)

    def press(self, *keys: str) -> None:
        """Press keys, wherever the focus is."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def wait(self, claim: Callable[[], object], what: str) -> None:
        """Return once *claim* holds."""
        limit = time.monotonic() + PATIENCE
        while not claim():
            assert time.monotonic() < limit, f"waited in vain: {what}"
            time.sleep(0.02)

    def leads_to(self, part: str) -> None:
        """Wait for an address with *part* in it, and for its page."""
        ready = "return document.readyState"
        self.wait(lambda: part in self.url and self.run(ready) == "complete", part)

    def follow(self, words: str) -> None:
        self.driver.find_element(By.PARTIAL_LINK_TEXT, words).click()

    def keep(self, cookie: str) -> None:
        """Be logged in as whoever was given *cookie*."""
        self.tell("Network.setCookie", name="tardis", value=cookie, url=self.root)

    def log_in(self, client: str, password: str) -> None:
        self.go("/pages/login")
        self.find("#client").send_keys(client)
        self.find("#password").send_keys(password, "\n")

    def faults(self) -> list[str]:
        """Return what does not fit, stands out too little, has no name, or is out of order."""
        return list(self.run(_FAULTS))

    def complaints(self) -> list[str]:
        """Return what the browser complained about since it was asked last."""
        found = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [one["message"] for one in found]

    def download(self, name: str) -> bytes:
        """Return a file that the browser is keeping, once it is whole."""
        path = self.kept / name
        self.wait(path.exists, f"{name} is kept")
        return path.read_bytes()
