"""Build the Kubernetes programs, the S3 server and their kin from pinned Go modules, once for each pinning.

`python -m tools.go_programs [NAME…]` builds what is missing and prints each path. The versions and checksums are in
`tools/go/*/go.mod` and `go.sum`; the programs land in a cache outside the tree, in a folder named by those files' hash.
"""

import fcntl
import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.downloads import DownloadFailed, download, error_of

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "ifcjob"
MODULES = Path(__file__).with_name("go")
GO_PLACES = ("/usr/local/go/bin", "/usr/lib/go/bin")
KEDA = "github.com/kedacore/keda/v2"
PROGRAMS = "programs"
"""The module of nearly all programs: what several of them use is compiled once."""

KUBERNETES = ("kube-apiserver", "kubectl", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy")

PACKAGES: dict[str, dict[str, str]] = {
    PROGRAMS: {
        **{name: f"k8s.io/kubernetes/cmd/{name}" for name in KUBERNETES},
        # Debian's etcd 3.4 lacks RequestWatchProgress: the API server then refuses watch-lists.
        "etcd": "go.etcd.io/etcd/server/v3",
        "versitygw": "github.com/versity/versitygw/cmd/versitygw",
        "kwok": "sigs.k8s.io/kwok/cmd/kwok",
        "helm": "helm.sh/helm/v4/cmd/helm",
        "coredns": "github.com/coredns/coredns",
        **{f"keda-{name}": f"{KEDA}/cmd/{name}" for name in ("operator", "adapter", "webhooks")},
        "kubeconform": "github.com/yannh/kubeconform/cmd/kubeconform",
        "helm-unittest": "github.com/helm-unittest/helm-unittest/cmd/helm-unittest",
        "helm-docs": "github.com/norwoodj/helm-docs/cmd/helm-docs",
    },
    "pause": {"pause": "."},
    # Apart, since it has a source of its own.
    "health": {"health": "."},
    # Apart, since they want an older k8s.io/api and an older YAML.
    "lint": {
        "kube-score": "github.com/zegl/kube-score/cmd/kube-score",
        "actionlint": "github.com/rhysd/actionlint/cmd/actionlint",
    },
    # Apart, since only releases and the tests of their lists need it.
    "sbom": {"syft": "github.com/anchore/syft/cmd/syft"},
}
INSTALLED = {"prometheus": (2, 42), "promtool": (2, 42)}
"""Programs that a package of the system brings (Debian's `prometheus`), and the least version of each."""

FLAGS = (
    "-mod=readonly",
    "-buildvcs=false",
    "-trimpath",
    # KEDA's Prometheus without its clients of every cloud.
    "-tags=remove_all_sd",
    # The linker would throw it away (-s -w); without it the compiler is a tenth faster.
    "-gcflags=all=-dwarf=false",
)
# A compiler takes a few hundred megabytes: with fewer collections it is a sixth faster.
SETTINGS = {"CGO_ENABLED": "0", "GOFLAGS": " ".join(FLAGS), "GOGC": "400"}


class ToolsUnavailable(Exception):
    """A program is not in the cache and cannot be built; the message says why."""


def tool(name: str) -> Path:
    """Return the path of a program, building it first when it is missing (a minute or several)."""
    if name in INSTALLED:
        return _installed(name)
    path = _folder(_module(name)) / name
    if not path.exists():
        build(name)
    return path


def build(*names: str) -> None:
    """Build what is missing of these programs, those of one module together. Raises ToolsUnavailable."""
    for name in INSTALLED.keys() & set(names):
        _installed(name)
    for module, packages in PACKAGES.items():
        selected = [name for name in names if name in packages]
        if not is_built(*selected):
            with locked(module):
                # Another process may have built some meanwhile.
                _build(module, [name for name in selected if not is_built(name)])


@functools.cache
def _installed(name: str) -> Path:
    least = ".".join(map(str, INSTALLED[name]))
    path = shutil.which(name)
    if path is None:
        raise ToolsUnavailable(f"{name} {least} or later is not installed")
    done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"version (\d+)\.(\d+)", done.stdout + done.stderr)
    if version is None or tuple(map(int, version.groups())) < INSTALLED[name]:
        raise ToolsUnavailable(f"{name} {least} or later is needed, {path} says {done.stdout or done.stderr}")
    return Path(path)


