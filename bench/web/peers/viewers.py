"""The viewers: their pages, and the models in their formats. Everything is made once, in the cache."""

import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.peer_builds import NODE_HINT, PEERS, PeerMissingError
from bench.samples import CACHE, sample_of
from bench.web.glb import CONVERSION_SECONDS, write_glb
from tools.downloads import DownloadFailed, download

HERE = Path(__file__).parent
WEB = HERE.parents[2] / "web"
SOURCE = PEERS / "viewers"
_PACKAGES = ("package.json", "package-lock.json")


@dataclass(frozen=True)
class Model:
    """A model in the format of a viewer."""

    path: Path
    conversion: float | None
    """Seconds of the conversion to this format."""


@dataclass(frozen=True)
class Viewer:
    """A viewer and its format."""

    name: str
    folder: Path
    """With the source of its page."""
    suffix: str
    made_from: str


IFCJOB = Viewer("ifcjob", HERE / "page", "glb", "the IFC file, by `ifcjob run --only gltf`")
XEOKIT = Viewer("xeokit", SOURCE / "xeokit", "xkt", "our GLB, by xeokit-convert")
FRAGMENTS = Viewer("fragments", SOURCE / "fragments", "frag", "the IFC file, by its IfcImporter (web-ifc)")
VIEWERS = (IFCJOB, XEOKIT, FRAGMENTS)


def installed() -> Path:
    """Return the folder with the packages of the peers and the sources of their pages. Raises PeerMissingError."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise PeerMissingError(f"node or npm is not installed: {NODE_HINT}")
    recipe = hashlib.sha256(b"".join((SOURCE / name).read_bytes() for name in _PACKAGES)).hexdigest()[:12]
    folder = CACHE / f"viewers-{recipe}"
    marker = folder / "node_modules" / ".package-lock.json"
    if not marker.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in _PACKAGES:
            shutil.copy(SOURCE / name, folder)
        # Without --legacy-peer-deps, npm does not end: the packages of @thatopen contradict each other.
        options = ["--legacy-peer-deps", "--ignore-scripts", "--loglevel=error", "--no-audit", "--no-fund"]
        try:
            download(["npm", "ci", *options, "--prefix", str(folder)], makes=marker, timeout=600)
        except DownloadFailed as error:
            raise PeerMissingError(f"npm cannot install the viewers: {error}") from error
    shutil.copy(SOURCE / "frag.js", folder)
    for name in ("xeokit", "fragments"):
        shutil.copytree(SOURCE / name, folder / name, dirs_exist_ok=True)
        shutil.copy(SOURCE / "index.html", folder / name)
    return folder


def build_page(viewer: Viewer, target: Path) -> None:
    """Build the page of a viewer, all of them by the same program."""
    source = viewer.folder if viewer is IFCJOB else installed() / viewer.folder.name
    command = ["npx", "vite", "build", "--logLevel", "error", "--config", str(SOURCE / "vite.config.mjs")]
    names = {"IFCJOB_BENCH_SOURCE": str(source), "IFCJOB_BENCH_PAGE": str(target)}
    subprocess.run(command, cwd=WEB, env=os.environ | names, check=True, capture_output=True)


def model_of(viewer: Viewer, name: str) -> Model:
    """Return a model in the viewer's format, made when it is first used."""
    folder = CACHE / "viewer-models" / name
    target = folder / f"model.{viewer.suffix}"
    seconds = folder / f"model.{viewer.suffix}.seconds"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f"draft-{os.getpid()}.{viewer.suffix}"
        start = time.perf_counter()
        _convert(viewer, name, draft)
        seconds.write_text(f"{time.perf_counter() - start:.1f}")
        draft.rename(target)
    return Model(target, float(seconds.read_text()) if seconds.exists() else None)


def _convert(viewer: Viewer, name: str, target: Path) -> None:
    if viewer is IFCJOB:
        return write_glb(sample_of(name).path, target)
    packages = installed()
    if viewer is XEOKIT:
        source = model_of(IFCJOB, name).path
        converter = packages / "node_modules" / "@xeokit" / "xeokit-convert" / "convert2xkt.js"
        return _run(["node", str(converter), "-s", str(source), "-f", "glb", "-o", str(target)])
    return _run(["node", str(packages / "frag.js"), str(sample_of(name).path), str(target)])


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=CONVERSION_SECONDS)
