"""Addresses and ports: what machines can reach, and why a loopback address is not enough."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator, StrictInt, StrictStr

from runbook.fields.wrong import Wrong, matches, shown
from runbook.harmless import is_harmless
from runbook.text import T


def address(text: str) -> str:
    """An IP address or host name that other machines can reach; IP addresses come out normal."""
    try:
        ip = ipaddress.ip_address(text)
    except ValueError:
        if text.startswith("[") or "/" in text or matches(r"[^:]*:[0-9]+", text):
            raise Wrong(
                T("{value} is more than an address", value=shown(text)),
                T("Give the bare address, without brackets, scheme, port or network length"),
            ) from None
        if not dns_name(text):
            raise Wrong(
                T("{value} is neither an IP address nor a host name", value=shown(text)),
                T("Give an address such as 192.168.232.5, or a name such as node1.example.com"),
            ) from None
        if text.casefold().removesuffix(".").split(".")[-1] in {"localhost", "localdomain"}:
            raise _loopback(text) from None
        return text
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if ip.is_loopback:
        raise _loopback(text)
    if ip.is_unspecified or ip.is_multicast or getattr(ip, "scope_id", None):
        raise Wrong(
            T("{value} is not the address of one machine", value=shown(text)),
            T("Give the address under which the other hosts reach this one"),
        )
    return str(ip)


def _loopback(text: str) -> Wrong:
    return Wrong(
        T("{value} leads each host to itself, not to this host", value=shown(text)),
        T(
            "Give the address under which the other hosts reach this one; with a loopback "
            "address the nodes find each other and then replicate nothing"
        ),
    )


def dns_name(text: str) -> bool:
    """Whether ``text`` is a host name as RFC 1123 wants it, and not a mistyped IPv4 address."""
    labels = text.removesuffix(".").split(".")
    return (
        len(text) <= 253
        and all(matches(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?", each) for each in labels)
        and not matches(r"[0-9]+", labels[-1])
    )


def multicast_address(text: str) -> str:
    """An IPv4 multicast address."""
    try:
        if ipaddress.IPv4Address(text).is_multicast:
            return text
    except ValueError:
        pass
    raise Wrong(
        T("{value} is not a multicast address", value=shown(text)),
        T("Multicast addresses lie between 224.0.0.0 and 239.255.255.255, such as 228.0.0.4"),
    )


def allowed_from(text: str) -> str:
    """An address or network that may see the manager; never the whole internet."""
    try:
        network = ipaddress.ip_network(text, strict=False)
        if "%" in text:  # what stands behind it may be anything, and would go into httpd's file
            raise ValueError
    except ValueError:
        raise Wrong(
            T("{value} is neither an address nor a network", value=shown(text)),
            T("Give an address such as 192.168.232.1, or a network such as 192.168.232.0/24"),
        ) from None
    if network.prefixlen < (8 if network.version == 4 else 7):
        raise Wrong(
            T("{value} opens the balancer manager to anybody", value=shown(text)),
            T(
                "Whoever sees the manager can take Tomcats out of the cluster; name the machines "
                "that operators use, such as 192.168.232.1 or 10.20.0.0/16"
            ),
        )
    if "/" in text and str(network.network_address) != str(_host_part(text)):
        raise Wrong(
            T("{value} names a host and a network at once", value=shown(text)),
            T("Did you mean {network}?", network=network),
        )
    return str(network) if "/" in text else str(network.network_address)


def _host_part(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(text.split("/")[0])


def port(number: int) -> int:
    """A TCP or UDP port."""
    if not 1 <= number <= 65535:
        raise Wrong(
            T("{value} is not a port", value=shown(number)),
            T("Ports go from 1 to 65535"),
        )
    return number


def high_port(number: int) -> int:
    """A port that a process without root's rights can open."""
    if port(number) < 1024:
        raise Wrong(
            T("Tomcat cannot open port {value}", value=number),
            T("Tomcat does not run as root, so its ports go from 1024 to 65535"),
        )
    return number


def ssh_word(text: str) -> str:
    """A name for ssh: an alias, a user, a host; one word that is no option.

    A ProxyCommand of ssh_config hands it to a shell, so it holds nothing that a shell acts on.
    """
    if not is_harmless(text) or not re.fullmatch(r"[^\s-][^\s]*", text):
        raise Wrong(
            T("{value} is not one word", value=shown(text)),
            T("Give it as in an ssh command, without spaces or options"),
        )
    if found := re.search(r"""['"`;&<>|(){}]""", text):
        raise Wrong(
            T("{value} holds a character that a shell acts on", value=shown(text)),
            T("ssh takes no name with {character} in it either", character=found[0]),
        )
    return text


def jump(text: str) -> str:
    """A jump host as ``ssh -J`` takes it: ``[user@]host[:port]``."""
    found = re.fullmatch(r"(?:([^@\s]+)@)?(\[[^\]\s]+\]|[^:@\s]+)(?::([0-9]+))?", text, re.ASCII)
    if not found or text.startswith("-") or not 1 <= int((found[3] or "22")[:6]) <= 65535:
        raise Wrong(
            T("{value} is not a jump host", value=shown(text)),
            T("Give it as in ssh -J, such as operator@gate.example.com:22"),
        )
    for name in filter(None, (found[1], found[2])):
        ssh_word(name)
    return text


Address = Annotated[StrictStr, AfterValidator(address)]
MulticastAddress = Annotated[StrictStr, AfterValidator(multicast_address)]
AllowedFrom = Annotated[StrictStr, AfterValidator(allowed_from)]
Port = Annotated[StrictInt, AfterValidator(port)]
HighPort = Annotated[StrictInt, AfterValidator(high_port)]
SshWord = Annotated[StrictStr, AfterValidator(ssh_word)]
Jump = Annotated[StrictStr, AfterValidator(jump)]
