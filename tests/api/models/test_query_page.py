"""Every example of docs/how-to/query-models.md runs against the application, over loopback."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import httpx
import pytest
import uvicorn

from tests.support.corpus import REPOSITORY
from tests.support.models import Models
from tests.support.runs import run_file
from tools.cluster.control_plane import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = (REPOSITORY / "docs" / "how-to" / "query-models.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(bash|python)\n(.*?)```", PAGE, re.DOTALL)
DOCUMENTED = "http://127.0.0.1:8080"
EXPECTED = [
    "10",
    '["Entrance door 1100 x 2200 Ground floor, street 5450","Ground floor","1100.0"]',
    '"name": "Pset_DoorCommon"',
    '["Pset_WallCommon.FireRating",["F30",8],["F0",7]]',
    '["IfcDoor",',
    '"F30"]',
    "15 walls below 90 minutes",
    "('Ground floor', 5, ",
]


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """Yield a folder with the house and its artifacts, and the address of a server that knows it."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(REPOSITORY / "examples" / "house.ifc", folder / "house.ifc")
    run = run_file(folder / "house.ifc", folder / "out" / "house")
    models = Models(folder / "server")
    models.publish(run.folder)
    port = free_port()
    with models.client() as client:
        server = uvicorn.Server(uvicorn.Config(client.app, port=port, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run)
        thread.start()
        address = f"http://127.0.0.1:{port}"
        httpx.Client(transport=httpx.HTTPTransport(retries=10)).get(f"{address}/api/v1/models")
        yield folder, address
        server.should_exit = True
        thread.join()


def test_examples_print_the_documented_results(workplace: tuple[Path, str]) -> None:
    folder, address = workplace
    missing = [name for name in ("curl", "jq", "sha256sum") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"needs {missing[0]}")
    outputs, setup = [], ""
    for language, text in BLOCKS:
        code = text.replace(DOCUMENTED, address)
        if language == "bash":
            command = ["bash", "-euo", "pipefail", "-c", setup + code]
            setup += "".join(line + "\n" for line in code.splitlines() if re.match(r"[A-Z]+=", line))
        else:
            command = [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, f"{code}\n{done.stderr}"
        outputs.append(done.stdout)
    assert len(outputs) == len(EXPECTED)
    for output, expected in zip(outputs, EXPECTED, strict=True):
        assert expected in output
