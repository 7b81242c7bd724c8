"""The words of the project: identifiers are nouns of the field, and texts are plain English."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from tests.architecture.tracked import ROOT, tracked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IDENTIFIERS = frozenset(
    {"said", "told", "found", "there", "ours", "one", "each", "asked", "wanted", "wished", "whoever", "mended", "news"}
)
"""Names that say nothing about the value: use the noun, such as `condition`, `message` or `existing`."""
PHRASES = re.compile(
    r"\b(?:"
    r"mend(?:s|ed|ing)?|by and by|for ever|whose it is|whoever|wished|people's words|resource definitions?"
    r"|(?:go|goes|going|gone|went) on"
    r"|(?<!there )(?<!it )(?:is|are|was|were) no (?!longer\b)"
    r"|one (?:attempt|entry|file|folder|job|line|module|node|object|pod|row) an? [a-z]+"
    r")\b",
    re.IGNORECASE,
)
"""Not plain English: use `fix`, `gradually`, `without a limit`, `anyone who`, `CRDs`, `continue`, `is not a`, `per`."""
QUESTION_AS_SUBJECT = re.compile(r'(?:"""|# )(?:What|Who|Whoever|Whose)\b(?!.*\?)')
"""A docstring or comment that begins with a question word; headings of pages may."""
TEXTS = {"", ".md", ".py", ".yaml", ".yml", ".toml", ".tpl", ".txt", ".gotmpl", ".sh", ".json"}
TEST_NAME_CHARACTERS = 80
THIS = "tests/architecture/test_words.py"


def test_identifiers_are_nouns_of_the_field() -> None:
    names = {f"{_name(path)}:{line}: {name}" for path in _python() for name, line in _bound_names(path)}
    assert sorted(names) == []


def test_texts_use_plain_english() -> None:
    lines = [
        f"{_name(path)}:{number}: {match[0]}"
        for path in tracked()
        if path.suffix in TEXTS and _name(path) != THIS
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if (match := PHRASES.search(line) or (path.suffix != ".md" and QUESTION_AS_SUBJECT.search(line)))
    ]
    assert lines == []


def test_test_names_fit_on_a_line() -> None:
    names = [
        f"{_name(path)}:{node.lineno}: {node.name}"
        for path in _python()
        if path.name.startswith("test_")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and len(node.name) >= TEST_NAME_CHARACTERS
    ]
    assert names == []


def _python() -> Iterator[Path]:
    return (path for path in tracked() if path.suffix == ".py")


def _bound_names(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the denied names that a file binds: variables, attributes, parameters, aliases, functions and classes."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()) | ast.arg(arg=name):
                pass
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.alias(asname=str(name)):
                pass
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                pass
            case _:
                continue
        if name.strip("_").lower() in IDENTIFIERS:
            yield name, node.lineno


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))
