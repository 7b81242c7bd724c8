"""The versions of the engines are those of the installed packages."""

from importlib.metadata import version

import pytest

from ifcjob_runner import facts


@pytest.mark.parametrize("by_folder", [True, False], ids=["by their folders", "without folders"])
def test_engine_versions_are_those_of_the_packages(*, by_folder: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not by_folder:
        monkeypatch.setattr(facts, "_installed", dict)
    versions = facts.engine_versions()
    assert versions.pop("ifcjob")
    assert versions == {name: version(name) for name in versions}
    assert {"ifcopenshell", "ifclite-geom", "pyarrow"} <= set(versions)


def test_a_version_without_importlib_metadata_needs_no_fallback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "_version", lambda name: pytest.fail(f"{name} has a folder"))
    facts.engine_versions()
