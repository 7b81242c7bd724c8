"""Translation of the command line into a run request."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.options import GltfOptions
from ifcjob_cli.arguments import UsageError, parse
from ifcjob_cli.options.requests import request_for

if TYPE_CHECKING:
    from ifcjob.request import RunRequest


def request_of(*argv: str) -> RunRequest:
    return request_for(parse(["run", "model.ifc", *argv]), {"uri": "model.ifc"})


def gltf(**fields: Any) -> dict[str, Any]:
    return {"operations": {"gltf": fields}}


CASES = {
    "--include-classes IfcWall,IfcSlab": gltf(includeClasses=["IfcWall", "IfcSlab"]),
    "--include-classes IfcWall --include-classes IfcSlab": gltf(includeClasses=["IfcWall", "IfcSlab"]),
    "--exclude-classes IfcDoor": gltf(excludeClasses=["IfcDoor"]),
    "--include-global-ids 3N9co2RgjLVQe9_9nUyhXI,2$": gltf(includeGlobalIds=["3N9co2RgjLVQe9_9nUyhXI", "2$"]),
    "--exclude-global-ids 3N9co2RgjLVQe9_9nUyhXI": gltf(excludeGlobalIds=["3N9co2RgjLVQe9_9nUyhXI"]),
    '--storeys "1,\N{NO-BREAK SPACE}north",Roof': gltf(storeys=["1,\N{NO-BREAK SPACE}north", "Roof"]),
    "--spaces show": gltf(spaces="show"),
    "--contexts Body,Facetation": gltf(contexts=["Body", "Facetation"]),
    "--linear-deflection 0.01": gltf(linearDeflection=0.01),
    "--angular-deflection 0.5": gltf(angularDeflection=0.5),
    "--normals smooth": gltf(normals="smooth"),
    "--origin none": gltf(origin="none"),
    "--origin 1,2.5,3": gltf(origin="explicit", originOffset=[1, 2.5, 3]),
    "--origin=-1,2,3": gltf(origin="explicit", originOffset=[-1, 2, 3]),
    "--compression meshopt": gltf(compression="meshopt"),
    "--names name": gltf(names="name"),
    "--extras properties": gltf(extras="properties"),
    "--element-deadline 2m": gltf(elementDeadlineSeconds=120),
    "--formats csv,xlsx,ndjson": {"operations": {"properties": {"formats": ["csv", "xlsx", "ndjson"]}}},
    "--formats sqlite,duckdb": {"operations": {"properties": {"formats": ["sqlite", "duckdb"]}}},
    "--workers 3": {"limits": {"workers": 3}},
    "--memory-limit 512Mi": {"limits": {"memoryBytes": 512 * 2**20}},
    "--deadline 1h": {"limits": {"deadlineSeconds": 3600}},
    "--max-bytes 1G": {"source": {"maxBytes": 10**9}},
    f"--sha256 {'A' * 64}": {"source": {"sha256": "a" * 64}},
    "--coverage-minimum 0.9 --on-shortfall Fail": {"coverage": {"minimum": 0.9, "onShortfall": "Fail"}},
    "--name house.ifc": {"source": {"name": "house.ifc"}},
    "-o elsewhere": {},
    "--skip-existing --dry-run --verbose --log-format text": {},
}


@pytest.mark.parametrize("argv", CASES, ids=str)
def test_option_sets_its_request_field(argv: str) -> None:
    made = request_of(*argv.split(" ")).model_dump(mode="json", by_alias=True, exclude_unset=True)
    expected = request_of().model_dump(mode="json", by_alias=True, exclude_unset=True)
    for part, fields in CASES[argv].items():
        for name, value in fields.items():
            place = expected.setdefault(part, {})
            place[name] = place[name] | value if isinstance(place.get(name), dict) else value
    assert made == expected


def test_every_gltf_field_has_an_option() -> None:
    covered = {name for case in CASES.values() for name in case.get("operations", {}).get("gltf", {})}
    assert covered == {field.alias for field in GltfOptions.model_fields.values()}


def test_only_selects_the_operations() -> None:
    assert request_of().operations.model_fields_set == {"metadata", "spatial_tree", "properties", "gltf"}
    assert request_of("--only", "spatial-tree,gltf").operations.model_fields_set == {"spatial_tree", "gltf"}


def test_lists_are_read_from_files(tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text("3N9co2RgjLVQe9_9nUyhXI\n\n  2C20VHNmzH2AkzciDgP3Vt  \n")
    chosen = request_of("--include-global-ids", f"@{tmp_path / 'ids.txt'}").operations.gltf
    assert chosen
    assert chosen.include_global_ids == ["3N9co2RgjLVQe9_9nUyhXI", "2C20VHNmzH2AkzciDgP3Vt"]


REFUSED = {
    "--only metadata,geometry": ("unknown operation geometry", "metadata, spatial-tree, properties, gltf"),
    "--only metadata --compression meshopt": ("--compression needs the operation gltf", "Add gltf"),
    "--only gltf --formats csv": ("--formats needs the operation properties", "Add properties"),
    "--only metadata --coverage-minimum 1": ("--coverage-minimum needs the operation gltf", "Add gltf"),
    "--on-shortfall Fail": ("--on-shortfall needs --coverage-minimum", "--coverage-minimum 1"),
    "--linear-deflection 5": ("--linear-deflection: must be less than or equal to 1, not '5'", ""),
    "--compression zip": ("--compression: must be 'none', 'quantize' or 'meshopt', not 'zip'", ""),
    "--origin explicit": ("--origin: write the coordinates of the point", ""),
    "--origin 1,2": ("--origin: write three coordinates, such as 100,200,0, not '1,2'", ""),
    "--origin 1,2,x": ("--origin", ""),
    "--origin 1,2,nan": ("--origin: must be a finite number, not 'nan'", ""),
    "--workers 0": ("--workers: must be greater than or equal to 1, not '0'", ""),
    "--workers two": ("--workers", ""),
    "--deadline 0": ("--deadline", ""),
    "--memory-limit 0": ("--memory-limit", ""),
    "--element-deadline 0": ("--element-deadline", ""),
    "--formats pdf": ("--formats", ""),
    "--sha256 abc": ("--sha256: must be 64 hexadecimal digits", ""),
    "--coverage-minimum 2": ("--coverage-minimum", ""),
}


@pytest.mark.parametrize("argv", REFUSED, ids=str)
def test_invalid_value_is_rejected_with_the_option_name(argv: str) -> None:
    message, hint = REFUSED[argv]
    with pytest.raises(RunFailure) as refused:
        request_of(*argv.split(" "))
    assert refused.value.reason is FailureReason.INVALID_REQUEST
    assert message in refused.value.message
    assert "\n" not in refused.value.message
    assert hint in refused.value.hint


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["run"], "SOURCE"),
        ([], "COMMAND"),
        (["run", "a.ifc", "--bogus"], "--bogus"),
        (["run", "a.ifc", "--comp", "meshopt"], "--comp"),
        (["run", "a.ifc", "--deadline", "soon"], "^--deadline: 'soon' is not a time"),
        (["run", "a.ifc", "--storeys", "a,,b"], "empty entry"),
        (["run", "a.ifc", "--storeys", "@/nowhere/ids"], "/nowhere/ids"),
        (["run", "a.ifc", "--storeys", f"@{sys.executable}"], "is not a text file in UTF-8"),
        (["run", "a.ifc", "--quiet", "--verbose"], "not allowed with argument"),
        (["run", "a.ifc", "--log-format", "xml"], "invalid choice: 'xml'"),
    ],
)
def test_usage_error_says_how_to_correct_it(argv: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message.replace("(", r"\(")):
        parse(argv)


@pytest.mark.parametrize(
    ("argv", "hint"),
    [
        (["run", "a.ifc", "--fromats", "csv"], "Did you mean --formats?"),
        (["run", "a.ifc", "--dry-rnu"], "Did you mean --dry-run?"),
        (["house.ifc"], "Did you mean `ifcjob run house.ifc`?"),
        (["inspct", "house.ifc"], "Did you mean inspect?"),
        (["run", "a.ifc", "--zzz"], "`ifcjob run --help` shows what is possible."),
        # An option of another command alone.
        (["serve", "--include-classes", "IfcWall"], "`ifcjob serve --help` shows what is possible."),
        (["xyz"], "`ifcjob --help` shows what is possible."),
        (["serve", "more"], "`ifcjob serve --help` shows what is possible."),
    ],
)
def test_a_mistyped_word_gets_a_suggestion(argv: list[str], hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse(argv)
    assert refused.value.hint == hint


def test_choices_in_help_match_the_contract() -> None:
    from ifcjob_cli.run import arguments

    source = Path(arguments.__file__).read_text()
    for field in GltfOptions.model_fields.values():
        choices = get_args(field.annotation)
        if field.alias != "origin" and choices and all(isinstance(choice, str) for choice in choices):
            assert f'"{"|".join(choices)}"' in source
