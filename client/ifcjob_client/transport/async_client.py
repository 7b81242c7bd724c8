"""The asynchronous client."""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import httpx
from tenacity import AsyncRetrying

from ifcjob_client.errors import ApiError, ServerUnreachable, raise_for
from ifcjob_client.flows import Call, Flow, Pause, Result
from ifcjob_client.transport import retries
from ifcjob_client.transport.connection import PARALLEL, Connection, default_server
from ifcjob_client.transport.drafts import CHUNK_BYTES, draft_of


class AsyncClient:
    """Runs flows without blocking the event loop; calls that a flow yields together are sent at once."""

    def __init__(
        self, server: str | None = None, token: str | None = None, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """Connect at the first request; by default to the server of IFCJOB_SERVER. `token` is a bearer token."""
        self.connection = Connection(server or default_server(), token)
        self._http = httpx.AsyncClient(transport=transport)
        self._slots = asyncio.Semaphore(PARALLEL)

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def run(self, flow: Flow[Result]) -> Result:
        """Run a flow and return its result. Raises ApiError and ServerUnreachable."""
        try:
            step = next(flow)
            while True:
                try:
                    answer = await self._take(step)
                except (ApiError, ServerUnreachable) as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(answer)
        except StopIteration as end:
            result: Result = end.value
            return result
        finally:
            flow.close()

    async def _take(self, step: Call | Sequence[Call] | Pause) -> Any:
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return None
        if isinstance(step, Call):
            return await self._send(step)
        tasks = [asyncio.create_task(self._in_slot(call)) for call in step]
        try:
            return await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def _in_slot(self, call: Call) -> httpx.Response:
        async with self._slots:
            return await self._send(call)

    async def _send(self, call: Call) -> httpx.Response:
        trying = AsyncRetrying(retry=retries.retry_for(call), wait=retries.wait, stop=retries.stop, reraise=True)
        try:
            response: httpx.Response = await trying(self._once, call)
        except httpx.TransportError as error:
            raise retries.unreachable(self.connection.server, error) from error
        if call.done is not None:
            call.done()
        return response

    async def _once(self, call: Call) -> httpx.Response:
        arguments = self.connection.request(call)
        if call.save_to is None and call.receive is None:
            response = await self._http.request(**arguments)
            raise_for(response)
            return response
        async with self._http.stream(**arguments) as response:
            if not response.is_success:
                await response.aread()
            raise_for(response)
            if call.receive is not None:
                async for chunk in response.aiter_bytes():
                    call.receive(chunk)
                return response
            assert call.save_to is not None
            with draft_of(call.save_to) as draft:
                async for chunk in response.aiter_bytes(CHUNK_BYTES):
                    draft.write(chunk)
            return response
