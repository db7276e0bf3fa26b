"""A browser that nobody sees, and what is read from it."""

import base64
import contextlib
import json
import os
import shutil

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

SWITCHES = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]

# For each element with text of its own: the text, its colour, and what is behind it.
TEXTS = """
const paint = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
const rgba = (colour) => {
  paint.clearRect(0, 0, 1, 1);
  paint.fillStyle = colour;
  paint.fillRect(0, 0, 1, 1);
  return Array.from(paint.getImageData(0, 0, 1, 1).data);
};
const behind = (element) => {
  for (let e = element; e; e = e.parentElement) {
    const colour = rgba(getComputedStyle(e).backgroundColor);
    if (colour[3] === 255) return colour;
    if (colour[3] !== 0) return [];
  }
  return [];
};
const found = [];
for (const element of document.body.querySelectorAll('*')) {
  const own = Array.from(element.childNodes).some((n) => n.nodeType === 3 && n.data.trim() !== '');
  const shown = element.checkVisibility() && !['SCRIPT', 'STYLE', 'OPTION'].includes(element.tagName);
  if (own && shown) {
    found.push([element.textContent.trim().slice(0, 40), rgba(getComputedStyle(element).color), behind(element)]);
  }
}
return found;
"""


class Browser:
    """Chromium with a profile of its own. Each page is opened as a file."""

    def __init__(self, folder):
        self.folder = folder
        options = Options()
        options.binary_location = shutil.which("chromium")
        for switch in [*SWITCHES, f"--user-data-dir={folder / 'profile'}"]:
            options.add_argument(switch)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        # With both paths given, selenium looks for no driver, neither here nor elsewhere.
        service = Service(executable_path=shutil.which("chromedriver"), env=environment(folder))
        self.driver = webdriver.Chrome(options=options, service=service)
        self.driver.set_page_load_timeout(60)
        self.count = 0
        # The page that a browser begins with loads this and that of its own.
        self.driver.get("about:blank")
        self.requests()

    def close(self):
        self.driver.quit()

    def cdp(self, command, **parameters):
        return self.driver.execute_cdp_cmd(command, parameters)

    def open(self, html, *, width=1280, height=900, scheme="light", script=True):
        """Shows a page, as if for the first time."""
        self.count += 1
        path = self.folder / f"page-{self.count}.html"
        path.write_text(html, encoding="utf-8")
        self.cdp("Emulation.setScriptExecutionDisabled", value=not script)
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.media("screen", scheme)
        self.said()
        self.requests()
        self.driver.get(path.as_uri())
        # The driver cannot tell that a page is loaded where scripts are off.
        there = "return document.readyState === 'complete' && location.href === arguments[0]"
        waiting = WebDriverWait(self.driver, 60, poll_frequency=0.02)
        waiting.until(lambda _: self.run(there, path.as_uri()))
        return path

    def media(self, media, scheme="light"):
        self.cdp(
            "Emulation.setEmulatedMedia",
            media=media,
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def texts(self):
        return self.run(TEXTS)

    def said(self):
        """What is in the console since the last time."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self):
        """The addresses asked for since the last time."""
        entries = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [
            entry["params"]["request"]["url"] for entry in entries if entry["method"] == "Network.requestWillBeSent"
        ]

    def pdf(self, path):
        """The page on paper, in black on white, as a print dialog has it."""
        self.media("", "light")
        answer = self.cdp("Page.printToPDF", printBackground=False, preferCSSPageSize=True)
        path.write_bytes(base64.b64decode(answer["data"]))

    def picture(self, path):
        path.write_bytes(base64.b64decode(self.cdp("Page.captureScreenshot", format="png")["data"]))


def environment(folder):
    """Nothing of the caller's but where programs are; and a home that is empty."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ") if name in os.environ}
    return {**kept, "HOME": str(folder), "SE_OFFLINE": "true", "SE_AVOID_STATS": "true"}


def contrast(one, other):
    """The contrast of two colours as WCAG counts it."""

    def light(colour):
        parts = [channel / 255 for channel in colour[:3]]
        parts = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted([light(one), light(other)], reverse=True)
    return (high + 0.05) / (low + 0.05)


@contextlib.contextmanager
def started(folder):
    browser = Browser(folder)
    try:
        yield browser
    finally:
        browser.close()
