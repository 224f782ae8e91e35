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
    for limit, used, cached in _LAYOUTS:
        if (_GROUPS / limit).is_file() and (_GROUPS / used).is_file():
            most = (_GROUPS / limit).read_text(encoding="ascii").strip()
            if most == "max":
                return float("inf")
            counts = (_GROUPS / used).with_name("memory.stat").read_text(encoding="ascii").splitlines()
            cache = next((line.split()[1] for line in counts if line.startswith(f"{cached} ")), "0")
            return float(most) - float((_GROUPS / used).read_text(encoding="ascii")) + float(cache)
    return float("inf")


_GROUPS = Path("/sys/fs/cgroup")
_LAYOUTS = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "total_inactive_file"),
)
"""Where Linux tells a container of its limit, of what it uses, and of the files among it: as now, and as before."""
