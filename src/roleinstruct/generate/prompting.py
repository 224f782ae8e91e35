"""The prompts of this stage."""

from roleinstruct.prompting import Prompt, read_prompt

__all__ = ["prompt"]


def prompt(name: str, language: str) -> Prompt:
    """Read a prompt.

    Args:
        name: Such as "annotate".
        language: "zh" or "en".

    Raises:
        AssetError: There is no such prompt in that language.
    """
    return read_prompt("roleinstruct.generate", name, language)
