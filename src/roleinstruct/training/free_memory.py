"""How much memory is free on the device that trains."""

import os
from pathlib import Path

__all__ = ["free_memory"]


def free_memory(*, is_cpu: bool) -> float:
    """Bytes that are free.

    Args:
        is_cpu: Whether it is the machine's own memory, within what its container may have; else that of the GPU.

    Returns:
        0 where nobody can say.
    """
    if is_cpu:
        return min(_of_machine(), _of_container())
    import torch

    return float(torch.cuda.mem_get_info()[0]) if torch.cuda.is_available() else 0.0


def _of_machine() -> float:
    told = Path("/proc/meminfo")
    if told.is_file():
        lines = dict(line.split(":", 1) for line in told.read_text(encoding="ascii").splitlines())
        return float(lines["MemAvailable"].split()[0]) * 1024
    names = os.sysconf_names if hasattr(os, "sysconf") else {}
    return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")) / 2 if "SC_PHYS_PAGES" in names else 0.0


def _of_container() -> float:
    """Of its limit, what is not in use; what only caches files counts as free, for the kernel gives it up."""
    limit, used, parts = (_GROUP / name for name in ("memory.max", "memory.current", "memory.stat"))
    if not (limit.is_file() and used.is_file()):
        return float("inf")
    most = limit.read_text(encoding="ascii").strip()
    if most == "max":
        return float("inf")
    counts = dict(line.split() for line in parts.read_text(encoding="ascii").splitlines()) if parts.is_file() else {}
    return float(most) - float(used.read_text(encoding="ascii")) + float(counts.get("inactive_file", 0))


_GROUP = Path("/sys/fs/cgroup")
"""Where the second version of Linux's control groups tells a container of itself."""
