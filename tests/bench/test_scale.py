"""Generated big files are as valid as their source."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.util.placement
import ifcopenshell.validate
import pytest

from bench.scale import replicate
from bench.step_text import COLUMNS, GRID_METRES

REPOSITORY = Path(__file__).parents[2]
CORPUS = Path(os.environ.get("IFCJOB_CORPUS", REPOSITORY.parent / "shared" / "ifc"))

# Memory that another process samples would miss the peak of a short run.
REPORT_PEAK = """
import atexit, pathlib, runpy
atexit.register(lambda: print(pathlib.Path("/proc/self/status").read_text()))
runpy.run_module("bench.scale", run_name="__main__")
"""


def findings(path: Path, *, express_rules: bool) -> Counter[str]:
    validate: Any = ifcopenshell.validate
    logger = validate.json_logger()
    validate.validate(str(path), logger, express_rules=express_rules)
    return Counter(str(statement.get("attribute")) for statement in logger.statements)


def copies_of(source: Path, target: Path, count: int) -> Any:
    replica = replicate(source, target, copies=count)
    assert replica.copies == count
    assert replica.size_bytes == target.stat().st_size
    return ifcopenshell.open(str(target))


def test_copies_share_one_project_and_have_unique_guids(sample: Path, tmp_path: Path) -> None:
    source = ifcopenshell.open(str(sample))
    model = copies_of(sample, tmp_path / "big.ifc", 12)
    assert len(model.by_type("IfcProject")) == 1
    for ifc_class in ("IfcSite", "IfcWall", "IfcBuildingStorey"):
        assert len(model.by_type(ifc_class)) == 12
    guids = [entity.GlobalId for entity in model.by_type("IfcRoot")]
    assert len(set(guids)) == len(guids)
    # The project, its property set and their relationship are not repeated.
    assert len(guids) > 11 * (len(source.by_type("IfcRoot")) - 3)
    assert len(model.by_type("IfcProject")[0].IsDefinedBy) == 1
    assert len(model.by_type("IfcGeometricRepresentationContext", include_subtypes=False)) == 1
    assert len(model.by_type("IfcMapConversion")) == len(source.by_type("IfcMapConversion")) == 1


def test_text_is_kept_and_only_global_ids_change(sample: Path, tmp_path: Path) -> None:
    model = copies_of(sample, tmp_path / "big.ifc", 3)
    assert {wall.Name for wall in model.by_type("IfcWall")} == {"It's #5; 20%"}
    assert model.by_type("IfcProject")[0].Name == "100% campus; #1 'of' /* two */"
    marks = [entity.Name for entity in model.by_type("IfcPropertySingleValue") if entity.Name != "Budget"]
    assert marks == ["ExactlyTwentyTwoLetter"] * 3


def test_each_copy_has_its_own_spatial_structure(sample: Path, tmp_path: Path) -> None:
    model = copies_of(sample, tmp_path / "big.ifc", 3)
    for wall in model.by_type("IfcWall"):
        storey = wall.ContainedInStructure[0].RelatingStructure
        site = storey.Decomposes[0].RelatingObject.Decomposes[0].RelatingObject
        assert site.is_a("IfcSite")
        assert site.Decomposes[0].RelatingObject.is_a("IfcProject")
    assert len({wall.ContainedInStructure[0].RelatingStructure for wall in model.by_type("IfcWall")}) == 3


def test_each_copy_has_its_own_grid_position(sample: Path, tmp_path: Path) -> None:
    model = copies_of(sample, tmp_path / "big.ifc", 12)
    placement = ifcopenshell.util.placement.get_local_placement
    places = [tuple(placement(wall.ObjectPlacement)[:2, 3]) for wall in model.by_type("IfcWall")]
    step = GRID_METRES * 1000  # the file is in millimetres
    assert sorted(places) == sorted((i % COLUMNS * step, i // COLUMNS * step) for i in range(12))


def test_copies_are_valid_like_their_source(sample: Path, tmp_path: Path) -> None:
    copies_of(sample, tmp_path / "big.ifc", 3)
    assert findings(sample, express_rules=True) == Counter()
    assert findings(tmp_path / "big.ifc", express_rules=True) == Counter()


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["openhouse", "structural", "infra_bridge", "ac20_fzk"])
def test_copies_of_real_files_have_the_findings_of_their_source(name: str, tmp_path: Path) -> None:
    source = CORPUS / f"{name}.ifc"
    if not source.exists():
        pytest.skip(f"{source} does not exist: set IFCJOB_CORPUS to the folder of real models")
    copies_of(source, tmp_path / "big.ifc", 3)
    expected = {rule: 3 * count for rule, count in findings(source, express_rules=False).items()}
    assert dict(findings(tmp_path / "big.ifc", express_rules=False)) == expected


def test_the_target_has_the_requested_size(sample: Path, tmp_path: Path) -> None:
    replica = replicate(sample, tmp_path / "big.ifc", megabytes=0.1)
    copy_bytes = replica.size_bytes / replica.copies
    assert abs(replica.size_bytes - 100_000) <= copy_bytes
    assert replicate(sample, tmp_path / "same.ifc", megabytes=0).copies == 1
    assert (tmp_path / "same.ifc").read_bytes() == sample.read_bytes()


def test_memory_does_not_depend_on_the_size_of_the_target(sample: Path, tmp_path: Path) -> None:
    def peak(megabytes: int) -> int:
        arguments = ["--megabytes", str(megabytes), str(sample), str(tmp_path / "big.ifc")]
        command = [sys.executable, "-c", REPORT_PEAK, *arguments]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=REPOSITORY)
        return 1024 * int(done.stdout.split("VmHWM:")[1].split()[0])

    assert peak(30) < peak(1) + 10_000_000


def test_two_runs_give_the_same_file(sample: Path, tmp_path: Path) -> None:
    for name in ("one.ifc", "two.ifc"):
        replicate(sample, tmp_path / name, megabytes=sample.stat().st_size * 3 / 1e6)
    assert (tmp_path / "one.ifc").read_bytes() == (tmp_path / "two.ifc").read_bytes()
