"""The client of the HTTP API, synchronous and asynchronous.

>>> from ifcjob_client import Client, jobs
>>> with Client("http://127.0.0.1:8080") as client:
...     job = client.run(jobs.submit("house.ifc"))
...     job = client.run(jobs.wait(job.metadata.name))

Every operation is a flow: it describes the requests, and a client runs it. `AsyncClient` runs the same flows.
"""

from ifcjob_client.errors import ApiError, ServerUnreachable
from ifcjob_client.transport.async_client import AsyncClient
from ifcjob_client.transport.client import Client

__all__ = ["ApiError", "AsyncClient", "Client", "ServerUnreachable"]
