"""`ifcjob login`, `ifcjob logout`, and `ifcjob open`."""

import argparse
import os
import webbrowser

from ifcjob_cli.remote.credentials import Credentials, delete_credentials, save_credentials
from ifcjob_cli.remote.device_flow import log_in
from ifcjob_cli.remote.names import find_job
from ifcjob_cli.remote.server import connected, server_of


def login(arguments: argparse.Namespace) -> int:
    """Log in at the issuer, and remember server and tokens; without an issuer, only the server."""
    server = server_of(arguments).server
    credentials = Credentials(server=server)
    if arguments.issuer:
        credentials = log_in(server, arguments.issuer, arguments.client_id, _show_code)
    save_credentials(credentials)
    print(f"{server} is now the server of `ifcjob submit`, `jobs` and the other commands")
    return os.EX_OK


def logout(_: argparse.Namespace) -> int:
    """Forget server and tokens."""
    print("logged out" if delete_credentials() else "there was no login")
    return os.EX_OK


def open_job(arguments: argparse.Namespace) -> int:
    """Open a job in the browser."""
    with connected(arguments) as client:
        job = find_job(client, arguments.name, arguments.namespace)
        url = f"{client.connection.server}/api/v1/namespaces/{arguments.namespace}/jobs/{job.metadata.name}"
    print(url)
    if not webbrowser.open(url):
        print("no browser was found: open the address above")
    return os.EX_OK


def _show_code(url: str, code: str) -> None:
    print(f"Open {url} in a browser and confirm the code {code}. Waiting …", flush=True)
