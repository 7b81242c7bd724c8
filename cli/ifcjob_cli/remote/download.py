"""`ifcjob download`: the artifacts of a job."""

import argparse
import os
from pathlib import Path

from ifcjob_cli import units
from ifcjob_cli.remote.names import find_job
from ifcjob_cli.remote.server import CommandFailed, connected
from ifcjob_client import downloads


def download(arguments: argparse.Namespace) -> int:
    """Download artifacts to a folder."""
    with connected(arguments) as client:
        name = find_job(client, arguments.name, arguments.namespace).metadata.name
        folder = Path(arguments.output or name)
        try:
            paths = client.run(downloads.download(name, folder, arguments.namespace, names=arguments.only))
        except OSError as error:
            raise CommandFailed(f"{folder}: {error.strerror or error}", os.EX_CANTCREAT) from error
        except downloads.ChecksumDiffers as error:
            raise CommandFailed(str(error), os.EX_IOERR) from error
    for path in paths:
        print(f"{path}  {units.size_text(path.stat().st_size)}")
    return os.EX_OK
