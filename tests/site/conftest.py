"""Builds both languages once a session, as `make build` does, and serves them on a free port of this machine."""

from __future__ import annotations

import functools
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the built site: English at its root, Korean in ko/."""
    folder = tmp_path_factory.mktemp("site")
    build_site(folder)
    return folder


def build_site(folder: Path) -> None:
    """Builds both languages into a folder, as `make build` does."""
    targets = {"mkdocs.yml": folder, "mkdocs.ko.yml": folder / "ko"}
    for name, target in targets.items():  # one after the other: the English build empties the folder
        command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", name, "-d", str(target)]
        environment = os.environ | {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{name} does not build:\n{done.stderr[-4000:]}"


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answers an unknown address with the site's own page, as web servers do."""
        page = Path(self.directory) / "404.html"
        if code != 404:
            super().send_error(code, message, explain)
            return
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page.read_bytes())


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address at which a folder is served meanwhile."""
    with Server(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Where the built site is served."""
    with served(site) as address:
        yield address


@pytest.fixture
def serve() -> Callable[[Path], AbstractContextManager[str]]:
    """Serves another folder."""
    return served


class Browser:
    """Chromium on a phone or a desktop, light or dark, with every host but this machine out of reach."""

    def __init__(self, driver: webdriver.Chrome, address: str) -> None:
        self.driver, self.address = driver, address

    def show(self, path: str, width: int = 1280, scheme: str = "light") -> None:
        """Opens a page as a new reader would: nothing stored, nothing logged."""
        self.size(width)
        self.scheme(scheme)
        self.driver.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": self.address, "storageTypes": "all"})
        self.driver.get("about:blank")
        self.log("browser")
        self.log("performance")
        self.driver.get(self.address + path)
        self.wait("return document.readyState === 'complete' && !!document.querySelector('.md-header')")

    def size(self, width: int) -> None:
        phone = width < 600
        size = {"width": width, "height": 844 if phone else 900, "deviceScaleFactor": 1, "mobile": phone}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def scheme(self, scheme: str) -> None:
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})

    def log(self, kind: str) -> list[Any]:
        return list(self.driver.get_log(kind))  # type: ignore[no-untyped-call]

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def wait(self, script: str, *arguments: Any, seconds: float = 15) -> Any:
        """The first answer of `script` that is not empty."""
        what = f"{script} stayed empty on {self.driver.current_url}"
        return WebDriverWait(self.driver, seconds, 0.05).until(lambda _: self.run(script, *arguments), what)

    def complaints(self) -> list[str]:
        """Errors and warnings in the console, and requests that left this machine."""
        found = [entry["message"] for entry in self.log("browser") if entry["level"] in ("SEVERE", "WARNING")]
        for entry in self.log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if urlsplit(url).scheme in ("http", "https", "ws", "wss") and not url.startswith(self.address):
                    found.append(f"requested {url}")
        return found


@pytest.fixture(scope="session")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """Skips without a browser and says so; with REQUIRE_BROWSER=1, as in continuous integration, it fails instead."""
    if not chromium() or not shutil.which("chromedriver"):
        why = "did not run: no Chromium with its driver here (Debian: chromium, chromium-driver)"
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(why)
        pytest.skip(why)
    with started(request.getfixturevalue("address")) as browser:
        yield browser


def chromium() -> str:
    """The command of a Chromium, or "" where there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""


@contextmanager
def started(address: str) -> Iterator[Browser]:
    """A browser for the site at an address."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = chromium()
        flags = "headless no-sandbox disable-gpu disable-dev-shm-usage disable-quic no-first-run disable-background-networking"
        for flag in (*flags.split(), "disable-component-update", "disable-sync", f"user-data-dir={profile}"):
            options.add_argument(f"--{flag}")
        options.add_argument("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        driver.set_page_load_timeout(60)
        try:
            yield Browser(driver, address)
        finally:
            driver.quit()
