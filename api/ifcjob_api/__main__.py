"""`python -m ifcjob_api`: serve the API; its settings are environment variables that begin with IFCJOB_API_."""

import argparse
import asyncio
import logging
import os
import sys

import structlog

from ifcjob.logs import configure_logs
from ifcjob_api.middleware.redaction import redact_event
from ifcjob_api.program import CannotListen, run
from ifcjob_api.settings import PAGE, read_settings
from ifcjob_backends.cluster.errors import NoCluster
from ifcjob_backends.settings.environment import InvalidSettings

log = structlog.get_logger()


def main() -> int:
    """Serve the API and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m ifcjob_api", description=__doc__, epilog=f"{PAGE} lists the settings."
    )
    parser.parse_args()
    try:
        settings = read_settings()
    except InvalidSettings as error:
        sys.stderr.write(f"ifcjob API: {error}\n")
        return os.EX_USAGE
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    configure_logs(level=level, libraries=max(level, logging.WARNING), filters=[redact_event])
    try:
        asyncio.run(run(settings))
    except (NoCluster, CannotListen) as error:
        sys.stderr.write(f"ifcjob API: {error}\n")
        return os.EX_USAGE if isinstance(error, NoCluster) else os.EX_UNAVAILABLE
    except Exception:
        log.exception("API failed")
        return 1
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
