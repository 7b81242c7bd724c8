"""Build the peers into the cache, with the versions of their lock files."""

import functools
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from bench.samples import BENCH, CACHE

PEERS = BENCH / "peers"
ATTEMPTS = 2
NODE_HINT = "install Node.js 20 or later with npm, from https://nodejs.org or your distribution"
CARGO_HINT = "install Rust 1.89 or later from https://rustup.rs"


class PeerMissingError(Exception):
    """A peer cannot be built here; the message names the missing program or holds the error of npm, cargo or pip."""


def web_ifc() -> Path:
    """Return the folder with web-ifc and its GLB writer."""
    return _built(_install_web_ifc)


def ifc_lite() -> Path:
    """Return the ifc-lite converter."""
    return _built(_compile_ifc_lite)


def ifcfast() -> Path:
    """Return the Python that has ifcfast."""
    return _built(_install_ifcfast)


def _built(build: Callable[[], Path]) -> Path:
    result = _build_once(build)
    if isinstance(result, PeerMissingError):
        raise result
    return result


@functools.cache
def _build_once(build: Callable[[], Path]) -> Path | PeerMissingError:
    """Build a peer, and remember a failure too: several bars need the same peer."""
    try:
        return build()
    except PeerMissingError as error:
        return error


def _install_web_ifc() -> Path:
    source = PEERS / "webifc"
    names = ("package.json", "package-lock.json", "glb.js")
    recipe = hashlib.sha256(b"".join((source / name).read_bytes() for name in names)).hexdigest()[:12]
    folder = CACHE / f"webifc-{recipe}"
    _require("node", NODE_HINT)
    if not (folder / "node_modules" / ".package-lock.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            shutil.copy(source / name, folder)
        _require("npm", NODE_HINT)
        _run("npm", "ci", "--loglevel=error", "--no-audit", "--no-fund", folder=folder)
    return folder


def _compile_ifc_lite() -> Path:
    """Compile the converter; cargo knows what is up to date."""
    target = CACHE / "ifclite"
    _require("cargo", CARGO_HINT)
    _run("cargo", "build", "--release", "--locked", "--quiet", f"--target-dir={target}", folder=PEERS / "ifclite")
    return target / "release" / "peer"


def _install_ifcfast() -> Path:
    """Install ifcfast into an environment of its own: ifcjob does not need pandas."""
    requirements = PEERS / "ifcfast" / "requirements.txt"
    folder = CACHE / f"ifcfast-{hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        _run(sys.executable, "-m", "venv", "--clear", str(folder), folder=CACHE)
        _run(str(python), "-m", "pip", "install", "--quiet", "-r", str(requirements), folder=folder)
        (folder / "complete").touch()
    return python


def _require(program: str, hint: str) -> None:
    if shutil.which(program) is None:
        raise PeerMissingError(f"{program} is not installed: {hint}")


def _run(*argv: str, folder: Path) -> None:
    """Run a package manager, once more after a failure: its registry may be unavailable for a moment."""
    for _ in range(ATTEMPTS):
        done = subprocess.run(argv, check=False, cwd=folder, capture_output=True, text=True)
        if done.returncode == 0:
            return
    raise PeerMissingError(f"{' '.join(argv)} failed: {(done.stderr or done.stdout).strip()[-1000:]}")
