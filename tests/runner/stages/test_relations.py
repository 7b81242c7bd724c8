"""The relations table of small files, and the list of all relationship classes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ifcopenshell
import pyarrow.parquet as pq
import pytest

from ifcjob_runner.data.model import Model
from ifcjob_runner.data.relations.relationships import ELSEWHERE, FURTHER_MEMBERS, IN_RELATIONS
from ifcjob_runner.stages.relations import relations
from tests.runner.step_files import PROJECT, guid, small_model, step_file

SCHEMAS = ("IFC2X3", "IFC4", "IFC4X3_ADD2")
wrapper = ifcopenshell.ifcopenshell_wrapper


def table(folder: Path, lines: str, schema: str = "IFC4") -> list[dict[str, Any]]:
    path = folder / "relations.parquet"
    relations(small_model(folder, lines, schema), path)
    return pq.read_table(path).to_pylist()


def ends(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(r["relation"], r["relating_step_id"], r["related_step_id"]) for r in rows]


def subclasses(entity: Any) -> Iterator[Any]:
    for subclass in entity.subtypes():
        yield subclass
        yield from subclasses(subclass)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_relationship_class_is_in_exactly_one_artifact_list(schema: str) -> None:
    relationship = wrapper.schema_by_name(schema).declaration_by_name("IfcRelationship").as_entity()
    concrete = {entity.name() for entity in subclasses(relationship) if not entity.is_abstract()}
    assert len(concrete) > 30
    assert not concrete - set(IN_RELATIONS) - set(ELSEWHERE)
    assert not set(IN_RELATIONS) & set(ELSEWHERE)
    assert len(set(IN_RELATIONS)) == len(IN_RELATIONS)


def test_the_lists_name_no_class_that_no_schema_has() -> None:
    known = {d.name() for schema in SCHEMAS for d in wrapper.schema_by_name(schema).declarations()}
    assert set(IN_RELATIONS) | set(ELSEWHERE) | set(FURTHER_MEMBERS) <= known


def instance(number: int, entity: Any) -> str:
    """Write a relationship between #1 and #2."""
    values = []
    for attribute in entity.all_attributes()[4:]:
        name, kind = attribute.name(), attribute.type_of_attribute()
        if not name.startswith("Relat") or (name.endswith(("Type", "Priorities")) and name != "RelatingType"):
            values.append("$")
            continue
        end = "#2" if name.startswith("Related") and name != "RelatedSpace" else "#1"
        values.append(end if kind.as_aggregation_type() is None else f"({end})")
    return f"#{number}={entity.name().upper()}(GUID,$,$,{','.join(values)})"


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_relationship_class_has_a_row_with_both_ends(schema: str, tmp_path: Path) -> None:
    definition = wrapper.schema_by_name(schema)
    relationship = definition.declaration_by_name("IfcRelationship").as_entity()
    entities = {e.name(): e for e in subclasses(relationship) if not e.is_abstract() and e.name() in IN_RELATIONS}
    lines = ["#1=IFCGROUP(GUID,'A',$,$)", "#2=IFCACTOR(GUID,'B',$,$,$)"]
    lines += [instance(number, entity) for number, entity in enumerate(entities.values(), start=10)]
    rows = table(tmp_path, "\n".join(lines), schema)
    assert ends(rows) == [(name, None if name == "IfcRelAssociates" else 1, 2) for name in sorted(entities)]
    assert {r["related_global_id"] for r in rows} == {guid(2)}
    assert {r["related_class"] for r in rows} == {"IfcActor"}


def test_a_group_has_a_row_per_member_and_gives_its_name(tmp_path: Path) -> None:
    rows = table(
        tmp_path,
        PROJECT
        + """
        #30=IFCWALL(GUID,'Wall',$,$,$,$,$,$)
        #31=IFCWALL(GUID,'Wall',$,$,$,$,$,$)
        #32=IFCZONE(GUID,'Flat 1',$,$,$)
        #33=IFCRELASSIGNSTOGROUP(GUID,$,$,(#31,#30),$,#32)
        #34=IFCRELASSIGNSTOGROUPBYFACTOR(GUID,'Half',$,(#30),$,#32,0.5)
        """,
    )
    zone = [r for r in rows if r["relating_class"] == "IfcZone"]
    assert ends(zone) == [
        ("IfcRelAssignsToGroup", 32, 30),
        ("IfcRelAssignsToGroup", 32, 31),
        ("IfcRelAssignsToGroupByFactor", 32, 30),
    ]
    assert [r["name"] for r in zone] == ["Flat 1", "Flat 1", "Half"]
    assert zone[0] == {
        "relation": "IfcRelAssignsToGroup",
        "relating_step_id": 32,
        "relating_global_id": guid(32),
        "relating_class": "IfcZone",
        "related_step_id": 30,
        "related_global_id": guid(30),
        "related_class": "IfcWall",
        "name": "Flat 1",
    }
    assert ends(rows)[:2] == [("IfcRelAggregates", 1, 20), ("IfcRelAggregates", 20, 21)]


