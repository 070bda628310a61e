"""Which addresses belong to the open internet, and which to somebody's own network."""

import ipaddress

#: Shared address space of carriers (RFC 6598) is private to somebody, whatever Python's version says of it.
_CARRIER = ipaddress.ip_network("100.64.0.0/10")
#: IPv4 addresses as a translator writes them (RFC 6052), and what is handed out of IPv6 for the internet (RFC 4291).
_NAT64, _UNICAST = ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("2000::/3")


def is_public(address):
    """Whether this IP address belongs to the open internet.

    >>> [is_public(a) for a in ("1.1.1.1", "2606:4700::1111")]
    [True, True]
    >>> [is_public(a) for a in ("10.0.0.1", "127.0.0.1", "169.254.169.254", "100.64.0.1")]
    [False, False, False, False]
    >>> [is_public(a) for a in ("::1", "fe80::1%eth0", "fec0::1", "::ffff:10.0.0.1", "::10.0.0.1")]
    [False, False, False, False, False]
    >>> [is_public(a) for a in ("64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:a00:1::", "64:ff9b::101:101")]  # by way of IPv4
    [False, False, False, True]
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if ip.version == 6:
        if ip.ipv4_mapped or ip.sixtofour:
            return is_public(str(ip.ipv4_mapped or ip.sixtofour))
        if ip in _NAT64:
            return is_public(str(ipaddress.ip_address(int(ip) & 0xFFFFFFFF)))
        if ip not in _UNICAST:
            return False
    return ip.is_global and not ip.is_multicast and not (ip.version == 4 and ip in _CARRIER)
