"""Programs that need no descriptions of fields start without what pydantic has for them."""

import os
import subprocess
import sys

PROGRAM = """
import sys
from ifcjob.request import RunRequest
request = RunRequest.model_validate({"source": {"uri": "/a.ifc"}, "output": {"folder": "."}})
assert request.source.uri == "/a.ifc"
print("importlib.metadata" in sys.modules)
"""


def test_a_bare_program_looks_for_no_plugins_of_pydantic() -> None:
    loads = {}
    for bare in (True, False):
        environment = {**os.environ, "IFCJOB_BARE_TYPES": "1"}
        if not bare:
            del environment["IFCJOB_BARE_TYPES"]
        done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, check=True, capture_output=True)
        loads[bare] = done.stdout.strip()
    assert loads == {True: b"False", False: b"True"}
