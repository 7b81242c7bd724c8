"""Chromium, which tests, pictures and benchmarks of the web app open pages in."""

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium_program() -> str | None:
    """Return the path of the first browser that is installed, or None."""
    return next((path for path in map(shutil.which, NAMES) if path), None)
