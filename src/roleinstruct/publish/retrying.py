"""Calls to a hub that are made again where that helps, since its clients give up on the first busy answer.

huggingface_hub repeats uploads by itself, and nothing else: one 503 on a commit, on the creation of a repository or on
a look at it ends the work.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from importlib import import_module
from json import JSONDecodeError
from types import ModuleType
from typing import TypeVar

from roleinstruct.errors import PublishError

__all__ = ["Patience", "Trouble", "failed", "hub_errors", "patiently", "trouble_of", "wait_for"]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to go on.

    Attributes:
        tries: Calls in all, 1 or more.
        first: Seconds before the second call; each wait is twice the one before.
        longest: Seconds of the longest wait, also where the hub asks for a longer one.
    """

    tries: int = 6
    first: float = 1.0
    longest: float = 60.0

    def wait(self, number: int, asked: float | None) -> float:
        """Seconds to wait after so many failed calls, 1 or more."""
        return min(self.longest, asked if asked is not None else self.first * 2 ** (number - 1))


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a failed call means.

    Attributes:
        is_passing: The same call may succeed later; nobody knows whether it has done its work.
        is_stale: Somebody else has changed the repository meanwhile.
        status: The HTTP status, or None where no answer came.
        wait: Seconds that the hub asks for, or None.
        reason: In a few words, without addresses, which may hold signatures.
    """

    is_passing: bool
    is_stale: bool
    status: int | None
    wait: float | None
    reason: str


def hub_errors() -> tuple[type[Exception], ...]:
    """What calls of the installed huggingface_hub raise when something is wrong with the hub or the way to it."""
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    # An upload that failed is a RuntimeError around its reason; hf_xet raises the built-in ConnectionError; a page that
    # is no hub's is no JSON. A file that cannot be looked at is told as one that is not in the cache.
    passing = (HfHubHTTPError, _client().TransportError, ConnectionError, TimeoutError, JSONDecodeError)
    return (*passing, RuntimeError, LocalEntryNotFoundError)


def trouble_of(error: Exception) -> Trouble:
    """What one of `hub_errors` means."""
    from huggingface_hub.errors import LocalEntryNotFoundError

    response = getattr(error, "response", None)
    if response is None:
        cause, wrappers = error.__cause__, (RuntimeError, LocalEntryNotFoundError)
        if isinstance(error, wrappers) and isinstance(cause, Exception):
            return trouble_of(cause)
        if lasting := _lasting(error):
            return Trouble(False, False, None, None, lasting)
        is_passing = isinstance(error, hub_errors()) and not isinstance(error, wrappers)
        return Trouble(is_passing, False, None, None, f"{type(error).__name__} on the way")
    status = int(response.status_code)
    reason = f"the hub answered {status}, {_said(error) or response.reason_phrase}"
    return Trouble(status in _PASSING, status in (409, 412), status, _asked(response.headers), reason)


def failed(what: str, error: Exception) -> PublishError:
    """The one sentence for a call that is given up.

    Args:
        what: What was being done, as in "creating org/name".
        error: One of `hub_errors`.
    """
    trouble = trouble_of(error)
    todo = _TODO.get(trouble.reason, _TODO.get(trouble.status, _AGAIN))
    return PublishError(f"{what} failed ({trouble.reason.rstrip('.')}): {todo}.")


def patiently(what: str, call: Callable[[], _T], patience: Patience, say: Callable[[str], None]) -> _T:
    """Make a call that does no harm when it is made twice, again and again while that may help.

    Args:
        what: What is being done, as in "looking at org/name".
        call: The call.
        patience: How long.
        say: Hears of every wait.

    Raises:
        PublishError: It failed for the last time, or in a way that does not pass.
    """
    number = 0
    while True:
        number += 1
        try:
            return call()
        except hub_errors() as error:
            trouble = trouble_of(error)
            if not trouble.is_passing or number >= patience.tries:
                raise failed(what, error) from error
            wait_for(what, trouble, patience.wait(number, trouble.wait), say)


def wait_for(what: str, trouble: Trouble, seconds: float, say: Callable[[str], None]) -> None:
    """Tell of a failed call, and wait before the next."""
    say(f"{what}: {trouble.reason.rstrip('.')}; trying again in {seconds:.0f} s")
    time.sleep(seconds)


def _client() -> ModuleType:
    """The HTTP client of the installed huggingface_hub: httpx, or httpx2 since 2.0."""
    from huggingface_hub.errors import HfHubHTTPError

    return import_module(HfHubHTTPError.__mro__[1].__module__.partition(".")[0])


def _lasting(error: Exception) -> str:
    """The reason of an error without an answer of a hub that will be the same at every try; "" for the others."""
    from huggingface_hub.errors import OfflineModeIsEnabled

    if isinstance(error, OfflineModeIsEnabled):
        return _OFFLINE
    if isinstance(error, _client().UnsupportedProtocol):
        return _NO_ADDRESS
    if isinstance(error, JSONDecodeError):
        return _NO_HUB
    return _NO_XET if "xet-write-token" in str(error) and "404" in str(error) else ""


def _said(error: Exception) -> str:
    """What a hub says of an error, in one line; its own words alone, and without addresses."""
    said = getattr(error, "server_message", None) or str(error).partition("\n")[0].partition("(Request ID")[0]
    # Where the answer has no words, the client's are "Server error … for url …", with the signature of an upload in it.
    plain = " ".join(_ADDRESS.sub("…", said.partition(" for url ")[0]).split())
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}…"


def _asked(headers: Mapping[str, str]) -> float | None:
    """Seconds that a hub asks to wait: a number, a date, or the rest of its window of requests."""
    asked = headers.get("Retry-After", "")
    if re.fullmatch(r"[0-9]{1,9}", asked):
        return float(asked)
    try:
        return max(0.0, parsedate_to_datetime(asked).timestamp() - time.time())
    except ValueError:
        spent = _WINDOW.search(headers.get("RateLimit", ""))
        return float(spent[1]) if spent else None


_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[^\s'\"<>]+")
_WINDOW = re.compile(r"\br\s*=\s*0\s*;\s*t\s*=\s*([0-9]{1,9})")
_LONGEST = 300
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
"""From 520 on those of a proxy in front of the hub, which has no answer of it, and of a hub with too much to do."""
_NO_XET = "this hub has no Xet store"
_OFFLINE = "HF_HUB_OFFLINE is set"
_NO_ADDRESS = "HF_ENDPOINT is no http address"
_NO_HUB = "the address answers with a page that is no hub's"
_AGAIN = "the repository may be there, empty or whole: give the same command again, which finds out"
_TODO: dict[str | int | None, str] = {
    _NO_XET: "set HF_HUB_DISABLE_XET=1 in the environment and give the same command again",
    _OFFLINE: "unset it, or write an archive with --bundle and push that elsewhere",
    _NO_ADDRESS: "set it to the address of a hub, such as https://huggingface.co, or unset it",
    _NO_HUB: f"check HF_ENDPOINT, and whether this network asks for a login; {_AGAIN}",
    None: f"check the connection and HF_ENDPOINT; {_AGAIN}",
    400: "the hub refuses what was sent: mend what it names",
    401: "log in with hf auth login, or set HF_TOKEN to a token that may write there",
    403: "use a token that may write there: hf auth login, or HF_TOKEN",
    404: "check the name, and that your token may see it",
    413: "make the files smaller",
}
