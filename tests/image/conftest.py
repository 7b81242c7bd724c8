"""The runner image, ready to run; without a builder, root or a current image the tests skip and say which."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import images
from tests.image.container import Engine, Sandbox, engine

ROOT = Path(__file__).parents[2]
SOURCES = (ROOT / "contract" / "ifcjob", ROOT / "runner" / "ifcjob_runner")
DIGEST = """
import hashlib, pathlib
files = sorted(p for n in ("ifcjob", "ifcjob_runner") for p in pathlib.Path("/opt/ifcjob", n).rglob("*.py"))
print(hashlib.sha256(b"".join(p.read_bytes() for p in files)).hexdigest())
"""


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Run commands in the runner image that `make images` built."""
    image = images.tag("runner")
    try:
        images.engine()
    except LookupError as error:
        pytest.skip(str(error))
    if not images.exists(image):
        pytest.skip(f"there is no image {image}: run `make images`")
    with engine(image, tmp_path_factory.mktemp("bundles")) as running:
        digest = running.run(Sandbox({}), ["python", "-c", DIGEST]).stdout.strip()
        if digest != _digest_of_the_tree():
            pytest.skip(f"the image {image} is older than the code: run `make images`")
        yield running


@pytest.fixture
def office() -> Path:
    """Give a real model of 4 MB."""
    path = Path(os.environ.get("IFCJOB_CORPUS", ROOT.parent / "shared" / "ifc")) / "office_a.ifc"
    if not path.exists():
        pytest.skip(f"{path} is not there: set IFCJOB_CORPUS to the folder of real models")
    return path


def _digest_of_the_tree() -> str:
    files = sorted(path for source in SOURCES for path in source.rglob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
