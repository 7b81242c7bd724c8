"""Whatever attribute a file leaves out, points at itself or at the wrong thing: the run ends in artifacts or typed."""

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
    """Point at a cartesian point: the second line of every sample that has a unit and a context."""
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
    """Yield what was garbled and the whole text, once for each attribute of each class."""
    text = text.replace("ENDSEC;\nEND-ISO", "#999999=IFCCARTESIANPOINT((1.,2.,3.));\nENDSEC;\nEND-ISO")
    lines, done = text.splitlines(keepends=True), set()
    for index, line in enumerate(lines):
        if not (found := _LINE.match(line)):
            continue
        own, name, inside = found.groups()
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
def test_no_attribute_breaks_a_run(schema: str, garble: Garble, tmp_path: Path) -> None:
    source = samples.write(samples.two_walls_with_opening(schema), tmp_path / "good.ifc")
    path, bugs, count = tmp_path / "garbled.ifc", [], 0
    for what, text in variants(source.read_text(), garble):
        path.write_text(text)
        report = run_file(path, tmp_path / "out", operations=OPERATIONS, limits={"deadlineSeconds": 20}).report
        count += 1
        if report.failure and (FAILURES[report.failure.reason].fixer == "us" or "deadline" in report.failure.message):
            bugs.append(f"{what}: {report.failure.reason}: {report.failure.message}")
    assert count > 20
    assert bugs == []
