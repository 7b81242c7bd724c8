"""Build the peers into the cache, exactly as their lock files say, and turn a piece of work into a command line."""

import functools
import hashlib
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path

from bench.measure import Command
from bench.samples import BENCH, CACHE

PEERS = BENCH / "peers"


class Program(StrEnum):
    """Who does the work."""

    IFCJOB = "ifcjob"
    OBVIOUS = "the obvious script"
    WEB_IFC = "web-ifc"
    IFC_LITE = "ifc-lite"
    INNER = "bench.inner"
    PYTHON = "python"


@dataclass(frozen=True)
class Work:
    """A program and the options it gets; what it reads and writes is up to the measurement."""

    program: Program
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Setup:
    """How to start ifcjob."""

    ifcjob: tuple[str, ...]

    @classmethod
    def of(cls, line: str | None) -> "Setup":
        """Take the command line given, or the command installed next to this Python."""
        return cls(tuple(shlex.split(line)) if line else (str(Path(sys.executable).with_name("ifcjob")),))


def command(work: Work, setup: Setup, model: Path, folder: Path, cpus: frozenset[int] | None = None) -> Command:
    """Return the command that does the work on a model and writes into the folder."""
    options, python = work.options, sys.executable
    match work.program:
        case Program.IFCJOB:
            argv = (*setup.ifcjob, "run", str(model), "-o", str(folder), "--quiet", *options)
            return Command(argv, cpus, folder / model.stem / "model.glb")
        case Program.OBVIOUS:
            argv = (python, str(PEERS / "obvious.py"), str(model), "-o", str(folder), *options)
            return Command(argv, cpus, folder / "model.glb")
        case Program.WEB_IFC:
            product = folder / "web-ifc.glb"
            return Command(("node", str(web_ifc() / "glb.js"), str(model), str(product)), cpus, product)
        case Program.IFC_LITE:
            product = folder / "ifc-lite.glb"
            return Command((str(ifc_lite()), str(model), str(product)), cpus, product)
        case Program.INNER:
            return Command((python, str(BENCH / "inner.py"), *options, str(model)), cpus)
        case Program.PYTHON:
            return Command((python, *options), cpus)


@functools.cache
def web_ifc() -> Path:
    """Install web-ifc with our GLB writer and return their folder."""
    source = PEERS / "webifc"
    names = ("package.json", "package-lock.json", "glb.js")
    recipe = hashlib.sha256(b"".join((source / name).read_bytes() for name in names)).hexdigest()[:12]
    folder = CACHE / f"webifc-{recipe}"
    if not (folder / "node_modules" / ".package-lock.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            shutil.copy(source / name, folder)
        subprocess.run(["npm", "ci", "--silent"], cwd=folder, check=True)
    return folder


@functools.cache
def ifc_lite() -> Path:
    """Compile the ifc-lite converter and return it; cargo knows what is already there."""
    manifest, target = PEERS / "ifclite" / "Cargo.toml", CACHE / "ifclite"
    build = ["cargo", "build", "--release", "--locked", "--quiet"]
    subprocess.run([*build, "--manifest-path", str(manifest), "--target-dir", str(target)], check=True)
    return target / "release" / "peer"


def versions() -> dict[str, str]:
    """Return the version of every engine measured here."""
    packages = json.loads((PEERS / "webifc" / "package-lock.json").read_text())["packages"]
    crates = tomllib.loads((PEERS / "ifclite" / "Cargo.lock").read_text())["package"]
    return {
        "Python": platform.python_version(),
        **{name: _installed(name) for name in ("ifcjob", "ifcopenshell", "ifclite-geom")},
        "web-ifc": packages["node_modules/web-ifc"]["version"],
        "node": _said("node", "--version").removeprefix("v"),
        "ifc-lite-export": next(crate["version"] for crate in crates if crate["name"] == "ifc-lite-export"),
        "rustc": _said("rustc", "--version").removeprefix("rustc ").partition(" ")[0],
    }


def machine() -> str:
    """Describe the machine in a line."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    processor = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores, {processor}, {memory:.0f} GiB, {platform.system()} {platform.machine()}"


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _said(*argv: str) -> str:
    try:
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "not installed"
