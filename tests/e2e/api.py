"""Reads of the API server in this process: scenarios poll, and each kubectl takes a tenth of a second of a CPU."""

import functools
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from kubernetes.client import ApiClient, Configuration
from kubernetes.config import load_kube_config

POLLED = {
    "ifcjob": "/apis/ifcjob.io/v1alpha1/namespaces/{}/ifcjobs",
    "ifcqueue": "/apis/ifcjob.io/v1alpha1/namespaces/{}/ifcqueues",
    "job": "/apis/batch/v1/namespaces/{}/jobs",
    "pod": "/api/v1/namespaces/{}/pods",
    "secret": "/api/v1/namespaces/{}/secrets",
    "deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "lease": "/apis/coordination.k8s.io/v1/namespaces/{}/leases",
}
"""The path of each kind that scenarios poll, with the namespace left open."""


@functools.cache
def _client(kubeconfig: Path) -> ApiClient:
    configuration = Configuration()
    load_kube_config(str(kubeconfig), client_configuration=configuration)
    return ApiClient(configuration)


def read(kubeconfig: Path, path: str, **query: str) -> dict[str, Any] | None:
    """Return what is at a path of the API; None if it does not exist."""
    client = _client(kubeconfig)
    method, url, headers, *_ = client.param_serialize("GET", path, auth_settings=["BearerToken"])
    answer = client.call_api(method, f"{url}?{urlencode(query)}", header_params=headers)
    body = answer.read()
    if answer.status == 404:
        return None
    assert answer.status == 200, f"GET {path}: {answer.status} {body[:2000]!r}"
    content: dict[str, Any] = json.loads(body)
    return content
