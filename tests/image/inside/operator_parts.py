"""Runs inside the operator image: imports all modules, creates a catalog, reads a Lease, and prints JSON."""

import asyncio
import importlib
import io
import json
import os
import pkgutil
import sys
from contextlib import redirect_stdout
from types import SimpleNamespace

from kubernetes.aio import client

import ifcjob_catalog
import ifcjob_operator
from ifcjob_catalog.command import main as catalog

LEASE = {
    "metadata": {
        "name": "ifcjob-operator",
        "managedFields": [{"manager": "operator", "operation": "Update"}],
        "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "a", "uid": "b"}],
    },
    "spec": {"holderIdentity": "a"},
}


def import_all() -> int:
    names = [
        module.name
        for package in (ifcjob_operator, ifcjob_catalog)
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        # Alembic runs migrations, and importing __main__ would start the program.
        if not module.name.endswith("__main__") and ".migrations" not in module.name
    ]
    return len([importlib.import_module(name) for name in names])


async def lease() -> list[str]:
    async with client.ApiClient(client.Configuration()) as api:
        election = client.CoordinationV1Api(api)
        assert hasattr(election, "create_namespaced_lease")
        answer = SimpleNamespace(data=json.dumps(LEASE))
        read = api.deserialize(answer.data, "V1Lease", "application/json")
        return [
            read.spec.holder_identity,
            read.metadata.managed_fields[0].manager,
            read.metadata.owner_references[0].name,
        ]


def main() -> None:
    os.environ["IFCJOB_DATABASE_URL"] = "sqlite:////work/catalog.db"
    with redirect_stdout(io.StringIO()):
        upgraded = catalog(["upgrade"])
    facts = {"imported": import_all(), "catalog": upgraded, "lease": asyncio.run(lease())}
    sys.stdout.write(json.dumps(facts))


main()
