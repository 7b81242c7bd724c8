"""The models: real files of the corpus by name, and big files made from them.

`janesville@100` has 100 MB of copies of a building; `flat@45` has 45 MB of different buildings.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from bench import flat, scale

BENCH = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "ifcjob" / "bench"

FLAT = ("largebuilding", "mini_project", "duplex_arch", "office_a", "tallbuilding", "acad2010", "houten_kozijnen")
"""The buildings of a flat model: all of the corpus in IFC2X3 but janesville, most of which is instances."""


class SampleMissingError(Exception):
    """The model is not on this machine."""


@dataclass(frozen=True)
class Sample:
    """A model on disk."""

    path: Path
    copies: int = 1
    """How many times the file holds the source building."""


def corpus() -> Path:
    """Return the folder of real models."""
    return Path(os.environ.get("IFCJOB_CORPUS", BENCH.parents[1] / "shared" / "ifc"))


def sample_of(name: str) -> Sample:
    """Find a model by its path or name; a big one is made when it is first used."""
    if name.endswith(".ifc"):
        return Sample(Path(name))
    stem, _, megabytes = name.partition("@")
    if stem == "flat":
        return _flat(float(megabytes))
    source = _source(stem)
    return _scaled(source, float(megabytes)) if megabytes else Sample(source)


def _source(stem: str) -> Path:
    source = corpus() / f"{stem}.ifc"
    if not source.exists():
        raise SampleMissingError(f"{source} does not exist: set IFCJOB_CORPUS to the folder of real models")
    return source


def _flat(megabytes: float) -> Sample:
    """Return a flat model from the cache; its name holds a hash of its sources."""
    sources = [_source(stem) for stem in FLAT]
    programs = [BENCH / "flat.py", BENCH / "step_text.py"]
    content = hashlib.sha256(b"".join(path.read_bytes() for path in (*sources, *programs)))
    folder = CACHE / "models"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"flat-{megabytes:g}-{content.hexdigest()[:12]}.ifc"
    if not path.exists():
        draft = folder / f"{path.stem}-{os.getpid()}.part"  # another process may make the same model
        flat.merge(sources, draft, megabytes)
        draft.rename(path)
    return Sample(path)


def _scaled(source: Path, megabytes: float) -> Sample:
    """Return a big file from the cache; its name holds the number of copies and a hash of its source."""
    recipe = hashlib.sha256(source.read_bytes() + Path(scale.__file__).read_bytes()).hexdigest()[:12]
    folder = CACHE / "models"
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob(f"{source.stem}-{megabytes:g}-{recipe}-x*.ifc"):
        return Sample(path, int(path.stem.rpartition("-x")[2]))
    draft = folder / f"{source.stem}-{megabytes:g}.part"
    replica = scale.replicate(source, draft, megabytes=megabytes)
    path = draft.rename(folder / f"{source.stem}-{megabytes:g}-{recipe}-x{replica.copies}.ifc")
    return Sample(path, replica.copies)
