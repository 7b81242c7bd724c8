"""Build the project's container images with docker or, where no docker answers, with buildah.

`python tests/cluster/images.py [NAME…]` builds `Dockerfile.NAME` as `ifcjob/NAME:dev`; without a NAME, every one there is.
`IFCJOB_BUILD_FLAGS` holds extra flags of the build command: a proxy, a mounted certificate bundle, `--no-cache`.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import bases

ROOT = Path(__file__).resolve().parents[2]
STORE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "ifcjob" / "containers"
BUILDAH = ("buildah", "--root", str(STORE / "root"), "--runroot", str(STORE / "run"), "--storage-driver", "overlay")


def tag(name: str) -> str:
    """Give the image of `Dockerfile.NAME` its name."""
    return f"ifcjob/{name}:dev"


def engine() -> str:
    """Choose docker when its daemon answers, else buildah (which needs root here), else say why not."""
    if shutil.which("docker") and _quiet("docker", "version"):
        return "docker"
    if not (shutil.which("buildah") and shutil.which("runc")):
        msg = "images need a docker daemon that answers, or buildah with runc"
        raise LookupError(msg)
    if os.geteuid() != 0:
        msg = "images need a docker daemon that answers; buildah with runc is here, but needs root"
        raise LookupError(msg)
    return "buildah"


def build(name: str) -> str:
    """Build one image and return its tag."""
    dockerfile = ROOT / f"Dockerfile.{name}"
    flags = shlex.split(os.environ.get("IFCJOB_BUILD_FLAGS", ""))
    if engine() == "docker":
        command = ["docker", "build"]
    else:
        for image in bases.wanted(dockerfile):
            bases.provide(image, BUILDAH)
        command = [*BUILDAH, "build", "--layers", "--network", "host"]
    command += ["-f", str(dockerfile), "-t", tag(name), *flags, str(ROOT)]
    subprocess.run(command, check=True)
    return tag(name)


def size(image: str) -> int:
    """Return the unpacked bytes of an image."""
    if engine() == "docker":
        return int(_read("docker", "image", "inspect", "--format", "{{.Size}}", image))
    return sum(entry["size"] for entry in json.loads(_read(*BUILDAH, "images", "--json", image)))


def _environment() -> None:
    """Point buildah at settings that work with and without systemd."""
    os.environ.setdefault("CONTAINERS_CONF", str(Path(__file__).with_name("containers.conf")))
    os.environ.setdefault("BUILDAH_RUNTIME", shutil.which("runc") or "runc")


def _quiet(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _read(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def main(names: list[str]) -> None:
    """Build the named images, or all."""
    _environment()
    for name in names or sorted(path.suffix[1:] for path in ROOT.glob("Dockerfile.*")):
        image = build(name)
        print(f"{image}: {size(image) / 1e6:.0f} MB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
