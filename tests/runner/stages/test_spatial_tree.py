"""The spatial tree: each object once, although a file may state several parents, none, or a cycle."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.util.element
import pytest

from ifcjob.spatial_tree import SpatialTree
from ifcjob_runner.data.model import Model
from ifcjob_runner.data.relations.hierarchy import Hierarchy
from ifcjob_runner.stages.spatial_tree import spatial_tree
from tests.runner.step_files import PROJECT, small_model
from tests.support.corpus import CORPUS, corpus_file, corpus_names

util = ifcopenshell.util.element
Node = dict[str, Any]
UNSUPPORTED = {"kit_road.ifc", "regression/invalid.ifc"}
"""Files that the engine does not open as they are."""


def tree_of(model: Model, hierarchy: Hierarchy | None = None) -> Node:
    """Return the document as the JSON that it is."""
    document: Any = spatial_tree(model, hierarchy or Hierarchy(model))
    return document


def walk(*nodes: Node) -> Iterator[tuple[int | None, Node]]:
    """Yield every node with its parent's STEP id."""
    waiting: list[tuple[int | None, Node]] = [(None, n) for n in nodes]
    while waiting:
        parent, node = waiting.pop()
        yield parent, node
        below = [*node.get("children", ()), *node["elements"]]
        waiting.extend((node["stepId"], child) for child in below)


def parents(document: Node) -> dict[int, int | None]:
    root = [document["root"]] if document["root"] else []
    pairs = [(node["stepId"], parent) for parent, node in walk(*root, *document["orphans"])]
    assert len(pairs) == len(dict(pairs)), "an object is there twice"
    return dict(pairs)


def assert_documented(document: Node) -> None:
    """Fail on any key the contract does not know, or any it misses."""
    assert SpatialTree.model_validate(document).model_dump(by_alias=True) == document


@pytest.mark.skipif(not CORPUS.exists(), reason=f"no folder of real models: set IFCJOB_CORPUS (now {CORPUS})")
@pytest.mark.parametrize("name", [n for n in (*corpus_names(), *corpus_names("regression/")) if n not in UNSUPPORTED])
def test_real_models_equal_the_reference(name: str) -> None:
    path = str(corpus_file(name))
    document = tree_of(Model(ifcopenshell.open(path, lazy=True)))
    assert_documented(document)
    parent_of = parents(document)
    file = ifcopenshell.open(path)
    projects = file.by_type("IfcProject")
    in_tree = {node["stepId"] for _, node in walk(document["root"])} if document["root"] else set()
    expected = {e.id() for p in projects for e in util.get_decomposition(p)} | {p.id() for p in projects}
    assert in_tree == expected
    assert {p.id() for p in file.by_type("IfcProduct")} <= parent_of.keys()
    for number in in_tree - {p.id() for p in projects}:
        assert parent_of[number] == util.get_parent(file.by_id(number)).id()


def test_a_window_is_in_its_storey_and_not_in_the_wall(tmp_path: Path) -> None:
    document = tree_of(
        small_model(
            tmp_path,
            PROJECT
            + """
            #30=IFCWALL(GUID,'Wall',$,$,$,$,$,$)
            #31=IFCOPENINGELEMENT(GUID,'Opening',$,$,$,$,$,$)
            #32=IFCWINDOW(GUID,'Contained',$,$,$,$,$,$,$,$,$,$,$)
            #33=IFCWINDOW(GUID,'Loose',$,$,$,$,$,$,$,$,$,$,$)
            #34=IFCRELVOIDSELEMENT(GUID,$,$,#30,#31)
            #35=IFCRELFILLSELEMENT(GUID,$,$,#31,#32)
            #36=IFCRELFILLSELEMENT(GUID,$,$,#31,#33)
            #37=IFCRELCONTAINEDINSPATIALSTRUCTURE(GUID,$,$,(#30,#32),#21)
            """,
        )
    )
    assert parents(document) == {1: None, 20: 1, 21: 20, 30: 21, 31: 30, 32: 21, 33: 31}
    storey = document["root"]["children"][0]["children"][0]
    assert (storey["elevation"], storey["longName"]) == (3.0, "Long")
    assert_documented(document)


def test_cycles_are_cut_and_leave_orphans(tmp_path: Path) -> None:
    model = small_model(
        tmp_path,
        PROJECT
        + """
        #30=IFCELEMENTASSEMBLY(GUID,'A',$,$,$,$,$,$,$,$)
        #31=IFCELEMENTASSEMBLY(GUID,'B',$,$,$,$,$,$,$,$)
        #32=IFCRELAGGREGATES(GUID,$,$,#30,(#31))
        #33=IFCRELAGGREGATES(GUID,$,$,#31,(#30))
        #34=IFCWALL(GUID,'Own part',$,$,$,$,$,$)
        #35=IFCRELAGGREGATES(GUID,$,$,#34,(#34))
        #36=IFCWALL(GUID,'Contained and its own part',$,$,$,$,$,$)
        #37=IFCRELAGGREGATES(GUID,$,$,#36,(#36))
        #38=IFCRELCONTAINEDINSPATIALSTRUCTURE(GUID,$,$,(#36),#21)
        """,
    )
    hierarchy = Hierarchy(model)
    assert parents(tree_of(model, hierarchy)) == {1: None, 20: 1, 21: 20, 30: None, 31: 30, 34: None, 36: 21}
    assert hierarchy.cyclic == {30, 34, 36}


