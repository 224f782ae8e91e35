"""The paper's own Table 4, which stands beside ours for its size alone."""

from roleinstruct.evaluation.human.standings import COLUMNS
from roleinstruct.evaluation.paper import Published

__all__ = ["paper_ratings"]


def paper_ratings() -> Published:
    """What people gave in RoleCraft-GLM (version 2, Table 4), by `COLUMNS`."""
    return Published(
        source="RoleCraft-GLM (arXiv 2401.09432v2), Table 4",
        metric="scores by people, 1 to 5",
        comparable=False,
        why=(
            "other raters, characters and questions",
            "neither the form nor the definitions that the raters were given are published",
            "neither intervals nor agreement are given",
        ),
        systems={name: dict(zip(COLUMNS, row, strict=True)) for name, row in _ROWS.items()},
    )


_ROWS = {
    "GPT-3.5": (2.95, 3.08, 3.88, 1.89),
    "GPT-4": (3.33, 3.50, 4.26, 2.23),
    "ChatGLM2": (2.56, 3.12, 2.65, 1.91),
    "ChatGLM3": (2.92, 3.36, 3.32, 2.07),
    "Baichuan2": (3.29, 3.61, 4.02, 2.25),
    "Qwen": (3.17, 3.27, 3.97, 2.27),
    "ChatPlug": (3.32, 3.72, 3.91, 2.32),
    "Character.AI": (3.26, 3.57, 3.93, 2.28),
    "Character-LLM": (3.25, 3.68, 3.76, 2.31),
    "RoleGLM": (3.32, 3.67, 4.05, 2.24),
    "RoleCraft-GLM": (3.44, 3.75, 4.14, 2.43),
}
