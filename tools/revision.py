"""Decides how images built from the tree are named, and what they say of their origin: from pyproject.toml and git."""

import re
import subprocess
import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

DESCRIBED = re.compile(r"(?:v.+-(?P<since>\d+)-)?g?(?P<commit>[0-9a-f]+)(?P<dirty>-dirty)?")


@dataclass(frozen=True)
class Revision:
    """One state of the tree."""

    version: str
    """`0.1.0` at its tag v0.1.0, else `0.1.0-12-g1a2b3c4`: the commits since, and this one; `-dirty` with changes."""
    commit: str | None = None
    committed: datetime | None = None

    @property
    def labels(self) -> dict[str, str]:
        """Return the OCI labels that differ from commit to commit."""
        committed = self.committed.isoformat() if self.committed else None
        labels = {"version": self.version, "revision": self.commit, "created": committed}
        return {f"org.opencontainers.image.{name}": value for name, value in labels.items() if value}


def revision_of(tree: Path) -> Revision:
    """Ask git; where it knows nothing, as in a source archive, there is only the version."""
    with (tree / "pyproject.toml").open("rb") as file:
        version = str(tomllib.load(file)["project"]["version"])
    described = _git(tree, "describe", "--tags", "--match", "v[0-9]*", "--always", "--long", "--dirty", "--abbrev=12")
    match = DESCRIBED.fullmatch(described)
    if match is None:
        return Revision(f"{version}-unversioned")
    parts = [version]
    if match["since"] != "0":
        parts += [match["since"], f"g{match['commit']}"] if match["since"] else [f"g{match['commit']}"]
    commit, committed = _git(tree, "log", "-1", "--format=%H %cI").split()
    return Revision("-".join(parts) + (match["dirty"] or ""), commit, datetime.fromisoformat(committed))


def _git(tree: Path, *arguments: str) -> str:
    """Return what git says, or nothing."""
    try:
        return subprocess.run(["git", *arguments], cwd=tree, capture_output=True, text=True, check=False).stdout.strip()
    except FileNotFoundError:
        return ""
