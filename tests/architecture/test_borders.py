"""Import contracts and size limits."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import ifcjob
from tests.architecture.tracked import ROOT, tracked

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = [Path(folder) for folder in PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]]
WRITTEN_BY_HAND = {".py", ".js", ".ts", ".tsx", ".css", ".rs", ".sh", ".sql"}
GENERATED = {ROOT / "web/src/api/schema.d.ts"}
FUNCTION_LINES = 40
FILE_LINES = 300
TEST_FILE_LINES = 400


def test_import_contracts_hold() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_every_package_is_under_the_import_contracts() -> None:
    assert {package.name for package in PACKAGES} == set(PYPROJECT["tool"]["importlinter"]["root_packages"])


def test_no_folder_shadows_the_standard_librarys_operator() -> None:
    assert not (ROOT / "operator" / "__init__.py").exists()


def test_files_stay_within_the_line_limit() -> None:
    lines = {
        path: len(path.read_bytes().splitlines())
        for path in tracked()
        if path.suffix in WRITTEN_BY_HAND and path not in GENERATED
    }
    budget = {path: TEST_FILE_LINES if path.is_relative_to(ROOT / "tests") else FILE_LINES for path in lines}
    assert {str(path.relative_to(ROOT)): count for path, count in lines.items() if count > budget[path]} == {}


def test_functions_stay_within_the_line_limit() -> None:
    long = {}
    for path in tracked():
        if path.suffix == ".py" and any(path.is_relative_to(ROOT / package) for package in PACKAGES):
            for node in ast.walk(ast.parse(path.read_bytes())):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    length = (node.end_lineno or node.lineno) - node.lineno + 1
                    if length > FUNCTION_LINES:
                        long[f"{path.relative_to(ROOT)}:{node.name}"] = length
    assert long == {}


def test_every_test_folder_is_a_package() -> None:
    folders = {path.parent for path in tracked() if path.name.startswith("test_") and path.suffix == ".py"}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_packages_ship_type_markers() -> None:
    assert [str(package) for package in PACKAGES if not (ROOT / package / "py.typed").exists()] == []


def test_runner_image_has_only_packages_of_plain_ifcjob() -> None:
    listed = set(PYPROJECT["project"]["optional-dependencies"]["runner"])
    assert listed - set(PYPROJECT["project"]["dependencies"]) == set()


@pytest.mark.parametrize("extra", sorted(PYPROJECT["project"]["optional-dependencies"]))
def test_extras_require_the_versions_of_plain_ifcjob(extra: str) -> None:
    plain = {_name(requirement): requirement for requirement in PYPROJECT["project"]["dependencies"]}
    listed = {_name(requirement): requirement for requirement in PYPROJECT["project"]["optional-dependencies"][extra]}
    assert {name: required for name, required in listed.items() if required != plain.get(name, required)} == {}


def test_all_files_state_the_same_version() -> None:
    assert ifcjob.__version__ == PYPROJECT["project"]["version"]


def test_notice_lists_every_dependency() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8").lower()
    project = PYPROJECT["project"]
    requirements = [
        *project["dependencies"],
        *(requirement for extra in project["optional-dependencies"].values() for requirement in extra),
    ]
    listed = {line.split("  ")[0] for line in notice.splitlines()}
    assert sorted({name for name in map(_name, requirements) if name not in listed}) == []


def _name(requirement: str) -> str:
    return re.split("[>=\\[]", requirement)[0].lower()
