"""The GLBs of the viewer's benchmarks."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.samples import CACHE, sample_of
from bench.web.unshared import unshare

CONVERSION_SECONDS = 1800
"""Time limit of one conversion of a model."""


def glb_of(name: str) -> Path:
    """Return the GLB of a model, made when it is first used."""
    folder = CACHE / "glb" / name
    target = folder / "model.glb"
    if target.exists():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    stem, _, megabytes = name.partition("@")
    if stem == "unshared":
        unshare(glb_of("janesville"), target, float(megabytes))
    else:
        write_glb(sample_of(name).path, target)
    return target


def write_glb(source: Path, target: Path) -> None:
    """Convert an IFC file as the product does."""
    ifcjob = Path(sys.executable).with_name("ifcjob")
    with tempfile.TemporaryDirectory() as scratch:
        command = [str(ifcjob), "run", str(source), "--only", "gltf", "--quiet", "-o", scratch]
        subprocess.run(command, check=True, capture_output=True, timeout=CONVERSION_SECONDS)
        (made,) = Path(scratch).rglob("model.glb")
        shutil.copy(made, target)
