"""Names of jobs on the command line: whole, or the beginning of the newest one."""

from http import HTTPStatus

from ifcjob.http.job_requests import name_part
from ifcjob.resource import IfcJob
from ifcjob_client import ApiError, Client, jobs


def find_job(client: Client, name: str, namespace: str) -> IfcJob:
    """Return the job of this name, or the newest whose name begins like it: `my_house` means `my-house-5f3a9c21`."""
    try:
        return client.run(jobs.get(name, namespace))
    except ApiError as error:
        if error.status not in (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY):
            raise
        beginning = name_part(name)
        candidates = client.run(jobs.every(namespace, q=beginning))
        names = [job.name for job in candidates if job.name.startswith(f"{beginning}-")]
        if not names:
            raise
    return client.run(jobs.get(names[0], namespace))
