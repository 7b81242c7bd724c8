"""Which web servers a source may name: pure rules over hosts, ports and addresses.

Users write URLs, and the operator and its pods stand inside the cluster, so a URL is also a way in. Two rules keep it
shut: the administrator lists the hosts (an entry without a port means the scheme's own), and some addresses are refused
whoever is listed: a name may be made to point anywhere.

Private addresses are not refused as such. A file server of one's own is what the list is for; a network that pods must
not reach is named in the settings, as the cluster's own networks are.
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
        *("224.0.0.0/4", "240.0.0.0/4", "ff00::/8"),  # many hosts, or none
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
_HOST = r"[a-z0-9]([-a-z0-9_]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9_]*[a-z0-9])?)*|[0-9a-f:]*:[0-9a-f:.]*"
_ENTRY = re.compile(rf"(?P<any>\*\.)?(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<host>{_HOST.partition('|')[0]}))(:(?P<port>\d+))?")


class WebPolicy:
    """The hosts a source may name and the networks it must not lead to."""

    def __init__(self, hosts: Iterable[str], refused: Iterable[Network] = REFUSED) -> None:
        self._hosts = [_entry(host) for host in hosts]
        self._refused = tuple(refused)

    def refusal(self, url: URL) -> str | None:
        """Say why a URL must not be asked, before its name is resolved; None when it may."""
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
        return f"is on {host}, an address no source may have" if self.is_refused(literal) else None

    def is_refused(self, address: Address) -> bool:
        """Tell whether an address is out of bounds, also when another one is wrapped in it."""
        return any(address in network for address in _unwrapped(address) for network in self._refused)


def _entry(text: str) -> tuple[bool, str, int | None]:
    found = _ENTRY.fullmatch(text.strip().lower())
    if found is None or (found["any"] and found["v6"]):
        raise ValueError(f"{text!r} is no host: write files.example.com, *.example.com or files.example.com:8443")
    return bool(found["any"]), found["host"] or found["v6"], int(found["port"]) if found["port"] else None


def _matches(entry: tuple[bool, str, int | None], host: str, url: URL) -> bool:
    below, name, port = entry
    if not (url.is_default_port() if port is None else url.port == port):
        return False
    return host.endswith(f".{name}") if below else host == name


def _is_odd_number(host: str) -> bool:
    """Tell whether programs disagree on a host: `127.1` and `0x7f000001` are addresses to some, names to others."""
    if not re.fullmatch(r"[0-9]+|0x[0-9a-f]*", host.rpartition(".")[2]):
        return False
    try:
        return not IPv4Address(host)
    except ValueError:
        return True


def _unwrapped(address: Address) -> list[Address]:
    """Return the address and the IPv4 addresses that a gateway or the kernel would take out of it."""
    if isinstance(address, IPv4Address):
        return [address]
    found: list[Address | None] = [address, address.ipv4_mapped, address.sixtofour]
    if address.teredo:
        found.extend(address.teredo)
    if address in _NAT64:
        found.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [each for each in found if each is not None]
