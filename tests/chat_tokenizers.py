"""Little tokenizers with chat templates of our own wording, in the shapes that the well-known families have."""

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

__all__ = ["ENDS", "SHAPES", "make_tokenizer"]

# The model stops where the user's next turn opens: nothing stands behind an answer.
GLM_4 = """[gMASK]<sop>{% for turn in messages %}<|{{ turn.role }}|>
{{ turn.content }}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"""

CHATML = """{% for turn in messages %}<|im_start|>{{ turn.role }}
{{ turn.content }}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""

# The thoughts of the last answer are written, those of earlier ones are left out.
THINKING = """{% for turn in messages %}<|im_start|>{{ turn.role }}
{% if turn.role == 'assistant' and loop.last %}<think>

</think>

{% endif %}{{ turn.content }}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% if enable_thinking is defined and not enable_thinking %}<think>

</think>

{% endif %}{% endif %}"""

LLAMA_3 = """{{ bos_token }}{% for turn in messages %}<|start_header_id|>{{ turn.role }}<|end_header_id|>

{{ turn.content | trim }}<|eot_id|>{% endfor %}{% if add_generation_prompt -%}
<|start_header_id|>assistant<|end_header_id|>

{% endif %}"""

MISTRAL = """{{ bos_token }}{% for turn in messages %}{% if (turn.role == 'user') != (loop.index0 % 2 == 0) %}
{{- raise_exception('the turns have to go to and fro, user first') }}{% endif %}{% if turn.role == 'user' %}
{{- '[INST] ' + turn.content + ' [/INST]' }}{% else %}{{ ' ' + turn.content + '</s>' }}{% endif %}{% endfor %}"""

SHAPES = {"glm-4": GLM_4, "chatml": CHATML, "thinking": THINKING, "llama-3": LLAMA_3, "mistral": MISTRAL}

ENDS = {
    "glm-4": "<|user|>",
    "chatml": "<|im_end|>",
    "thinking": "<|im_end|>",
    "llama-3": "<|eot_id|>",
    "mistral": "</s>",
}
"""The token that an answer ends with."""

_SPECIAL = {
    "glm-4": ["<|endoftext|>", "[gMASK]", "<sop>", "<|system|>", "<|user|>", "<|assistant|>", "<|observation|>"],
    "chatml": ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
    "thinking": ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>"],
    "llama-3": ["<|endoftext|>", "<|begin|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
    "mistral": ["<s>", "</s>", "[INST]", "[/INST]"],
}

_TEXTS = (
    "You keep the night ferry and have done so for thirty years. Answer as this person would.",
    "The kettle is on, sit down and tell me what the doctor said about the leg.",
    "你是渡口的老渡工，请以这个人的身份和口吻回答。今天风大，船先不开了。",
    "hm\n\n\nwell\n\nyes\n",
)


_WORDS = r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
"""How today's tokenizers cut a text into words: line breaks stay together whatever comes behind them."""


def make_tokenizer(shape: str, *, template: str | None = None, like_gpt_2: bool = False) -> PreTrainedTokenizerFast:
    """A byte-level BPE of some 400 tokens with the special tokens and the template of a family.

    The families that write a beginning of text in their template also put one before whatever is tokenised, as theirs
    do, so that it comes twice where nobody takes care. With `like_gpt_2`, line breaks are cut by
    what comes behind them.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            *([] if like_gpt_2 else [pre_tokenizers.Split(Regex(_WORDS), "isolated")]),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=like_gpt_2),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=_SPECIAL[shape],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_TEXTS, trainer)
    begin = {"llama-3": "<|begin|>", "mistral": "<s>"}.get(shape)
    if begin is not None:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{begin} $A", special_tokens=[(begin, tokenizer.token_to_id(begin))]
        )
    made = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=begin, eos_token=_SPECIAL[shape][0] if begin is None else ENDS[shape]
    )
    made.chat_template = SHAPES[shape] if template is None else template
    return made
