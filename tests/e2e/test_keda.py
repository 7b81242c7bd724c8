"""KEDA scales the slots of queues by depth, from zero to the maximum and back, without stopping jobs."""

import json
import secrets
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from minio import Minio

from tests.e2e.conftest import Bucket, wait_ready
from tests.e2e.kube import Kube, Resource, conditions_of, ifcjob, proved, wait_until
from tests.e2e.release import RESTRICTED, SYSTEM, Release
from tools.cluster.access import Cluster

pytestmark = pytest.mark.second

MOST = 12
# Without this node label, an admitted job's pod stays pending: demand without CPU cost that the test can end.
GATE = "ifcjob-test/gate"
HPA_SECONDS = 15
# No change expected: by then the HPA has synced again, and KEDA's cool-down is over.
TIME_TO_FAIL = HPA_SECONDS + 3
SCALING = {
    "enabled": True,
    "pollingInterval": 2,
    "cooldownPeriod": 3,
    "scaleDownStabilizationSeconds": 0,
    "fallback": {"failureThreshold": 2, "slots": 1},
}


@dataclass
class Slots:
    """Records every value of the slots of a namespace's queues."""

    kube: Kube
    _watch: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        """Start recording."""
        cluster, line = self.kube.cluster, '{.metadata.name} {.spec.slots}{"\\n"}'
        command = [*cluster.inside, cluster.kubectl_program, "--kubeconfig", str(cluster.kubeconfig)]
        command += ["-n", self.kube.namespace, "get", "ifcqueues", "--watch", "-o", f"jsonpath={line}"]
        self._watch = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def end(self) -> dict[str, list[int]]:
        """Stop recording and return the values of each queue, in order, without repetitions."""
        self._watch.terminate()
        seen: dict[str, list[int]] = {}
        for line in self._watch.communicate(timeout=10)[0].splitlines():
            name, slots = line.split()
            values = seen.setdefault(name, [])
            if not values or values[-1] != int(slots):
                values.append(int(slots))
        return seen


@pytest.fixture(scope="module")
def place(cluster: Cluster, release: Release, store: Minio, keda: None) -> Iterator[Kube]:
    """Install KEDA, and the chart with queues in a test namespace, and wait until the queues are idle."""
    del keda
    kube = Kube(cluster, f"keda-{secrets.token_hex(2)}")
    kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": kube.namespace, "labels": RESTRICTED}})
    for bucket in {"artifacts", kube.namespace}:
        if not store.bucket_exists(bucket):
            store.make_bucket(bucket)
    queues: list[Resource] = [{"name": "deep", "maxSlots": MOST}, {"name": "other"}]
    queues += [{"name": "day", "autoscaling": _window(-1)}, {"name": "night", "autoscaling": _window(2)}]
    queues += [{"name": "bulk", "autoscaling": _after(kube.namespace, "day")}]
    release.ensure({"keda": SCALING, "queues": [queue | {"namespace": kube.namespace} for queue in queues]})
    wait_until(lambda: set(_slots(kube).values()) == {0}, 60, "no queue has slots", lambda: str(_slots(kube)))
    yield kube
    kube.run("delete", "ifcjobs", "--all")
    kube.run("delete", "namespace", kube.namespace, "--wait=false")


@pytest.fixture
def bucket(store: Minio, place: Kube, corpus: Path) -> Iterator[Bucket]:
    """Upload a small and a slow file; afterwards wait until nothing runs."""
    bucket = Bucket(store, place.namespace)
    bucket.put("small.ifc", corpus / "openhouse.ifc")
    bucket.put("longer.ifc", corpus / "office_a.ifc")
    yield bucket
    place.run("label", "node", "--all", f"{GATE}-")
    place.run("delete", "ifcjobs", "--all")


