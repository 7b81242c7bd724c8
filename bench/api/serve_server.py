"""`ifcjob serve` with runs that take a second and read no model; started by bench.api.serve with its options.

The variable IFCJOB_BENCH_PROFILE names a file for a profile of the event loop's thread.
"""

import cProfile
import os
import sys
from pathlib import Path

from ifcjob_cli.__main__ import main
from ifcjob_cli.serve import machine

RUNNER = Path(__file__).with_name("paused_runner.py")


def serve() -> int:
    """Serve until SIGTERM."""
    machine.RUNNER = (sys.executable, "-S", str(RUNNER))
    profile, file = cProfile.Profile(), os.environ.get("IFCJOB_BENCH_PROFILE")
    if file:
        profile.enable()
    code = main(["serve", *sys.argv[1:]])
    if file:
        profile.dump_stats(file)
    return code


if __name__ == "__main__":
    sys.exit(serve())
