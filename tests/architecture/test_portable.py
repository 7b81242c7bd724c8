"""The project is portable: it contains no path, host or secret of one machine."""

from __future__ import annotations

import re
from pathlib import Path

from tests.architecture.tracked import ROOT, tracked

# A personal home folder; an image's /root is not one.
SOMEBODYS_HOME = re.compile(rb"(?:/home|/Users)/[a-z][a-z0-9_-]*/")
# Whole private networks are allowed: policies name them.
PRIVATE_ADDRESS = re.compile(
    rb"\b(?!10\.0\.0\.0/8|172\.16\.0\.0/12|192\.168\.0\.0/16)"
    rb"(?:10\.\d+|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d+\.\d+\b"
)
SOURCE_KEYS = {"uv.lock": "registry|url", "package-lock.json": "resolved", "Cargo.lock": "source"}
"""Where lock files name the origin of a package. npm's `url` is that of the authors' fund."""
PUBLIC_SOURCES = {
    "uv.lock": {"pypi.org", "files.pythonhosted.org"},
    "package-lock.json": {"registry.npmjs.org"},
    "Cargo.lock": {"github.com"},
}
"""Where lock files may point; whatever mirror a machine uses is not for others."""


def test_no_file_contains_a_path_of_this_machine() -> None:
    here = re.compile(b"|".join(re.escape(f"{folder}/".encode()) for folder in _folders_of_this_machine()))
    named = [str(path.relative_to(ROOT)) for path in tracked() if here.search(path.read_bytes())]
    assert named == []


def test_no_file_contains_a_home_folder_or_private_address() -> None:
    matches = []
    for path in tracked():
        content = path.read_bytes()
        matches += [f"{path.relative_to(ROOT)}: {match!r}" for match in SOMEBODYS_HOME.findall(content)]
        matches += [f"{path.relative_to(ROOT)}: {match!r}" for match in PRIVATE_ADDRESS.findall(content)]
    assert matches == []


def test_lock_files_point_to_public_registries() -> None:
    for path in tracked():
        if path.name in PUBLIC_SOURCES:
            source = rf'"?(?:{SOURCE_KEYS[path.name]})"?\s*[:=]\s*"(?:registry\+)?https?://([^/"]+)'
            hosts = set(re.findall(source, path.read_text(encoding="utf-8")))
            # npm may omit the URLs, and then uses the installer's registry.
            assert hosts or path.name == "package-lock.json", f"{path.name} names no source"
            assert hosts <= PUBLIC_SOURCES[path.name], path


def _folders_of_this_machine() -> list[Path]:
    """Return the clone, its siblings, and the home folder if it is personal."""
    beside = [path for path in ROOT.parent.iterdir() if path.is_dir()] if ROOT.parent != Path("/") else []
    home = [Path.home()] if Path.home().parent.name in {"home", "Users"} else []
    return [ROOT, *beside, *home]
