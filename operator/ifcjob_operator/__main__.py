"""`python -m ifcjob_operator`: run the operator; its settings are environment variables that begin with IFCJOB_."""

import argparse
import asyncio
import gc
import logging
import os
import sys

import structlog

from ifcjob.logs import configure_logs
from ifcjob_backends.cluster.errors import ClusterError, NoCluster
from ifcjob_backends.settings.environment import InvalidSettings
from ifcjob_operator.app import run
from ifcjob_operator.serving.server import CannotListen
from ifcjob_operator.settings.load import read_settings

log = structlog.get_logger()


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
    # kopf logs every event that it receives; the operator logs the results.
    configure_logs(level=level, libraries=max(level, logging.WARNING))
    # Lists are many small dicts: a search for cycles after each 700 costs five times as much as parsing them.
    gc.freeze()
    gc.set_threshold(20_000)
    try:
        return asyncio.run(run(settings))
    except (NoCluster, CannotListen) as error:
        sys.stderr.write(f"ifcjob operator: {error}\n")
        return os.EX_USAGE if isinstance(error, NoCluster) else os.EX_UNAVAILABLE
    except ClusterError as error:
        log.error("operator failed", error=str(error))  # noqa: TRY400 - the message suffices
        return os.EX_UNAVAILABLE
    except Exception:
        log.exception("operator failed")
        return 1


if __name__ == "__main__":
    sys.exit(main())
