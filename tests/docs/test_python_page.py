"""The examples of docs/how-to/python.md, run in order, with a real server and a real S3 store."""

from __future__ import annotations

import re
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.command import REAL, run
from tests.support.s3 import s3_store
from tests.support.served import HOUSE, Served

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "python.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Make the files and the servers that the page assumes."""
    pytest.importorskip("pandas")
    pytest.importorskip("polars")
    shutil.copytree(HOUSE.parent, tmp_path / "examples")
    assert run("run", "examples/house.ifc", "-o", "out", cwd=tmp_path, program=REAL).returncode == 0
    monkeypatch.chdir(tmp_path)
    served = Served(tmp_path)
    monkeypatch.setenv("IFCJOB_SERVER", served.start())
    with s3_store(tmp_path / "store") as store:
        store.client.make_bucket("artifacts")
        for path in (tmp_path / "out" / "house").iterdir():
            store.client.fput_object("artifacts", f"team-a/house/{path.name}", str(path))
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://{store.endpoint.removeprefix('http://')}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", store.access_key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", store.secret_key)
        monkeypatch.setenv("AWS_REGION", "us-east-1")
        yield tmp_path
    served.stop(signal.SIGTERM)


@pytest.mark.usefixtures("folder")
def test_every_example_runs_and_prints_what_the_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    for example in EXAMPLES:
        exec(compile(example, str(PAGE), "exec"), names)
        if "print(" in example:
            assert capsys.readouterr().out.strip(), example
    assert names["house"].glb_path.read_bytes()[:4] == b"glTF"
    assert names["job"].status.phase == "Succeeded"
    assert names["doors"].items
