"""The commands of the page about jobs and events, as a user would run them on `ifcjob serve`."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.served import Served

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "jobs-and-events.md"


def test_the_commands_of_the_page_create_and_follow_jobs(tmp_path: Path) -> None:
    missing = [program for program in ("bash", "curl", "jq") if shutil.which(program) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")
    served = Served(tmp_path)
    served.upload("house.ifc")
    try:
        commands = re.findall(r"```bash\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
        script = "\n".join(("set -euo pipefail", f"SERVER={served.start()}", *commands))
        result = subprocess.run(["bash", "-c", script], check=False, capture_output=True, text=True, timeout=240)
    finally:
        if served.is_running:
            served.stop()
    assert result.returncode == 0, result.stderr
    created, batch, phase, *listed, log, event = result.stdout.splitlines()
    assert (created, batch, phase) == ("house", "201 again", "Succeeded")
    assert "house" in listed
    assert "run finished" in log
    assert event == "event: snapshot"
