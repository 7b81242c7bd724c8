"""`python -m ifcjob_operator`: run the operator; its settings are environment variables that begin with IFCJOB_."""

import argparse
import asyncio
import gc
import logging
import os
import sys

from ifcjob.logs import configure_logs
from ifcjob_operator.connection import NoCluster
from ifcjob_operator.process import run
from ifcjob_operator.settings import InvalidSettings, read_settings


def main() -> int:
    """Run the operator and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m ifcjob_operator", description=__doc__, epilog="docs/reference/operator-settings.md lists them."
    )
    parser.parse_args()
    try:
        settings = read_settings()
    except InvalidSettings as error:
        sys.stderr.write(f"ifcjob operator: {error}\n")
        return os.EX_USAGE
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    # kopf logs every event it takes; ours say what came of it.
    configure_logs(level=level, libraries=max(level, logging.WARNING))
    # Lists are many small dicts: looking for cycles after each 700 of them costs five times as much as reading them.
    gc.freeze()
    gc.set_threshold(20_000)
    try:
        return asyncio.run(run(settings))
    except NoCluster as error:
        sys.stderr.write(f"ifcjob operator: {error}\n")
        return os.EX_USAGE


if __name__ == "__main__":
    sys.exit(main())
