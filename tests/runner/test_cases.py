"""Small files with values worked out by hand (IFCJOB_CASES, default ../shared/cases): volumes, boxes, colours."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.support.glb import Glb, GlbElement
from tests.support.runs import run_file

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(os.environ.get("IFCJOB_CASES", Path(__file__).parents[2].parent / "shared" / "cases"))
CASES = (
    "g01_parts_with_parent_opening",
    "g02_pnindex",
    "g03_brep_with_voids",
    "g07_csg",
    "g08c_linear_placement_fallback",
    "g08d_distance_as_parameter",
    "g08e_linear_on_ellipse",
    "g09_grid_placement",
    "g11_spatial_zone",
    "g13_tin_flags",
    "g18_swept_disks",
    "g19_sweeps",
    "g22_half_spaces",
    "g23_profiles",
    "g34_far_vertices",
    "g37_representation_names",
    "g38_openings",
    "g41_ids_above_2_31",
    "g42_surface_models",
    "g43_bounding_box_only",
    "g45_consumed",
    "g46_centre_line",
    "g47_pyramid_orientation",
    "g48_cylinders_in_booleans",
    "g50_elbows",
    "g51_sweep_zero_to_one_2x3",
    "g52_flush_subtraction",
    "g54_sectioned_solid_sides",
)
DAMAGED = (
    "b01_byte_above_127_in_a_number",
    "b02_name_is_a_reference",
    "b03_zero_bytes_in_a_product",
    "b04_unclosed_comment",
)
TEXT = (
    "h01_bom",
    "h09_schema_ifc4x3",
    "h15_schema_2x3_tc1",
    "h19_no_file_name",
    "h21_order",
    "s01_strings",
    "s02_raw_utf8",
    "s03_raw_latin1",
)
NOT_READ = {"nul character"}
"""Texts that the engine cuts."""
TOLERANCE = 0.02
"""Of the value for volumes, of the size for boxes."""


@pytest.mark.parametrize("name", CASES)
def test_a_case_has_the_values_worked_out_by_hand(name: str, tmp_path: Path) -> None:
    expected = _expected(name)
    finished = run_file(FOLDER / f"{name}.ifc", tmp_path)
    glb = Glb(finished.glb)
    gone = {key for key, values in expected["elements"].items() if values.get("gone")}
    assert gone <= {entry["globalId"] for entry in finished.manifest["coverage"]["skipped"]}
    assert [problem for key, values in expected["elements"].items() for problem in _problems(glb, key, values)] == []
    assert [key for key in expected.get("hidden", ()) if key in glb.drawn()] == []


def test_colours_of_every_source_are_drawn(tmp_path: Path) -> None:
    expected = _expected("c01_colours")["elements"]
    drawn = Glb(run_file(FOLDER / "c01_colours.ifc", tmp_path).glb).drawn()
    colours = {key: {tuple(map(float, colour)) for colour in values["colours"]} for key, values in expected.items()}
    assert {key: set(drawn[key].colours) for key in expected} == colours


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_case_gives_a_finding_with_the_line(name: str, tmp_path: Path) -> None:
    finished = run_file(_existing(f"{name}.ifc"), tmp_path)
    assert finished.report.outcome == "Succeeded", finished.report.failure
    assert any("line " in finding["message"] for finding in finished.manifest["findings"])


@pytest.mark.parametrize("name", TEXT)
def test_a_case_of_text_or_header_is_read(name: str, tmp_path: Path) -> None:
    operations = {"metadata": {}, "properties": {"formats": ["ndjson"]}}
    finished = run_file(_existing(f"{name}.ifc"), tmp_path, operations=operations)
    assert finished.report.outcome == "Succeeded", finished.report.failure
    rows = [json.loads(line) for line in (finished.folder / "properties.ndjson").read_text("utf-8").splitlines()]
    values = {row["name"]: row["value"] for row in rows}
    expected = {key: text for key, text in _expected(name).get("texts", {}).items() if text and key not in NOT_READ}
    assert {key: values.get(key) for key in expected} == expected


def _existing(name: str) -> Path:
    if not FOLDER.is_dir():
        pytest.skip(f"no cases in {FOLDER}: set IFCJOB_CASES")
    return FOLDER / name


def _expected(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(_existing(f"{name}.json").read_text(encoding="utf-8"))
    return document


def _problems(glb: Glb, key: str, values: dict[str, Any]) -> Iterator[str]:
    element = glb.drawn().get(key)
    if values.get("gone"):
        if element is not None:
            yield f"{values['name']} is drawn, and should be gone"
        return
    if element is None:
        yield f"{values['name']} is not drawn"
        return
    if "volume" in values and abs(_volume(element) - values["volume"]) > TOLERANCE * values["volume"]:
        yield f"{values['name']} has {_volume(element):.4g} m³, not {values['volume']:.4g}"
    if "area" in values and abs(element.area - values["area"]) > TOLERANCE * values["area"]:
        yield f"{values['name']} has {element.area:.4g} m², not {values['area']:.4g}"
    if "triangles" in values and len(element.triangles) != values["triangles"]:
        yield f"{values['name']} has {len(element.triangles)} triangles, not {values['triangles']}"
    if "bbox" in values:
        box = np.reshape(values["bbox"], (2, 3))
        if np.abs(element.box - box).max() > TOLERANCE * np.linalg.norm(box[1] - box[0]):
            yield f"{values['name']} is in {element.box.tolist()}, not {box.tolist()}"


def _volume(element: GlbElement) -> float:
    corners = element.positions[element.triangles] - element.positions.mean(axis=0)
    return float(np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6)
