"""Parts of a STEP file have all that the shapes of their group need, and ifclite makes the same meshes of them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ifcjob_runner.data.mapped_file import mapped
from ifcjob_runner.geometry.engines import step_parts
from ifcjob_runner.geometry.engines.lite import mesh_with_lite
from ifcjob_runner.geometry.engines.step_parts import groups_of
from ifcjob_runner.geometry.shapes import Shape
from tests.geometry.engines import Bench
from tests.support.corpus import corpus_file

if TYPE_CHECKING:
    import mmap
    from pathlib import Path

HEAD = "ISO-10303-21;\nHEADER;FILE_DESCRIPTION(('#7=X();'),'2;1');ENDSEC;\nDATA;\n"
TAIL = "ENDSEC;\nEND-ISO-10303-21;\n"
STATEMENTS = [
    "#1=IFCPROJECT('a',$,'#99=IFCWALL();',#2);",
    "#2=IFCUNITASSIGNMENT((#3));",
    "#3 = IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);",
    "#10=IFCEXTRUDEDAREASOLID(#11,$,#12,1.);",
    "#11=IFCRECTANGLEPROFILEDEF(.AREA.,\n'it''s #99;',$,1.,1.);",
    "#12=IFCDIRECTION((0.,0.,1.));",
    "#20=IFCFACETEDBREP(#21);",
    "#21=IFCCLOSEDSHELL((#22,#20));",
    "#22=IFCFACE(());",
    "#30=IFCPROPERTYSINGLEVALUE('unused',$,$,$);",
]


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_parts, "WHOLE_BYTES", 0)
    monkeypatch.setattr(step_parts, "PART_BYTES", 100)


def _mapped(text: str, folder: Path) -> mmap.mmap:
    path = folder / "file.ifc"
    path.write_text(text)
    return mapped(path)


def _shape(*items: int) -> Shape:
    return Shape(1, "Brep", 5, cut=False, engine="lite", colour=(0, 0, 0, 1), parts=(((0, 0, 0, 1), items),))


def _groups(text: str, folder: Path, shapes: dict[int, Shape], head: str = HEAD) -> list[tuple[list[int], set[int]]]:
    """Return the shapes of each group, and the instances in its text."""
    groups = []
    for group, part in groups_of(_mapped(text, folder), shapes):
        content = bytes(part).decode()
        assert content.startswith(head)
        assert content.endswith(TAIL)
        numbers = {int(number) for number in re.findall(r"^#(\d+)", content[len(head) :], re.MULTILINE)}
        groups.append((list(group), numbers))
    return groups


SHAPES = {4: _shape(10), 7: _shape(20)}
PROJECT = {1, 2, 3}
NUMBERS = {1, 2, 3, 10, 11, 12, 20, 21, 22, 30}


def test_each_part_has_the_project_and_what_its_shapes_refer_to(tmp_path: Path) -> None:
    text = HEAD + "\n".join(STATEMENTS) + "\n" + TAIL
    assert _groups(text, tmp_path, SHAPES) == [([4], PROJECT | {10, 11, 12}), ([7], PROJECT | {20, 21, 22})]


def test_statements_may_stand_in_any_order(tmp_path: Path) -> None:
    text = HEAD + "\n".join(reversed(STATEMENTS)) + "\n" + TAIL
    assert _groups(text, tmp_path, SHAPES) == [([4], PROJECT | {10, 11, 12}), ([7], PROJECT | {20, 21, 22})]


def test_statements_that_cross_the_chunks_are_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = HEAD + "\n".join(STATEMENTS) + "\n" + TAIL
    for size in range(1, 200, 7):
        monkeypatch.setattr(step_parts, "_CHUNK", size)
        assert _groups(text, tmp_path, SHAPES) == [([4], PROJECT | {10, 11, 12}), ([7], PROJECT | {20, 21, 22})]


@pytest.mark.parametrize(
    "remark",
    ["/* The author's\n#1=X(); */", "FILE_NAME('IFCPROJECT(',(''));"],
    ids=["a comment", "a project"],
)
def test_a_header_may_contain_anything(remark: str, tmp_path: Path) -> None:
    head = HEAD.replace("HEADER;", f"HEADER;{remark}")
    text = head + "\n".join(STATEMENTS) + "\n" + TAIL
    assert _groups(text, tmp_path, SHAPES, head) == [([4], PROJECT | {10, 11, 12}), ([7], PROJECT | {20, 21, 22})]


def test_a_project_that_a_comment_before_the_data_names_does_not_count(tmp_path: Path) -> None:
    head = HEAD.replace("HEADER;", "HEADER;/* ENDSEC IFCPROJECT( */")
    text = head + "\n".join(STATEMENTS) + "\n" + TAIL
    assert _groups(text, tmp_path, SHAPES, head) == [([4], PROJECT | {10, 11, 12}), ([7], PROJECT | {20, 21, 22})]


def test_a_whole_file_is_passed_with_a_limited_number_of_shapes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step_parts, "WHOLE_SHAPES", 2)
    shapes = {index: _shape(10) for index in range(3)}
    comment = HEAD + "/**/" + "\n".join(STATEMENTS) + "\n" + TAIL
    assert [list(group) for group, _ in groups_of(_mapped(comment, tmp_path), shapes)] == [[0, 1], [2]]
    products = {index: replace(_shape(), parts=()) for index in shapes}
    text = HEAD + "\n".join(STATEMENTS) + "\n" + TAIL
    assert [list(group) for group, _ in groups_of(_mapped(text, tmp_path), products)] == [[0, 1], [2]]


def test_a_shape_that_is_meshed_as_a_product_gets_the_whole_file(tmp_path: Path) -> None:
    text = HEAD + "\n".join(STATEMENTS) + "\n" + TAIL
    product = replace(_shape(), parts=())
    assert _groups(text, tmp_path, {2: product, 4: _shape(10)}) == [([4], PROJECT | {10, 11, 12}), ([2], NUMBERS)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("#12=", "/* ; */ #12="),
        ("#12=", "#22="),
        ("#30=", "#3000000000="),
        ("#30=", "#300000="),
        ("#12=", "ENDSEC;\nDATA;\n#12="),
        ("IFCPROJECT", "IFCPROJECTLIBRARY"),
        ("'unused'", "'unused"),
    ],
    ids=["a comment", "a number twice", "a long number", "few numbers", "two sections", "no project", "an open text"],
)
def test_a_file_that_is_not_plain_is_read_whole(old: str, new: str, tmp_path: Path) -> None:
    text = HEAD + "\n".join(STATEMENTS).replace(old, new) + "\n" + TAIL
    ((group, part),) = groups_of(_mapped(text, tmp_path), SHAPES)
    assert (list(group), bytes(part).decode()) == ([4, 7], text)


def test_ifclite_makes_the_same_meshes_of_parts_and_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    path = corpus_file("duplex_arch.ifc")
    monkeypatch.setattr(step_parts, "PART_BYTES", 200_000)
    worklist = Bench(path).worklist
    shapes = {index: shape for index, shape in enumerate(worklist.shapes) if shape.engine == "lite"}
    content = path.read_bytes()
    whole = dict(mesh_with_lite(memoryview(content), shapes, worklist.free_id, worklist.length_scale))
    groups = list(groups_of(mapped(path), shapes))
    assert len(groups) > 3
    assert sum(len(part) for _, part in groups) < len(content)
    for group, part in groups:
        for index, result in mesh_with_lite(part, group, worklist.free_id, worklist.length_scale):
            expected = whole.pop(index)
            if isinstance(result, str) or isinstance(expected, str):
                assert result == expected
                continue
            assert (result.mesh.positions == expected.mesh.positions).all()
            assert (result.mesh.triangles == expected.mesh.triangles).all()
            assert (result.shift, result.doubt) == (expected.shift, expected.doubt)
    assert not whole
