"""Is this process still worth having? Its event loop runs, its watches hear something, resyncs find nothing missed."""

import asyncio
import time
from dataclasses import dataclass, field

from ifcjob_operator import metrics
from ifcjob_operator.observing.watches import KINDS, WatchAges

WATCH_SECONDS = 180.0
"""Bookmarks come every minute."""
LAG_SECONDS = 10.0
MISSES_IN_A_ROW = 2


@dataclass
class Health:
    """What liveness and readiness are answered from."""

    ages: WatchAges = field(default_factory=WatchAges)
    leading: bool = False
    synced: bool = False
    synced_at: float = 0.0
    lag: float = 0.0
    resyncs_with_misses: int = 0
    """Resyncs in a row that found what a watch had missed."""

    def problems(self) -> dict[str, str]:
        """Name what is wrong; nothing: the process is alive."""
        found: dict[str, str] = {}
        if self.lag > LAG_SECONDS:
            found["eventLoop"] = f"a timer came {self.lag:.0f} s late"
        if not self.synced:
            return found
        ages, quiet = self.ages.ages(), time.monotonic() - self.synced_at
        for kind in KINDS:
            if (age := ages.get(kind, quiet)) > WATCH_SECONDS:
                found[f"watch/{kind}"] = f"nothing heard for {age:.0f} s, not even a bookmark"
        if self.resyncs_with_misses >= MISSES_IN_A_ROW:
            found["resync"] = f"{self.resyncs_with_misses} in a row found changes that watches had missed"
        return found

    def note_synced(self) -> None:
        """Say that everything has been listed once."""
        self.synced, self.synced_at = True, time.monotonic()

    async def run(self) -> None:
        """Measure for ever."""
        while True:
            before = time.monotonic()
            await asyncio.sleep(1)
            self.lag = time.monotonic() - before - 1
            metrics.LOOP_LAG.set(max(0.0, self.lag))
            for kind, age in self.ages.ages().items():
                metrics.WATCH_AGE.labels(kind).set(age)
