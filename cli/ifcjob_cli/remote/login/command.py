"""`ifcjob login` and `ifcjob logout`."""

import argparse
import os

from ifcjob_cli.remote.login.credentials import Credentials, delete_credentials, save_credentials
from ifcjob_cli.remote.login.device_flow import log_in
from ifcjob_cli.remote.server import server_of


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


def _show_code(url: str, code: str) -> None:
    print(f"Open {url} in a browser and confirm the code {code}. Waiting …", flush=True)
