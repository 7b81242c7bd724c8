"""A namespace on a real API server, a real S3 store, and the operator as a process."""

from __future__ import annotations

import asyncio
import io
import signal
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ifcjob_catalog import Catalog
from ifcjob_catalog.schema import upgrade
from tests.support.fake_cluster import IFCJOBS, FakeCluster, OperatorProcess
from tests.support.s3 import Store, s3_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tools.cluster.control_plane import ControlPlane


class OperatorEnv:
    """A namespace, a store and a running operator."""

    def __init__(self, cluster: FakeCluster, store: Store, operator: OperatorProcess, database: str) -> None:
        self.cluster, self.store, self.operator, self.database = cluster, store, operator, database

    def file(self, key: str) -> str:
        """Put a file into the bucket and return its key."""
        content = f"ISO-10303-21; {key}".encode()
        self.store.client.put_object("models", key, io.BytesIO(content), len(content))
        return key

    def recorded(self, *names: str) -> bool:
        """Tell whether all these are in the history."""
        uids = {self.cluster.ask("GET", f"{IFCJOBS}/{name}")["metadata"]["uid"] for name in names}
        catalog = Catalog.open(self.database)
        try:
            return asyncio.run(catalog.recorded(uids)) == uids
        finally:
            catalog.close()


@contextmanager
def operator_env(api_server: ControlPlane, folder: Path, **options: str) -> Iterator[OperatorEnv]:
    """Run the operator while the block runs, with its files in the folder, and with these further settings."""
    namespace = f"bim-{uuid.uuid4().hex[:8]}"
    assert api_server.kubectl("create", "namespace", namespace).returncode == 0
    database = f"sqlite:///{folder}/catalog.db"
    upgrade(database)
    with s3_store(folder / "s3") as store:
        secrets = {
            "S3_ACCESS_KEY": store.access_key,
            "S3_SECRET_KEY": store.secret_key,
            "PROGRESS_KEY": "0123456789abcdef",
            "DATABASE_URL": database,
        }
        settings = {}
        for name, secret in secrets.items():
            (folder / name).write_text(secret, encoding="utf-8")
            settings[f"IFCJOB_{name}_FILE"] = str(folder / name)
        settings |= {
            "IFCJOB_NAMESPACES": namespace,
            "IFCJOB_RUNNER_IMAGE": "registry.example.com/ifcjob/runner:0.2.0",
            "IFCJOB_S3_ENDPOINT": store.endpoint,
            "IFCJOB_OUTPUT_BUCKET": "models",
            "IFCJOB_LEASE_NAMESPACE": namespace,
            "IFCJOB_PROGRESS_INTERVAL_SECONDS": "1",
            # The same after a crash, as a container's that is started again in its pod.
            "IFCJOB_POD_NAME": "operator-0",
        }
        operator = OperatorProcess(api_server, folder / "operator.log", **settings, **options)
        operator.settings["IFCJOB_PROGRESS_URL"] = operator.url
        operator.start()
        try:
            yield OperatorEnv(FakeCluster(api_server, namespace), store, operator, database)
        finally:
            if operator.is_running:
                operator.stop(signal.SIGKILL)
