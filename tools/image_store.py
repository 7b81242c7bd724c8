"""Buildah's store of images in the cache: what bounds it, because buildah keeps every layer of every build."""

import fcntl
import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

LIMIT = 12_000_000_000
"""Bytes of all layers, above which the layers of earlier builds go. One build of all images has some 4 GB."""


@contextmanager
def building(store: Path, buildah: Sequence[str]) -> Iterator[None]:
    """Share the store with other builds; the first of them prunes it before."""
    store.mkdir(parents=True, exist_ok=True)
    with (store / "builds.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            prune(store, buildah)
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


def layer_bytes(store: Path) -> int:
    """Sum the unpacked sizes of all layers, as the store's own list has them."""
    layers = store / "root" / "overlay-layers" / "layers.json"
    if not layers.exists():
        return 0
    return sum(layer.get("diff-size", 0) for layer in json.loads(layers.read_text()))


def prune(store: Path, buildah: Sequence[str], limit: int = LIMIT) -> int:
    """Remove what interrupted builds left, and, above `limit`, the layers that no tagged image has.

    Returns the bytes that went. Nothing else may build meanwhile.
    """
    before = layer_bytes(store)
    subprocess.run([*buildah, "rm", "--all"], capture_output=True, check=True)
    if before > limit:
        # Each commit has a tag of its own; `dev` is the newest.
        listing = [*buildah, "images", "--format", "{{.Name}}:{{.Tag}}"]
        names = subprocess.run(listing, capture_output=True, text=True, check=True).stdout.split()
        superseded = [name for name in names if name.startswith("localhost/ifcjob/") and not name.endswith(":dev")]
        if superseded:
            subprocess.run([*buildah, "rmi", *superseded], capture_output=True, check=True)
        subprocess.run([*buildah, "rmi", "--prune"], capture_output=True, check=True)
    return before - layer_bytes(store)
