"""A runner that reads no model: `stub_runner.py REQUEST --termination-log FILE`. Standard library only, to start fast.

The name of the source chooses what it does: `slow` waits for SIGTERM, `stubborn` ignores it, `crash` exits with 71.
"""

import hashlib
import json
import signal
import sys
import time
from pathlib import Path

request = json.loads(Path(sys.argv[1]).read_bytes())
report_file, name = Path(sys.argv[3]), Path(request["source"]["uri"]).name
sys.stdout.write(f"runs {name}\n")
sys.stdout.flush()
if "slow" in name:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(75))
    time.sleep(600)
if "stubborn" in name:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.stdout.write("ignores SIGTERM\n")
    sys.stdout.flush()
    time.sleep(600)
if "crash" in name:
    sys.exit(71)
content = Path(request["source"]["uri"]).read_bytes()
sha256 = hashlib.sha256(content).hexdigest()
manifest = json.dumps(
    {
        "input": {"uri": request["source"]["publicUri"], "sha256": sha256, "bytes": len(content)},
        "engine": {"ifcjob": "0"},
        "options": {},
        "artifacts": [],
        "coverage": {"expected": 1, "emitted": 1, "skipped": []},
        "stages": [],
        "cpuSeconds": 0.0,
        "peakMemoryBytes": 2**20,
        "findings": [],
    }
).encode()
folder = Path(request["output"]["folder"])
folder.mkdir(parents=True)
temporary = folder / ".manifest"
temporary.write_bytes(manifest)
temporary.replace(folder / "manifest.json")
report = {
    "outcome": "Succeeded",
    "summary": {"elements": 1},
    "inputSha256": sha256,
    "manifestSha256": hashlib.sha256(manifest).hexdigest(),
}
report_file.write_text(json.dumps(report), "utf-8")
