"""Liveness: event-loop lag, watch age, resync misses."""

import asyncio
import time
from dataclasses import dataclass, field

from ifcjob_operator import metrics
from ifcjob_operator.observing.watching import KINDS, WatchAges

WATCH_SECONDS = 180.0
"""The API server sends a bookmark every minute."""
LAG_SECONDS = 10.0
MISSES_IN_A_ROW = 2


@dataclass
class Health:
    """The state behind liveness and readiness."""

    ages: WatchAges = field(default_factory=WatchAges)
    leading: bool = False
    synced: bool = False
    synced_at: float = 0.0
    lag: float = 0.0
    resyncs_with_misses: int = 0
    """Consecutive resyncs that found missed changes."""

    def problems(self) -> dict[str, str]:
        """Return the problems by name; empty when the process is healthy."""
        problems: dict[str, str] = {}
        if self.lag > LAG_SECONDS:
            problems["eventLoop"] = f"a timer fired {self.lag:.0f} s late"
        if not self.synced:
            return problems
        ages, quiet = self.ages.ages(), time.monotonic() - self.synced_at
        for kind in KINDS:
            if (age := ages.get(kind, quiet)) > WATCH_SECONDS:
                problems[f"watch/{kind}"] = f"no event or bookmark for {age:.0f} s"
        if self.resyncs_with_misses >= MISSES_IN_A_ROW:
            problems["resync"] = f"{self.resyncs_with_misses} consecutive resyncs found changes that watches had missed"
        return problems

    def note_synced(self) -> None:
        """Note that everything has been listed once."""
        self.synced, self.synced_at = True, time.monotonic()

    async def run(self) -> None:
        """Measure the lag every second, until cancelled."""
        while True:
            before = time.monotonic()
            await asyncio.sleep(1)
            self.lag = time.monotonic() - before - 1
            metrics.LOOP_LAG.set(max(0.0, self.lag))
            for kind, age in self.ages.ages().items():
                metrics.WATCH_AGE.labels(kind).set(age)
