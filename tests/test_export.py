"""Adapters taken to servers: what would answer otherwise than it was trained is not exported."""

import json
import os
import shlex
import shutil
import stat
import struct
import subprocess
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from little_benchmark import TEMPLATE, little_benchmark, tiny_adapter, tiny_model
from little_training import tiny_base
from roleinstruct.cli.main import main
from roleinstruct.dataset.persona import PERSONAS, write_personas
from roleinstruct.errors import ConfigError, ExportError
from roleinstruct.evaluation.local_model import LocalModel
from roleinstruct.evaluation.responses import Query
from roleinstruct.evaluation.sampling import Sampling
from roleinstruct.pipeline.exporting import export_for_vllm, named_adapters, persona_for
from roleinstruct.records import Message
from roleinstruct.training.encoding import prompt_ids
from roleinstruct.training.export.closeness import Said, closeness, greedy
from roleinstruct.training.export.conversations import CONVERSATIONS, Conversation
from roleinstruct.training.export.gguf import export_gguf, find_converter
from roleinstruct.training.export.gguf_file import GgufFile
from roleinstruct.training.export.lora import expect_plain
from roleinstruct.training.export.merging import export_merged
from roleinstruct.training.export.ollama import export_ollama
from roleinstruct.training.export.opening import Adapter, load_base, load_pair, open_adapter
from roleinstruct.training.export.parity import compare_prompts
from roleinstruct.training.export.vllm import served_rank

pytest.importorskip("peft")

OLD_FANG = '你是老方。请以这个人的身份和口吻回答。\n六十岁，修了一辈子桌椅。It\'s "so".'
QWEN_2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""How Qwen 2 cuts text, which Ollama knows."""

NO_SYSTEM = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}" + TEMPLATE
THINKING = (
    "{% for m in messages %}<|{{ m['role'] }}|>"
    "{% if loop.last and m['role'] == 'assistant' %}<think></think>{% endif %}"
    "{{ m['content'] }}<|over|>{% endfor %}{% if add_generation_prompt %}<|assistant|>"
    "{% if enable_thinking is defined and not enable_thinking %}<think></think>{% endif %}{% endif %}"
)
TRIMMING = TEMPLATE.replace("m['content']", "m['content'] | trim")
OPEN = TEMPLATE.replace("<|over|>", "")
"""Writes no end behind an answer, as GLM-4's."""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("models") / "base")


@pytest.fixture(scope="module")
def folder(base: Path) -> Path:
    return tiny_adapter(base.with_name("fang"), base)


@pytest.fixture(scope="module")
def glm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter of all the linear layers of a tiny GLM, whose gate and up are one layer."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import GlmConfig, GlmForCausalLM

    root = tmp_path_factory.mktemp("glm")
    tiny_model(root / "base", template=OPEN)
    config = GlmConfig(
        vocab_size=300, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, head_dim=16, max_position_embeddings=1024, eos_token_id=0, pad_token_id=0,
    )  # fmt: skip
    torch.manual_seed(0)
    model = GlmForCausalLM(config)
    model.save_pretrained(root / "base")
    settings = LoraConfig(
        r=12, target_modules=["q_proj", "gate_up_proj", "down_proj"], task_type="CAUSAL_LM", init_lora_weights=False
    )
    with warnings.catch_warnings():  # peft calls what transformers will rename
        warnings.simplefilter("ignore", FutureWarning)
        get_peft_model(model, settings).save_pretrained(root / "adapter")
    words = json.loads((root / "adapter" / "adapter_config.json").read_text(encoding="utf-8"))
    words["base_model_name_or_path"] = str(root / "base")
    (root / "adapter" / "adapter_config.json").write_text(json.dumps(words), encoding="utf-8")
    return root / "adapter"


def with_template(path: Path, folder: Path, base: Path, template: str) -> Path:
    """The adapter with a tokenizer of its own, as a training writes it."""
    shutil.copytree(folder, path)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(base / name, path / name)
    (path / "chat_template.jinja").write_text(template, encoding="utf-8")
    return path


def with_words(path: Path, folder: Path, **words: object) -> Path:
    """The adapter with another adapter_config.json."""
    shutil.copytree(folder, path)
    file = path / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | words), encoding="utf-8")
    return path


def parity(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "parity.json").read_text(encoding="utf-8"))
    return found


