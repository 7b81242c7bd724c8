"""Turn work into command lines, and describe the engines and the machine."""

import json
import os
import platform
import shlex
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path

from bench.measure import Command
from bench.peer_builds import PEERS, ifc_lite, ifcfast, web_ifc
from bench.samples import BENCH


class Program(StrEnum):
    """A program that is measured."""

    IFCJOB = "ifcjob"
    OBVIOUS = "the obvious script"
    WEB_IFC = "web-ifc"
    IFC_LITE = "ifc-lite"
    IFCFAST = "ifcfast"
    INNER = "bench.inner"
    PYTHON = "python"


@dataclass(frozen=True)
class Work:
    """A program and its options; the measurement adds the model and the output folder."""

    program: Program
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Setup:
    """How to start ifcjob."""

    ifcjob: tuple[str, ...]

    @classmethod
    def of(cls, line: str | None) -> "Setup":
        """Use the given command line, or the command installed next to this Python."""
        return cls(tuple(shlex.split(line)) if line else (str(Path(sys.executable).with_name("ifcjob")),))


def command(work: Work, setup: Setup, model: Path, folder: Path, cpus: frozenset[int] | None = None) -> Command:
    """Return the command that does the work on a model and writes into a folder."""
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
        case Program.IFCFAST:
            return Command((str(ifcfast()), str(PEERS / "ifcfast" / "tables.py"), str(model)), cpus)
        case Program.INNER:
            return Command((python, str(BENCH / "inner.py"), *options, str(model)), cpus)
        case Program.PYTHON:
            return Command((python, *options), cpus)


def versions() -> dict[str, str]:
    """Return the version of each engine."""
    packages = json.loads((PEERS / "webifc" / "package-lock.json").read_text())["packages"]
    crates = tomllib.loads((PEERS / "ifclite" / "Cargo.lock").read_text())["package"]
    return {
        "Python": platform.python_version(),
        **{name: _installed(name) for name in ("ifcjob", "ifcopenshell", "ifclite-geom")},
        "web-ifc": packages["node_modules/web-ifc"]["version"],
        "node": _output_of("node", "--version").removeprefix("v"),
        "ifc-lite-export": next(crate["version"] for crate in crates if crate["name"] == "ifc-lite-export"),
        "ifcfast": (PEERS / "ifcfast" / "requirements.txt").read_text().strip().partition("==")[2],
        "rustc": _output_of("rustc", "--version").removeprefix("rustc ").partition(" ")[0],
    }


def machine() -> str:
    """Describe the machine in one line."""
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


def _output_of(*argv: str) -> str:
    try:
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "not installed"
