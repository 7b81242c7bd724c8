"""Killing the pods of a node spares those of the node beside it."""

import subprocess
import sys
from pathlib import Path

from tools.cluster.leftovers import kill_pods


def test_pods_of_a_node_with_a_longer_name_are_spared(tmp_path: Path) -> None:
    first, second = tmp_path / "node", tmp_path / "node-second"
    words = ["containerd-shim", "-c", "input()", "-address", f"{second}/containerd/c.sock"]
    with subprocess.Popen(words, executable=sys.executable, stdin=subprocess.PIPE) as shim:
        try:
            kill_pods(first)
            assert shim.poll() is None
            kill_pods(second)
            shim.wait(10)  # raises if it is still alive
        finally:
            shim.kill()