def test_slots_follow_the_depth(place: Kube, bucket: Bucket) -> None:
    slots = Slots(place)
    place.apply(*(_held(f"first-{n}", bucket, "deep") for n in range(5)))
    first = wait_until(lambda: _slots(place)["deep"] > 0, 20, "a slot for the first job")
    all_five = first + wait_until(lambda: _slots(place)["deep"] == 5, 3 * HPA_SECONDS, "a slot for each of five jobs")

    names = [f"more-{n}" for n in range(35)]
    place.apply(*(_held(name, bucket, "deep") for name in names))
    most = wait_until(lambda: _slots(place)["deep"] == MOST, 3 * HPA_SECONDS, f"{MOST} slots for forty jobs")
    status = place.wait("ifcqueue", "deep", lambda queue: queue["status"]["active"] == MOST, 20, "all slots taken")
    assert status["status"]["pending"] == 40 - MOST
    hpas = {hpa["metadata"]["name"]: conditions_of(hpa)["ScalingActive"] for hpa in place.all("hpa")}
    assert hpas["keda-hpa-ifcqueue-deep"]["status"] == "True", hpas

    # All forty were pending; it is enough to run ten of them.
    place.run("delete", "ifcjobs", *names[5:])
    place.run("label", "node", "--all", f"{GATE}=open")
    done = place.wait_finished(*names[:5], *(f"first-{n}" for n in range(5)), seconds=150)
    assert {(job["status"]["phase"], len(job["status"]["attempts"])) for job in done.values()} == {("Succeeded", 1)}
    none = wait_until(lambda: _slots(place)["deep"] == 0, 4 * HPA_SECONDS, "no slots without jobs")
    seen = slots.end()
    assert max(seen["deep"]) == MOST, seen
    assert set(seen["other"]) == {0}, seen
    proved(
        f"0 → 1 → 5 slots for five jobs ({first:.0f} s, {all_five:.0f} s), {MOST} = maxSlots for forty ({most:.0f} s)",
        f"those that may run succeed at the first attempt; then no slots after {none:.0f} s: {seen['deep']}",
        "meanwhile another queue of the namespace had none",
    )


def test_queues_do_not_influence_each_other(place: Kube, bucket: Bucket) -> None:
    slots = Slots(place)
    place.apply(
        *(_held(f"{queue}-{n}", bucket, queue) for queue, many in (("deep", 6), ("other", 3)) for n in range(many))
    )
    wait_until(lambda: _slots(place) | {"deep": 6, "other": 3} == _slots(place), 60, "six and three slots")
    place.run("delete", "ifcjob", "other-0", "other-1", "other-2")
    wait_until(lambda: _slots(place)["other"] == 0, 4 * HPA_SECONDS, "no slots where no job is")
    seen = slots.end()
    assert seen["deep"] == sorted(seen["deep"]), seen
    assert seen["deep"][-1] == 6
    for hpa in place.all("hpa"):
        assert conditions_of(hpa)["ScalingActive"]["reason"] != "AmbiguousSelector", hpa["status"]
    proved(f"two queues of one namespace have slots of their own: {seen['deep']} and {seen['other']}")


def test_formula_limits_the_slots(place: Kube, bucket: Bucket) -> None:
    slots = Slots(place)
    place.apply(*(_held(f"{queue}-{n}", bucket, queue) for queue in ("day", "night", "bulk") for n in range(4)))
    expected = {"day": 3, "bulk": 2}
    wait_until(lambda: _slots(place) | expected == _slots(place), 60, f"slots {expected}", lambda: str(_slots(place)))
    place.run("delete", "ifcjob", *(f"day-{n}" for n in range(4)))
    wait_until(lambda: _slots(place)["bulk"] == 4, 4 * HPA_SECONDS, "slots for all once the other queue is empty")
    seen = slots.end()
    assert set(seen["night"]) == {0}, seen
    assert max(seen["day"]) == 3, seen
    proved(
        f"with a cron window a queue has up to the window's slots while it is open: {seen['day']}, {seen['night']}",
        f"a queue makes way while another has jobs: {seen['bulk']}",
    )


def test_scale_down_stops_no_running_job(place: Kube, bucket: Bucket) -> None:
    names = [f"runs-{n}" for n in range(2)]
    place.apply(*(_job(name, bucket, "longer.ifc", "other", cpu="300m") for name in names))
    for name in names:
        place.wait_phase(name, "Running", seconds=90)
    pods = {pod["metadata"]["uid"] for pod in place.all("pod")}
    place.run("annotate", "scaledobject", "ifcqueue-other", "autoscaling.keda.sh/paused-replicas=0")
    place.wait("ifcqueue", "other", lambda queue: queue["status"]["slots"] == 0, 30, "no slots")
    place.apply(_held("waits", bucket, "other"))
    place.wait("ifcqueue", "other", lambda queue: queue["status"]["pending"] == 1, 20, "one waits")
    assert {pod["metadata"]["uid"] for pod in place.all("pod")} == pods
    done = place.wait_finished(*names, seconds=120)
    assert {(job["status"]["phase"], len(job["status"]["attempts"])) for job in done.values()} == {("Succeeded", 1)}
    assert place.phase("waits") == "Queued"
    place.run("annotate", "scaledobject", "ifcqueue-other", "autoscaling.keda.sh/paused-replicas-")
    place.wait_phase("waits", "Starting", seconds=3 * HPA_SECONDS)
    proved(
        "with the slots taken away under them, running jobs run to their end; a waiting one waits until there are slots"
    )


