"""The whole job draws every kind of body right, or lists it with a reason: a few instances of each, always the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.geometry.assembly import CASES, model
from tests.geometry.draw import SCHEMAS
from tests.geometry.engines import whole_job
from tests.geometry.known import KNOWN_WRONG
from tests.geometry.measure import judge
from tests.geometry.step import Setting

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = (
    Setting("IFC2X3", "mm", place="placement"),
    Setting("IFC2X3", "ft", degrees=True),
    Setting("IFC4", "m"),
    Setting("IFC4", "mm", degrees=True, place="vertices"),
    Setting("IFC4X3_ADD2", "ft", place="placement"),
    Setting("IFC4X3_ADD2", "mm"),
    Setting("IFC4", "m", deflection=(("linearDeflection", 0.002), ("angularDeflection", 0.2))),
)


@pytest.mark.parametrize(
    "setting", SETTINGS, ids=lambda s: f"{s.schema}-{s.unit}-{s.place}{'-deflection' * bool(s.deflection)}"
)
def test_no_body_is_wrong_in_silence(setting: Setting, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("proof")
    seed = 1000 + SETTINGS.index(setting)
    written = model(setting, [(name, seed) for name, case in CASES.items() if setting.schema in case.schemas])
    path = folder / "proof.ifc"
    path.write_text(written.text, encoding="ascii")
    result = whole_job(path, folder / "out", setting.deflection)
    wrong = {}
    for instance in written.instances:
        mesh = result.meshes.get(instance.global_id)
        verdict = judge(instance, mesh, dict(setting.deflection).get("linearDeflection", 0.0))
        if verdict.problems and instance.global_id not in result.reasons and instance.case not in KNOWN_WRONG:
            wrong[instance.case] = verdict.problems
    assert wrong == {}


def test_every_schema_is_proved() -> None:
    assert {setting.schema for setting in SETTINGS} == set(SCHEMAS)
    assert all(set(case.schemas) <= set(SCHEMAS) for case in CASES.values())


@pytest.mark.parametrize(
    ("case", "seed", "setting"),
    [
        ("IfcAdvancedBrep, IfcSphericalSurface", 53, Setting("IFC4", "mm", degrees=True, place="placement")),
        ("IfcExtrudedAreaSolid, IfcCShapeProfileDef, fillets", 15, Setting("IFC2X3", "m", place="vertices")),
        (
            "IfcExtrudedAreaSolid, IfcArbitraryClosedProfileDef, IfcCompositeCurve, arcs by points",
            52,
            Setting("IFC4", "mm", degrees=True, place="placement"),
        ),
    ],
    ids=["sphere", "C", "slot"],
)
def test_a_body_that_the_long_proof_found_wrong_is_right_or_listed(
    case: str, seed: int, setting: Setting, tmp_path: Path
) -> None:
    written = model(setting, [(case, seed)])
    path = tmp_path / "proof.ifc"
    path.write_text(written.text, encoding="ascii")
    result = whole_job(path, tmp_path / "out")
    (instance,) = written.instances
    key = instance.global_id
    assert key in result.reasons or not judge(instance, result.meshes.get(key)).problems
