"""A web server on loopback that answers as a test scripts it, bad manners included."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator


@dataclass
class Answer:
    """One answer; by default a polite one."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    claimed_length: int | None = None
    """The Content-Length sent, when it is not the body's; -1 sends none."""
    hold: threading.Event | None = None
    """Wait for this before the body."""
    silent: threading.Event | None = None
    """Wait for this before the answer."""


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Site:
    """The server's answers by path (the last answer repeats), and the requests that it received."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: dict[str, list[Answer]] = {}
        self.seen: list[Seen] = []

    def at(self, path: str, *answers: Answer) -> str:
        """Script the answers at `path`; return its URL."""
        self.answers[path] = list(answers)
        return self.url + path


@contextmanager
def serve(tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    """Run the server while the block runs; with `tls` it speaks https."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    site = Site(f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}")
    server.site = site  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def _answer(self) -> None:
        site: Site = self.server.site  # type: ignore[attr-defined]
        path = self.path.partition("?")[0]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        site.seen.append(Seen(self.command, self.path, dict(self.headers.items()), body))
        queue = site.answers.get(path) or [Answer(status=404)]
        answer = queue.pop(0) if len(queue) > 1 else queue[0]
        if answer.silent:
            answer.silent.wait(20)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        length = len(answer.body) if answer.claimed_length is None else answer.claimed_length
        if length >= 0:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.flush()
        if answer.hold:
            answer.hold.wait(20)
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_HEAD = do_POST = do_PUT = _answer  # noqa: N815 - the names http.server looks for

    def log_message(self, *_: Any) -> None:
        """Stay quiet."""
