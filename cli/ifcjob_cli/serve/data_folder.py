"""The folder of `ifcjob serve`: its layout, and the lock that keeps a second process out."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ifcjob_cli.serve.refusal import StartRefused, folder_errors


@dataclass(frozen=True)
class DataFolder:
    """The layout."""

    root: Path

    @property
    def state(self) -> Path:
        """IfcJobs, IfcQueues and what the operator makes of them."""
        return self.root / "state.db"

    @property
    def history(self) -> Path:
        """The catalog."""
        return self.root / "history.db"

    @property
    def runs(self) -> Path:
        """Scratch files of running jobs."""
        return self.root / "runs"

    @property
    def logs(self) -> Path:
        """Logs of runs: `<namespace>/<pod>.log`."""
        return self.root / "logs"

    @property
    def cache(self) -> Path:
        """The API's cache; it can be deleted."""
        return self.root / "cache"

    @property
    def progress_key(self) -> Path:
        """The key of the tokens with which runs post their progress."""
        return self.root / "progress.key"


def default_folder() -> Path:
    """Return the folder that is used without --data."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "ifcjob"


@contextmanager
def opened(root: Path) -> Iterator[DataFolder]:
    """Create and lock the folder; StartRefused when it cannot be used or another process uses it."""
    folder = DataFolder(root.absolute())
    with folder_errors(root):
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (root / "lock").open("a+")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            message = f"another ifcjob serve uses {root} (process {lock.read().strip() or 'unknown'})."
            raise StartRefused(message, "Stop it, or choose another --data and --port.", os.EX_UNAVAILABLE) from None
        with folder_errors(root):
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            if not folder.progress_key.exists():
                _write_key(folder.progress_key)
        yield folder


def _write_key(path: Path) -> None:
    temporary = path.with_suffix(".new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_hex(32))
    temporary.replace(path)
