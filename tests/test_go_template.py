"""Chat templates written for Ollama: found by asking the training's, and tried by a reader of Go's language."""

import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from roleinstruct.errors import ExportError
from roleinstruct.records import Message
from roleinstruct.training.export.conversations import CONVERSATIONS
from roleinstruct.training.export.gaps import find_gaps
from roleinstruct.training.export.go_interpreter import execute
from roleinstruct.training.export.go_template import go_quoted, go_template
from roleinstruct.training.export.modelfile import is_readable, modelfile

GLM = (
    "[gMASK]<sop>{% for m in messages %}<|{{ m['role'] }}|>\n{{ m['content'] }}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
CHATML = (
    "{% for m in messages %}{% if loop.first and m['role'] != 'system' %}<|im_start|>system\n"
    "You are “helpful”.\u3000😀 \\ {{ '{{' }}<|im_end|>\n{% endif %}<|im_start|>{{ m['role'] }}\n"
    "{{ m['content'] }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
LLAMA_3 = (
    "{% for m in messages %}{% if loop.first %}<|begin_of_text|>{% endif %}<|start_header_id|>{{ m['role'] }}"
    "<|end_header_id|>\n\n{{ m['content'] }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
LLAMA_2 = (
    "{% for m in messages %}{% if m['role'] == 'system' %}<s>[INST] <<SYS>>\n{{ m['content'] }}\n<</SYS>>\n\n"
    "{% elif m['role'] == 'user' %}{% if loop.index0 == 0 or messages[loop.index0 - 1]['role'] == 'assistant' %}"
    "<s>[INST] {% endif %}{{ m['content'] }} [/INST]{% else %} {{ m['content'] }} </s>{% endif %}{% endfor %}"
)
CHAINS = {"GLM-4": GLM, "ChatML": CHATML, "Llama 3": LLAMA_3, "Llama 2": LLAMA_2}

SYSTEM_LAST = (  # as Mistral's: the system prompt stands in the last turn of the user
    "<s>{% for m in messages %}{% if m['role'] == 'user' %}[INST] "
    "{% if loop.last and messages[0]['role'] == 'system' %}{{ messages[0]['content'] }}\n\n{% endif %}"
    "{{ m['content'] }}[/INST]{% elif m['role'] == 'assistant' %} {{ m['content'] }}</s>{% endif %}{% endfor %}"
)
COUNTED = "{% for m in messages %}[{{ loop.index }} {{ m['role'] }}]{{ m['content'] }}{% endfor %}[answer]"
REPEATED = "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}{{ m['content'] }}{% endfor %}"
LONG_TALK = (
    "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}{% endfor %}{% if messages|length > 3 %}<on>{% endif %}"
)


def writer(template: str) -> Callable[[Sequence[Message]], str]:
    read = Environment(keep_trailing_newline=True).from_string(template)

    def write(messages: Sequence[Message]) -> str:
        told = [{"role": message.role, "content": message.content} for message in messages]
        return read.render(messages=told, add_generation_prompt=True)

    return write


@pytest.mark.parametrize("name", CHAINS)
def test_what_a_go_template_writes_is_what_the_chat_template_writes(name: str) -> None:
    write = writer(CHAINS[name])
    template = go_template(find_gaps(write))
    for conversation in CONVERSATIONS:
        assert execute(template, conversation.messages) == write(conversation.messages)
    assert is_readable(template)


def test_the_template_of_glm_reads_well() -> None:
    assert go_template(find_gaps(writer(GLM))).splitlines() == [
        '{{- $last := "" }}',
        "{{- range .Messages }}",
        '{{- if eq .Role "user" }}',
        r'{{- if eq $last "system" }}{{ "<|user|>\n" }}',
        r'{{- else if eq $last "assistant" }}{{ "<|user|>\n" }}',
        r'{{- else }}{{ "[gMASK]<sop><|user|>\n" }}{{ end }}{{ .Content }}',
        '{{- else if eq .Role "system" }}',
        r'{{- "[gMASK]<sop><|system|>\n" }}{{ .Content }}',
        '{{- else if eq .Role "assistant" }}',
        r'{{- "<|assistant|>\n" }}{{ .Content }}',
        "{{- end }}{{ $last = .Role }}",
        "{{- end }}",
        '{{- if eq $last "user" }}{{ "<|assistant|>" }}{{ end }}',
    ]


@pytest.mark.parametrize(
    ("template", "why"),
    [
        (SYSTEM_LAST, "one message after another"),
        (COUNTED, r"writes '\[1 user\]' before some of the user messages and '\[2 user\]'|before others"),
        (REPEATED, "one message after another"),
        (LONG_TALK, "opens an answer in several ways"),
    ],
)
def test_what_is_no_chain_is_refused_in_one_sentence(template: str, why: str) -> None:
    with pytest.raises(ExportError, match=why):
        find_gaps(writer(template))


def test_a_persona_in_the_template_gives_way_to_another() -> None:
    persona, other, asked = Message("system", "老方\u3000木匠"), Message("system", "Nora"), Message("user", "早")
    write = writer(GLM)
    template = go_template(find_gaps(write), persona.content)
    assert execute(template, [asked]) == write([persona, asked])
    assert execute(template, [other, asked]) == write([other, asked])


def test_an_answer_that_is_begun_is_gone_on_with() -> None:
    template = go_template(find_gaps(writer(GLM)))
    begun = [Message("user", "早"), Message("assistant", "早，今")]
    assert execute(template, begun) == "[gMASK]<sop><|user|>\n早<|assistant|>\n早，今"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30))
def test_any_text_can_be_quoted(text: str) -> None:
    assert execute(f"x \n{{{{- {go_quoted(text)} -}}}}\n y", []) == f"x{text}y"


@pytest.mark.parametrize(
    "template",
    [
        "{{ .Prompt }}",
        "{{ if .System }}x{{ end }}",
        "{{ range .Messages }}",
        '{{ "a" }}{{ end }}',
        "{{ len .Messages }}",
    ],
)
def test_what_is_not_known_of_go_is_refused(template: str) -> None:
    with pytest.raises(ExportError, match="Go template"):
        execute(template, [Message("user", "x")])


def test_a_modelfile_holds_what_was_meant() -> None:
    text = modelfile(
        ["FROM ./model.gguf"], '{{ "x" }}', "木匠\n慢性子", ["<|user|>"], {"temperature": 0.95, "top_k": 0}
    )
    assert text == (
        'FROM ./model.gguf\nTEMPLATE """{{ "x" }}"""\nSYSTEM """木匠\n慢性子"""\n'
        'PARAMETER stop "<|user|>"\nPARAMETER temperature 0.95\nPARAMETER top_k 0\n'
    )
    unreadable = ["木匠\u3000慢", "👩\u200d🍳", 'a """ b', '"so"', "a\u00a0b"]
    assert not any(map(is_readable, unreadable))


ENGINE = """
package main

import (
	"encoding/json"
	"os"
	"strings"
	"text/template"
)

type Message struct{ Role, Content string }
type Task struct {
	Template string
	Messages []*Message
}

func main() {
	var tasks []Task
	if err := json.NewDecoder(os.Stdin).Decode(&tasks); err != nil {
		panic(err)
	}
	written := []string{}
	for _, task := range tasks {
		system := []string{}
		for _, message := range task.Messages {
			if message.Role == "system" {
				system = append(system, message.Content)
			}
		}
		made := template.Must(template.New("").Option("missingkey=zero").Parse(task.Template))
		var out strings.Builder
		values := map[string]any{"Messages": task.Messages, "System": strings.Join(system, "\\n\\n"), "Response": ""}
		if err := made.Execute(&out, values); err != nil {
			panic(err)
		}
		written = append(written, out.String())
	}
	json.NewEncoder(os.Stdout).Encode(written)
}
"""
"""The engine as Ollama calls it: messages by reference, and what the system prompts say."""


@pytest.mark.slow
def test_the_real_engine_writes_the_same(tmp_path: Path) -> None:
    go = shutil.which("go")
    if go is None:
        pytest.skip("there is no Go on this machine: apt-get install golang-go")
    (tmp_path / "engine.go").write_text(ENGINE, encoding="utf-8")
    tasks, expected = [], []
    for chain in CHAINS.values():
        gaps = find_gaps(writer(chain))
        for template in (go_template(gaps), go_template(gaps, "老方\u3000“木匠”\n😀")):
            begun = (*CONVERSATIONS[4].messages, Message("assistant", "要修"))
            for messages in [*(one.messages for one in CONVERSATIONS), begun]:
                said = [{"Role": message.role, "Content": message.content} for message in messages]
                tasks.append({"Template": template, "Messages": said})
                expected.append(execute(template, messages))
    ran = subprocess.run(
        [go, "run", str(tmp_path / "engine.go")], input=json.dumps(tasks), capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == expected
