"""Image builds are reproducible."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.image.conftest import built
from tests.image.test_small_images import about
from tools import image_bases as bases
from tools import images

pytestmark = pytest.mark.image

OPERATOR = images.ROOT / "Dockerfile.operator"


@pytest.mark.timeout(1200)  # about two minutes on an idle machine with two cores
def test_rebuilt_image_has_the_same_layers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built("operator")
    try:
        first = layers_of(images.build("operator"))
    except subprocess.CalledProcessError:
        pytest.skip("images cannot be built here: `make images` says why")
    assert len(first) == 3
    with nothing_built(tmp_path, monkeypatch) as flags:
        assert layers_of(images.build("operator", *flags)) == first


@contextmanager
def nothing_built(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Return the flags of a build without caches except base images and pip downloads."""
    if images.engine() == "docker":
        yield ["--no-cache"]
        return
    store = ("buildah", "--root", f"{folder}/root", "--runroot", f"{folder}/run", "--storage-driver", "overlay")
    for base in bases.base_images(OPERATOR):
        archive = f"docker-archive:{folder}/base.tar"
        subprocess.run([*images.BUILDAH, "push", "--quiet", base, f"{archive}:{base}"], check=True)
        subprocess.run([*store, "pull", "--quiet", archive], check=True, stdout=subprocess.DEVNULL)
        (folder / "base.tar").unlink()
    monkeypatch.setattr(images, "BUILDAH", store)
    try:
        yield []
    finally:
        # Delete a gigabyte that pytest would keep.
        subprocess.run([*store, "rmi", "--all", "--force"], check=False, capture_output=True)
        shutil.rmtree(folder / "root", ignore_errors=True)


def layers_of(image: str) -> list[str]:
    """Return the digests of an image's layers."""
    details = about(image)
    root = details.get("RootFS") or details["rootfs"]
    return list(root.get("Layers") or root["diff_ids"])
