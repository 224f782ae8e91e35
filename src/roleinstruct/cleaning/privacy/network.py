"""Addresses of the net: web pages and machines."""

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from roleinstruct.cleaning.privacy.spans import Span
from roleinstruct.cleaning.privacy.view import cued

__all__ = ["find_network"]


def find_network(view: str) -> Iterator[Span]:
    """Find `url` and `ip`."""
    for match in _URL.finditer(view):
        yield Span("url", match.start(), match.end() - len(_trailing(match.group())))
    for match in _IPV4.finditer(view):
        if _is_machine(view, match):
            yield Span("ip", *match.span())
    if view.count(":") > 1:
        for match in _IPV6.finditer(view):
            if _is_ipv6(match.group()):
                yield Span("ip", *match.span())


def _trailing(url: str) -> str:
    """The punctuation at the end that belongs to the sentence; a bracket that the address opens is its own."""
    kept = len(url)
    while kept and (url[kept - 1] in ".,;:!?'\"*~" or (url[kept - 1] == ")" and "(" not in url[:kept])):
        kept -= 1
    return url[kept:]


def _is_machine(view: str, match: re.Match[str]) -> bool:
    """Four numbers to 255 are a machine unless they count versions or chapters; small ones must be called one."""
    try:
        IPv4Address(match.group())
    except AddressValueError:
        return False
    if cued(view, match.start(), _VERSION_CUE, 20) or _VERSION_AFTER.match(view, match.end()):
        return False
    small = all(len(part) == 1 for part in match.group().split("."))
    return not small or len(set(match.group())) == 2 or cued(view, match.start(), _MACHINE_CUE, 20)


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    if text == "::1" or _LOCAL_IPV6.fullmatch(text):
        return True
    return len([group for group in text.split(":") if group]) >= 3


_LOCAL_IPV6 = re.compile(r"(?:f[cd][0-9a-f]{2}|fe80|2[0-9a-f]{3})::[0-9a-f:]+", re.IGNORECASE)
_IN_URL = r"[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]"
_DOMAIN = r"(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.)"
_TLD = r"(?:com|cn|net|org|io|edu|gov|info|me|cc|top|xyz|tv|co|app|dev|uk|jp|hk|us|de|fr|ly|link|site|shop|club|vip)"
_URL = re.compile(
    rf"(?<![A-Za-z0-9])(?:https?|ftp)://{_IN_URL}+"
    rf"|(?<![A-Za-z0-9@./\-])www\.{_DOMAIN}+[A-Za-z]{{2,10}}(?![A-Za-z0-9])(?::\d{{2,5}})?(?:[/?#]{_IN_URL}*)?"
    rf"|(?<![A-Za-z0-9@./\-_]){_DOMAIN}{{1,4}}{_TLD}(?![A-Za-z0-9\-])(?::\d{{2,5}})?/(?:{_IN_URL}*)",
    re.IGNORECASE,
)
_IPV4 = re.compile(r"(?<![\w.\-])(?:\d{1,3}\.){3}\d{1,3}(?!\w)(?![.\-]\d)", re.ASCII)
_IPV6 = re.compile(
    r"(?<![0-9A-Za-z:.])(?:[0-9A-Fa-f]{1,4}:|:){2,7}[0-9A-Fa-f]{0,4}(?![0-9A-Za-z:.])"
    r"|(?<![0-9A-Za-z:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{1,4}(?![0-9A-Za-z:])"
)
_VERSION_CUE = re.compile(
    r"(?:版本|版|固件|驱动|系统|补丁|升级到|更新到|章节?|小节|条款?|第|ios|android|chrome|(?<![a-z])(?:v|ver"
    r"|version|release|build|firmware"
    r"|update"
    r"|section|chapter|clause|driver|patch))(?:号|[:：.\s]|是|为|to|到|is|number)*$",
    re.IGNORECASE,
)
_VERSION_AFTER = re.compile(r"(?:版|章|节|条)")
_MACHINE_CUE = re.compile(r"(?:ip|地址|服务器|dns|ping|host|server|网关|gateway)[^\d]{0,8}$", re.IGNORECASE)
