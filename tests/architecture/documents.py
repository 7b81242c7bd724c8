"""The pages of the documentation, and the code in them."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

import yaml

from tests.architecture.tracked import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GUIDES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs" / "how-to").glob("*.md")),
    *sorted((ROOT / "docs" / "tutorial").glob("*.md")),
    *sorted((ROOT / "docs" / "explanation").glob("*.md")),
]
_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)


def name(page: object) -> str:
    """Return a page's path in the project."""
    return str(page).removeprefix(f"{ROOT}/")


def blocks(page: Path, language: str) -> list[str]:
    """Return the code blocks of a page in a language, without the indentation of a list."""
    return [
        textwrap.dedent(text) for _, kind, text in _BLOCK.findall(page.read_text(encoding="utf-8")) if kind == language
    ]


def code(page: Path) -> str:
    """Return all code of a page: its blocks, and what stands between backquotes, one per line."""
    text = page.read_text(encoding="utf-8")
    inline = re.findall(r"`([^`]+)`", _BLOCK.sub("", text))
    return "\n".join([*(block for _, _, block in _BLOCK.findall(text)), *(" ".join(span.split()) for span in inline)])


def manifests(page: Path) -> list[Any]:
    """Return the YAML documents of a page: Kubernetes objects, and values of the chart."""
    return [document for block in blocks(page, "yaml") for document in yaml.safe_load_all(block) if document]


def mappings(tree: Any) -> Iterator[dict[str, Any]]:
    """List a mapping and all mappings in it."""
    if isinstance(tree, dict):
        yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for item in tree:
            yield from mappings(item)
