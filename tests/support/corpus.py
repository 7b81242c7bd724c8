"""The folder of real models: read in place, named by IFCJOB_CORPUS."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("IFCJOB_CORPUS", REPOSITORY.parent / "shared" / "ifc"))


def corpus_file(name: str) -> Path:
    """Return a real model, or skip the test."""
    path = CORPUS / name
    if not path.exists():
        pytest.skip(f"{name} is not there: set IFCJOB_CORPUS to the folder of real models (now {CORPUS})")
    return path


def corpus_names(folder: str = "") -> list[str]:
    """Return the names of all models in a folder of the corpus; empty without one."""
    return sorted(f"{folder}{path.name}" for path in (CORPUS / folder).glob("*.ifc"))
