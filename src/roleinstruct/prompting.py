"""Prompts, read from the files in a package's `prompts`: what every request begins with, and what differs.

The system message holds no placeholder: it is the same bytes in every request, so that a server reads it once and
finds it in its cache from then on.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from roleinstruct.errors import AssetError, ConfigError

__all__ = ["Prompt", "prompt_digest", "read_prompt"]


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
def read_prompt(package: str, name: str, language: str) -> Prompt:
    """Read a prompt.

    Args:
        package: Whose it is, such as "roleinstruct.generate".
        name: Such as "annotate".
        language: "zh" or "en".

    Raises:
        AssetError: There is no such prompt in that language.
    """
    system, _, template = _text(package, name, language).partition("\n---\n")
    return Prompt(system.strip(), template.strip())


def prompt_digest(package: str, name: str) -> str:
    """SHA-256 over the files of a prompt, the Chinese one and then the English one.

    Raises:
        AssetError: There is no such prompt.
    """
    texts = (_text(package, name, language) for language in ("zh", "en"))
    return hashlib.sha256("".join(texts).encode("utf-8")).hexdigest()


def _text(package: str, name: str, language: str) -> str:
    file = files(package).joinpath("prompts", f"{name}.{language}.md")
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise AssetError(f"there is no prompt {name!r} in the language {language!r}; expected zh or en.") from error


_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
