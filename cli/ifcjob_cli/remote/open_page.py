"""`ifcjob open`."""

import argparse
import os
import webbrowser

from ifcjob.resource import IfcJob
from ifcjob_cli.remote.names import find_job
from ifcjob_cli.remote.server import connected


def open_job(arguments: argparse.Namespace) -> int:
    """Open the model of a job in the browser, or its page while there is no result."""
    with connected(arguments) as client:
        job = find_job(client, arguments.name, arguments.namespace)
        url = f"{client.connection.server}{_page(job, arguments.namespace)}"
    print(url)
    if not webbrowser.open(url):
        print("no browser was found: open the address above")
    return os.EX_OK


def _page(job: IfcJob, namespace: str) -> str:
    """Return the path of a page of the web app."""
    status = job.status
    if status is not None and status.result is not None and status.input is not None and status.input.sha256:
        return f"/models/{status.input.sha256}"
    return f"/namespaces/{namespace}/jobs/{job.metadata.name}"
