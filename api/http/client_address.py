"""Which client an address belongs to."""

from __future__ import annotations

import ipaddress


def client_of(address: str) -> str:
    """The client that an address belongs to."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:  # A Unix socket has no address.
        return address
    if parsed.version == 4 or parsed.ipv4_mapped:
        return str(parsed if parsed.version == 4 else parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))
