"""An image gets the packages of its extras, not those of the whole command: its Dockerfile prunes the others."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from tests.architecture.tracked import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

LOCK = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
PACKAGES: dict[str, dict[str, Any]] = {package["name"]: package for package in LOCK["package"]}
PROJECT = PACKAGES["ifcjob"]
IMAGES = pytest.mark.parametrize("image", ["runner", "operator"])


@IMAGES
def test_dockerfile_prunes_what_only_the_command_needs(image: str) -> None:
    extras, pruned = _export(image)
    needed = _closure(_of_extras(extras))
    exported = _closure([*PROJECT["dependencies"], *_of_extras(extras)], pruned)
    assert sorted(exported - needed) == [], f"add a --prune of each to Dockerfile.{image}"


@IMAGES
def test_dockerfile_prunes_only_packages_that_exist_and_no_direct_dependency(image: str) -> None:
    extras, pruned = _export(image)
    assert sorted(pruned - set(PACKAGES)) == []
    assert sorted(pruned & {dependency["name"] for dependency in _of_extras(extras)}) == []


def _export(image: str) -> tuple[list[str], frozenset[str]]:
    """Return the extras and the pruned packages of `uv export` in a Dockerfile."""
    text = (ROOT / f"Dockerfile.{image}").read_text(encoding="utf-8")
    extras = re.findall(r"--extra (\S+)", text)
    assert extras, f"Dockerfile.{image} names no extra"
    return extras, frozenset(re.findall(r"--prune (\S+)", text))


def _of_extras(extras: Iterable[str]) -> list[dict[str, Any]]:
    return [dependency for extra in extras for dependency in PROJECT["optional-dependencies"][extra]]


def _closure(dependencies: Iterable[dict[str, Any]], pruned: frozenset[str] = frozenset()) -> set[str]:
    """Return the packages that dependencies lead to, as `uv export --prune` does."""
    pending, visited = list(dependencies), set[tuple[str, str]]()
    while pending:
        dependency = pending.pop()
        name = dependency["name"]
        if name in pruned:
            continue
        for extra in ("", *dependency.get("extra", ())):
            if (name, extra) not in visited:
                visited.add((name, extra))
                package = PACKAGES[name]
                pending += (
                    package.get("optional-dependencies", {}).get(extra, ())
                    if extra
                    else package.get("dependencies", ())
                )
    return {name for name, _ in visited}
