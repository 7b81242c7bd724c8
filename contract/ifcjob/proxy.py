"""The HTTP proxy of the environment, for every program that connects to object stores, web servers and issuers."""

from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass


def proxy_of(url: str) -> str | None:
    """Return the proxy through which a URL is reached, by HTTP_PROXY, HTTPS_PROXY and NO_PROXY; None: none.

    Names in lower case count, too, and come first. NO_PROXY lists hosts, domains with all their hosts, and addresses,
    each with or without a port; `*` is every host. Networks such as 10.0.0.0/8 are not understood.
    """
    proxies = getproxies_environment()
    if not proxies:
        return None
    parts = urlsplit(url)
    proxy = proxies.get(parts.scheme)
    host = parts.netloc.rpartition("@")[2]
    return proxy if proxy and not proxy_bypass(host) else None


def login_of(url: str) -> str | None:
    """Return `user:password` of a URL that has them, such as that of a proxy."""
    parts = urlsplit(url)
    return None if parts.username is None else f"{unquote(parts.username)}:{unquote(parts.password or '')}"
