"""What a finished data set folder lacks to be trained on or scored with, why, and what helps."""

from roleinstruct.dataset.folder import DataFolder

__all__ = ["what_lacks"]


def what_lacks(folder: DataFolder) -> str:
    """One sentence about the most important thing that a finished folder has nothing of; "" if it lacks nothing.

    Raises:
        FolderError: The folder is not finished.
    """
    rows = folder.read_json("reports/statistics.json")["rows"]
    asked = folder.read_json("reports/accounting.json")["question"]
    reasons = sorted(asked["rejected"].items(), key=lambda reason: -reason[1])[:_REASONS]
    why = ", ".join(f"{reason} {count:,}" for reason, count in reasons)
    taken = f"of {asked['read']:,} exchanges in its dialogues none was taken ({why})"
    if not asked["read"]:
        taken = "its dialogues hold no exchange to take one from"
    more = "build it with --model NAME, which asks and answers, or of more text"
    if not rows.get("chat"):
        return (
            f"{folder.root} has no questions with answers, to train on or to score with: {taken}; {more}, or train on "
            "turns of the dialogues with --set data.dialogues=200."
        )
    if not rows.get("specific"):
        return f"{folder.root} has no questions of a character's own (SPE): {taken}; {more}."
    if not rows.get("benchmark"):
        count = sum(rows["specific"].values())
        return f"{folder.root} has no benchmark: none of its {count:,} questions fell into the test part; {more}."
    return ""


_REASONS = 3
"""Reasons that are named, the biggest."""
