"""The operator's requests, sent to a Kubernetes API server."""

from ifcjob_backends.cluster.client import Connection
from ifcjob_operator.cluster.api import Cluster


class KubernetesCluster(Connection, Cluster):
    """The API server that the kubeconfig or the pod's service account names."""
