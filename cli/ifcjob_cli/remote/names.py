"""Names of jobs on the command line: whole, or the beginning of the newest one."""

from http import HTTPStatus

from ifcjob.resource import IfcJob
from ifcjob_client import ApiError, Client, jobs


def find_job(client: Client, name: str, namespace: str) -> IfcJob:
    """Return the job of this name, or the newest whose name begins with it and a hyphen."""
    try:
        return client.run(jobs.get(name, namespace))
    except ApiError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        candidates = client.run(jobs.every(namespace, q=name))
        names = [job.name for job in candidates if job.name.startswith(f"{name}-")]
        if not names:
            raise
    return client.run(jobs.get(names[0], namespace))
