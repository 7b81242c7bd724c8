"""Ask the web server of the same network, with an API behind it that answers with what it got."""

import json
import re
import sys
import threading
import time
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

EVENTS = "/api/v1/events"


class Api(BaseHTTPRequestHandler):
    """Answers with the request, or with events."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == EVENTS:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(b"data: 1\n\n")
            time.sleep(3)
            return
        length = len(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
        got = {
            "path": self.path,
            "authorization": self.headers["Authorization"],
            "host": self.headers["Host"],
            "forwarded": self.headers["X-Forwarded-For"],
            "length": length,
        }
        body = json.dumps(got).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_PUT = do_GET  # noqa: N815 - the name that the server calls

    def log_message(self, *_: Any) -> None:
        pass


def ask(path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> dict[str, Any]:
    connection = HTTPConnection("127.0.0.1", 8080, timeout=30)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    content, kind = answer.read(), answer.headers["Content-Type"] or ""
    text = content.decode("utf-8", "replace")
    return {
        "status": answer.status,
        "headers": {name.lower(): value for name, value in answer.getheaders()},
        "body": json.loads(text) if "json" in kind else text[:2000],
    }


def first_event_seconds() -> float:
    connection = HTTPConnection("127.0.0.1", 8080, timeout=30)
    started = time.monotonic()
    connection.request("GET", EVENTS)
    connection.getresponse().readline()
    return time.monotonic() - started


def wait_for_nginx() -> None:
    for _ in range(100):
        try:
            ask("/healthz")
        except OSError:
            time.sleep(0.1)
        else:
            return


wait_for_nginx()
browser: dict[str, Any] = {"Accept": "text/html,*/*"}
facts: dict[str, Any] = {"page": ask("/"), "down": ask("/api/v1/me"), "health": ask("/healthz")}
(script,) = re.findall(r'src="(/assets/[^"]+\.js)"', facts["page"]["body"])
facts |= {
    "script": ask(script, Accept_Encoding="gzip, br"),
    "gzip": ask(script, Accept_Encoding="gzip"),
    "address": ask("/namespaces/default/jobs/house.v2", **browser),
    "missing": ask("/favicon.ico"),
    "missing_asset": ask("/assets/index-OLD.js", **browser),
    "not_a_browser": ask("/namespaces/default/jobs"),
}
server = ThreadingHTTPServer(("127.0.0.1", 8081), Api)
threading.Thread(target=server.serve_forever, daemon=True).start()
facts |= {
    "api": ask("/api/v1/jobs/a.csv.gz?text=a%2Fb", Authorization="Bearer secret", Host="ifc.example.com"),
    "part": ask("/api/v1/parts/1", "PUT", b"x" * 20 * 2**20),
    "first_event_seconds": first_event_seconds(),
}
sys.stdout.write(json.dumps(facts))
