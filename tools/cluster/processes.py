"""Start, stop and restart long-running programs by name; what runs is written down for any later command."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

LAUNCHERS = ("nsenter", "setpriv")
"""Programs that start the named one in their own process."""


class Processes:
    """The programs whose records lie in one folder."""

    def __init__(self, folder: Path, inside: Sequence[str] = ()) -> None:
        """`inside` is put before every command, such as an `nsenter` into the namespaces of a node."""
        self._records = folder / "processes"
        self._logs = folder / "logs"
        self.inside = tuple(inside)

    def start(
        self, name: str, command: Sequence[str | Path], env: dict[str, str] | None = None, user: str | None = None
    ) -> None:
        """Start a program in a session of its own, its output in a log file."""
        become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--"] if user else []
        words = [*self.inside, *become, *map(str, command)]
        for path in (self._records, self._logs):
            path.mkdir(parents=True, exist_ok=True)
        with self.log(name).open("ab") as log:
            process = subprocess.Popen(
                words,
                env=os.environ | (env or {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        record = {
            "pid": process.pid,
            "command": list(map(str, command)),
            "env": env or {},
            "user": user,
            "started": time.time(),
        }
        self._record(name).write_text(json.dumps(record), encoding="utf-8")

    def restart(self, name: str) -> None:
        """Start a stopped program as it was started before."""
        if not self.is_running(name):
            record = self._read(name)
            self.start(name, record["command"], record["env"], record["user"])

    def stop(self, name: str, *, how: signal.Signals = signal.SIGTERM, grace: float = 10) -> None:
        """Stop a program and its process group; kill it when it does not stop in time."""
        if not self.is_running(name):
            return
        pid = self._read(name)["pid"]
        for sign in (how, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(pid, sign)
            if eventually(lambda: not self.is_running(name), grace):
                return
        raise TimeoutError(f"{name} (pid {pid}) does not stop")

    def is_running(self, name: str) -> bool:
        """Tell whether the recorded process is alive and still that program, not another that got its number."""
        record = self._read(name)
        if not record:
            return False
        try:
            words = Path(f"/proc/{record['pid']}/cmdline").read_bytes().decode(errors="replace").split("\0")
            state = Path(f"/proc/{record['pid']}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
            threads = len(list(Path(f"/proc/{record['pid']}/task").iterdir()))
        except OSError:
            return False
        if state == "Z":
            # Killed; but until its last thread is gone, its sockets still accept connections.
            if threads > 1:
                return True
            _reap(record["pid"])
            return False
        # Without words it is just becoming the program.
        return words == [""] or Path(words[0]).name in {*LAUNCHERS, *(Path(word).name for word in record["command"])}

    def pid(self, name: str) -> int:
        """Return a program's process number."""
        return int(self._read(name)["pid"])

    def names(self) -> list[str]:
        """Name every recorded program, the last started first."""
        records = {
            path.stem: json.loads(path.read_text(encoding="utf-8"))["started"] for path in self._records.glob("*.json")
        }
        return sorted(records, key=lambda name: -records[name])

    def stop_all(self, *, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop every program, the last started first."""
        for name in self.names():
            self.stop(name, how=how)

    def log(self, name: str) -> Path:
        """Return the path of a program's log."""
        return self._logs / f"{name}.log"

    def require(self, name: str, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until a program is ready, or say the end of its log."""
        if not eventually(lambda: ready() or not self.is_running(name), seconds) or not ready():
            tail = self.log(name).read_text(encoding="utf-8", errors="replace")[-2000:]
            raise TimeoutError(f"{name} is not ready after {seconds:.0f} s:\n{tail}")

    def _record(self, name: str) -> Path:
        return self._records / f"{name}.json"

    def _read(self, name: str) -> dict[str, Any]:
        path = self._record(name)
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def eventually(holds: Callable[[], bool], seconds: float, every: float = 0.1) -> bool:
    """Wait until something holds; False when it does not in time."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True


def _reap(pid: int) -> None:
    """Reap our own dead child; other processes are not our children."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
