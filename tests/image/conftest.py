"""Fixtures: the images, ready to run. Without a builder, root or current images the tests are skipped."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.image.container import Engine, Sandbox, engine
from tests.support.image_builder import require_builder
from tools import images

ROOT = Path(__file__).parents[2]
SOURCES = {
    "runner": ("contract/ifcjob", "runner/ifcjob_runner"),
    "operator": (
        "contract/ifcjob",
        "catalog/ifcjob_catalog",
        "backends/ifcjob_backends",
        "operator/ifcjob_operator",
        "api/ifcjob_api",
    ),
}
PRUNED = ("crd", "http", "reference")
"""Folders of the contract that the runner image does not have."""
DIGEST = f"""
import hashlib, pathlib, sys
files = sorted(p for n in sys.argv[1:] for p in pathlib.Path("/opt/ifcjob", n).rglob("*.py"))
files = [p for p in files if p.parent.name not in {PRUNED}]
print(hashlib.sha256(b"".join(p.read_bytes() for p in files)).hexdigest())
"""


def built(name: str) -> str:
    """Return the tag of an image that `make images` built."""
    require_builder()
    if not images.exists(images.tag(name)):
        pytest.skip(f"there is no image {images.tag(name)}: run `make images`")
    return images.tag(name)


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Run commands in the runner image."""
    with engine(built("runner"), tmp_path_factory.mktemp("bundles")) as running:
        _require_current("runner", running)
        yield running


@pytest.fixture(scope="session")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Run commands in the operator image."""
    with engine(built("operator"), tmp_path_factory.mktemp("bundles")) as running:
        _require_current("operator", running)
        yield running


@pytest.fixture(scope="session")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Run the web server of the web image."""
    with engine(built("web"), tmp_path_factory.mktemp("bundles")) as running:
        yield running


@pytest.fixture
def office() -> Path:
    """Return a real model of 4 MB."""
    path = Path(os.environ.get("IFCJOB_CORPUS", ROOT.parent / "shared" / "ifc")) / "office_a.ifc"
    if not path.exists():
        pytest.skip(f"{path} is not there: set IFCJOB_CORPUS to the folder of real models")
    return path


def _require_current(name: str, running: Engine) -> None:
    packages = [Path(source).name for source in SOURCES[name]]
    digest = running.run(Sandbox({}), ["python", "-c", DIGEST, *packages]).stdout.strip()
    if digest != _digest_of_the_tree(name):
        pytest.skip(f"the image {images.tag(name)} is older than the code: run `make images`")


def _digest_of_the_tree(name: str) -> str:
    # The same order as in the image: by path below the packages.
    files = sorted(
        (path.relative_to((ROOT / source).parent), path)
        for source in SOURCES[name]
        for path in (ROOT / source).rglob("*.py")
        if path.parent.name not in PRUNED
    )
    return hashlib.sha256(b"".join(path.read_bytes() for _, path in files)).hexdigest()
