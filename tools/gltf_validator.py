"""The Khronos glTF validator, an npm package, installed once below the user's cache folder."""

import shutil
import tempfile
from pathlib import Path

from tools.downloads import DownloadFailed, download
from tools.go_programs import CACHE, ToolsUnavailable

PACKAGE = "gltf-validator@2.0.0-dev.3.10"


def installed() -> Path:
    """Return the folder that the package is installed in, installing it first when needed. Raises ToolsUnavailable."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise ToolsUnavailable("the glTF validator needs node and npm")
    folder = CACHE / "node" / PACKAGE
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        aside = Path(scratch, "package")
        # Our retries wait; npm's own would wait longer in each of them.
        options = ["--loglevel=error", "--fetch-retries=0", "--ignore-scripts", "--no-save"]
        try:
            download(["npm", "install", *options, "--prefix", str(aside), PACKAGE], makes=aside, timeout=300)
        except DownloadFailed as error:
            raise ToolsUnavailable(f"npm cannot install {PACKAGE}: {error}") from error
        try:
            aside.rename(folder)
        except OSError:
            if not folder.exists():  # else another process was faster
                raise
    return folder
