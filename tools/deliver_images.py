"""Push the built images to a registry or load them into a local cluster, and write the chart values that name them.

`python -m tools.deliver_images push REGISTRY` and `… load kind|minikube|k3s` take the images that `make images` built
from this commit. `--dry-run` prints the commands instead. kind and minikube choose their cluster by KIND_CLUSTER_NAME
and MINIKUBE_PROFILE. `IFCJOB_PUSH_FLAGS` holds extra flags of the push command, such as buildah's `--tls-verify=false`.
"""

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools import images

VALUES = images.ROOT / "dist" / "images.yaml"
LOADERS = {
    "kind": ("kind", "load", "image-archive"),
    "minikube": ("minikube", "image", "load"),
    "k3s": ("k3s", "ctr", "images", "import"),
}
LOCAL = "localhost"
"""The registry in the names of loaded images: a node never pulls a missing image from somebody else's registry."""
Command = tuple[str, ...]


def push_commands(image: str, target: str, engine: str) -> Iterator[Command]:
    """Yield the commands that push an image to `target`, a name with its registry."""
    flags = shlex.split(os.environ.get("IFCJOB_PUSH_FLAGS", ""))
    if engine == "docker":
        yield ("docker", "tag", image, target)
        yield ("docker", "push", *flags, target)
    else:
        yield (*images.BUILDAH, "push", *flags, image, f"docker://{target}")


def load_command(archive: Path, cluster: str) -> Command:
    """Return the command that loads an image archive into a local cluster."""
    return (*LOADERS[cluster], str(archive))


def chart_values(registry: str, version: str) -> str:
    """Return the values of the chart that name the images."""
    names = "".join(f"{name}: {{image: {{tag: {version}}}}}\n" for name in images.names())
    return f"image: {{registry: {registry}}}\n{names}"


def push(registry: str, version: str, *, dry_run: bool) -> None:
    """Push all images of a version. Raises LookupError without docker and buildah."""
    engine = images.engine()
    for name in images.names():
        image = images.tag(name, version)
        for command in push_commands(image, f"{registry}/{image}", engine):
            _run(command, dry_run=dry_run)


def load(cluster: str, version: str, *, dry_run: bool) -> None:
    """Load all images of a version into a local cluster."""
    with tempfile.TemporaryDirectory(prefix="ifcjob-images-") as folder:
        for name in images.names():
            archive = Path(folder, f"{name}.tar")
            image = images.tag(name, version)
            if not dry_run:
                images.save(image, f"{LOCAL}/{image}", archive)
            _run(load_command(archive, cluster), dry_run=dry_run)
            archive.unlink(missing_ok=True)


def _run(command: Command, *, dry_run: bool) -> None:
    sys.stdout.write(f"{shlex.join(command)}\n")
    sys.stdout.flush()
    if not dry_run:
        subprocess.run(command, check=True)


def _require_built(version: str) -> None:
    images.prepare()
    missing = [image for name in images.names() if not images.exists(image := images.tag(name, version))]
    if missing:
        raise LookupError(f"{', '.join(missing)} not found: run `make images` for this commit first")


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="deliver_images", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--dry-run", action="store_true", help="print the commands instead of running them")
    parser.add_argument("--values", type=Path, default=VALUES, help="the file to write (default: dist/images.yaml)")
    ways = parser.add_subparsers(dest="way", required=True)
    ways.add_parser("push").add_argument("target", metavar="REGISTRY", help="with a path if needed")
    ways.add_parser("load").add_argument("target", metavar="CLUSTER", choices=LOADERS, help=", ".join(LOADERS))
    parsed = parser.parse_args(arguments)
    if parsed.way == "push" and not parsed.target.strip("/"):
        parser.error("no registry: run `make images-push REGISTRY=registry.example.com`")
    return parsed


def main(arguments: Sequence[str]) -> None:
    """Push or load the images, and write the values."""
    parsed = _parse(arguments)
    version = images.revision().version
    registry = LOCAL if parsed.way == "load" else parsed.target.rstrip("/")
    try:
        if not parsed.dry_run:
            _require_built(version)
        if parsed.way == "push":
            push(registry, version, dry_run=parsed.dry_run)
        else:
            load(parsed.target, version, dry_run=parsed.dry_run)
    except (LookupError, FileNotFoundError) as error:
        raise SystemExit(str(error)) from None
    except subprocess.CalledProcessError as error:
        raise SystemExit(error.returncode) from None
    if not parsed.dry_run:
        parsed.values.parent.mkdir(parents=True, exist_ok=True)
        parsed.values.write_text(chart_values(registry, version), encoding="utf-8")
        sys.stdout.write(f"Install with: helm install ifcjob charts/ifcjob --values {parsed.values} …\n")


if __name__ == "__main__":
    main(sys.argv[1:])
