"""The built web app: its size, its licences, its unit tests and the compressed copies."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tools import web_app
from tools.go_programs import ToolsUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PAGES = {
    name: f"src/{name}/{page}.tsx"
    for name, page in {
        "upload": "UploadPage",
        "jobs": "JobsPage",
        "job": "JobPage",
        "queues": "QueuesPage",
        "search": "SearchPage",
        "model": "ModelPage",
    }.items()
}
TEXTS = {"jobs": [], "model": ["model", "viewer"]}
PAGE_BYTES, VIEWER_BYTES = 260_000, 230_000
"""Sizes that a browser loads, compressed with gzip."""


class Bundle:
    """A build and what its manifest says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._chunks: dict[str, Any] = json.loads((folder / ".vite" / "manifest.json").read_text("utf-8"))

    def files(self, names: Iterable[str], *, lazy: bool = False) -> set[str]:
        """Return the files of chunks and of all that they import; lazily imported ones on request."""
        files, waiting, seen = set(), list(names), set()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            chunk = self._chunks[name]
            files |= {chunk["file"], *chunk.get("css", ()), *chunk.get("assets", ())}
            waiting += [*chunk.get("imports", ()), *(chunk.get("dynamicImports", ()) if lazy else ())]
        return files

    def size(self, files: Iterable[str]) -> int:
        """Return the compressed size."""
        return sum((self.folder / f"{file}.gz").stat().st_size for file in files)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    try:
        web_app.installed()
    except ToolsUnavailable as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("bundle")
    web_app.build(folder, "--manifest")
    return Bundle(folder)


@pytest.mark.parametrize("page", PAGES)
def test_each_page_loads_less_than_its_budget(bundle: Bundle, page: str) -> None:
    texts = [f"src/i18n/en/{area}.json" for area in TEXTS.get(page, [page])]
    files = bundle.files(["index.html", "src/i18n/en/frame.ts", PAGES[page], *texts])
    assert bundle.size(files) < PAGE_BYTES


def test_the_viewer_loads_less_than_its_budget(bundle: Bundle) -> None:
    page = bundle.files(["index.html", PAGES["model"]])
    viewer = bundle.files([PAGES["model"]], lazy=True) - page
    assert bundle.size(viewer) <= VIEWER_BYTES


def test_compressed_copies_hold_the_same_bytes(bundle: Bundle) -> None:
    scripts = sorted(bundle.folder.glob("assets/*.js"))
    assert scripts
    for script in scripts:
        packed = script.with_name(f"{script.name}.gz").read_bytes()
        assert gzip.decompress(packed) == script.read_bytes()
        assert script.with_name(f"{script.name}.br").stat().st_size < len(packed) + 64


def test_the_licences_of_all_packages_are_beside_the_bundle(bundle: Bundle) -> None:
    text = (bundle.folder / "third-party-licenses.txt").read_text("utf-8")
    entries = [entry.strip().partition("\n\n") for entry in re.split(r"^={80}$", text, flags=re.MULTILINE)]
    listed = {head.split()[0]: head.partition("(")[2].removesuffix(")") for head, _, _ in entries}
    packages = json.loads((web_app.WEB / "package.json").read_text("utf-8"))
    assert {*packages["dependencies"], "react-remove-scroll"} <= set(listed)
    assert [name for name, licence in listed.items() if not web_app.is_permitted(licence)] == []
    assert text.count("Permission is hereby granted") > len(packages["dependencies"])


def test_a_package_under_another_licence_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "package-lock.json"
    licences = {"a": "MIT", "b": "(MIT OR GPL-3.0)", "c": "AGPL-3.0", "d": "MIT AND GPL-2.0", "e": None}
    packages = {f"node_modules/{name}": {"license": licence} for name, licence in licences.items()}
    packages["node_modules/e"] = {}
    packages["node_modules/x/node_modules/f"] = {"license": "GPL-3.0", "dev": True}  # type: ignore[dict-item]
    lock.write_text(json.dumps({"packages": {"": {}} | packages}))
    refused = [entry.partition(":")[0] for entry in web_app.refused_licences(lock)]
    assert refused == ["c", "d", "e"]
    assert web_app.refused_licences() == []


def test_the_unit_tests_of_the_web_app_pass(bundle: Bundle) -> None:
    assert bundle.folder.exists()  # Node.js is here
    command = [web_app.program("vitest"), "run", "--reporter", "dot"]
    done = subprocess.run(command, cwd=web_app.WEB, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
