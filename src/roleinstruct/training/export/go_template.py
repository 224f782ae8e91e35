r"""A chat template in the language of Ollama's: Go's text/template.

It is made of actions alone, and whatever is to be written stands in a quoted string, so that white space in the
template means nothing (`{{-` takes away what stands before it) and no character has to be kept out. The variable $last
is the role of the message before.

    {{- $last := "" }}
    {{- range .Messages }}
    {{- if eq .Role "user" }}
    {{- if eq $last "assistant" }}{{ "<|user|>\n" }}
    {{- else }}{{ "[gMASK]<sop><|user|>\n" }}{{ end }}{{ .Content }}
    …
    {{- end }}{{ $last = .Role }}
    {{- end }}{{ if eq $last "user" }}{{ "<|assistant|>" }}{{ end }}
"""

from collections.abc import Mapping

from roleinstruct.training.export.gaps import Gaps

__all__ = ["go_quoted", "go_template"]


def go_template(gaps: Gaps, system: str = "") -> str:
    """Write a template that writes what another one writes.

    Args:
        gaps: The other one; its first text holds the beginning-of-text token, if it writes one.
        system: A system prompt for conversations without one, where it cannot stand in the Modelfile itself.
    """
    roles = list(dict.fromkeys(role for _, role in gaps.before))
    lines = ['{{- $last := "" }}']
    if system:
        opened = go_quoted(gaps.before["", "system"] + system)
        lines.append(f'{{{{- if not .System }}}}{{{{ {opened} }}}}{{{{ $last = "system" }}}}{{{{ end }}}}')
    lines.append("{{- range .Messages }}")
    for number, role in enumerate(roles):
        word = "if" if number == 0 else "else if"
        lines.append(f'{{{{- {word} eq .Role "{role}" }}}}')
        lines += _before({last: gap for (last, own), gap in gaps.before.items() if own == role})
    lines += ["{{- end }}{{ $last = .Role }}", "{{- end }}"]
    lines.append(f'{{{{- if eq $last "user" }}}}{{{{ {go_quoted(gaps.opening)} }}}}{{{{ end }}}}')
    return "\n".join(lines)


def go_quoted(text: str) -> str:
    r"""A text as a string of Go's, all that is no letter of any language or in ASCII by its number.

    Examples:
        >>> print(go_quoted('<|用户|>\n"\u3000'))
        "<|用户|>\n\"\u3000"
    """
    return f'"{"".join(map(_escaped, text))}"'


def _before(gaps: Mapping[str, str]) -> list[str]:
    """The lines that write what stands before a message, by the role of the one before, and the message."""
    if len(set(gaps.values())) == 1:
        return [f"{{{{- {go_quoted(next(iter(gaps.values())))} }}}}{{{{ .Content }}}}"]
    *some, (_, rest) = sorted(gaps.items(), key=lambda gap: gap[0] == "")  # the first message's is the else
    lines = []
    for number, (last, gap) in enumerate(some):
        word = "if" if number == 0 else "else if"
        lines.append(f'{{{{- {word} eq $last "{last}" }}}}{{{{ {go_quoted(gap)} }}}}')
    return [*lines, f"{{{{- else }}}}{{{{ {go_quoted(rest)} }}}}{{{{ end }}}}{{{{ .Content }}}}"]


_NAMED = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def _escaped(letter: str) -> str:
    if letter in _NAMED:
        return _NAMED[letter]
    if letter.isalnum() or (letter.isascii() and letter.isprintable()):
        return letter
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"
