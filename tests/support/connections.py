"""Connections to a process that has died."""

import os
from multiprocessing.connection import Connection, Pipe


def half_a_message() -> Connection:
    """Return the connection to a process that died in the middle of a message."""
    near, far = Pipe()
    os.write(far.fileno(), b"\0\0\1\0" + b"half")  # a message of 256 bytes
    far.close()
    return near
