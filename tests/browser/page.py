"""A report in a browser, and what a person does with it."""

import base64
import json
import os
import time
import unicodedata
from io import BytesIO
from pathlib import Path
from typing import Any

from pypdf import PdfReader
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

#: How long anything may take to appear.
PATIENCE = 10.0

#: Every text that can be seen, with the contrast to what is behind it.
CONTRASTS = """
const parse = (text) => { const n = text.match(/[\\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
const light = ([r, g, b]) => [r, g, b].map((v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; })
  .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
const behind = (element) => {
  for (; element; element = element.parentElement) {
    const color = parse(getComputedStyle(element).backgroundColor);
    if (color[3] === 1) return color;
  }
  return [255, 255, 255, 1];
};
const found = new Map();
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  const text = walker.currentNode.textContent.trim();
  if (!text || element.closest("script, style, noscript") || !element.checkVisibility()) continue;
  const style = getComputedStyle(element);
  const [one, other] = [light(parse(element.closest("svg") ? style.fill : style.color)), light(behind(element))];
  const contrast = (Math.max(one, other) + .05) / (Math.min(one, other) + .05);
  const key = element.tagName + "." + element.getAttribute("class");
  if (!found.has(key) || found.get(key)[0] > contrast) found.set(key, [contrast, text.slice(0, 40)]);
}
return Object.fromEntries(found);
"""


class Page:
    """One report, open."""

    def __init__(self, driver: webdriver.Chrome, path: Path, width: int, height: int, dark: bool, scripts: bool) -> None:
        self.driver = driver
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.command("Emulation.setEmulatedMedia", features=[scheme])
        if not scripts:
            self.command("Emulation.setScriptExecutionDisabled", value=True)
        # What the browser's own first page loaded is nothing of ours.
        driver.get("about:blank")
        for log in ("performance", "browser"):
            driver.get_log(log)
        driver.get(path.as_uri())
        if scripts:
            self.until("performance.getEntriesByName('bkdel-timelines').length > 0")

    def command(self, name: str, **arguments: Any) -> Any:
        return self.driver.execute_cdp_cmd(name, arguments)

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def until(self, condition: str) -> None:
        end = time.monotonic() + PATIENCE
        while not self.run(f"return {condition}"):
            assert time.monotonic() < end, f"never: {condition}"
            time.sleep(0.02)

    def find(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        return self.find(selector).text

    def press(self, *keys: str) -> None:
        """On whatever has the focus."""
        self.driver.switch_to.active_element.send_keys(*keys)

    def tab_to(self, selector: str) -> None:
        """Moves the focus as a keyboard does."""
        for _ in range(200):
            if self.run("return document.activeElement.matches(arguments[0])", selector):
                return
            self.press(Keys.TAB)
        raise AssertionError(f"no way to {selector} by keyboard")

    def rows(self) -> list[list[str]]:
        """The cells of the rows that are drawn, from the top."""
        return self.run(
            "return [...document.querySelectorAll('.row')].sort((a, b) => a.ariaRowIndex - b.ariaRowIndex)"
            ".map((row) => [...row.children].map((cell) => cell.textContent))"
        )

    def count(self) -> str:
        return self.text("#count")

    def timelines(self) -> None:
        """Scrolls to the timelines, which are drawn when they are come to."""
        self.run("document.querySelector('#timelines').scrollIntoView()")
        self.until("document.querySelector('figure:first-child .mark')")

    def usable_after(self) -> float:
        """From the start of the navigation until the table can be used, in milliseconds."""
        return self.run("return performance.getEntriesByName('bkdel-usable')[0].startTime")

    def requests(self) -> list[str]:
        """Every address that was asked for."""
        messages = (json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance"))
        return [message["params"]["request"]["url"] for message in messages if message["method"] == "Network.requestWillBeSent"]

    def complaints(self) -> list[str]:
        """What the console says: errors, and what the policy forbade."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def contrasts(self) -> dict[str, tuple[float, str]]:
        return self.run(CONTRASTS)

    def printed(self) -> str:
        """The text of the page on paper."""
        pdf = self.command("Page.printToPDF", printBackground=False, paperWidth=8.27, paperHeight=11.69)
        pages = PdfReader(BytesIO(base64.b64decode(pdf["data"]))).pages
        # Fonts have one glyph for "fi".
        return unicodedata.normalize("NFKC", "\n".join(page.extract_text() for page in pages))

    def picture(self, name: str, whole: bool = True) -> None:
        """Where somebody wants to look at it (`BKDEL_SCREENSHOTS`)."""
        folder = os.environ.get("BKDEL_SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            shot = self.command("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
            Path(folder, f"{name}.png").write_bytes(base64.b64decode(shot["data"]))
