"""Run a real Kubernetes for tests: `python -m tools.cluster up | install | down | e2e [pytest arguments]`.

CLUSTER=node (default) is a node on this machine, as root; CLUSTER=kind uses Docker and kind. `e2e` builds the images,
runs tests/e2e and takes the cluster down again, unless it was up before or KEEP=1; all tests need two nodes. `install`
builds them, too, and installs the chart with the bundled stores, to look at and to try things out.
"""

import argparse
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tools import images
from tools.cluster import store_images
from tools.cluster.access import Cluster, clusters_here, how_to_use, load_our_images, run_tests
from tools.cluster.install import install
from tools.go_programs import ToolsUnavailable


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tools.cluster", description=__doc__)
    parser.add_argument("command", choices=("up", "install", "down", "e2e"))
    options, rest = parser.parse_known_args(arguments)
    images.prepare()
    # A signal that ends this process also stops the cluster.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    clusters = clusters_here(os.environ.get("CLUSTER", "node"))
    try:
        if options.command == "down":
            _take_down(clusters)
            return 0
        _require_engine()
        if options.command != "e2e" or rest:  # chosen tests need no second cluster
            clusters = clusters[:1]
        to_stop = [cluster for cluster in clusters if not cluster.is_up]
        _start(clusters, with_images=options.command != "up")
        if options.command == "up":
            return 0
        if options.command == "install":
            load_our_images(clusters[0])
            sys.stdout.write(install(clusters[0]))
            return 0
        try:
            for cluster in clusters:
                load_our_images(cluster)
            return run_tests(clusters, rest)
        finally:
            if os.environ.get("KEEP") != "1":
                _take_down(to_stop)
    except subprocess.CalledProcessError as error:
        output = error.stderr or b""
        text = output.decode(errors="replace") if isinstance(output, bytes) else output
        sys.stderr.write(f"{shlex.join(map(str, error.cmd))} failed ({error.returncode})\n{text}")
        return 1
    except (ToolsUnavailable, TimeoutError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _start(clusters: Sequence[Cluster], *, with_images: bool) -> None:
    """Start the clusters, and build the images meanwhile."""
    began = time.monotonic()
    with ThreadPoolExecutor(1) as meanwhile:
        built = meanwhile.submit(_build_images) if with_images else None
        for cluster in clusters:
            cluster.up()
    sys.stderr.write(f"the cluster is up ({time.monotonic() - began:.0f} s)\n{how_to_use(clusters[0])}\n")
    if built is not None:
        built.result()


def _take_down(clusters: Sequence[Cluster]) -> None:
    for cluster in clusters:
        cluster.down()


def _build_images() -> None:
    for name in images.names():
        images.build(name)
    store_images.provide()


def _require_engine() -> None:
    try:
        images.engine()
    except LookupError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    sys.exit(main())
