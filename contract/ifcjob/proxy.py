"""The HTTP proxy of the environment, for every program that connects to object stores, web servers and issuers."""

from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass

_PORTS = {"http": 80, "https": 443}


def proxy_of(url: str) -> str | None:
    """Return the proxy through which a URL is reached, by HTTP_PROXY, HTTPS_PROXY and NO_PROXY; None: none.

    Names in lower case count, too, and come first. A proxy without a scheme speaks HTTP. NO_PROXY lists hosts, domains
    with all their hosts, and addresses, each with or without a port, IPv6 with or without brackets; `*` is every host.
    Networks such as 10.0.0.0/8 are not understood.
    """
    proxies = getproxies_environment()
    if not proxies:
        return None
    parts = urlsplit(url)
    proxy = proxies.get(parts.scheme)
    if not proxy or any(proxy_bypass(host) for host in _spellings(parts)):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _spellings(parts: SplitResult) -> tuple[str, ...]:
    """Return what NO_PROXY may call a host: as it is, with the port that its scheme implies, or without brackets."""
    host = parts.netloc.rpartition("@")[2]
    port = _PORTS.get(parts.scheme) if parts.port is None else parts.port
    with_port = f"{host.removesuffix(f':{port}')}:{port}"
    return (host, with_port, parts.hostname) if parts.hostname else (host, with_port)


def login_of(url: str) -> str | None:
    """Return `user:password` of a URL that has them, such as that of a proxy."""
    parts = urlsplit(url)
    return None if parts.username is None else f"{unquote(parts.username)}:{unquote(parts.password or '')}"