def test_an_object_gets_its_first_parent_that_the_project_reaches(tmp_path: Path) -> None:
    document = tree_of(
        small_model(
            tmp_path,
            PROJECT
            + """
            #30=IFCWALL(GUID,'Wall',$,$,$,$,$,$)
            #31=IFCOPENINGELEMENT(GUID,'Opening',$,$,$,$,$,$)
            #32=IFCDOOR(GUID,'Door',$,$,$,$,$,$,$,$,$,$,$)
            #33=IFCBUILDINGSTOREY(GUID,'Lost storey',$,$,$,$,$,.ELEMENT.,0.)
            #34=IFCRELVOIDSELEMENT(GUID,$,$,#30,#31)
            #35=IFCRELFILLSELEMENT(GUID,$,$,#31,#32)
            #36=IFCRELCONTAINEDINSPATIALSTRUCTURE(GUID,$,$,(#32),#33)
            #37=IFCRELCONTAINEDINSPATIALSTRUCTURE(GUID,$,$,(#30),#21)
            """,
        )
    )
    assert parents(document) == {1: None, 20: 1, 21: 20, 30: 21, 31: 30, 32: 31, 33: None}


def test_facilities_of_ifc4x3_are_spatial_nodes(tmp_path: Path) -> None:
    document = tree_of(
        small_model(
            tmp_path,
            """
            #1=IFCPROJECT(GUID,'P',$,$,$,$,$,$)
            #2=IFCSITE(GUID,'Site',$,$,$,$,$,.ELEMENT.,$,$,12.5,$,$)
            #3=IFCBRIDGE(GUID,'Bridge',$,$,$,$,$,.ELEMENT.,.ARCHED.)
            #4=IFCBRIDGEPART(GUID,'Deck',$,$,$,$,$,.ELEMENT.,.LONGITUDINAL.,.DECK.)
            #5=IFCCOURSE(GUID,'Course',$,$,$,$,$,$,$)
            #6=IFCSURFACEFEATURE(GUID,'Marking',$,$,$,$,$,$,$)
            #7=IFCALIGNMENT(GUID,'Alignment',$,$,$,$,$)
            #10=IFCRELAGGREGATES(GUID,$,$,#1,(#2,#7))
            #11=IFCRELAGGREGATES(GUID,$,$,#2,(#3))
            #12=IFCRELAGGREGATES(GUID,$,$,#3,(#4))
            #13=IFCRELCONTAINEDINSPATIALSTRUCTURE(GUID,$,$,(#5),#4)
            #14=IFCRELADHERESTOELEMENT(GUID,$,$,#5,(#6))
            """,
            "IFC4X3_ADD2",
        )
    )
    assert parents(document) == {1: None, 2: 1, 3: 2, 4: 3, 5: 4, 6: 5, 7: 1}
    site = document["root"]["children"][0]
    assert (site["class"], site["elevation"]) == ("IfcSite", 12.5)
    assert [n["class"] for n in document["root"]["elements"]] == ["IfcAlignment"]
    assert site["children"][0]["children"][0]["class"] == "IfcBridgePart"


def test_two_projects_share_a_tree_and_no_project_gives_no_root(tmp_path: Path) -> None:
    two = tree_of(
        small_model(
            tmp_path,
            """
            #5=IFCPROJECT(GUID,'Second',$,$,$,$,$,$)
            #1=IFCPROJECT(GUID,'First',$,$,$,$,$,$)
            #2=IFCSITE(GUID,'Site',$,$,$,$,$,.ELEMENT.,$,$,$,$,$)
            #3=IFCRELAGGREGATES(GUID,$,$,#5,(#2))
            """,
        )
    )
    assert parents(two) == {1: None, 5: 1, 2: 5}
    lines = "#2=IFCSITE(GUID,'S',$,$,$,$,$,.ELEMENT.,$,$,$,$,$)\n#3=IFCWALL(GUID,'W',$,$,$,$,$,$)\n"
    none = tree_of(small_model(tmp_path, lines + "#4=IFCRELCONTAINEDINSPATIALSTRUCTURE(GUID,$,$,(#3),#2)"))
    assert none["root"] is None
    assert parents(none) == {2: None, 3: 2}
    assert_documented(none)


def test_a_thousand_levels_do_not_exhaust_the_stack(tmp_path: Path) -> None:
    depth = 3000
    lines = [f"#{100 + n}=IFCELEMENTASSEMBLY(GUID,'E',$,$,$,$,$,$,$,$)" for n in range(depth)]
    lines += [f"#{10_000 + n}=IFCRELAGGREGATES(GUID,$,$,#{100 + n},(#{101 + n}))" for n in range(depth - 1)]
    lines.append("#30=IFCRELCONTAINEDINSPATIALSTRUCTURE(GUID,$,$,(#100),#21)")
    assert len(parents(tree_of(small_model(tmp_path, PROJECT + "\n".join(lines))))) == depth + 3