def is_built(*names: str) -> bool:
    """Tell whether programs are in the cache already."""
    return all((_folder(_module(name)) / name).exists() for name in names if name not in INSTALLED)


def _module(name: str) -> str:
    return next(module for module, packages in PACKAGES.items() if name in packages)


def _folder(module: str) -> Path:
    files = (path.read_bytes() for path in sorted((MODULES / module).iterdir()))
    settings = json.dumps(SETTINGS).encode()
    return CACHE / "bin" / f"{module}-{hashlib.sha256(b''.join((*files, settings))).hexdigest()[:12]}"


def files_of(module: str, package: str) -> Path:
    """Return the folder with the files of a package that a module of ours pins, downloading it first when needed."""
    command = [_go(package), "mod", "download", "-json", package]
    try:
        return Path(json.loads(download(command, cwd=MODULES / module))["Dir"])
    except DownloadFailed as error:
        raise ToolsUnavailable(f"{package} cannot be downloaded: {error}") from error


def find_go() -> str | None:
    """Return the path of Go, if it is installed."""
    return shutil.which("go") or next((f"{place}/go" for place in GO_PLACES if Path(place, "go").exists()), None)


def _go(program: str) -> str:
    go = find_go()
    if go is None:
        raise ToolsUnavailable(f"{program} is not built, and there is no go to build it with")
    return go


def _build(module: str, names: list[str]) -> None:
    if not names:
        return
    listed, packages = ", ".join(names), [PACKAGES[module][name] for name in names]
    go, place, environment = _go(listed), MODULES / module, os.environ | SETTINGS
    started = time.monotonic()
    _say(f"building {listed} …")
    try:
        # Loads the modules that these packages need, and no others.
        download([go, "list", "-deps", *packages], cwd=place, env=environment)
    except DownloadFailed as error:
        raise ToolsUnavailable(f"the modules of {listed} cannot be downloaded: {error}") from error
    downloaded = time.monotonic()
    folder = _folder(module)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part", dir=folder) as scratch:
        command = [go, "build", "-ldflags", f"-s -w {_version_flags(module)}", "-o", f"{scratch}/", *packages]
        built = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
        if built.returncode:
            raise ToolsUnavailable(f"{listed} cannot be built: {error_of(built)}")
        for name, package in zip(names, packages, strict=True):
            Path(scratch, _executable(module, package)).rename(folder / name)
    _say(f"downloaded in {downloaded - started:.0f} s and built in {time.monotonic() - downloaded:.0f} s: {listed}")


def _executable(module: str, package: str) -> str:
    """Return the name that Go gives a program: the last part of the package's path that is not a version."""
    if package == ".":
        return module
    return next(part for part in reversed(package.split("/")) if not re.fullmatch(r"v\d+", part))


def _version_flags(module: str) -> str:
    """Give programs that report a version the one their release would carry: nodes, and lists of packages, show it."""
    if module == "sbom":
        return f"-X main.version={_version(module, 'github.com/anchore/syft').lstrip('v')}"
    if module != PROGRAMS:
        return ""
    version = _version(module, "k8s.io/kubernetes")
    major, minor = version.lstrip("v").split(".")[:2]
    package = "k8s.io/component-base/version"
    return f"-X {package}.gitVersion={version} -X {package}.gitMajor={major} -X {package}.gitMinor={minor}"


def _version(module: str, package: str) -> str:
    words = (MODULES / module / "go.mod").read_text(encoding="utf-8").split()
    return words[words.index(package) + 1]


@contextmanager
def locked(module: str) -> Iterator[None]:
    """Keep other processes from making the same."""
    lock = CACHE / "bin" / f"{module}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - minutes pass: the person at the terminal wants to know


def main(names: list[str]) -> None:
    """Build the named programs, or all."""
    names = names or [name for packages in PACKAGES.values() for name in packages]
    try:
        build(*names)
        for name in names:
            sys.stdout.write(f"{tool(name)}\n")
    except ToolsUnavailable as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main(sys.argv[1:])
