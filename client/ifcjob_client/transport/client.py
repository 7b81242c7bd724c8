"""The synchronous client."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

import httpx
from tenacity import Retrying

from ifcjob_client.errors import ApiError, ServerUnreachable, raise_for
from ifcjob_client.flows import Call, Flow, Pause, Result
from ifcjob_client.transport import retries
from ifcjob_client.transport.connection import PARALLEL, Connection, default_server
from ifcjob_client.transport.drafts import CHUNK_BYTES, draft_of


class Client:
    """Runs flows, one request after the other; calls that a flow yields together are sent at once."""

    def __init__(
        self, server: str | None = None, token: str | None = None, transport: httpx.BaseTransport | None = None
    ) -> None:
        """Connect at the first request; by default to the server of IFCJOB_SERVER. `token` is a bearer token."""
        self.connection = Connection(server or default_server(), token)
        self._http = httpx.Client(transport=transport)
        self._threads = ThreadPoolExecutor(PARALLEL, thread_name_prefix="ifcjob-client")

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._threads.shutdown(cancel_futures=True)
        self._http.close()

    def run(self, flow: Flow[Result]) -> Result:
        """Run a flow and return its result. Raises ApiError and ServerUnreachable."""
        try:
            step = next(flow)
            while True:
                try:
                    answer = self._take(step)
                except (ApiError, ServerUnreachable) as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(answer)
        except StopIteration as end:
            result: Result = end.value
            return result
        finally:
            flow.close()

    def _take(self, step: Call | Sequence[Call] | Pause) -> Any:
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            return None
        if isinstance(step, Call):
            return self._send(step)
        return list(self._threads.map(self._send, step))

    def _send(self, call: Call) -> httpx.Response:
        trying = Retrying(retry=retries.retry_for(call), wait=retries.wait, stop=retries.stop, reraise=True)
        try:
            response = trying(self._once, call)
        except httpx.TransportError as error:
            raise retries.unreachable(self.connection.server, error) from error
        if call.done is not None:
            call.done()
        return response

    def _once(self, call: Call) -> httpx.Response:
        arguments = self.connection.request(call)
        if call.save_to is None and call.receive is None:
            response = self._http.request(**arguments)
            raise_for(response)
            return response
        with self._http.stream(**arguments) as response:
            if not response.is_success:
                response.read()
            raise_for(response)
            if call.receive is not None:
                for chunk in response.iter_bytes():
                    call.receive(chunk)
                return response
            assert call.save_to is not None
            with draft_of(call.save_to) as draft:
                for chunk in response.iter_bytes(CHUNK_BYTES):
                    draft.write(chunk)
            return response