def test_slots_stay_while_the_demand_is_unknown(place: Kube, bucket: Bucket) -> None:
    system = Kube(place.cluster, SYSTEM)
    place.apply(*(_held(f"held-{n}", bucket, "deep") for n in range(6)))
    wait_until(lambda: _slots(place)["deep"] == 6, 3 * HPA_SECONDS, "six slots")
    slots = Slots(place)

    system.run("scale", "deployment/ifcjob-operator", "--replicas=0")
    _wait_fallback(place, "True")
    time.sleep(TIME_TO_FAIL)
    system.run("scale", "deployment/ifcjob-operator", "--replicas=2")
    wait_ready(system)
    _wait_fallback(place, "False")

    right = place.get("scaledobject", "ifcqueue-deep")
    assert right is not None
    wrong = json.loads(json.dumps(right["spec"]["triggers"]))
    wrong[0]["metadata"]["valueLocation"] = "nonsense"
    place.patch("scaledobject", "ifcqueue-deep", {"triggers": wrong})
    _wait_fallback(place, "True")
    place.run("delete", "ifcjobs", "--all")
    time.sleep(TIME_TO_FAIL)
    assert slots.end()["deep"] == [6]

    place.patch("scaledobject", "ifcqueue-deep", {"triggers": right["spec"]["triggers"]})
    wait_until(lambda: _slots(place)["deep"] == 0, 4 * HPA_SECONDS, "no slots once the demand is known to be none")
    proved(
        "neither the operator's death nor a metric that cannot be read takes a slot away; afterwards they follow again"
    )


def _job(name: str, bucket: Bucket, key: str, queue: str, cpu: str = "100m", **spec: Any) -> Resource:
    return ifcjob(name, bucket.name, key, queue=queue, cache="Off", resources={"cpu": cpu}, **spec)


def _held(name: str, bucket: Bucket, queue: str) -> Resource:
    """Return a small job whose pod waits until the gate is open."""
    pod = {"nodeSelector": {GATE: "open"}}
    return _job(name, bucket, "small.ifc", queue, pod=pod, operations={"metadata": {}})


def _window(begins_in_hours: int) -> Resource:
    """Return scaling with up to three slots for two hours, starting at a given time."""
    start, end = (datetime.now(UTC) + timedelta(hours=begins_in_hours + more) for more in (0, 2))
    hours = {"start": f"{start.minute} {start.hour} * * *", "end": f"{end.minute} {end.hour} * * *"}
    cron = {"type": "cron", "name": "window", "metadata": {"timezone": "UTC", "desiredReplicas": "3"} | hours}
    return {"formula": "min(demand, window)", "triggers": [cron]}


def _after(namespace: str, queue: str) -> Resource:
    """Return scaling with two slots while another queue has jobs."""
    url = f"http://ifcjob-operator.{SYSTEM}.svc:8080/v1/queues/{namespace}/{queue}"
    metadata = {"url": url, "valueLocation": "demand", "targetValue": "1", "authMode": "bearer"}
    trigger = {
        "type": "metrics-api",
        "name": "first",
        "metadata": metadata,
        "authenticationRef": {"name": "ifcjob-queue"},
    }
    return {"formula": "first > 0 ? min(demand, 2.0) : demand", "triggers": [trigger]}


def _slots(kube: Kube) -> dict[str, int]:
    return {queue["metadata"]["name"]: queue["spec"]["slots"] for queue in kube.all("ifcqueue")}


def _wait_fallback(kube: Kube, status: str) -> None:
    def falls_back(scaled_object: Resource) -> bool:
        return bool(conditions_of(scaled_object).get("Fallback", {}).get("status") == status)

    kube.wait("scaledobject", "ifcqueue-deep", falls_back, 60, f"falls back: {status}")
