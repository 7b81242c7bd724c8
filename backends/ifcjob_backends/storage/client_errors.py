"""Errors of aiohttp in words, for messages about object stores and web servers."""

import aiohttp


def describe(error: Exception) -> str:
    """Return what is wrong with a server as a predicate, such as "refuses the connection"."""
    match error:
        case TimeoutError():
            return "does not answer in time"
        case aiohttp.ClientConnectorCertificateError():
            return "has a certificate that is not trusted; name its authority in the settings"
        case aiohttp.ClientProxyConnectionError():
            return f"cannot be reached: the proxy refuses the connection ({error.os_error.strerror})"
        case aiohttp.ClientHttpProxyError():
            return f"cannot be reached: the proxy answers HTTP {error.status}"
        case aiohttp.ClientConnectorDNSError():
            return "has a host name that cannot be resolved"
        case aiohttp.ClientConnectorError():
            return f"refuses the connection ({error.os_error.strerror or type(error).__name__})"
        case _:
            return f"closed the connection ({type(error).__name__})"
