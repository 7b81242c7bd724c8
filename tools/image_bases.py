"""Stand-ins for the public base images, for machines that reach a Debian mirror but no container registry.

A Dockerfile names its base as everywhere (`docker.io/library/python:3.11-slim-bookworm`). Where that name cannot be
pulled, buildah gets an image of the same name: Debian from debootstrap, Python and Node.js from those of this machine.
That needs root, debootstrap and a glibc no newer than Debian's. Docker never comes here: it has its registry.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.downloads import DownloadFailed, download, error_of
from tools.go_programs import ToolsUnavailable
from tools.web_app import require_node

DEBIAN = "docker.io/library/debian:{suite}-slim"
PYTHON = re.compile(r"docker\.io/library/python:(?P<version>\d+\.\d+)-slim-(?P<suite>\w+)$")
NODE = re.compile(r"docker\.io/library/node:\d+-(?P<suite>\w+)-slim$")
MIRROR = "http://deb.debian.org/debian"

# Files that the official slim images leave out too, so that sizes and missing files are alike.
SLIM = "rm -rf usr/share/doc/* usr/share/man/* usr/share/locale/* usr/share/info/* var/cache/apt/* var/lib/apt/lists/*"
SHARED_LIBRARIES = (
    "libssl3 libffi8 libsqlite3-0 zlib1g libbz2-1.0 liblzma5 libreadline8 libncursesw6 libuuid1 libexpat1 libgdbm6"
)
STDLIB_EXTRAS = ("*.pyc", "__pycache__", "site-packages", "test", "tests", "idle_test", "*.a", "config-*")


def base_images(dockerfile: Path) -> Iterator[str]:
    """Name the images that a Dockerfile takes from a registry."""
    yield from re.findall(r"^FROM (?:--platform=\S+ )?(docker\.io/\S+)", dockerfile.read_text(), re.MULTILINE)


def provide(image: str, buildah: Sequence[str]) -> None:
    """Have `image` in buildah's store: already there, pulled, or made here."""
    present = subprocess.run([*buildah, "inspect", "--type", "image", image], capture_output=True, check=False)
    if present.returncode == 0:
        return
    pulled = subprocess.run([*buildah, "pull", image], capture_output=True, text=True, check=False)
    if pulled.returncode == 0:
        return
    reason = f"{image} cannot be pulled: {error_of(pulled)}"
    python, node = PYTHON.match(image), NODE.match(image)
    matched = python or node
    if matched is None:
        raise SystemExit(f"{reason}\nOnly images of Debian, Python and Node.js can be made without a registry.")
    sys.stderr.write(f"{reason}\nMaking it from debootstrap and this machine's {'Python' if python else 'Node.js'}.\n")
    debian = DEBIAN.format(suite=matched["suite"])
    with tempfile.TemporaryDirectory(prefix="ifcjob-base-") as folder:
        if subprocess.run(
            [*buildah, "inspect", "--type", "image", debian], capture_output=True, check=False
        ).returncode:
            make_debian(matched["suite"], Path(folder), buildah)
        if python:
            _python(image, debian, python["version"], Path(folder), buildah)
        else:
            _node(image, debian, Path(folder), buildah)


def make_debian(suite: str, folder: Path, buildah: Sequence[str]) -> None:
    """Make the slim image of a Debian release, by way of an empty folder."""
    root = folder / "debian"
    include = "--include=ca-certificates,netbase,tzdata"
    try:
        download(["debootstrap", "--variant=minbase", include, suite, str(root), MIRROR], makes=root)
    except DownloadFailed as error:
        raise SystemExit(f"debootstrap cannot make Debian {suite}: {error}") from error
    _run("sh", "-c", SLIM, cwd=root)
    (folder / "Dockerfile").write_text('FROM scratch\nCOPY debian /\nCMD ["bash"]\n')
    _run(*buildah, "build", "-t", DEBIAN.format(suite=suite), str(folder))
    shutil.rmtree(root)


def _python(image: str, debian: str, version: str, folder: Path, buildah: Sequence[str]) -> None:
    prefix = _interpreter(version)
    ignore = shutil.ignore_patterns(*STDLIB_EXTRAS)
    shutil.copytree(prefix / "lib" / f"python{version}", folder / "lib" / f"python{version}", ignore=ignore)
    for library in prefix.glob("lib/libpython*.so.*"):
        shutil.copy2(library, folder / "lib", follow_symlinks=False)
    if shutil.which("strip"):
        _run("strip", "--strip-unneeded", *map(str, (folder / "lib").glob("libpython*.so.*")))
    shutil.copytree(prefix / "include" / f"python{version}", folder / "include" / f"python{version}")
    (folder / "bin").mkdir()
    shutil.copy2((prefix / "bin" / f"python{version}").resolve(), folder / "bin" / f"python{version}")
    (folder / "Dockerfile").write_text(
        f"FROM {debian}\n"
        "ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8\n"
        f"RUN apt-get update && apt-get install -y --no-install-recommends {SHARED_LIBRARIES}"
        " && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /usr/share/doc/* /var/log/*\n"
        "COPY bin /usr/local/bin\nCOPY lib /usr/local/lib\nCOPY include /usr/local/include\n"
        f"RUN ldconfig && cd /usr/local/bin && ln -s python{version} python3 && ln -s python3 python"
        " && PYTHONDONTWRITEBYTECODE=1 python -m ensurepip && ln -s pip3 pip"
        " && find /usr/local -name __pycache__ -prune -exec rm -rf {} +\n"
        'CMD ["python3"]\n',
    )
    _run(*buildah, "build", "--network", "host", "-t", image, str(folder))


def _node(image: str, debian: str, folder: Path, buildah: Sequence[str]) -> None:
    try:
        require_node()
    except ToolsUnavailable as error:
        raise SystemExit(str(error)) from error
    ask = ["node", "--print", "process.execPath"]
    program = Path(subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip()).resolve()
    npm = program.parents[1] / "lib" / "node_modules" / "npm"
    if not npm.is_dir():
        raise SystemExit(f"npm is not beside {program}: install Node.js with it, as https://nodejs.org has it")
    (folder / "bin").mkdir()
    shutil.copy2(program, folder / "bin" / "node")
    shutil.copytree(npm, folder / "npm", symlinks=True)
    (folder / "Dockerfile").write_text(
        f"FROM {debian}\n"
        "ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin\n"
        "RUN apt-get update && apt-get install -y --no-install-recommends libstdc++6 libatomic1"
        " && rm -rf /var/lib/apt/lists/* /var/cache/apt/*\n"
        "COPY bin /usr/local/bin\nCOPY npm /usr/local/lib/node_modules/npm\n"
        "RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && npm --version\n"
        'CMD ["node"]\n'
    )
    _run(*buildah, "build", "--network", "host", "-t", image, str(folder))


def _interpreter(version: str) -> Path:
    """Find the prefix of a local CPython of that version, this one first."""
    if sys.version.startswith(f"{version}."):
        return Path(sys.base_prefix)
    interpreter = shutil.which(f"python{version}")
    if interpreter is None:
        msg = f"no python{version} on PATH to make the base image from"
        raise SystemExit(msg)
    ask = [interpreter, "-c", "import sys; print(sys.base_prefix)"]
    return Path(subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip())


def _run(*command: str, cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        msg = f"{' '.join(command[:6])} … failed ({done.returncode}):\n{tail}"
        raise SystemExit(msg)
