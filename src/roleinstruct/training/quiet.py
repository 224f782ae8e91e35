"""Libraries that draw bars, give advice and warn of each other's changes, kept still while our own listener speaks."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["quiet"]


@contextmanager
def quiet() -> Iterator[None]:
    """No bars of datasets and transformers, and none of what they and TRL say below an error."""
    import datasets
    from transformers.utils import logging as untyped

    logging: Any = untyped

    had_bars, level = logging.is_progress_bar_enabled(), logging.get_verbosity()
    had_dataset_bars = not datasets.are_progress_bars_disabled()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    datasets.disable_progress_bars()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # peft and TRL call what transformers is about to rename
            yield
    finally:
        logging.set_verbosity(level)
        if had_bars:
            logging.enable_progress_bar()
        if had_dataset_bars:
            datasets.enable_progress_bars()
