"""A runner that waits for a second and reads no model; of bench.api.serve."""

import runpy
import time
from pathlib import Path

time.sleep(1)
runpy.run_path(str(Path(__file__).parents[2] / "tests" / "support" / "stub_runner.py"))
