"""SBOMs list the images' content, match the lock file, and contain only permitted licences."""

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.image.conftest import built
from tools import images, sbom
from tools.go_programs import is_built

pytestmark = pytest.mark.image

COPYLEFT = re.compile(r"\bA?GPL|GNU (Affero )?General Public", re.IGNORECASE)
LESSER = re.compile(r"\bLGPL|GNU Lesser", re.IGNORECASE)


@dataclass(frozen=True)
class Package:
    """One package of an SBOM."""

    name: str
    version: str
    licence: str
    kind: str


@pytest.fixture(scope="module", params=["operator", "runner"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def listed(name: str, tmp_path_factory: pytest.TempPathFactory) -> list[Package]:
    """Return the packages of an image."""
    built(name)
    if not is_built("syft"):
        pytest.skip("syft is not built: run `python -m tools.go_programs syft`, some minutes")
    return packages_of(sbom.write(name, tmp_path_factory.mktemp("sbom")))


def packages_of(path: Path) -> list[Package]:
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["spdxVersion"] == "SPDX-2.3"
    assert document["name"] == f"ifcjob/{path.name.removesuffix('.spdx.json')}"
    # A licence outside SPDX's list is recorded separately, under a generated name.
    texts = {text["licenseId"]: text["extractedText"][:300] for text in document.get("hasExtractedLicensingInfos", [])}
    packages = []
    for package in document["packages"]:
        urls = [
            reference["referenceLocator"]
            for reference in package.get("externalRefs", [])
            if reference["referenceType"] == "purl"
        ]
        licence = re.sub(
            r"LicenseRef-\S+", lambda match: f"{match[0]} {texts.get(match[0], '')}", package["licenseDeclared"]
        )
        packages.append(Package(package["name"], package.get("versionInfo", ""), licence, urls[0].split("/")[0][4:]))
    return packages


def test_sbom_of_the_web_app_lists_nginx_and_the_packages_of_the_bundle(tmp_path: Path) -> None:
    built("web")
    if not is_built("syft"):
        pytest.skip("syft is not built: run `python -m tools.go_programs syft`, some minutes")
    listed = packages_of(sbom.write("web", tmp_path))
    dependencies = json.loads((images.ROOT / "web" / "package.json").read_text("utf-8"))["dependencies"]
    npm = {package.name: package for package in listed if package.kind == "npm"}
    assert {name: npm[name].version for name in dependencies} == dependencies
    assert [package for package in npm.values() if COPYLEFT.search(package.licence)] == []
    assert {"nginx", "libssl3", "libpcre2-8-0"} <= {package.name for package in listed if package.kind == "deb"}


def test_sbom_lists_the_locked_packages(listed: list[Package], name: str) -> None:
    with (images.ROOT / "uv.lock").open("rb") as file:
        locked = {(package["name"], package["version"]) for package in tomllib.load(file)["package"]}
    python = {(package.name, package.version) for package in listed if package.kind == "pypi"}
    assert python <= locked
    expected = {
        "operator": {"kopf", "kubernetes", "psycopg", "fastapi", "duckdb"},
        "runner": {"ifcopenshell", "ifclite-geom", "pyarrow"},
    }
    assert expected[name] | {"ifcjob"} <= {package for package, _ in python}


def test_sbom_lists_debian_packages_with_versions(listed: list[Package]) -> None:
    debian = {package.name: package.version for package in listed if package.kind == "deb"}
    assert re.match(r"2\.\d+-", debian["libc6"])
    assert re.match(r"3\.\d+\.\d+-", debian["libssl3"])


def test_no_python_package_is_under_the_gpl(listed: list[Package]) -> None:
    unknown = [package for package in listed if package.kind == "pypi" and package.licence in {"", "NOASSERTION"}]
    assert unknown == []
    assert [package for package in listed if package.kind == "pypi" and COPYLEFT.search(package.licence)] == []


def test_notice_lists_packages_under_the_lgpl(listed: list[Package]) -> None:
    notice = (images.ROOT / "NOTICE").read_text(encoding="utf-8").lower()
    lesser = [package.name for package in listed if package.kind == "pypi" and LESSER.search(package.licence)]
    assert lesser
    assert [
        name for name in lesser if not re.search(rf"^{re.escape(name)} .*lgpl|\b{name} .*lgpl", notice, re.MULTILINE)
    ] == []


def test_license_check_distinguishes_gpl_from_lgpl() -> None:
    assert all(
        COPYLEFT.search(text) for text in ("GPL-3.0-only", "AGPL-3.0", "MIT OR GPL-2.0-or-later", "gnu General Public")
    )
    assert not any(COPYLEFT.search(text) for text in ("LGPL-3.0-or-later", "MIT", "GNU Lesser General Public License"))
