"""Expansion of SOURCE arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_cli.run.sources import InputFile, files_of, with_folders

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (
        "b/house.ifc", "b/deep/er/tower.IFC", "a/house.ifc", "a/site.ifczip", "a/old.ifc.gz", "a/notes.txt",
        ".hidden/x.ifc", "a/.y.ifc", "plan [v1].ifc", "empty/readme.md",
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def uris(source: str) -> list[str]:
    return [file.uri for file in files_of(source)]


def test_folder_expands_to_sorted_ifc_files(tree: Path) -> None:
    expected = ["a/house.ifc", "a/old.ifc.gz", "a/site.ifczip", "b/deep/er/tower.IFC", "b/house.ifc", "plan [v1].ifc"]
    assert uris(".") == expected
    assert uris(str(tree)) == [str(tree / name) for name in expected]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*/house.ifc", ["a/house.ifc", "b/house.ifc"]),
        ("**/*.ifc", ["a/house.ifc", "b/house.ifc", "plan [v1].ifc"]),
        ("a/*", ["a/house.ifc", "a/old.ifc.gz", "a/site.ifczip"]),
        ("[ab]", ["a/house.ifc", "a/old.ifc.gz", "a/site.ifczip", "b/deep/er/tower.IFC", "b/house.ifc"]),
    ],
)
def test_globs_are_expanded_even_when_quoted(tree: Path, pattern: str, expected: list[str]) -> None:
    assert uris(pattern) == expected
    assert uris(f"{tree}/{pattern}") == [str(tree / name) for name in expected]


@pytest.mark.usefixtures("tree")
def test_existing_name_is_not_expanded_as_a_glob() -> None:
    assert uris("plan [v1].ifc") == ["plan [v1].ifc"]


@pytest.mark.usefixtures("tree")
def test_explicit_file_may_have_any_extension() -> None:
    assert uris("a/notes.txt") == ["a/notes.txt"]


@pytest.mark.parametrize("source", ["empty", "nothing/*.ifc", "empty/*"])
@pytest.mark.usefixtures("tree")
def test_no_match_names_the_source(source: str) -> None:
    with pytest.raises(RunFailure) as missing:
        files_of(source)
    assert missing.value.reason is FailureReason.INPUT_NOT_FOUND
    assert source in missing.value.message
    assert ".ifczip" in missing.value.message


def test_output_of_a_url_is_named_after_its_path() -> None:
    (file,) = files_of("https://example.com/projects/Big%20house.ifc?X-Amz-Signature=1")
    assert (file.name, file.stem, file.parent) == ("Big house.ifc", "Big house", "projects")


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("house.ifc", "house"),
        ("house.ifc.gz", "house"),
        ("house.ifczip", "house"),
        ("house.v2.IFC", "house.v2"),
        ("..", "ifc"),
        (".ifc", "ifc"),
        ("a/../b.ifc", "b"),
        ('a:b"c.ifc', "a_b_c"),
    ],
)
def test_output_folder_is_named_after_the_stem(name: str, stem: str) -> None:
    assert InputFile(name, name).stem == stem


def folders(*files: InputFile) -> list[str]:
    return [folder for _, folder in with_folders(files)]


def test_files_with_the_same_name_get_separate_folders() -> None:
    tower, annex = InputFile("t/house.ifc", "house.ifc", "t"), InputFile("a/House.ifc", "House.ifc", "a")
    assert folders(tower, annex) == ["t-house", "a-House"]
    assert folders(tower, InputFile("t/house.ifczip", "house.ifczip", "t")) == ["house", "house-2"]
    assert folders(InputFile("http://h/house.ifc", "house.ifc"), InputFile("http://i/house.ifc", "house.ifc")) == [
        "house",
        "house-2",
    ]
    # A generated name must not equal an existing one.
    assert folders(InputFile("x/t-house.ifc", "t-house.ifc", "x"), tower, annex) == ["t-house", "t-house-2", "a-House"]


@pytest.mark.usefixtures("tree")
def test_file_given_twice_runs_once() -> None:
    files = [*files_of("a"), *files_of("a/*.ifc"), *files_of("./a/../a/house.ifc")]
    assert folders(*files) == ["house", "old", "site"]
