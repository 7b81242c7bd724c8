"""The object store that the API uses."""

from typing import Protocol

from ifcjob_backends.storage.protocol import ObjectReader, UploadStore


class Store(ObjectReader, UploadStore, Protocol):
    """Reads objects and takes uploads."""
