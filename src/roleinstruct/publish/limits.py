"""How the hub's clients behave in a command line: they wait no longer than so, and draw on a terminal alone."""

import sys

__all__ = ["SILENCE", "limit_waiting", "quiet_bars"]

SILENCE = 120.0
"""Seconds without a byte after which a connection is given up and tried again."""


def limit_waiting(silence: float = SILENCE) -> None:
    """Give every client of huggingface_hub in this process a time limit: by themselves they wait for ever for a commit.

    It is for programs that own their process, such as a command line, and does nothing where somebody has set a factory
    of clients before.

    Args:
        silence: Seconds, more than 0.
    """
    from huggingface_hub import set_client_factory
    from huggingface_hub.utils import _http

    if _http._GLOBAL_CLIENT_FACTORY is not _http.default_client_factory:
        return
    before = _http.default_client_factory

    def limited() -> object:
        client = before()
        client.timeout = silence
        return client

    set_client_factory(limited)  # type: ignore[arg-type]  # of the installed client: httpx, or httpx2 since 2.0


def quiet_bars() -> None:
    """Keep the clients' progress bars out of logs and pipes."""
    from huggingface_hub.utils import disable_progress_bars

    if not sys.stderr.isatty():
        disable_progress_bars()
