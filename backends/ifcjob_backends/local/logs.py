"""The logs of pods: one file each, and one older file when it becomes large, as the kubelet does."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from ifcjob_backends.cluster.objects import Key

MAX_FILE_BYTES = 8 * 2**20
MAX_FOLDER_BYTES = 512 * 2**20
"""Of the logs of pods that are deleted, the oldest go first."""
_CHUNK = 65_536
_POLL_SECONDS = 0.2


def log_path(folder: Path, key: Key) -> Path:
    """Return the log file of a pod."""
    return folder / key[0] / f"{key[1]}.log"


class LogWriter:
    """Writes the output of one pod."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = path.open("ab")

    def write(self, chunk: bytes) -> None:
        """Append; a full file becomes the older one, and a full disk loses lines."""
        try:
            if self._file.tell() + len(chunk) > MAX_FILE_BYTES:
                self._file.close()
                self._path.replace(self._path.with_suffix(".old"))
                self._file = self._path.open("ab")
            self._file.write(chunk)
            self._file.flush()
        except OSError:
            return

    def close(self) -> None:
        """Close the file."""
        self._file.close()


async def read_log(path: Path, query: dict[str, str], is_running: Callable[[], bool]) -> AsyncIterator[bytes]:
    """Yield a log as the query says; with `follow` until the pod has ended."""
    left = int(query["limitBytes"]) if "limitBytes" in query else None
    position = await asyncio.to_thread(_start, path, int(query["tailLines"]) if "tailLines" in query else None)
    follow = query.get("follow", "").lower() in ("true", "1")
    while left is None or left > 0:
        was_running = is_running()
        chunk, position = await asyncio.to_thread(_read, path, position)
        if chunk:
            yield chunk[:left]
            left = left if left is None else left - len(chunk)
        elif follow and was_running:
            await asyncio.sleep(_POLL_SECONDS)
        else:
            return


def prune_logs(folder: Path, keep: set[Path]) -> None:
    """Delete the oldest logs above the limit, but none in `keep`."""
    files = [(path.stat().st_mtime, path) for path in folder.glob("*/*") if path.is_file()]
    total = sum(path.stat().st_size for _, path in files)
    for _, path in sorted(files):
        if total <= MAX_FOLDER_BYTES:
            return
        if path not in keep and path.with_suffix(".log") not in keep:
            total -= path.stat().st_size
            path.unlink(missing_ok=True)


def _read(path: Path, position: int) -> tuple[bytes, int]:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            position = position if position <= size else 0  # the file was replaced by a new one
            file.seek(position)
            chunk = file.read(_CHUNK)
    except FileNotFoundError:
        return b"", position
    return chunk, position + len(chunk)


def _start(path: Path, lines: int | None) -> int:
    """Return where the last `lines` lines begin."""
    if lines is None or not path.exists():
        return 0
    content = path.read_bytes()
    position = len(content) - (1 if content.endswith(b"\n") else 0)
    if lines == 0:
        return len(content)
    for _ in range(lines):
        position = content.rfind(b"\n", 0, position)
        if position < 0:
            return 0
    return position + 1
