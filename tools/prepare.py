"""Build and download what the tests of a step need: `python -m tools.prepare test|e2e|release`.

A failure ends the program with the error of the client that failed, so that no test waits, fails or is skipped for it.
"""

import argparse
import shutil

from tools import web_app
from tools.go_programs import KEDA, MODULES, PROGRAMS, ToolsUnavailable, build, files_of, find_go, is_built
from tools.npm_packages import GLTF_VALIDATOR, OPENAPI_CLIENT, VIEWER, installed

STEPS = {
    "test": (
        *("etcd", "kube-apiserver", "kubectl", "helm", "versitygw"),
        *("kubeconform", "helm-unittest", "helm-docs", "actionlint", "kube-score", "health"),
        *("prometheus", "promtool"),
    ),
    "e2e": (
        *("etcd", "kube-apiserver", "kubectl", "helm", "versitygw"),
        *("kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "pause", "coredns"),
        *("keda-operator", "keda-adapter", "keda-webhooks"),
    ),
    "release": ("syft",),
}
"""The programs that each step runs."""


def api_descriptions() -> list[str]:
    """Name the modules whose API descriptions tests check the chart against."""
    lines = (line.split() for line in (MODULES / "schemas" / "go.sum").read_text(encoding="utf-8").splitlines())
    return [f"{module}@{version}" for module, version, _ in lines]


def prepare(step: str) -> None:
    """Build and download what a step needs. Raises ToolsUnavailable."""
    build(*STEPS[step])
    if step != "release" and find_go():
        files_of(PROGRAMS, KEDA)
        for module in api_descriptions():
            files_of("schemas", module)
    if step == "test" and shutil.which("npm"):
        installed(GLTF_VALIDATOR)
        installed(OPENAPI_CLIENT)
        installed(VIEWER)
        web_app.built()


def main() -> None:
    """Prepare the named steps."""
    arguments = argparse.ArgumentParser(prog="python -m tools.prepare", description=__doc__)
    arguments.add_argument("--check", action="store_true", help="build nothing; fail when a program is not built")
    arguments.add_argument("steps", nargs="+", choices=STEPS)
    options = arguments.parse_args()
    if options.check:
        raise SystemExit(not all(is_built(*STEPS[step]) for step in options.steps))
    try:
        for step in options.steps:
            prepare(step)
    except ToolsUnavailable as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