def test_the_merged_model_says_what_the_adapter_says_and_ends_where_training_ended(
    folder: Path, tmp_path: Path
) -> None:
    adapter, out = open_adapter(folder), tmp_path / "deep" / "merged"
    assert (adapter.end, adapter.stop_ids()) == ("<|over|>", [1, 0])
    export_merged(adapter, out)
    found = parity(out)
    assert found["prompts"]["merged"]["conversations"] == found["weights"]["conversations"] == len(CONVERSATIONS)
    assert (found["weights"]["dtype"], found["weights"]["ties"]) == ("float32", 0)
    assert 0 < found["weights"]["difference"] < 1e-5
    words = json.loads((out / "generation_config.json").read_text(encoding="utf-8"))
    assert (words["eos_token_id"], words["temperature"], words["top_p"]) == ([1, 0], 0.95, 0.7)
    assert (out / "chat_template.jinja").read_text(encoding="utf-8") == TEMPLATE
    sampling = Sampling(temperature=0, max_tokens=12)
    asked = [Query((one.name,), "老方", one.messages, "") for one in CONVERSATIONS]
    pair, merged = LocalModel(adapter=str(folder)), LocalModel(str(out))
    assert pair.answer(asked, sampling) == merged.answer(asked, sampling)
    assert [path.name for path in out.parent.iterdir()] == ["merged"]


def test_a_glm_is_merged_and_stops_where_the_next_turn_would_open(glm: Path, tmp_path: Path) -> None:
    adapter = open_adapter(glm)
    assert adapter.end == "<|user|>"  # its template writes no end
    export_merged(adapter, tmp_path / "out")
    words = json.loads((tmp_path / "out" / "generation_config.json").read_text(encoding="utf-8"))
    assert words["eos_token_id"] == [3, 0]
    assert parity(tmp_path / "out")["weights"]["difference"] < 1e-5


def test_a_training_on_quantised_weights_is_told(folder: Path, base: Path, tmp_path: Path) -> None:
    own = with_template(tmp_path / "own", folder, base, TEMPLATE)
    (own / "recipe.yaml").write_text("model: {name_or_path: x, quantization: {load_in_4bit: true}}\n", encoding="utf-8")
    export_merged(open_adapter(own), tmp_path / "out")
    assert any("trained on quantised weights" in note for note in parity(tmp_path / "out")["notes"])


def test_other_weights_do_not_pass_the_gate(folder: Path) -> None:
    import torch

    adapter = open_adapter(folder)
    prompts = [prompt_ids(one.messages, adapter.tokenizer) for one in CONVERSATIONS[:2]]
    said = greedy(load_pair(adapter), prompts, [1, 0])
    assert closeness(load_pair(adapter), said).difference == 0
    with pytest.raises(ExportError, match="do not say what the base with the adapter says"):
        closeness(load_base(adapter.base), said)
    nothing = [Said(one.ids, one.start, torch.full_like(one.logits, float("nan"))) for one in said]
    with pytest.raises(ExportError, match="differ by nan"):
        closeness(load_pair(adapter), nothing)
    with pytest.raises(ExportError, match="no conversation fits"):
        greedy(load_pair(adapter), [[5] * 1020], [1])


def test_half_precision_has_its_own_tolerance(base: Path, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    half = shutil.copytree(base, tmp_path / "half")
    AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16).save_pretrained(half)
    export_merged(open_adapter(tiny_adapter(tmp_path / "adapter", half)), tmp_path / "out")
    found = parity(tmp_path / "out")["weights"]
    assert found["dtype"] == "bfloat16"
    assert 1e-5 < found["difference"] < found["tolerance"] == 5e-2


