"""A real browser of this machine, which Playwright steers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""Programs; the first one that is there is used. ./tests/run installs the first one where none is."""


def browser_program() -> str:
    """The path of a browser; empty where there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), "")


@contextmanager
def browser_up() -> Iterator[Browser]:
    """A browser without a window, which may be root's: it reads nothing but files of the tests."""
    sandbox = [] if os.geteuid() else ["--no-sandbox"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_program(), args=sandbox)
        try:
            yield browser
        finally:
            browser.close()
