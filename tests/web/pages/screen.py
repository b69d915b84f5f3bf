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

_CONTRAST: Final = """
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
        if (ratio < 4.5) bad.push(one.outerHTML.slice(0, 80) + " " + ratio.toFixed(2));
    }
    return bad;"""


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

    def log_in(self, client: str, password: str) -> None:
        self.go("/pages/login")
        self.find("#client").send_keys(client)
        self.find("#password").send_keys(password, "\n")

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than the screen."""
        script = "const one = document.documentElement; return one.scrollWidth - one.clientWidth"
        return int(self.run(script))

    def pale(self) -> list[str]:
        """Return what stands out too little from what it stands on."""
        return list(self.run(_CONTRAST))

    def complaints(self) -> list[str]:
        """Return what the browser complained about since it was asked last."""
        found = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [one["message"] for one in found]

    def download(self, name: str) -> bytes:
        """Return a file that the browser is keeping, once it is whole."""
        path = self.kept / name
        self.wait(path.exists, f"{name} is kept")
        return path.read_bytes()
