"""Models of two layers with random weights in folders, as BGE lies on the Hub: for tests, offline."""

import random
from pathlib import Path

__all__ = ["TEXTS", "bert", "xlm_roberta"]

TEXTS = (
    "周末去河边钓鱼了，钓了两条大鲫鱼。",
    "房租怎么又没交？",
    "I went fishing at the river on Sunday.",
    "短",
    "Who broke the saddle of my bicycle, and why is nobody sorry for it? " * 9,
)

_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def bert(folder: Path, seed: int = 0, labels: int = 0) -> Path:
    """A BERT with its tokenizer, 64 tokens at most; with labels, a classifier."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, BertModel, PreTrainedTokenizerFast

    words = [*_SPECIAL, *sorted({c for text in TEXTS for c in text.lower()} - {" "})]
    words += [f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz"]
    tokenizer = Tokenizer(models.WordPiece({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=64, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]",
        sep_token="[SEP]", mask_token="[MASK]", model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    ).save_pretrained(folder)  # fmt: skip
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=64, initializer_range=0.5, num_labels=labels or 2,
    )  # fmt: skip
    (BertForSequenceClassification if labels else BertModel)(config).save_pretrained(folder)
    return folder


def xlm_roberta(folder: Path, seed: int = 0, labels: int = 0) -> Path:
    """An XLM-R with its tokenizer, 96 tokens at most, whose file does not say how many; with labels, a classifier."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import (
        PreTrainedTokenizerFast,
        XLMRobertaConfig,
        XLMRobertaForSequenceClassification,
        XLMRobertaModel,
    )

    pieces = ["<s>", "<pad>", "</s>", "<unk>", *sorted({c for text in TEXTS for c in text} | {"▁"}), "<mask>"]
    rng = random.Random(0)
    tokenizer = Tokenizer(models.Unigram([(piece, -rng.uniform(3, 9)) for piece in pieces], unk_id=3))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", sep_token="</s>", cls_token="<s>",
        unk_token="<unk>", pad_token="<pad>", mask_token="<mask>", model_input_names=["input_ids", "attention_mask"],
    ).save_pretrained(folder)  # fmt: skip
    torch.manual_seed(seed)
    config = XLMRobertaConfig(
        vocab_size=len(pieces), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=98, pad_token_id=1, bos_token_id=0, eos_token_id=2, initializer_range=0.5,
        num_labels=labels or 2, type_vocab_size=1,
    )  # fmt: skip
    (XLMRobertaForSequenceClassification if labels else XLMRobertaModel)(config).save_pretrained(folder)
    return folder
