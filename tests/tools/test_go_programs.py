"""The programs of a test cluster are built once from what is pinned, and say why when they cannot be."""

import shutil
from pathlib import Path

import pytest

from tools import go_programs
from tools.go_programs import ToolsUnavailable, is_built, tool


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Build one small module into an empty cache."""
    modules = tmp_path / "modules"
    shutil.copytree(go_programs.MODULES / "pause", modules / "pause")
    monkeypatch.setattr(go_programs, "MODULES", modules)
    monkeypatch.setattr(go_programs, "CACHE", tmp_path / "cache")
    return modules / "pause"


@pytest.fixture
def without_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(go_programs, "GO_PLACES", ())


def test_every_program_is_a_tool_of_its_module() -> None:
    for module, packages in go_programs.PACKAGES.items():
        pinned = (go_programs.MODULES / module / "go.mod").read_text(encoding="utf-8")
        assert [package for package in packages.values() if package != "." and package not in pinned] == []


def test_kubernetes_programs_carry_the_version_that_is_pinned() -> None:
    flags = go_programs._version_flags(go_programs.PROGRAMS)
    version = flags.split("gitVersion=")[1].split()[0]
    assert f"k8s.io/kubernetes {version}" in (go_programs.MODULES / go_programs.PROGRAMS / "go.mod").read_text(
        encoding="utf-8"
    )
    assert f"gitMinor={version.split('.')[1]}" in flags


@pytest.mark.usefixtures("small", "without_go")
def test_a_program_in_the_cache_needs_no_go() -> None:
    program = go_programs._folder("pause") / "pause"
    program.parent.mkdir(parents=True)
    program.touch()
    assert is_built("pause")
    assert tool("pause") == program


@pytest.mark.usefixtures("without_go")
def test_a_changed_pinning_makes_another_program(small: Path) -> None:
    program = go_programs._folder("pause") / "pause"
    program.parent.mkdir(parents=True)
    program.touch()
    (small / "go.sum").write_text("changed", encoding="utf-8")
    assert not is_built("pause")
    with pytest.raises(ToolsUnavailable, match="pause is not built, and there is no go"):
        tool("pause")


def test_what_does_not_compile_leaves_nothing_and_says_why(small: Path) -> None:
    if shutil.which("go") is None and not any(Path(place, "go").exists() for place in go_programs.GO_PLACES):
        pytest.skip("needs go")
    (small / "main.go").write_text("package main\nfunc main() { nonsense }\n", encoding="utf-8")
    with pytest.raises(ToolsUnavailable, match=r"pause cannot be built: [\s\S]*nonsense"):
        tool("pause")
    assert list(go_programs._folder("pause").iterdir()) == []
