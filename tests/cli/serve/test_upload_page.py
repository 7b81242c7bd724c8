"""The commands of the page about uploads and downloads, as a user would run them on `ifcjob serve`."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.support.served import HOUSE, Served, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "upload-and-download.md"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    running = Served(tmp_path / "served")
    running.folder.parent.mkdir()
    yield running
    if running.is_running:
        running.stop()


def test_the_commands_of_the_page_upload_a_file_and_download_the_model(served: Served, tmp_path: Path) -> None:
    missing = [program for program in ("bash", "curl", "jq") if shutil.which(program) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")
    shutil.copy(HOUSE, tmp_path / "house.ifc")
    api = f"{served.start()}/api/v1/namespaces/default"
    commands = re.findall(r"```bash\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    script = "\n".join(("set -euo pipefail", f"API={api}", *commands))
    result = subprocess.run(["bash", "-c", script], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    upload, end = json.JSONDecoder().raw_decode(result.stdout)
    job = json.loads(result.stdout[end:])
    assert (upload["state"], upload["schema"]) == ("Complete", "IFC4")
    assert job["metadata"]["name"] == "house"

    def state() -> dict[str, Any]:
        status: dict[str, Any] = httpx.get(f"{api}/jobs/house").json()["status"]
        return status

    wait_until(lambda: state().get("phase") in ("Succeeded", "Failed"), 120)
    assert state()["phase"] == "Succeeded", state()
    items = {item["name"]: item for item in httpx.get(f"{api}/jobs/house/artifacts").json()["items"]}
    origin = api.partition("/api/")[0]
    link = httpx.get(origin + items["model.glb"]["url"]).json()
    assert link["fileName"] == "house-model.glb"
    assert httpx.get(origin + link["url"]).content[:4] == b"glTF"
    part = httpx.get(origin + items["model.glb"]["contentUrl"], headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"glTF")
    repeated = httpx.post(f"{api}/uploads", json={"fileName": "a.ifc", "size": 9, "sha256": upload["sha256"]}).json()
    assert repeated["alreadyProcessed"]["job"] == "house"
