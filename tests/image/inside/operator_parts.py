"""Runs inside the operator image: imports all modules, uses their libraries' largest parts, and prints JSON."""

import asyncio
import importlib
import io
import json
import os
import pkgutil
import sys
from contextlib import redirect_stdout
from pathlib import Path
from types import SimpleNamespace

import duckdb
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from kubernetes.aio import client

import ifcjob_api
import ifcjob_backends
import ifcjob_catalog
import ifcjob_operator
from ifcjob_api.models.query_engine import QueryEngine
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
        for package in (ifcjob_operator, ifcjob_catalog, ifcjob_api, ifcjob_backends)
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        # Alembic runs migrations, importing __main__ would start the program, and local is for `ifcjob serve`.
        if not module.name.endswith("__main__") and not {"migrations", "local"} & set(module.name.split("."))
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


async def count(folder: Path) -> int:
    """Count rows of a Parquet file as the API does."""
    table = folder / "elements.parquet"
    duckdb.execute(f"COPY (FROM range(7)) TO '{table}'")
    engine = QueryEngine(folder)
    try:
        rows = await engine.run(lambda cursor: cursor.execute(f"SELECT count(*) FROM '{table}'").fetchone(), 10)
    finally:
        engine.close()
    return int(rows[0]) if rows else 0


def verified() -> str:
    """Sign and verify a token."""
    key = ec.generate_private_key(ec.SECP256R1())
    return str(jwt.decode(jwt.encode({"sub": "ann"}, key, "ES256"), key.public_key(), ["ES256"])["sub"])


def main() -> None:
    os.environ["IFCJOB_DATABASE_URL"] = "sqlite:////work/catalog.db"
    with redirect_stdout(io.StringIO()):
        upgraded = catalog(["upgrade"])
    facts = {"imported": import_all(), "catalog": upgraded, "lease": asyncio.run(lease())}
    facts |= {"rows": asyncio.run(count(Path("/work"))), "user": verified()}
    sys.stdout.write(json.dumps(facts))


main()
