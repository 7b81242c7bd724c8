"""The commands against a real server: submit, follow, list, change, search."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from typing import TYPE_CHECKING

import yaml

from ifcjob_cli.remote.login.credentials import credentials_file
from tests.support.served import HOUSE

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.cli.remote.conftest import Command


def submitted(ifcjob: Command, *options: str | Path) -> str:
    """Submit a file, wait for its end, and return the job's name."""
    done = ifcjob("submit", *(options or (HOUSE,)), "--wait", "--again")
    assert done.returncode == 0, done.stderr
    name = re.search(r": job (\S+)", done.stdout)
    assert name is not None, done.stdout
    return name[1]


def test_a_file_is_submitted_processed_and_shown(ifcjob: Command) -> None:
    name = submitted(ifcjob)
    assert name.startswith("house-")
    shown = ifcjob("get", name)
    assert re.search(r"phase +Succeeded", shown.stdout)
    assert re.search(r"geometry +179 of 179 elements, 0 skipped, 0 doubtful", shown.stdout)
    listed = ifcjob("jobs", "--text", name)
    assert listed.stdout.splitlines()[0].split()[:2] == ["NAME", "PHASE"]
    assert name in listed.stdout
    documents = json.loads(ifcjob("jobs", "-o", "json", "--phase", "Succeeded").stdout)
    assert name in [document["name"] for document in documents]
    manifest = yaml.safe_load(ifcjob("get", name, "-o", "manifest").stdout)
    assert manifest["metadata"]["name"] == name
    log = ifcjob("logs", name)
    assert '"stage": "gltf"' in log.stdout
    assert ifcjob("logs", name, "--follow").stdout == log.stdout


def test_a_job_is_found_by_the_name_of_its_file(ifcjob: Command, tmp_path: Path) -> None:
    shutil.copy(HOUSE, tmp_path / "My_House.ifc")
    name = submitted(ifcjob, tmp_path / "My_House.ifc")
    assert name.startswith("my-house-")
    assert name in ifcjob("get", "My_House").stdout
    assert ifcjob("get", "My_Castle").returncode == os.EX_USAGE


def test_the_same_content_is_not_uploaded_again(ifcjob: Command) -> None:
    name = submitted(ifcjob)
    again = ifcjob("submit", HOUSE)
    assert again.returncode == 0
    assert re.search(r"house\.ifc: house-\w+ has processed the same content; --again runs it again", again.stdout), name


def test_options_of_the_operations_reach_the_job(ifcjob: Command) -> None:
    name = submitted(ifcjob, HOUSE, "--only", "metadata,properties", "--formats", "csv", "--label", "project=7")
    job = json.loads(ifcjob("get", name, "-o", "json").stdout)
    assert set(job["spec"]["operations"]) >= {"metadata", "properties"}
    assert job["spec"]["operations"].get("gltf") is None
    assert job["spec"]["operations"]["properties"]["formats"] == ["csv"]
    assert name in ifcjob("jobs", "--label", "project=7").stdout
    assert name not in ifcjob("jobs", "--label", "project=8").stdout