def test_what_fails_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    broken = shutil.copytree(folder, tmp_path / "broken")
    tensors = load_file(broken / "adapter_model.safetensors")
    save_file({name: tensor * float("nan") for name, tensor in tensors.items()}, broken / "adapter_model.safetensors")
    with pytest.raises(ExportError):
        export_merged(open_adapter(broken), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["broken"]


@pytest.mark.parametrize(
    ("template", "begins"),
    [
        (THINKING, "{%- set enable_thinking"),
        (NO_SYSTEM, "{%- if messages[0]"),
        (OPEN, "{% for m"),
        (TRIMMING, "{% for"),
    ],
    ids=["thinking", "no system role", "no end", "trimming"],
)
def test_a_server_asks_as_was_trained_whatever_the_training_did_around_the_template(
    template: str, begins: str, folder: Path, base: Path, tmp_path: Path
) -> None:
    from transformers import AutoTokenizer

    own = with_template(tmp_path / "adapter", folder, base, template)
    (own / "recipe.yaml").write_text("model: {name_or_path: x, end_of_turn: <|user|>}\n", encoding="utf-8")
    adapter = open_adapter(own)
    assert adapter.end == ("<|user|>" if template == OPEN else "<|over|>")
    export_for_vllm([str(own)], tmp_path / "out", system=OLD_FANG)
    assert (tmp_path / "out" / "chat_template.jinja").read_text(encoding="utf-8").startswith(begins)
    told = [{"role": one.role, "content": one.content} for one in CONVERSATIONS[2].messages]
    reader: Any = AutoTokenizer.from_pretrained(base)
    reader.chat_template = (tmp_path / "out" / "chat_template.jinja").read_text(encoding="utf-8")
    ids = reader.apply_chat_template(told, add_generation_prompt=True)["input_ids"]
    assert tuple(ids) == prompt_ids(CONVERSATIONS[2].messages, adapter.tokenizer)


def test_a_prompt_that_differs_is_named_with_its_place(folder: Path) -> None:
    adapter = open_adapter(folder)

    def ids(one: Conversation) -> tuple[int, ...]:
        return prompt_ids(one.messages, adapter.tokenizer)

    assert compare_prompts(adapter, ids, "x")["conversations"] == len(CONVERSATIONS)
    with pytest.raises(ExportError, match=r"beginning-of-text token comes twice.*'one Chinese question', token 1"):
        compare_prompts(adapter, lambda one: (0, *ids(one)), "x")
    with pytest.raises(ExportError, match="token is missing"):
        compare_prompts(adapter, lambda one: ids(one)[1:], "x")
    with pytest.raises(ExportError, match=r"'blanks at the ends'"):
        compare_prompts(adapter, lambda one: ids(one.stripped()), "x")


# vLLM


@pytest.mark.parametrize(("rank", "served"), [(1, 1), (4, 8), (8, 8), (12, 16), (200, 256), (300, 320), (512, 512)])
def test_a_rank_is_rounded_up_to_one_that_vllm_takes(rank: int, served: int) -> None:
    assert served_rank(rank) == served


def test_vllm_gets_a_command_a_template_and_a_request(folder: Path, base: Path, tmp_path: Path) -> None:
    nora = with_words(tmp_path / "Nora", folder, r=4)
    out = tmp_path / "out"
    export_for_vllm([f"fang={folder}", str(nora)], out, system=OLD_FANG)
    command = shlex.split((out / "serve.sh").read_text(encoding="utf-8").split("exit 1\n")[1])
    assert command[:3] == ["vllm", "serve", str(base)]
    assert command[command.index("--max-lora-rank") + 1] == "8"
    assert command[command.index("--lora-modules") + 1 :][:2] == ["fang=adapters/fang", "Nora=adapters/Nora"]
    assert command[command.index("--generation-config") + 1] == "."
    assert json.loads((out / "generation_config.json").read_text(encoding="utf-8"))["eos_token_id"] == [1, 0]
    asked = shlex.split((out / "request.sh").read_text(encoding="utf-8").split("exit 1\n")[1])
    body = json.loads(asked[asked.index("-d") + 1])
    assert (body["model"], body["messages"][0]) == ("fang", {"role": "system", "content": OLD_FANG})
    for name in ("serve.sh", "request.sh"):
        assert (out / name).stat().st_mode & stat.S_IXUSR
        subprocess.run(["sh", "-n", str(out / name)], check=True)
    from peft import PeftConfig

    assert PeftConfig.from_pretrained(out / "adapters" / "fang").r == 4
    assert set(parity(out)["prompts"]) == {"fang", "Nora"}


def test_the_two_layers_that_glm_has_in_one_are_two_for_vllm(glm: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    out = tmp_path / "out"
    export_for_vllm([f"x={glm}"], out)
    assert "--max-lora-rank 16" in (out / "serve.sh").read_text(encoding="utf-8")
    before, after = (load_file(path / "adapter_model.safetensors") for path in (glm, out / "adapters" / "x"))
    assert not any("gate_up_proj" in name for name in after)
    names = [name for name in before if "gate_up_proj.lora_B" in name]
    assert len(names) == 2
    for name in names:
        whole = before[name] @ before[name.replace("lora_B", "lora_A")]
        halves = [name.replace("gate_up_proj", half) for half in ("gate_proj", "up_proj")]
        assert torch.equal(whole, torch.cat([after[half] @ after[half.replace("lora_B", "lora_A")] for half in halves]))
    words = json.loads((out / "adapters" / "x" / "adapter_config.json").read_text(encoding="utf-8"))
    assert words["target_modules"] == ["down_proj", "gate_proj", "q_proj", "up_proj"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({"use_dora": True}, "use_dora"),
        ({"modules_to_save": ["lm_head"]}, "modules_to_save"),
        ({"bias": "all"}, "bias"),
        ({"rank_pattern": {"q_proj": 2}}, "rank_pattern"),
        ({"alpha_pattern": {"q_proj": 2}}, "alpha_pattern"),
        ({"r": 600}, "serves ranks up to 512"),
    ],
)
def test_what_vllm_does_not_serve_is_refused(words: dict[str, Any], why: str, folder: Path, tmp_path: Path) -> None:
    changed = with_words(tmp_path / "changed", folder, **words)
    with pytest.raises(ExportError, match=rf"{why}.*export it merged"):
        export_for_vllm([str(changed)], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_trained_embeddings_are_refused_where_they_would_be_left_out(folder: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    for number, name in enumerate(("embed_tokens.weight", "lm_head.lora_A.weight")):
        changed = shutil.copytree(folder, tmp_path / str(number))
        tensors = load_file(changed / "adapter_model.safetensors")
        tensors[f"base_model.model.{name}"] = torch.zeros(4, 32)
        save_file(tensors, changed / "adapter_model.safetensors")
        with pytest.raises(ExportError, match=f"of {name.partition('.')[0]}: export it merged"):
            expect_plain(open_adapter(changed), "vLLM")


def test_what_one_server_cannot_serve_together_is_refused(folder: Path, base: Path, tmp_path: Path) -> None:
    other = with_template(tmp_path / "other", folder, base, OPEN.replace("|>{{ m['content']", "|>\n{{ m['content']"))
    (other / "recipe.yaml").write_text("model: {name_or_path: x, end_of_turn: <|user|>}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="export them one by one"):
        export_for_vllm([str(folder), str(other)], tmp_path / "out")
    with pytest.raises(ConfigError, match="would both be called fang"):
        named_adapters([str(folder), f"fang={other}"])


def test_a_token_that_the_base_does_not_know_is_found(folder: Path, base: Path, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    own = with_template(tmp_path / "own", folder, base, TEMPLATE.replace("<|over|>", "<|fin|>"))
    tokenizer: Any = AutoTokenizer.from_pretrained(own)
    tokenizer.add_tokens(["<|fin|>"], special_tokens=True)
    tokenizer.save_pretrained(own)
    with pytest.raises(ExportError, match=r"vLLM with the tokenizer of .*base would ask otherwise"):
        export_for_vllm([str(own)], tmp_path / "out")


# Ollama


def test_ollama_gets_a_modelfile(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    persona = OLD_FANG.removesuffix('"so".') + "so."
    export_ollama(open_adapter(folder), out, system=persona, ollama_base="fang-base")
    lines = (out / "Modelfile").read_text(encoding="utf-8")
    assert lines.startswith('FROM fang-base\nADAPTER ./adapter\nTEMPLATE """{{- $last := "" }}\n')
    assert f'\nSYSTEM """{persona}"""\n' in lines
    assert (
        'PARAMETER stop "<|over|>"\nPARAMETER stop "<|end|>"\nPARAMETER temperature 0.95\nPARAMETER top_p 0.7' in lines
    )
    found = parity(out)
    assert found["prompts"]["ollama"]["conversations"] == len(CONVERSATIONS)
    assert found["notes"] == []
    assert any("fang-base in Ollama's library" in note for note in found["not_compared"])
    assert (out / "adapter" / "adapter_model.safetensors").is_file()


def test_a_persona_that_a_modelfile_would_change_stands_in_the_template(folder: Path, tmp_path: Path) -> None:
    export_ollama(open_adapter(folder), tmp_path / "out", system="老方\u3000木匠", ollama_base="x")
    lines = (tmp_path / "out" / "Modelfile").read_text(encoding="utf-8")
    assert "\nSYSTEM" not in lines
    assert r'{{- if not .System }}{{ "<|system|>老方\u3000木匠" }}{{ $last = "system" }}{{ end }}' in lines


def test_a_template_that_trims_is_exported_with_a_word_about_it(folder: Path, base: Path, tmp_path: Path) -> None:
    own = with_template(tmp_path / "own", folder, base, TRIMMING)
    export_ollama(open_adapter(own), tmp_path / "out", ollama_base="x")
    [note] = parity(tmp_path / "out")["notes"]
    assert "send messages without it" in note


def test_the_first_token_stands_there_once(folder: Path, base: Path, tmp_path: Path) -> None:
    own = with_template(tmp_path / "own", folder, base, "<|end|>" + TEMPLATE)
    bare = with_template(tmp_path / "bare", folder, base, TEMPLATE)
    for path in (own, bare):
        adding_bos(path)
    export_ollama(open_adapter(own), tmp_path / "out", ollama_base="x")
    assert "<|end|><|" not in (tmp_path / "out" / "Modelfile").read_text(encoding="utf-8")
    with pytest.raises(ExportError, match=r"puts <\|end\|> before every prompt"):
        export_ollama(open_adapter(bare), tmp_path / "none", ollama_base="x")


def test_ollama_converts_by_itself_what_it_knows(folder: Path, base: Path, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="does not know how this tokenizer cuts text"):
        export_ollama(open_adapter(folder), tmp_path / "out")
    own = with_template(tmp_path / "own", folder, base, TEMPLATE)
    words = json.loads((own / "tokenizer.json").read_text(encoding="utf-8"))
    split = {"type": "Split", "pattern": {"Regex": QWEN_2}, "behavior": "Isolated", "invert": False}
    words["pre_tokenizer"] = {
        "type": "Sequence", "pretokenizers": [split, {**words["pre_tokenizer"], "use_regex": False}],
    }  # fmt: skip
    (own / "tokenizer.json").write_text(json.dumps(words), encoding="utf-8")
    adding_bos(own)
    export_ollama(open_adapter(own), tmp_path / "out", system=OLD_FANG)
    assert (tmp_path / "out" / "Modelfile").read_text(encoding="utf-8").startswith("FROM ./model\n")
    words = json.loads((tmp_path / "out" / "model" / "tokenizer_config.json").read_text(encoding="utf-8"))
    assert words["add_bos_token"] is False
    assert parity(tmp_path / "out")["weights"]["ties"] == 0


def test_what_ollama_does_not_take_is_refused(glm: Path, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"does not convert GlmForCausalLM from safetensors: .*--llama-cpp"):
        export_ollama(open_adapter(glm), tmp_path / "out")
    with pytest.raises(ExportError, match="this one is of glm"):
        export_ollama(open_adapter(glm), tmp_path / "out", ollama_base="x")
    with pytest.raises(ExportError, match="rsLoRA"):
        changed = with_words(tmp_path / "changed", folder, use_rslora=True)
        export_ollama(open_adapter(changed), tmp_path / "out", ollama_base="x")
    assert not (tmp_path / "out").exists()


def adding_bos(path: Path) -> None:
    """Have a tokenizer put <|end|> before every text, as Llama's do with theirs."""
    file = path / "tokenizer.json"
    words = json.loads(file.read_text(encoding="utf-8"))
    bos = {"SpecialToken": {"id": "<|end|>", "type_id": 0}}
    words["post_processor"] = {
        "type": "TemplateProcessing",
        "single": [bos, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [bos, {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"<|end|>": {"id": "<|end|>", "ids": [0], "tokens": ["<|end|>"]}},
    }
    file.write_text(json.dumps(words), encoding="utf-8")
    settings = path / "tokenizer_config.json"
    words = json.loads(settings.read_text(encoding="utf-8")) | {"bos_token": "<|end|>"}
    settings.write_text(json.dumps(words), encoding="utf-8")


# GGUF


def test_without_llama_cpp_there_is_one_sentence(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match=r"not on the PATH.*--llama-cpp"):
        export_gguf(open_adapter(folder), tmp_path / "out")
    with pytest.raises(ConfigError, match=r"holds no convert_hf_to_gguf\.py"):
        find_converter(tmp_path)


def test_why_a_converter_refuses_is_told(folder: Path, tmp_path: Path) -> None:
    program = 'import sys\nsys.exit("NotImplementedError: BPE pre-tokenizer was not recognized")\n'
    (tmp_path / "convert_hf_to_gguf.py").write_text(program, encoding="utf-8")
    with pytest.raises(ExportError, match=r"does not convert this model \(NotImplementedError: BPE pre-tokenizer was"):
        export_gguf(open_adapter(folder), tmp_path / "out", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["convert_hf_to_gguf.py"]


def test_words_of_a_gguf_file_are_read_and_changed_in_place(tmp_path: Path) -> None:
    def text(words: str) -> bytes:
        return struct.pack("<Q", len(words.encode())) + words.encode()

    path = tmp_path / "x.gguf"
    pairs = [
        text("a.tokens") + struct.pack("<IIQ", 9, 8, 2) + text("老") + text("方"),
        text("a.scores") + struct.pack("<IIQ2f", 9, 6, 2, 0.5, -1),
        text("a.eos") + struct.pack("<II", 4, 7),
        text("a.bos") + struct.pack("<I?", 7, True),
        text("a.name") + struct.pack("<I", 8) + text("木匠"),
    ]
    path.write_bytes(struct.pack("<4sIQQ", b"GGUF", 3, 0, len(pairs)) + b"".join(pairs) + b"weights")
    file = GgufFile.read(path)
    expected = {"a.tokens": ["老", "方"], "a.scores": (0.5, -1.0), "a.eos": 7, "a.bos": True, "a.name": "木匠"}
    assert file.words == expected
    assert file.put("a.bos", 0).put("a.eos", 300).words == expected | {"a.bos": False, "a.eos": 300}
    assert path.read_bytes().endswith(b"weights")
    for damaged in (path.read_bytes()[:60], b"PK" + path.read_bytes()):
        path.write_bytes(damaged)
        with pytest.raises(ExportError, match=r"x\.gguf (breaks off|is no GGUF file)"):
            GgufFile.read(path)


# What is broken


def other_base(path: Path, base: Path, **changes: int) -> Path:
    from transformers import LlamaConfig, LlamaForCausalLM

    shutil.copytree(base, path)
    words = json.loads((base / "config.json").read_text(encoding="utf-8")) | changes
    LlamaForCausalLM(LlamaConfig(**words)).save_pretrained(path)
    return path


def no_config(folder: Path, base: Path, path: Path) -> tuple[Path, str]:
    return base, ""


def no_base(folder: Path, base: Path, path: Path) -> tuple[Path, str]:
    return folder, str(path / "nowhere")


def no_lora(folder: Path, base: Path, path: Path) -> tuple[Path, str]:
    return with_words(path / "ia3", folder, peft_type="IA3"), ""


def no_json(folder: Path, base: Path, path: Path) -> tuple[Path, str]:
    shutil.copytree(folder, path / "x")
    (path / "x" / "adapter_config.json").write_text("{", encoding="utf-8")
    return path / "x", ""


def wider(folder: Path, base: Path, path: Path) -> tuple[Path, str]:
    return folder, str(other_base(path / "wider", base, hidden_size=64))


def deeper(folder: Path, base: Path, path: Path) -> tuple[Path, str]:
    return folder, str(other_base(path / "deeper", base, num_hidden_layers=3))


def shallower(folder: Path, base: Path, path: Path) -> tuple[Path, str]:
    return folder, str(other_base(path / "shallower", base, num_hidden_layers=1))


def quantised(folder: Path, base: Path, path: Path) -> tuple[Path, str]:
    shutil.copytree(base, path / "quantised")
    words = json.loads((base / "config.json").read_text(encoding="utf-8"))
    words["quantization_config"] = {"quant_method": "gptq", "bits": 4}
    (path / "quantised" / "config.json").write_text(json.dumps(words), encoding="utf-8")
    return folder, str(path / "quantised")


def no_template(folder: Path, base: Path, path: Path) -> tuple[Path, str]:
    shutil.copytree(base, path / "mute")
    (path / "mute" / "chat_template.jinja").unlink()
    return folder, str(path / "mute")


def no_end(folder: Path, base: Path, path: Path) -> tuple[Path, str]:
    own = with_template(path / "endless", folder, base, OPEN)
    (own / "recipe.yaml").write_text("model: {end_of_turn: over}\n", encoding="utf-8")
    return own, ""


def no_weights(folder: Path, base: Path, path: Path) -> tuple[Path, str]:
    shutil.copytree(folder, path / "empty")
    (path / "empty" / "adapter_model.safetensors").write_bytes(b"so")
    return path / "empty", ""


def half_a_base(folder: Path, base: Path, path: Path) -> tuple[Path, str]:
    weights = shutil.copytree(base, path / "half") / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:900])
    return folder, str(path / "half")


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (no_config, "adapter_config.json is not there: name the folder of an adapter"),
        (no_base, "nowhere, the base of .*, is not there: say where it is with --base"),
        (no_lora, "of an adapter of type IA3, and LORA was expected"),
        (no_json, "is no JSON"),
        (wider, "does not fit .*wider.*name that one with --base"),
        (deeper, "does not fit .*deeper.*name that one with --base"),
        (shallower, "does not fit .*shallower.*name that one with --base"),
        (quantised, "holds quantised weights.*give the model that it was quantised from with --base"),
        (no_template, "brings a chat template"),
        (no_end, "'over', with which answers are to end, is no token"),
        (no_weights, "adapter_model.safetensors cannot be read"),
        (half_a_base, "half/model.safetensors is cut off or damaged, copy it again"),
    ],
)
def test_what_is_broken_is_one_sentence(
    made: Callable[[Path, Path, Path], tuple[Path, str]], why: str, folder: Path, base: Path, tmp_path: Path
) -> None:
    given, named = made(folder, base, tmp_path)
    with pytest.raises(ConfigError, match=why) as caught:
        export_merged(open_adapter(given, named), tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("made", [wider, shallower])
def test_vllm_is_not_given_an_adapter_of_another_base(
    made: Callable[[Path, Path, Path], tuple[Path, str]], folder: Path, base: Path, tmp_path: Path
) -> None:
    given, named = made(folder, base, tmp_path)
    with pytest.raises(ConfigError, match="does not fit"):
        export_for_vllm([str(given)], tmp_path / "out", base=named)


def test_nothing_is_written_over_or_into_what_is_read(folder: Path, tmp_path: Path) -> None:
    adapter: Adapter = open_adapter(folder)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    for out, why in ((tmp_path / "full", "not empty"), (folder / "out", "lie in one another")):
        with pytest.raises(ConfigError, match=why):
            export_merged(adapter, out)
    assert not (folder / "out").exists()
    (tmp_path / "empty").mkdir()
    export_merged(adapter, tmp_path / "empty")
    assert parity(tmp_path / "empty")["weights"]


# The command line


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def run(*words: object, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["roleinstruct", "export", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            main()
        said = capsys.readouterr()
        assert (stop.value.code, said.out) == (code, ""), said.err
        return said.err

    return run


def test_the_commands_say_what_was_compared_and_what_comes_next(
    command: Callable[..., str], folder: Path, tmp_path: Path
) -> None:
    data = little_benchmark(tmp_path / "data")
    who = ["--data", data, "--character", "老方"]
    said = command("vllm", folder, "--out", tmp_path / "vllm", *who)
    assert "in what was compared, the same as trained; fang: 13 conversations" in said
    assert "start the server with" in said
    assert "六十岁" in (tmp_path / "vllm" / "request.sh").read_text(encoding="utf-8")
    said = command("ollama", folder, "--out", tmp_path / "ollama", *who, "--ollama-base", "x")
    assert said.endswith("ollama create fang\n")
    assert "六十岁" in (tmp_path / "ollama" / "Modelfile").read_text(encoding="utf-8")
    said = command("merged", folder, "--out", tmp_path / "merged")
    assert "merged: the same as trained; merged: 12 conversations" in said
    assert "logits differ by" in said
    said = command("merged", folder, "--out", tmp_path / "merged", code=1)
    assert said.count("\n") == 1
    assert "not empty" in said
    assert "--outtype is 'q4'" in command("gguf", folder, "--out", tmp_path / "gguf", "--outtype", "q4", code=1)
    assert "nobody is not among" in command(
        "vllm", folder, "--out", tmp_path / "none", "--data", data, "--character", "nobody", code=1
    )


def test_the_persona_is_the_one_of_the_training(folder: Path, tmp_path: Path) -> None:
    own, data = shutil.copytree(folder, tmp_path / "own"), little_benchmark(tmp_path / "data")
    assert persona_for(own, None, None) == ""
    assert "六十岁" in persona_for(own, data, "老方")
    with pytest.raises(ConfigError, match="it is not said which character answers"):
        persona_for(own, data, None)
    with pytest.raises(ConfigError, match="of nobody"):
        persona_for(own, None, "老方")
    write_personas(own / PERSONAS, {"老方": "你是老方，短。"})
    assert persona_for(own, data, "老方") == persona_for(own, None, "老方") == "你是老方，短。"


# llama.cpp itself


@pytest.fixture
def llama(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Callable[..., Any]]:
    """llama.cpp's folder, with its tokenizer on the PATH, and a function that runs llama.cpp on a file."""
    python, place = (
        os.environ.get("ROLEINSTRUCT_LLAMA_PYTHON", sys.executable),
        os.environ.get("ROLEINSTRUCT_LLAMA_CPP"),
    )
    if subprocess.run([python, "-c", "import llama_cpp"], capture_output=True).returncode:
        pytest.skip(f"{python} has no llama-cpp-python; name one in ROLEINSTRUCT_LLAMA_PYTHON")
    if place is None:
        pytest.skip("name llama.cpp's repository (vendor/llama.cpp in llama-cpp-python's) in ROLEINSTRUCT_LLAMA_CPP")
    script = Path(__file__).with_name("llama_tokenize.py")
    program = tmp_path / "bin" / "llama-tokenize"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(python)} {shlex.quote(str(script))} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")

    def run(model: Path, kind: str, asked: object) -> Any:  # noqa: ANN401 - JSON
        (tmp_path / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
        ran = subprocess.run(
            [program, "-m", model, kind, tmp_path / "asked.json"], capture_output=True, text=True, check=True
        )
        return json.loads(ran.stdout)

    return Path(place), run


@pytest.mark.slow
def test_llama_cpp_reads_and_says_the_same(llama: tuple[Path, Callable[..., Any]], tmp_path: Path) -> None:
    place, run = llama
    adapter = open_adapter(tiny_adapter(tmp_path / "fang", sentence_piece_model(tmp_path / "base")))
    export_gguf(adapter, tmp_path / "out", place, "f32")
    found, model = parity(tmp_path / "out"), tmp_path / "out" / "model.gguf"
    assert found["prompts"]["llama.cpp"] == found["prompts"]["merged"]
    told = [[{"role": m.role, "content": m.content} for m in one.messages] for one in CONVERSATIONS]
    prompts = [prompt_ids(one.messages, adapter.tokenizer) for one in CONVERSATIONS]
    assert run(model, "--jinja", told) == [list(ids) for ids in prompts]
    said = greedy(load_pair(adapter), prompts, adapter.stop_ids())
    assert run(model, "--greedy", prompts) == [list(one.ids[one.start :]) for one in said]
    file = GgufFile.read(model)
    assert file.words["tokenizer.ggml.eos_token_id"] == adapter.stop_ids()[0]
    file.put("tokenizer.ggml.add_bos_token", 1)  # as the tokenizer itself would have it
    with pytest.raises(ExportError, match="comes twice"):
        compare_prompts(adapter, lambda one: tokenized(model, adapter, one.messages), "llama.cpp")


@pytest.mark.slow
def test_ollama_gets_the_gguf_file_and_a_strange_tokenizer_is_refused(
    llama: tuple[Path, Callable[..., Any]], folder: Path, tmp_path: Path
) -> None:
    place, _ = llama
    adapter = open_adapter(tiny_adapter(tmp_path / "fang", sentence_piece_model(tmp_path / "base")))
    export_ollama(adapter, tmp_path / "out", system=OLD_FANG, converter=find_converter(place))
    assert set(parity(tmp_path / "out")["prompts"]) == {"merged", "llama.cpp", "ollama"}
    assert (tmp_path / "out" / "Modelfile").read_text(encoding="utf-8").startswith("FROM ./model.gguf\n")
    with pytest.raises(ExportError, match="BPE pre-tokenizer was not recognized"):
        export_gguf(open_adapter(folder), tmp_path / "none", place)


@pytest.mark.slow
def test_a_glm_computes_in_llama_cpp_with_its_own_numbers(
    llama: tuple[Path, Callable[..., Any]], tmp_path: Path
) -> None:
    place, run = llama
    base = tiny_base(tmp_path / "base")
    words = json.loads((base / "config.json").read_text(encoding="utf-8"))
    words["rope_parameters"] |= {"rope_theta": 70000.0}
    (base / "config.json").write_text(json.dumps(words), encoding="utf-8")
    adapter = open_adapter(tiny_adapter(tmp_path / "fang", base))
    out = tmp_path / "out"
    with pytest.raises(ExportError, match=r"llama\.cpp would ask otherwise"):
        export_gguf(adapter, out, knowing(tmp_path / "wrong", place, "gpt-2"), "f32")
    assert not out.exists()
    export_gguf(adapter, out, knowing(tmp_path / "right", place, "qwen2"), "f32")
    notes = " ".join(parity(out)["notes"])
    assert all(word in notes for word in ("epsilon 1e-05", "freq_base 10000", "context_length 32"))
    prompts = [prompt_ids(one.messages, adapter.tokenizer) for one in CONVERSATIONS]
    said = greedy(load_pair(adapter), prompts, adapter.stop_ids())
    assert run(out / "model.gguf", "--greedy", prompts) == [list(one.ids[one.start :]) for one in said]


def knowing(path: Path, place: Path, cut: str) -> Path:
    """llama.cpp's converter, told by which name it knows a tokenizer's way of cutting text that is new to it."""
    for part in ("conversion", "gguf-py"):
        shutil.copytree(place / part, path / part)
    shutil.copy(place / "convert_hf_to_gguf.py", path)
    file = path / "conversion" / "base.py"
    text = file.read_text(encoding="utf-8")
    refusal = 'raise NotImplementedError("BPE pre-tokenizer was not recognized - update get_vocab_base_pre()")'
    assert refusal in text
    file.write_text(text.replace(refusal, f'res = "{cut}"'), encoding="utf-8")
    return path


def tokenized(model: Path, adapter: Adapter, messages: Sequence[Message]) -> list[int]:
    text = adapter.tokenizer.decode(prompt_ids(messages, adapter.tokenizer))
    (model.parent / "prompt.txt").write_bytes(text.encode())
    command = ["llama-tokenize", "-m", str(model), "-f", str(model.parent / "prompt.txt"), "--ids"]
    found: list[int] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


def sentence_piece_model(path: Path) -> Path:
    """A Llama with the kind of tokenizer that llama.cpp's converter takes of anybody: letters, and bytes for the rest.

    The tokenizer puts <s> before every text, as Llama's does.
    """
    import torch
    from tokenizers import Tokenizer, decoders, models, normalizers, processors
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    special = ["<unk>", "<s>", "</s>", "<|system|>", "<|user|>", "<|assistant|>", "<|over|>"]
    letters = [*map(chr, range(33, 127)), *sorted(set("你好老方早今天修什么桌椅是谁")), "\u2581"]
    pieces = [*special, *(f"<0x{byte:02X}>" for byte in range(256)), *letters]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    raw = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    raw.normalizer = normalizers.Replace(" ", "\u2581")
    raw.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse()])
    raw.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", 1)])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw, bos_token="<s>", eos_token="</s>", unk_token="<unk>",
        additional_special_tokens=special[3:],
    )  # fmt: skip
    tokenizer.chat_template = "{{ bos_token }}" + TEMPLATE
    tokenizer.save_pretrained(path)
    settings = path / "tokenizer_config.json"
    words = json.loads(settings.read_text(encoding="utf-8")) | {"add_prefix_space": False}
    settings.write_text(json.dumps(words), encoding="utf-8")
    torch.manual_seed(0)
    shape = LlamaConfig(
        vocab_size=len(pieces), hidden_size=64, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=2, max_position_embeddings=1024, bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    model = LlamaForCausalLM(shape)
    with torch.no_grad():
        model.lm_head.weight.mul_(40)  # else all tokens are about as likely
    model.save_pretrained(path)
    return path
