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
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "ifcjob"
MODULES = Path(__file__).with_name("go")
GO_PLACES = ("/usr/local/go/bin", "/usr/lib/go/bin")
KUBERNETES = "k8s.io/kubernetes/cmd/"
# KEDA's Prometheus without its clients of every cloud.
TAGS = "remove_all_sd"
KEDA = "github.com/kedacore/keda/v2"

# In the order in which tests want them.
PACKAGES: dict[str, dict[str, str]] = {
    "stack": {
        "etcd": "go.etcd.io/etcd/server/v3",
        "versitygw": "github.com/versity/versitygw/cmd/versitygw",
        "kwok": "sigs.k8s.io/kwok/cmd/kwok",
        "helm": "helm.sh/helm/v4/cmd/helm",
    },
    "kube": {
        name: KUBERNETES + name
        for name in ("kube-apiserver", "kubectl", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy")
    },
    "pause": {"pause": "."},
    "coredns": {"coredns": "github.com/coredns/coredns"},
    "chart": {
        "kubeconform": "github.com/yannh/kubeconform/cmd/kubeconform",
        "helm-unittest": "github.com/helm-unittest/helm-unittest/cmd/helm-unittest",
        "helm-docs": "github.com/norwoodj/helm-docs/cmd/helm-docs",
        "actionlint": "github.com/rhysd/actionlint/cmd/actionlint",
    },
    "sbom": {"syft": "github.com/anchore/syft/cmd/syft"},
    # Apart, since it wants an older k8s.io/api.
    "lint": {"kube-score": "github.com/zegl/kube-score/cmd/kube-score"},
    "keda": {f"keda-{name}": f"{KEDA}/cmd/{name}" for name in ("operator", "adapter", "webhooks")},
}
ALL = tuple(name for packages in PACKAGES.values() for name in packages)
INSTALLED = {"prometheus": (2, 42), "promtool": (2, 42)}
"""Programs that a package of the system brings (Debian's `prometheus`), and the least version of each."""


class ToolsUnavailable(Exception):
    """A program is not in the cache and cannot be built; the message says why."""


def tool(name: str) -> Path:
    """Return the path of a program, building it first when it is missing (a minute or several)."""
    if name in INSTALLED:
        return _installed(name)
    module = next(module for module, packages in PACKAGES.items() if name in packages)
    path = _folder(module) / name
    if not path.exists():
        with locked(module):
            if not path.exists():
                _build(module, name, path)
    return path


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
    return all((_folder(module) / name).exists() for name in names for module in PACKAGES if name in PACKAGES[module])


def _folder(module: str) -> Path:
    pinned = b"".join(path.read_bytes() for path in sorted((MODULES / module).iterdir()))
    return CACHE / "bin" / f"{module}-{hashlib.sha256(pinned).hexdigest()[:12]}"


def files_of(module: str, package: str) -> Path:
    """Return the folder with the files of a package that a module of ours pins, downloading it first when needed."""
    command = [_go(package), "mod", "download", "-json", package]
    answer = subprocess.run(command, cwd=MODULES / module, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise ToolsUnavailable(f"{package} cannot be downloaded: {answer.stderr.strip()[-2000:]}")
    return Path(json.loads(answer.stdout)["Dir"])


def _go(wanted: str) -> str:
    found = shutil.which("go") or next((f"{place}/go" for place in GO_PLACES if Path(place, "go").exists()), None)
    if found is None:
        raise ToolsUnavailable(f"{wanted} is not built, and there is no go to build it with")
    return found


def _build(module: str, name: str, path: Path) -> None:
    command = [_go(name), "build", "-trimpath", "-ldflags", f"-s -w {_version_flags(module)}"]
    started = time.monotonic()
    _say(f"building {name} …")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".part{os.getpid()}")
    built = subprocess.run(
        [*command, "-o", str(part), PACKAGES[module][name]],
        cwd=MODULES / module,
        env=os.environ | {"CGO_ENABLED": "0", "GOFLAGS": f"-mod=readonly -buildvcs=false -tags={TAGS}"},
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode:
        raise ToolsUnavailable(f"{name} cannot be built: {built.stderr.strip()[-2000:]}")
    part.rename(path)
    _say(f"built {name} in {time.monotonic() - started:.0f} s")


def _version_flags(module: str) -> str:
    """Give programs that report a version the one their release would carry: nodes, and lists of packages, show it."""
    if module == "sbom":
        return f"-X main.version={_version(module, 'github.com/anchore/syft').lstrip('v')}"
    if module != "kube":
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
    try:
        for name in names or ALL:
            sys.stdout.write(f"{tool(name)}\n")
    except ToolsUnavailable as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main(sys.argv[1:])
