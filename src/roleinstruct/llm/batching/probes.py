"""One call ahead of many of its kind: where replies take hours, a refusal is to be heard at once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from roleinstruct.errors import RoleInstructError
from roleinstruct.llm.request import Reply, Request
from roleinstruct.llm.trouble import Trouble

if TYPE_CHECKING:
    from roleinstruct.llm.engine import Failed

__all__ = ["Probes", "kind_of"]


class Probes:
    """Which kinds of requests a server was found to take."""

    def __init__(self) -> None:
        self._kinds: dict[str, asyncio.Future[bool]] = {}

    async def first(self, kind: str, call: "Callable[[], Awaitable[Reply | Failed]]") -> "Reply | Failed | None":
        """Make the call if it is the first of its kind; else wait until the first was answered.

        Returns:
            What the call gave; None for whoever was not the first.

        Raises:
            RoleInstructError: No call can succeed, for the first and for all who wait for it.
            Trouble: The server does not know the kind, likewise.
        """
        while (known := self._kinds.get(kind)) is not None:
            if await asyncio.shield(known):
                return None
        known = self._kinds[kind] = asyncio.get_running_loop().create_future()
        try:
            reply = await call()
        except (RoleInstructError, Trouble) as error:
            del self._kinds[kind]
            known.set_exception(error)
            known.exception()  # that nobody waits is no fault
            raise
        except asyncio.CancelledError:
            del self._kinds[kind]
            known.set_result(False)
            raise
        if not isinstance(reply, Reply):  # this one failed, which says little of the others
            del self._kinds[kind]
        known.set_result(isinstance(reply, Reply))
        return reply


def kind_of(request: Request, form: Mapping[str, object]) -> str:
    """What a server may take or refuse: the names of the parameters, and how the reply is to be shaped."""
    names = {name for name, value in {**request.parameters, **form}.items() if value is not None}
    shaped = form.get("response_format")
    how = (shaped.get("type"), *sorted(shaped)) if isinstance(shaped, Mapping) else ()
    return " ".join((request.model, *map(str, how), *sorted(names)))
