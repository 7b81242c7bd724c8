"""Install the chart on a test cluster, as a first-time user would."""

from tools.cluster import store_images
from tools.cluster.access import Cluster
from tools.cluster.helm import BUILT, CHART, SYSTEM, helm, merged

# The stores forget with their pods: not every test cluster has volumes.
_FORGETFUL = {"enabled": True, "persistence": {"enabled": False}}
VALUES = merged(
    BUILT,
    {
        "bundled": {"postgresql": _FORGETFUL, "objectStore": _FORGETFUL},
        "api": {"enabled": True},
        "web": {"enabled": True},
    },
)


def install(cluster: Cluster) -> str:
    """Install or upgrade the release `ifcjob`, test it with a tiny model, and return what helm says of it.

    Raises CalledProcessError when either fails.
    """
    store_images.load(cluster)
    where = ("--namespace", SYSTEM, "--kubeconfig", str(cluster.kubeconfig))
    inside = tuple(cluster.inside)
    wait = ("--create-namespace", "--wait", "--timeout", "5m")
    installed = helm("upgrade", "--install", "ifcjob", str(CHART), *where, *wait, values=VALUES, inside=inside)
    installed.check_returncode()
    helm("test", "ifcjob", *where, "--logs", inside=inside).check_returncode()
    return installed.stdout
