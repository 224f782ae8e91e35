"""Prompts, read from the files in `prompts`: what every request begins with, and what differs from one to the next.

The system message holds no placeholder: it is the same bytes in every request, so that a server reads it once and
finds it in its cache from then on.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from roleinstruct.errors import AssetError, ConfigError

__all__ = ["Prompt", "prompt"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """What to tell a model.

    Attributes:
        system: The task, the rules and the shape of the answer.
        template: The user message, with placeholders such as `{{lines}}`.
    """

    system: str
    template: str

    @property
    def placeholders(self) -> frozenset[str]:
        """The names that `user` must be given."""
        return frozenset(_PLACEHOLDER.findall(self.template))

    def user(self, **values: object) -> str:
        """The user message; a value that looks like a placeholder stays as it is.

        Raises:
            ConfigError: A placeholder was given no value, or a value has no placeholder.
        """
        if values.keys() != self.placeholders:
            raise ConfigError(
                f"the prompt takes {', '.join(sorted(self.placeholders))} and was given {', '.join(sorted(values))}."
            )
        return _PLACEHOLDER.sub(lambda found: str(values[found[1]]), self.template)


@cache
def prompt(name: str, language: str) -> Prompt:
    """Read a prompt.

    Args:
        name: Such as "annotate".
        language: "zh" or "en".

    Raises:
        AssetError: There is no such prompt in that language.
    """
    file = files("roleinstruct.generate").joinpath("prompts", f"{name}.{language}.md")
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise AssetError(f"there is no prompt {name!r} in the language {language!r}; expected zh or en.") from error
    system, _, template = text.partition("\n---\n")
    return Prompt(system.strip(), template.strip())


_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
