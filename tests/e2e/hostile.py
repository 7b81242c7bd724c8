"""Attacks of a hostile IFC file that controls the runner. Runs in a pod like the runner's and prints JSON.

It uses only the standard library, because the pod receives it as text.
"""

import contextlib
import ctypes
import errno
import json
import os
import socket
import ssl
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

UNREACHABLE = 0
"""For a status: nothing answered."""
CLONE_NEWUSER = 0x1000_0000
PLACES = ("/", "/etc", "/usr/local/bin", "/opt/ifcjob", "/run/ifcjob", "/home", "/tmp", "/var", "/dev/shm", "/work")
REQUEST = Path("/run/ifcjob/request.json")


def main(given: dict[str, str]) -> None:
    """Run all attacks and print the results."""
    request = json.loads(REQUEST.read_text(encoding="utf-8"))
    findings = {
        "tokens": [str(path) for place in ("/var/run/secrets", "/run/secrets") for path in Path(place).rglob("*")],
        "mounted": [path.name for path in REQUEST.parent.iterdir() if not path.name.startswith("..")],
        "links": sorted(name for name in os.environ if name.endswith("_SERVICE_HOST")),
        "api": {what: ask_api(*words) for what, words in api_requests(given).items()},
        "writable": [place for place in PLACES if not refused(partial(touch, place))],
        "process": own_status(),
        "refused": {what: refused(attempt) for what, attempt in privileged().items()},
        "setuid": setuid_programs(),
        "progress": progress(request["progress"], given),
        "queue": {what: ask("GET", given["queue"], token=token) for what, token in queue_tokens(request).items()},
        "store": store(request, given),
        "connects": {place: connects(place) for place in given["places"].split()},
    }
    print(json.dumps(findings))


def ask(method: str, url: str, body: bytes | None = None, token: str = "") -> int:
    """Return the HTTP status of the response."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(url, data=body, method=method, headers=headers)
    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    try:
        with urllib.request.urlopen(request, timeout=5, context=unchecked) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return UNREACHABLE


def api_requests(given: dict[str, str]) -> dict[str, tuple[str, str]]:
    namespaces = "/api/v1/namespaces"
    return {
        "own Secret": ("GET", f"{namespaces}/{given['namespace']}/secrets/{given['secret']}"),
        "Secrets": ("GET", f"{namespaces}/{given['namespace']}/secrets"),
        "the operator's Secret": ("GET", f"{namespaces}/ifcjob-system/secrets/ifcjob-operator"),
        "pods": ("POST", f"{namespaces}/{given['namespace']}/pods"),
        "IfcJobs": ("GET", f"/apis/ifcjob.io/v1alpha1/namespaces/{given['namespace']}/ifcjobs"),
        "a token": ("POST", f"{namespaces}/{given['namespace']}/serviceaccounts/default/token"),
    }


def ask_api(method: str, path: str) -> int:
    address = f"https://{os.environ['KUBERNETES_SERVICE_HOST']}:{os.environ['KUBERNETES_SERVICE_PORT']}"
    return ask(method, address + path, b"{}" if method == "POST" else None)


def refused(attempt: Callable[[], object]) -> str:
    """Return the name of the error, empty on success."""
    try:
        attempt()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    return ""


def touch(folder: str) -> None:
    path = Path(folder, "hostile")
    path.touch()
    path.unlink()


def own_status() -> dict[str, str]:
    fields = ("NoNewPrivs", "Seccomp", "Uid")
    return {name: value for name, value in status_of("self").items() if name.startswith("Cap") or name in fields}


def status_of(process: object) -> dict[str, str]:
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def privileged() -> dict[str, Callable[[], object]]:
    return {
        "become root": lambda: os.setuid(0),
        "listen to the network": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW),
        "forge packets": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
        "make a device": lambda: os.mknod("/work/disk", stat.S_IFBLK | 0o600, os.makedev(8, 0)),
        "make a user namespace": lambda: call("unshare", CLONE_NEWUSER),
        "mount": lambda: call("mount", b"none", b"/work", b"tmpfs", 0, None),
        "change the host's name": lambda: call("sethostname", b"hostile", 7),
    }


def call(name: str, *arguments: Any) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) == -1:
        raise OSError(ctypes.get_errno(), name)


def setuid_programs() -> dict[str, str]:
    """Start each setuid program and return the user it runs as."""
    paths = [path for place in ("bin", "sbin", "lib") for path in Path("/usr", place).rglob("*")]
    own = [path for path in paths if path.is_file() and path.stat().st_mode & stat.S_ISUID]
    return {str(path): owner_of(path) for path in own}


def owner_of(path: Path) -> str:
    owner, end = "ended", time.monotonic() + 2
    pipe = subprocess.PIPE  # a program that asks for a password waits
    with subprocess.Popen([path], stdin=pipe, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and owner == "ended" and time.monotonic() < end:
            with contextlib.suppress(OSError):
                fields = status_of(process.pid)
                owner = fields["Uid"].split()[1] if fields["Name"] == path.name else owner
        process.kill()
    return owner


def progress(target: dict[str, str], given: dict[str, str]) -> dict[str, int]:
    url, token = target["url"], target["token"]
    server, _, attempt = url.rpartition("/")
    body = json.dumps({"percent": 99, "stage": "geometry", "elementsDone": 1, "elementsTotal": 1}).encode()
    other = f"{server.rpartition('/')[0]}/{given['other']}/1"
    return {
        "own": ask("POST", url, body, token),
        "own without a token": ask("POST", url, body),
        "next attempt": ask("POST", f"{server}/{int(attempt) + 1}", body, token),
        "another IfcJob": ask("POST", other, body, token),
        "another namespace": ask("POST", url.replace(f"/{given['namespace']}/", "/default/"), body, token),
    }


def queue_tokens(request: dict[str, Any]) -> dict[str, str]:
    return {"no token": "", "the progress token": request["progress"]["token"]}


def store(request: dict[str, Any], given: dict[str, str]) -> dict[str, int]:
    source, upload = request["source"]["uri"], request["output"]["uploads"]["spatial-tree.json"]
    path, _, query = source.partition("?")
    other_source = source.replace(f"/{given['key']}?", f"/{given['other_key']}?")
    other_upload = upload.replace("/spatial-tree.json?", "/somebody-elses.json?")
    bucket = path.removesuffix(given["key"])
    return {
        "own source": ask("GET", source),
        "own artifact": ask("PUT", upload, b"{}"),
        "another object": ask("GET", other_source),
        "another artifact": ask("PUT", other_upload, b"{}"),
        "another attempt's artifact": ask(
            "PUT", upload.replace("-1/spatial-tree.json?", "-2/spatial-tree.json?"), b"{}"
        ),
        "own source overwritten": ask("PUT", source, b"hostile"),
        "own source deleted": ask("DELETE", source),
        "own artifact read": ask("GET", upload),
        "own artifact deleted": ask("DELETE", upload),
        "bucket listed": ask("GET", f"{bucket}?{query}"),
        "without a signature": ask("GET", path),
        "another version": ask("GET", f"{source}&versionId=null"),
    }


def connects(place: str) -> bool:
    host, _, port = place.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=3).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
