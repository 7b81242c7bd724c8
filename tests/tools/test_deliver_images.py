"""`make images-push` and `make images-load` name the images as the chart's values do."""

import json
import os
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.support.chart import named, rendered
from tests.support.image_builder import require_builder
from tools import deliver_images, images
from tools.revision import Revision

VERSION = "0.1.0-g1a2b3c4d5e6f"


@pytest.fixture
def tiny_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Build an image of one file under each name, as a version that no commit has."""
    require_builder()
    (tmp_path / "program").write_bytes(b"program")
    tags = [images.tag(name, VERSION) for name in images.names()]
    monkeypatch.setattr(images, "revision", lambda: Revision(VERSION))
    for tag in tags:
        images.from_scratch(tag, tmp_path / "program", "/program")
    yield tags
    remove = ("docker", "rmi") if images.engine() == "docker" else (*images.BUILDAH, "rmi")
    for tag in tags:
        subprocess.run([*remove, "--force", tag], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("engine", "commands"),
    [
        (
            "docker",
            [
                "docker tag ifcjob/runner:1 registry.example.com/bim/ifcjob/runner:1",
                "docker push registry.example.com/bim/ifcjob/runner:1",
            ],
        ),
        ("buildah", ["buildah push ifcjob/runner:1 docker://registry.example.com/bim/ifcjob/runner:1"]),
    ],
)
def test_a_push_keeps_the_repository_below_the_registry(
    engine: str, commands: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "BUILDAH", ("buildah",))
    target = "registry.example.com/bim/ifcjob/runner:1"
    assert [" ".join(line) for line in deliver_images.push_commands("ifcjob/runner:1", target, engine)] == commands


def test_push_flags_reach_the_push_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IFCJOB_PUSH_FLAGS", "--tls-verify=false")
    (command,) = deliver_images.push_commands("image", "target", "buildah")
    assert command[-4:] == ("push", "--tls-verify=false", "image", "docker://target")


def test_the_chart_takes_the_values_and_names_the_pushed_images() -> None:
    values = yaml.safe_load(deliver_images.chart_values("registry.example.com/bim", VERSION))
    (operator,) = named(rendered(values), "Deployment")["ifcjob-operator"]["spec"]["template"]["spec"]["containers"]
    runner = {item["name"]: item.get("value") for item in operator["env"]}["IFCJOB_RUNNER_IMAGE"]
    assert operator["image"] == f"registry.example.com/bim/ifcjob/operator:{VERSION}"
    assert runner == f"registry.example.com/bim/ifcjob/runner:{VERSION}"


def test_a_dry_run_prints_the_load_commands_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    values = tmp_path / "images.yaml"
    deliver_images.main(["--dry-run", "--values", str(values), "load", "minikube"])
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == len(images.names())
    assert all(line.startswith("minikube image load ") for line in printed)
    assert not values.exists()


@pytest.mark.parametrize("arguments", [["push", ""], ["load", ""], ["load", "nomad"]], ids=" ".join)
def test_a_missing_or_unknown_target_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        deliver_images.main(arguments)
    assert refused.value.code == 2
    expected = "make images-push REGISTRY=" if arguments[0] == "push" else "kind"
    assert expected in capsys.readouterr().err


@pytest.mark.image
def test_a_load_passes_archives_of_all_images_to_the_cluster(
    tiny_images: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    kind = tmp_path / "bin" / "kind"
    kind.write_text(f'#!/bin/sh\n[ "$1 $2" = "load image-archive" ] && cp "$3" {tmp_path}\n')
    kind.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    deliver_images.main(["--values", str(tmp_path / "images.yaml"), "load", "kind"])
    names = [name for archive in sorted(tmp_path.glob("*.tar")) for name in _names_in(archive)]
    assert names == [f"localhost/{tag}" for tag in tiny_images]
    values = yaml.safe_load((tmp_path / "images.yaml").read_text(encoding="utf-8"))
    assert values["image"]["registry"] == "localhost"


@pytest.mark.image
def test_images_of_another_commit_are_not_delivered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_builder()
    monkeypatch.setattr(images, "revision", lambda: Revision("0.0.0-never-built"))
    with pytest.raises(SystemExit, match="run `make images` for this commit first"):
        deliver_images.main(["--values", str(tmp_path / "images.yaml"), "push", "registry.example.com"])
    assert not (tmp_path / "images.yaml").exists()


def _names_in(archive: Path) -> list[str]:
    with tarfile.open(archive) as file:
        manifest = file.extractfile("manifest.json")
        assert manifest is not None
        return [name for image in json.load(manifest) for name in image["RepoTags"]]