def test_a_folder_gives_one_job_per_file(ifcjob: Command, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    for name in ("a.ifc", "b.ifc"):
        shutil.copy(HOUSE, folder / name)
    done = ifcjob("submit", folder, "--again")
    assert re.findall(r"^(\w)\.ifc: job \1-\w+$", done.stdout, re.MULTILINE) == ["a", "b"]


def test_a_failed_job_gives_its_exit_code_and_hint(ifcjob: Command, tmp_path: Path) -> None:
    broken = tmp_path / "broken.ifc"
    text = HOUSE.read_text("utf-8").replace("FILE_SCHEMA(('IFC4'))", "FILE_SCHEMA(('AUTOMOTIVE_DESIGN'))")
    broken.write_text(text, encoding="utf-8")
    done = ifcjob("submit", broken, "--wait")
    assert done.returncode == os.EX_DATAERR
    assert "Traceback" not in done.stderr
    assert "AUTOMOTIVE_DESIGN" in done.stdout + done.stderr


def test_a_file_that_is_not_ifc_is_refused_with_a_hint(ifcjob: Command, tmp_path: Path) -> None:
    other = tmp_path / "plan.pdf"
    other.write_bytes(b"%PDF-1.7\n")
    done = ifcjob("submit", other)
    assert done.returncode == os.EX_DATAERR
    assert "plan.pdf" in done.stderr


def test_jobs_are_suspended_resumed_cancelled_retried_and_deleted(ifcjob: Command) -> None:
    name = submitted(ifcjob)
    refused = ifcjob("cancel", name, "missing")
    assert refused.returncode == os.EX_DATAERR
    assert f"{name}: {name} has finished" in refused.stderr
    assert "missing: The namespace default has no job missing" in refused.stderr
    again = ifcjob("retry", name, "--memory", "2Gi")
    second = again.stdout.split()[-1]
    assert ifcjob("wait", second).returncode == 0
    assert json.loads(ifcjob("get", second, "-o", "json").stdout)["spec"]["resources"]["memory"] == "2Gi"
    assert ifcjob("delete", second).stdout == f"{second} is deleted; artifacts and history stay\n"
    assert ifcjob("get", second).returncode == os.EX_NOINPUT


def test_elements_are_found_and_counted_over_all_models(ifcjob: Command) -> None:
    submitted(ifcjob)
    page = json.loads(ifcjob("search", "--class", "IfcDoor", "-o", "json").stdout)
    assert {element["class"] for element in page["items"]} == {"IfcDoor"}
    table = ifcjob("search", "--class", "IfcDoor")
    assert table.stdout.startswith("CLASS")
    assert page["items"][0]["globalId"] in table.stdout
    counted = ifcjob("search", "--class", "IfcWall", "--count-by", "storeyName")
    assert re.search(r"Ground floor +\d+", counted.stdout)


def test_without_a_server_the_next_step_is_named(ifcjob: Command) -> None:
    done = ifcjob("jobs", "--server", "http://127.0.0.1:9")
    assert done.returncode == os.EX_UNAVAILABLE
    assert "no answer from http://127.0.0.1:9" in done.stderr
    assert "--server" in done.stderr
    assert "Traceback" not in done.stderr


def test_mistyped_options_are_refused_in_one_line(ifcjob: Command) -> None:
    done = ifcjob("jobs", "--phase", "Wrong")
    assert done.returncode == os.EX_USAGE
    assert "phase" in done.stderr
    assert "Traceback" not in done.stderr


def test_login_without_an_issuer_remembers_the_server(
    ifcjob: Command, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ifcjob("login", "--server", server).returncode == 0
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert credentials_file().stat().st_mode & 0o777 == 0o600
    assert ifcjob("jobs", IFCJOB_SERVER="").returncode == 0
    assert ifcjob("logout").stdout == "logged out\n"


def test_completion_is_printed_for_each_shell(ifcjob: Command) -> None:
    for shell in ("bash", "zsh", "fish", "tcsh"):
        done = ifcjob("completion", shell)
        assert done.returncode == 0
        assert "submit" in done.stdout


def test_open_leads_to_the_model_of_a_job_with_a_result(ifcjob: Command) -> None:
    name = submitted(ifcjob)
    sha256 = hashlib.sha256(HOUSE.read_bytes()).hexdigest()
    opened = ifcjob("open", name, BROWSER="true")
    assert opened.returncode == 0, opened.stderr
    assert opened.stdout.strip().endswith(f"/models/{sha256}")
    ifcjob("submit", HOUSE, "--again", "--queue", "missing")
    (waiting,) = [job["name"] for job in json.loads(ifcjob("jobs", "-o", "json", "--queue", "missing").stdout)]
    assert ifcjob("open", waiting, BROWSER="true").stdout.strip().endswith(f"/namespaces/default/jobs/{waiting}")
