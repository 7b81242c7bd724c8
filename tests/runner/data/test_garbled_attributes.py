"""Attributes that are missing, refer to themselves or to a wrong instance: the run succeeds or fails with a reason."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ifcjob.failures import FAILURES
from tests.support import samples
from tests.support.runs import run_file

OPERATIONS = {
    "metadata": {},
    "spatialTree": {},
    "properties": {},
    "gltf": {"elementDeadlineSeconds": 1, "spaces": "show", "extras": "properties"},
}
_LINE = re.compile(r"(#\d+)=(\w+)\((.*)\);")
Garble = Callable[[str, str], str | None]


def absent(attribute: str, _: str) -> str | None:
    return None if attribute in ("$", "*") else "$"


def circular(attribute: str, own: str) -> str | None:
    return own if attribute[0] == "#" else f"({own})" if attribute.startswith("(#") else None


def misdirected(attribute: str, _: str) -> str | None:
    """Refer to an IfcCartesianPoint instead."""
    return circular(attribute, "#999999")


def attributes(text: str) -> list[str]:
    """Split at the commas outside brackets and quotes."""
    parts, depth, quoted = [""], 0, False
    for character in text:
        quoted ^= character == "'"
        depth += 0 if quoted else (character == "(") - (character == ")")
        if character == "," and depth == 0 and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def variants(text: str, garble: Garble) -> Iterator[tuple[str, str]]:
    """Yield each attribute of each class, garbled: its name and the text of the file."""
    text = text.replace("ENDSEC;\nEND-ISO", "#999999=IFCCARTESIANPOINT((1.,2.,3.));\nENDSEC;\nEND-ISO")
    lines, done = text.splitlines(keepends=True), set()
    for index, line in enumerate(lines):
        if not (match := _LINE.match(line)):
            continue
        own, name, inside = match.groups()
        parts = attributes(inside)
        for position, attribute in enumerate(parts):
            garbled = garble(attribute, own)
            if garbled is None or (name, position) in done:
                continue
            done.add((name, position))
            broken = [*parts[:position], garbled, *parts[position + 1 :]]
            changed = [*lines[:index], f"{own}={name}({','.join(broken)});\n", *lines[index + 1 :]]
            yield f"{name}[{position}]", "".join(changed)


@pytest.mark.parametrize(("schema", "garble"), [("IFC2X3", absent), ("IFC4", circular), ("IFC4", misdirected)])
def test_a_garbled_attribute_never_fails_a_run_as_a_bug(schema: str, garble: Garble, tmp_path: Path) -> None:
    source = samples.write(samples.two_walls_with_opening(schema), tmp_path / "good.ifc")
    path, bugs, count = tmp_path / "garbled.ifc", [], 0
    for attribute, text in variants(source.read_text(), garble):
        path.write_text(text)
        report = run_file(path, tmp_path / "out", operations=OPERATIONS, limits={"deadlineSeconds": 20}).report
        count += 1
        if report.failure and (FAILURES[report.failure.reason].fixer == "us" or "deadline" in report.failure.message):
            bugs.append(f"{attribute}: {report.failure.reason}: {report.failure.message}")
    assert count > 20
    assert bugs == []
