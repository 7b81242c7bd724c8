"""`ifcjob serve` as a process, and its data folder before and after."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from ifcjob_backends.local.api_server.server import LocalApiServer
from ifcjob_backends.local.kubelet.process import RUN_FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable

    from ifcjob_backends.cluster.objects import KubeObject

HOUSE = Path(__file__).parents[2] / "examples" / "house.ifc"
IFCJOBS = "/apis/ifcjob.io/v1alpha1/namespaces/default/ifcjobs"


class Served:
    """One data folder and the process that serves it."""

    def __init__(self, folder: Path, program: tuple[str, ...] = (sys.executable, "-m", "ifcjob_cli")) -> None:
        self._program = program
        self.folder, self.log = folder / "data", folder / "serve.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> str:
        """Start it, wait until it serves, and return its URL."""
        before = self.text.count("serves http")
        with self.log.open("ab") as log:
            command = [*self._program, "serve", "--data", str(self.folder), "--port", "0", *options]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_until(lambda: self.text.count("serves http") > before or not self.is_running, 120)
        assert self.is_running, self.text[-3000:]
        return self.text.rpartition("serves ")[2].partition("/api/v1")[0]

    @property
    def text(self) -> str:
        """Return what it has printed, over all its starts."""
        return self.log.read_text("utf-8") if self.log.exists() else ""

    @property
    def is_running(self) -> bool:
        """Return whether the process runs."""
        return self.process is not None and self.process.poll() is None

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it and return the exit code."""
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(30)

    def upload(self, name: str, content: bytes | None = None) -> None:
        """Put a file where the API puts uploads; by default the small example."""
        path = self.folder / "objects" / "uploads" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(HOUSE.read_bytes() if content is None else content)

    def submit(self, *manifests: KubeObject) -> None:
        """Create IfcJobs while no process serves."""

        async def create(server: LocalApiServer) -> None:
            for manifest in manifests:
                await server.ask("POST", IFCJOBS, manifest)

        self.with_server(create)

    def objects(self, path: str = IFCJOBS) -> list[KubeObject]:
        """Return the stored objects; no process may serve."""

        async def read(server: LocalApiServer) -> list[KubeObject]:
            return [item async for item in server.pages(path)]

        return self.with_server(read)

    def with_server(self, work: Callable[[LocalApiServer], Any]) -> Any:
        """Open the stored objects."""

        async def main() -> Any:
            self.folder.mkdir(parents=True, exist_ok=True)
            async with LocalApiServer(self.folder / "state.db", self.folder / "logs") as server:
                return await work(server)

        return asyncio.run(main())

    def runs(self) -> list[psutil.Process]:
        """Return the processes of its runs."""
        return [process for process in psutil.process_iter() if self._is_run(process)]

    def _is_run(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get(RUN_FOLDER, "").startswith(f"{self.folder}{os.sep}")
        except (psutil.Error, OSError):
            return False


def ifcjob(name: str, key: str = "house.ifc", **spec: Any) -> KubeObject:
    """Return an IfcJob for an upload that does not reuse results."""
    return {
        "metadata": {"name": name},
        "spec": {"source": {"s3": {"bucket": "uploads", "key": key}}, "cache": "Off", **spec},
    }


def wait_until(holds: Callable[[], object], seconds: float) -> None:
    """Wait for a condition."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not so within {seconds} s"
        time.sleep(0.05)
