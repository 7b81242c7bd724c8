"""Runs inside a second container: serves /models, takes uploads and progress into /uploads."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

PORT = 8000
MODELS = Path("/models")
UPLOADS = Path("/uploads")
TOKEN = "Bearer token-of-the-attempt"


class Store(BaseHTTPRequestHandler):
    """A presigned-URL store and the operator's progress endpoint in one."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        content = (MODELS / Path(urlsplit(self.path).path).name).read_bytes()
        self._answer(200, content)

    def do_PUT(self) -> None:
        (UPLOADS / Path(urlsplit(self.path).path).name).write_bytes(self._body())
        self._answer(200)

    def do_POST(self) -> None:
        if self.headers.get("Authorization") != TOKEN:
            self._body()
            self._answer(401)
            return
        with (UPLOADS / "progress.ndjson").open("ab") as log:
            log.write(self._body() + b"\n")
        self._answer(204)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self, status: int, content: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


server = ThreadingHTTPServer(("127.0.0.1", PORT), Store)
(UPLOADS / "ready").touch()
server.serve_forever()