def test_a_realizing_element_has_a_row_of_its_own(tmp_path: Path) -> None:
    rows = table(
        tmp_path,
        """
        #1=IFCDISTRIBUTIONPORT(GUID,'out',$,$,$,$,$,$,$)
        #2=IFCDISTRIBUTIONPORT(GUID,'in',$,$,$,$,$,$,$)
        #3=IFCPIPEFITTING(GUID,'elbow',$,$,$,$,$,$,$)
        #4=IFCRELCONNECTSPORTS(GUID,'flow',$,#1,#2,#3)
        #5=IFCRELCONNECTSPORTS(GUID,$,$,#2,#1,$)
        #6=IFCRELCONNECTSWITHREALIZINGELEMENTS(GUID,$,$,$,#3,#3,(#1,#2),$)
        #7=IFCRELNESTS(GUID,$,$,#3,(#1,#2))
        """,
    )
    assert ends(rows) == [
        ("IfcRelConnectsPorts", 1, 2),
        ("IfcRelConnectsPorts", 2, 1),
        ("IfcRelConnectsPorts.RealizingElement", 1, 3),
        ("IfcRelConnectsWithRealizingElements", 3, 3),
        ("IfcRelConnectsWithRealizingElements.RealizingElements", 3, 1),
        ("IfcRelConnectsWithRealizingElements.RealizingElements", 3, 2),
        ("IfcRelNests", 3, 1),
        ("IfcRelNests", 3, 2),
    ]
    assert [r["name"] for r in rows] == ["flow", None, "flow", None, None, None, None, None]


def test_a_document_has_no_global_id_but_a_name(tmp_path: Path) -> None:
    rows = table(
        tmp_path,
        """
        #1=IFCWALL(GUID,'Wall',$,$,$,$,$,$)
        #2=IFCDOCUMENTREFERENCE('https://example.com/a.pdf','D-1','Fire test',$,$)
        #3=IFCRELASSOCIATESDOCUMENT(GUID,$,$,(#1),#2)
        #4=IFCLIBRARYREFERENCE($,'L-1',$,$,$,$)
        #5=IFCRELASSOCIATESLIBRARY(GUID,'',$,(#1),#4)
        """,
    )
    columns = ("relating_step_id", "relating_global_id", "relating_class", "name")
    assert [tuple(r[c] for c in columns) for r in rows] == [
        (2, None, "IfcDocumentReference", "Fire test"),
        (4, None, "IfcLibraryReference", "L-1"),
    ]


def test_an_end_that_is_not_set_or_dangles_is_null(tmp_path: Path) -> None:
    rows = table(
        tmp_path,
        """
        #1=IFCSPACE(GUID,'Room',$,$,$,$,$,$,$,$)
        #2=IFCRELSPACEBOUNDARY(GUID,'virtual',$,#1,$,$,.VIRTUAL.,.INTERNAL.)
        #3=IFCRELSPACEBOUNDARY(GUID,'dangling',$,#1,#99,$,.PHYSICAL.,.INTERNAL.)
        #4=IFCRELSPACEBOUNDARY(GUID,'empty',$,$,$,$,.PHYSICAL.,.INTERNAL.)
        #5=IFCRELAGGREGATES(GUID,'text','d','not a reference',(#1,#99))
        """,
        "IFC2X3",
    )
    assert ends(rows) == [
        ("IfcRelAggregates", None, 1),
        ("IfcRelSpaceBoundary", 1, None),
        ("IfcRelSpaceBoundary", 1, None),
    ]
    assert [r["name"] for r in rows] == ["text", "dangling", "virtual"]


def test_a_file_without_relationships_has_an_empty_table(tmp_path: Path) -> None:
    assert table(tmp_path, "#1=IFCWALL(GUID,'Wall',$,$,$,$,$,$)") == []
    assert len(pq.read_schema(tmp_path / "relations.parquet")) == 8


def test_renumbered_instances_keep_their_numbers_in_the_file(tmp_path: Path) -> None:
    lines = """
    #1=IFCWALL(GUID,'Wall',$,$,$,$,$,$)
    #2=IFCGROUP(GUID,'Group',$,$,$)
    #3=IFCRELASSIGNSTOGROUP(GUID,$,$,(#1),$,#2)
    """
    path = step_file(tmp_path, lines)
    model = Model(ifcopenshell.open(str(path), lazy=True), lambda number: 9_000_000_000 - number)
    relations(model, tmp_path / "relations.parquet")
    (row,) = pq.read_table(tmp_path / "relations.parquet").to_pylist()
    assert (row["relating_step_id"], row["related_step_id"]) == (8_999_999_998, 8_999_999_999)
