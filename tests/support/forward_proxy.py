"""A real HTTP proxy on loopback, proxy.py, as companies have between their clusters and the internet."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOGIN = "ann:p%40ss"
"""As in a URL; the password has an @."""
START_SECONDS = 30.0
END_SECONDS = 10.0
_ENDED = re.compile(r"access_log:\d+ - \S+ - ([A-Z]+ [^/\s]+)")


class ForwardProxy:
    """Where the proxy is, and what passed through it."""

    def __init__(self, port: int, log: Path, login: str) -> None:
        self.url = f"http://{login}@127.0.0.1:{port}" if login else f"http://127.0.0.1:{port}"
        self._log = log

    def requests(self, count: int) -> list[str]:
        """Wait for as many connections to end, and return all: `GET 127.0.0.1:80`, `CONNECT 127.0.0.1:443`."""
        deadline = time.monotonic() + END_SECONDS
        while len(lines := _ENDED.findall(self._log.read_text(encoding="utf-8"))) < count:
            assert time.monotonic() < deadline, f"{count} connections did not end: {lines}"
            time.sleep(0.02)
        return lines


@contextmanager
def forward_proxy(folder: Path, login: str = "") -> Iterator[ForwardProxy]:
    """Run the proxy while the block runs; with a login, `user:password` as in a URL, it asks for it."""
    folder.mkdir()
    port, log = folder / "port", folder / "log"
    options = ["--hostname", "127.0.0.1", "--port", "0", "--port-file", str(port), "--log-file", str(log)]
    options += ["--num-acceptors", "1", "--num-workers", "1"]
    if login:
        options += ["--basic-auth", login.replace("%40", "@")]
    # Its caches go to the home folder.
    command = [sys.executable, "-m", "proxy", *options, "--data-dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder) as process:
        try:
            deadline = time.monotonic() + START_SECONDS
            while not (port.exists() and port.read_text(encoding="ascii").strip()):
                assert process.poll() is None, f"the proxy ended: {log.read_text() if log.exists() else 'no log'}"
                assert time.monotonic() < deadline, "the proxy did not start"
                time.sleep(0.05)
            yield ForwardProxy(int(port.read_text(encoding="ascii")), log, login)
        finally:
            process.terminate()
