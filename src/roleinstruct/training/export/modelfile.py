"""Ollama's Modelfile, written so that what Ollama reads is what was meant.

Its reader (parser/parser.go) knows no escapes: a quoted text ends at the next three quotes, and characters that Go does
not count as printable, such as the full-width space and the joiner of emoji, are dropped without a word.
"""

from collections.abc import Mapping, Sequence

__all__ = ["is_readable", "modelfile"]


def is_readable(text: str) -> bool:
    r"""Whether Ollama reads a text as it stands.

    Examples:
        >>> is_readable("木匠\n慢性子"), is_readable("木匠\u3000慢性子"), is_readable('"' * 3)
        (True, False, False)
    """
    return '"""' not in text and not text.startswith('"') and not text.endswith('"') and all(map(_is_kept, text))


def modelfile(
    source: Sequence[str], template: str, system: str, stops: Sequence[str], parameters: Mapping[str, float]
) -> str:
    """Write a Modelfile.

    Args:
        source: The lines that say what it is made of: FROM, and ADAPTER if there is one.
        template: Of Go's text/template.
        system: The system prompt; "" for none.
        stops: Names of tokens that end an answer.
        parameters: Numbers, such as temperature.
    """
    lines = [*source, f'TEMPLATE """{template}"""']
    lines += [f'SYSTEM """{system}"""'] if system else []
    lines += [f'PARAMETER stop "{stop}"' for stop in stops]
    lines += [f"PARAMETER {name} {value:g}" for name, value in parameters.items()]
    return "\n".join(lines) + "\n"


def _is_kept(letter: str) -> bool:
    return letter in "\n\t" or letter.isprintable()
