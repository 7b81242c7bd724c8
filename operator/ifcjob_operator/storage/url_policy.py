"""The web servers that a source may use: pure rules about hosts, ports and addresses.

Users write URLs, and the operator and its pods are inside the cluster: a URL could reach internal services. Two rules
prevent that: the administrator lists the hosts (an entry without a port means the scheme's default), and some addresses
are refused even for listed hosts, since a name can be made to point anywhere.

Private addresses are not refused as such: the list is meant for in-house file servers. A network that sources must not
reach, such as the cluster's own, is named in the settings.
"""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from yarl import URL

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

REFUSED: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "127.0.0.0/8", "::/96", "::1/128"),  # this host
        *("169.254.0.0/16", "fe80::/10", "fec0::/10"),  # this link: a cloud's metadata service above all
        *("100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "fd00:ec2::/32"),  # such services elsewhere
        *("224.0.0.0/4", "240.0.0.0/4", "ff00::/8"),  # multicast and reserved
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
_HOST = r"[a-z0-9]([-a-z0-9_]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9_]*[a-z0-9])?)*|[0-9a-f:]*:[0-9a-f:.]*"
_ENTRY = re.compile(rf"(?P<any>\*\.)?(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<host>{_HOST.partition('|')[0]}))(:(?P<port>\d+))?")


class WebPolicy:
    """The allowed hosts and the refused networks."""

    def __init__(self, hosts: Iterable[str], refused: Iterable[Network] = REFUSED) -> None:
        self._hosts = [_entry(host) for host in hosts]
        self._refused = tuple(refused)

    def refusal(self, url: URL) -> str | None:
        """Return why a URL is refused, before its name is resolved; None when it is allowed."""
        if url.scheme not in ("http", "https"):
            return "is not an http(s) URL"
        if url.user is not None or url.password is not None:
            return "has a user name or password in it"
        host = (url.raw_host or "").lower()
        if not re.fullmatch(_HOST, host) or _is_odd_number(host):
            return "has no proper host name"
        if not any(_matches(entry, host, url) for entry in self._hosts):
            port = "" if url.is_default_port() else f":{url.port}"
            return f"is on {host}{port}, which the operator's settings do not allow"
        try:
            literal = ip_address(host)
        except ValueError:
            return None
        return f"is on {host}, an address that sources must not have" if self.is_refused(literal) else None

    def is_refused(self, address: Address) -> bool:
        """Return whether an address, or an IPv4 address embedded in it, is refused."""
        return any(address in network for address in _unwrapped(address) for network in self._refused)


def _entry(text: str) -> tuple[bool, str, int | None]:
    match = _ENTRY.fullmatch(text.strip().lower())
    if match is None or (match["any"] and match["v6"]):
        raise ValueError(f"{text!r} is not a host: write files.example.com, *.example.com or files.example.com:8443")
    return bool(match["any"]), match["host"] or match["v6"], int(match["port"]) if match["port"] else None


def _matches(entry: tuple[bool, str, int | None], host: str, url: URL) -> bool:
    below, name, port = entry
    if not (url.is_default_port() if port is None else url.port == port):
        return False
    return host.endswith(f".{name}") if below else host == name


def _is_odd_number(host: str) -> bool:
    """Return whether programs disagree about a host: `127.1` is an address to some and a name to others."""
    if not re.fullmatch(r"[0-9]+|0x[0-9a-f]*", host.rpartition(".")[2]):
        return False
    try:
        return not IPv4Address(host)
    except ValueError:
        return True


def _unwrapped(address: Address) -> list[Address]:
    """Return the address and the IPv4 addresses that a gateway or the kernel would extract from it."""
    if isinstance(address, IPv4Address):
        return [address]
    addresses: list[Address | None] = [address, address.ipv4_mapped, address.sixtofour]
    if address.teredo:
        addresses.extend(address.teredo)
    if address in _NAT64:
        addresses.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [candidate for candidate in addresses if candidate is not None]
