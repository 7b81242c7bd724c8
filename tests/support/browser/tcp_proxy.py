"""A forwarder of TCP connections between browser and server, for tests that cut the network."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator


class TcpProxy:
    """Forwards to `target` while it is not cut. Its own address never changes, so that a page outlives its server."""

    def __init__(self, target: str, listening: socket.socket) -> None:
        self.target, self._listening = target, listening
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self._is_cut = False
        self._sockets: set[socket.socket] = set()

    def cut(self) -> None:
        """Break all connections, and every new one."""
        self._is_cut = True
        for connection in list(self._sockets):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def restore(self, target: str | None = None) -> None:
        """Forward again, to another server if `target` is given."""
        self.target = target or self.target
        self._is_cut = False

    def run(self) -> None:
        """Accept connections until the socket is closed."""
        with suppress(OSError):
            while True:
                browser, _ = self._listening.accept()
                threading.Thread(target=self._forward, args=(browser,), daemon=True).start()

    def _forward(self, browser: socket.socket) -> None:
        with browser, suppress(OSError):
            if self._is_cut:
                return
            address = urlsplit(self.target)
            with socket.create_connection((str(address.hostname), int(address.port or 80))) as server:
                self._sockets |= {browser, server}
                back = threading.Thread(target=_pump, args=(server, browser), daemon=True)
                back.start()
                _pump(browser, server)
                back.join()
                self._sockets -= {browser, server}


@contextmanager
def tcp_proxy(target: str) -> Iterator[TcpProxy]:
    """Forward while the block runs."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        proxy = TcpProxy(target, listening)
        threading.Thread(target=proxy.run, daemon=True).start()
        yield proxy
        proxy.cut()
        listening.shutdown(socket.SHUT_RDWR)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
