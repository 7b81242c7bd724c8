"""The S3 client with the settings of other S3 tools: the environment, and ~/.aws with AWS_PROFILE."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import certifi
import urllib3
from minio import Minio
from minio.credentials.providers import (
    AWSConfigProvider,
    ChainedProvider,
    EnvAWSProvider,
    EnvMinioProvider,
    IamAwsProvider,
    Provider,
)
from minio.error import S3Error

from ifcjob.proxy import login_of, proxy_of

_IAM_HINTS = (
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)


def s3_client() -> Minio:
    """Return a client with the settings of the environment."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or "https://s3.amazonaws.com"
    url = urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}")
    authorities = os.environ.get("AWS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE") or certifi.where()
    return Minio(
        url.netloc,
        secure=url.scheme == "https",
        region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
        credentials=_credentials(),
        # The SDK's default client waits five minutes for an unreachable store.
        http_client=_pool(url.geturl(), authorities),
    )


def _pool(endpoint: str, authorities: str) -> urllib3.PoolManager:
    proxy = proxy_of(endpoint)
    options: dict[str, Any] = {
        "timeout": urllib3.Timeout(connect=10, read=60),
        "retries": urllib3.Retry(3, backoff_factor=0.2),
        "ca_certs": authorities,
    }
    if proxy is None:
        return urllib3.PoolManager(**options)
    return urllib3.ProxyManager(proxy, proxy_headers=urllib3.make_headers(proxy_basic_auth=login_of(proxy)), **options)


def download_object(client: Minio, bucket: str, key: str, path: Path) -> bool:
    """Download an object to a file; False when there is none."""
    try:
        client.fget_object(bucket, key, str(path))
    except S3Error as error:
        if error.code in ("NoSuchKey", "NoSuchBucket"):
            return False
        raise
    return True


def _credentials() -> Provider:
    providers: list[Provider] = [EnvAWSProvider(), AWSConfigProvider(), EnvMinioProvider()]
    # Outside a cloud, requests to its metadata service only time out.
    if any(name in os.environ for name in _IAM_HINTS):
        providers.append(IamAwsProvider())
    return ChainedProvider(providers)
