"""npm packages that tests use, installed once below the user's cache folder."""

import shutil
import tempfile
from pathlib import Path

from tools.downloads import DownloadFailed, download
from tools.go_programs import CACHE, ToolsUnavailable

GLTF_VALIDATOR = ("gltf-validator@2.0.0-dev.3.10",)
"""The validator of Khronos."""
OPENAPI_CLIENT = ("openapi-typescript@7.13.0", "openapi-fetch@0.17.0", "typescript@5.9.3")
"""A generator of clients in TypeScript, what its clients use, and the newest compiler that it accepts."""
VIEWER = ("three@0.170.0", "playwright-core@1.49.0")
"""A viewer of glTF, and a driver of browsers."""


def installed(packages: tuple[str, ...]) -> Path:
    """Return the folder that the packages are installed in, installed first if need be. Raises ToolsUnavailable."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise ToolsUnavailable(f"{packages[0]} needs node and npm")
    folder = CACHE / "node" / "+".join(packages)
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        aside = Path(scratch, "package")
        # Our retries wait; npm's own would wait longer in each of them.
        options = ["--loglevel=error", "--fetch-retries=0", "--ignore-scripts", "--no-save", "--no-update-notifier"]
        try:
            download(["npm", "install", *options, "--prefix", str(aside), *packages], makes=aside, timeout=300)
        except DownloadFailed as error:
            raise ToolsUnavailable(f"npm cannot install {' '.join(packages)}: {error}") from error
        try:
            aside.rename(folder)
        except OSError:
            if not folder.exists():  # else another process was faster
                raise
    return folder
