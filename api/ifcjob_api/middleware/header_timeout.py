"""Closes connections whose request headers do not arrive in time; uvicorn waits for them without end."""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol


def header_timeout(seconds: float) -> type[H11Protocol]:
    """Return the protocol for a uvicorn.Config."""

    class HeaderTimeoutProtocol(H11Protocol):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self._header_timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in the base
            super().connection_made(transport)
            self._header_timer = self.loop.call_later(seconds, transport.close)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            # IDLE: the headers of the next request are not complete; without a byte of them the connection may stay.
            is_waiting = repr(self.conn.their_state) == "IDLE" and bool(self.conn.trailing_data[0])
            if is_waiting and self._header_timer is None:
                self._header_timer = self.loop.call_later(seconds, self.transport.close)
            elif not is_waiting:
                self._cancel()

        def connection_lost(self, exc: Exception | None) -> None:
            self._cancel()
            super().connection_lost(exc)

        def _cancel(self) -> None:
            if self._header_timer is not None:
                self._header_timer.cancel()
                self._header_timer = None

    return HeaderTimeoutProtocol
