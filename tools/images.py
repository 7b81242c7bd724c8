"""Build the project's container images with docker or, where no docker answers, with buildah.

`python -m tools.images [NAME…]` builds `Dockerfile.NAME` as `ifcjob/NAME:dev` and with a tag that names the
commit; without a NAME, all there are. Two builds of one commit on one base image have the same layers, bit by bit.
`IFCJOB_BUILD_FLAGS` holds extra flags of the build command: a proxy, a mounted certificate bundle, `--no-cache`.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from tools import image_bases as bases
from tools import image_store
from tools.revision import Revision, revision_of

ROOT = Path(__file__).resolve().parents[1]
STORE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "ifcjob" / "containers"
BUILDAH = ("buildah", "--root", str(STORE / "root"), "--runroot", str(STORE / "run"), "--storage-driver", "overlay")


def tag(name: str, version: str = "dev") -> str:
    """Give the image of `Dockerfile.NAME` its name."""
    return f"ifcjob/{name}:{version}"


def names() -> list[str]:
    """Name all images there are to build."""
    return sorted(path.suffix[1:] for path in ROOT.glob("Dockerfile.*"))


def revision() -> Revision:
    """Describe the tree that images are built from."""
    return revision_of(ROOT)


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


def build(name: str, *extra: str) -> str:
    """Build one image and return its tag."""
    with building():
        return _build(name, extra)


def building() -> AbstractContextManager[None]:
    """Take part in the use of buildah's store, which is pruned when nobody else builds; docker has its own."""
    return nullcontext() if engine() == "docker" else image_store.building(STORE, BUILDAH)


def _build(name: str, extra: Sequence[str]) -> str:
    dockerfile = ROOT / f"Dockerfile.{name}"
    built = revision()
    environment = dict(os.environ)
    if engine() == "docker":
        command = ["docker", "build"]
        if built.committed:
            environment["SOURCE_DATE_EPOCH"] = f"{built.committed.timestamp():.0f}"
    else:
        for image in bases.base_images(dockerfile):
            bases.provide(image, BUILDAH)
        # Its cache would pass on layers with another commit's time, so all carry the same; a label has the right one.
        command = [*BUILDAH, "build", "--layers", "--network", "host", "--timestamp", "0", "--identity-label=false"]
    command += ["-f", str(dockerfile), "-t", tag(name), "-t", tag(name, built.version)]
    command += [word for label, value in built.labels.items() for word in ("--label", f"{label}={value}")]
    command += [*shlex.split(os.environ.get("IFCJOB_BUILD_FLAGS", "")), *extra, str(ROOT)]
    subprocess.run(command, env=environment, check=True)
    return tag(name)


def exists(image: str) -> bool:
    """Tell whether an image was built."""
    if engine() == "docker":
        return _quiet("docker", "image", "inspect", image)
    return _quiet(*BUILDAH, "inspect", "--type", "image", image)


def size(image: str) -> str:
    """Tell how large an image is, unpacked."""
    program = ["docker"] if engine() == "docker" else BUILDAH
    return _read(*program, "images", "--format", "{{.Size}}", image).strip()


def identity(image: str) -> str:
    """Return what changes whenever an image changes."""
    if engine() == "docker":
        return _read("docker", "image", "inspect", "--format", "{{.Id}}", image).strip()
    return _read(*BUILDAH, "inspect", "--type", "image", "--format", "{{.FromImageID}}", image).strip()


def save(image: str, name: str, archive: Path) -> None:
    """Write an image to a file that a container runtime can load, under `name`."""
    if engine() == "docker":
        subprocess.run(["docker", "tag", image, name], check=True)
        subprocess.run(["docker", "save", "-o", str(archive), name], check=True)
    else:
        subprocess.run([*BUILDAH, "push", "--quiet", image, f"docker-archive:{archive}:{name}"], check=True)


def from_scratch(image: str, program: Path, path: str, user: int = 0) -> str:
    """Make an image of one static program."""
    with building(), tempfile.TemporaryDirectory(prefix="ifcjob-image-") as folder:
        shutil.copy(program, Path(folder, "program"))
        Path(folder, "Dockerfile").write_text(
            f'FROM scratch\nCOPY program {path}\nUSER {user}\nENTRYPOINT ["{path}"]\n'
        )
        command = ["docker", "build"] if engine() == "docker" else [*BUILDAH, "build", "--quiet"]
        subprocess.run([*command, "-t", image, folder], check=True, stdout=subprocess.DEVNULL)
    return image


def prepare() -> None:
    """Point buildah at settings that work with and without systemd."""
    os.environ.setdefault("CONTAINERS_CONF", str(Path(__file__).with_name("containers.conf")))
    os.environ.setdefault("BUILDAH_RUNTIME", shutil.which("runc") or "runc")


def _quiet(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _read(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def main(chosen: list[str]) -> None:
    """Build the named images, or all."""
    prepare()
    try:
        for name in chosen or names():
            image = build(name)
            sys.stdout.write(f"{tag(name, revision().version)} = {image}: {size(image)}\n")
    except LookupError as error:
        raise SystemExit(str(error)) from None
    except subprocess.CalledProcessError as error:
        raise SystemExit(error.returncode) from None


if __name__ == "__main__":
    main(sys.argv[1:])
