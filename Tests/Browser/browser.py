"""A real browser, and what has to hold on every page that it shows."""

import importlib.util
import os
import shutil

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from partnership import PASSWORD

AXE = os.path.join(
    os.path.dirname(importlib.util.find_spec("axe_playwright_python").origin), "axe.min.js")
PAGE_BYTES = 100_000


class Browser:
    """Chromium, headless. Every page that is opened is checked: by axe, for its size, for what a template
    must never show."""

    def __init__(self, width=1100, height=1200, scripts=True):
        options = webdriver.ChromeOptions()
        for flag in (
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--hide-scrollbars", "--lang=en-GB", f"--window-size={width},{height}",
        ):
            options.add_argument(flag)
        options.binary_location = shutil.which("chromium") or shutil.which("google-chrome")
        if not scripts:
            options.add_experimental_option(
                "prefs", {"profile.managed_default_content_settings.javascript": 2})
        self.driver = webdriver.Chrome(
            options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
        self.scripts = scripts
        self.clicks = 0
        self.checked = set()
        # Windows cannot be as narrow as telephones; the page can.
        self.width(width, height)

    def width(self, width, height=1200):
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def close(self):
        self.driver.quit()

    def open(self, address):
        self.driver.get(address)
        self.check()

    def sign_in(self, address, name, password=PASSWORD):
        self.driver.delete_all_cookies()
        self.driver.get(address)
        self.check()
        self.type("sign-in-name", name)
        self.type("sign-in-password", password)
        self.press("Sign in")

    def find(self, id):
        return self.driver.find_element(By.ID, id)

    def has(self, id):
        return bool(self.driver.find_elements(By.ID, id))

    def type(self, id, text):
        field = self.find(id)
        field.clear()
        field.send_keys(text)

    def day(self, id, day, month, year):
        self.type(id, str(day))
        self.type(f"{id}-month", str(month))
        self.type(f"{id}-year", str(year))

    def tick(self, id):
        self.clicks += 1
        field = self.find(id)
        self.driver.execute_cdp_cmd("DOM.enable", {})
        field.click()

    def press(self, label):
        """Presses the button with these words, and waits for the page that follows."""
        self.clicks += 1
        button = next(
            found for found in self.driver.find_elements(By.TAG_NAME, "button")
            if found.text.strip() == label)
        self.leave(button.click)

    def follow(self, words):
        self.clicks += 1
        link = self.driver.find_element(By.PARTIAL_LINK_TEXT, words)
        self.leave(link.click)

    def leave(self, act):
        before = self.driver.find_element(By.TAG_NAME, "html")
        act()
        WebDriverWait(self.driver, 60).until(lambda _: self.is_gone(before))
        WebDriverWait(self.driver, 60).until(
            lambda found: found.find_elements(By.TAG_NAME, "main"))
        self.check()

    @staticmethod
    def is_gone(element):
        try:
            element.is_enabled()
            return False
        except Exception:  # the page is another one
            return True

    @property
    def text(self):
        return self.driver.find_element(By.TAG_NAME, "main").text

    @property
    def heading(self):
        return self.driver.find_element(By.TAG_NAME, "h1").text

    @property
    def place(self):
        return self.driver.current_url

    def problems(self):
        return [found.text for found in self.driver.find_elements(By.CSS_SELECTOR, ".problems li")]

    def keys(self, *keys):
        self.driver.switch_to.active_element.send_keys(*keys)

    def check(self):
        source = self.driver.page_source
        for leak in ("Web.", "Optional(", "{{"):
            assert leak not in source, f"{self.place}: {leak} shows in the page"
        assert len(source.encode()) <= PAGE_BYTES, f"{self.place}: {len(source)} bytes"
        assert "OFFICIAL-SENSITIVE" in source
        if not self.scripts:
            return
        heading = self.heading
        if heading in self.checked:
            return
        self.checked.add(heading)
        self.axe()

    def axe(self):
        """The rules of WCAG 2.2 AA that a program can check."""
        with open(AXE) as script:
            self.driver.execute_script(script.read())
        found = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "axe.run(document, {runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa',"
            "'best-practice']}).then(done)")
        wrong = [
            f"{rule['id']}: {rule['help']} ({rule['nodes'][0]['html']})"
            for rule in found["violations"]
        ]
        assert not wrong, f"{self.heading}: " + "; ".join(wrong)

    def shot(self, name, whole=True):
        folder = os.environ.get("SCREENSHOTS")
        if not folder:
            return
        os.makedirs(folder, exist_ok=True)
        if whole:
            height = self.driver.execute_script("return document.documentElement.scrollHeight")
            width = self.driver.execute_script("return window.innerWidth")
            self.width(width, min(height, 4000))
        self.driver.save_screenshot(os.path.join(folder, f"{name}.png"))
