"""How a score came about, in one line: two scores that were not made alike must not be compared."""

from roleinstruct.errors import RecordError

__all__ = ["expect_same", "signature"]


def signature(metric: str, **settings: object) -> str:
    """Write down a metric and what it was set to.

    Args:
        metric: Its name, such as "rougeL".
        settings: By name, in a fixed order; "version" stands last.

    Returns:
        Such as "rougeL|measure:f|tokenizer:char|references:max|version:1".
    """
    return "|".join([metric, *(f"{name}:{value}" for name, value in settings.items())])


def expect_same(*signatures: str) -> str:
    """The one signature of several scores.

    Raises:
        RecordError: They differ, or there is none.
    """
    different = list(dict.fromkeys(signatures))
    if len(different) != 1:
        found = " and ".join(different) or "none"
        raise RecordError(f"scores of different kinds cannot be compared ({found}): make them in the same way.")
    return different[0]
