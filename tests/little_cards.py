"""Folders with everything that a card tells of, and the cards as they should be: run this file to write these anew."""

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from roleinstruct.dataset.draft import draft
from roleinstruct.pipeline.build import build
from roleinstruct.pipeline.carding import rewrite_card
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.publish.adapter_card import write_adapter_card
from roleinstruct.publish.metric_card import metric_card
from roleinstruct.publish.staging import CARD

__all__ = ["GOLDEN", "cards", "little_adapter", "little_dataset", "settled"]

GOLDEN = Path(__file__).parent / "data" / "cards"

_SCRIPT = """第一场 铺子 晨
老方：（高兴）这把椅子总算修好了。
阿梅：师傅，榫头不用胶吗？
老方：不用，紧了就不会松。
阿梅：那我来打磨。

第二场 院里 夜
阿梅：师傅，你的锤子是谁给的？
老方：是我师傅临走时塞给我的。
阿梅：您想他吗？
老方：（伤心）下雨的时候想。
"""


def little_dataset(folder: Path) -> Path:
    """A set of one invented joiner, with the reports of a model, of people and of the linter."""
    source = folder.parent / "scripts" / "老方"
    source.mkdir(parents=True)
    (source / "铺子.txt").write_text(_SCRIPT, encoding="utf-8")
    (source / "profile.txt").write_text(
        "名字：老方，年龄：60岁；性格特点：慢性子；背景：修了一辈子桌椅。", encoding="utf-8"
    )
    rows = [
        {"instruction": f"老方，第{n}把椅子怎么修？", "generated": f"第{n}把先拆，再上胶。"} for n in "一二三四五六七八"
    ]
    text = "\n".join(json.dumps({"role": "老方", **row}, ensure_ascii=False) for row in rows)
    (source / "rows.jsonl").write_text(text, encoding="utf-8")
    words = {
        "source": {"path": str(source.parent)},
        "splits": {"validation": 0.2, "test": 0.3},
        "card": {
            "pretty_name": "木匠铺 | the joiner's shop",
            "license": "other",
            "license_name": "shop-licence",
            "license_link": "https://example.org/shop",
            "source": "The scripts are invented.",
            "sources": [
                {
                    "name": "joiner's scripts",
                    "license": "other",
                    "url": "https://example.org/shop",
                    "extends": "bev/joiner",
                    "may_publish": True,
                    "because": "I wrote them.",
                }
            ],
        },
    }
    build(BuildConfig.checked(words, "test"), folder)
    with draft(folder, keep=True) as made:
        for name, report in _REPORTS.items():
            made.write_json(f"reports/{name}.json", report)
    rewrite_card(folder)
    return folder


def little_adapter(folder: Path, base: str = "bev/base-1b") -> Path:
    """What is left of an adapter without its weights: its configuration, record, persona and figures."""
    folder.mkdir(parents=True)
    texts = {
        "adapter_config.json": {
            "base_model_name_or_path": base,
            "bias": "none",
            "lora_alpha": 32,
            "lora_dropout": 0.1,
            "peft_type": "LORA",
            "r": 8,
            "target_modules": ["k_proj", "q_proj"],
            "use_dora": False,
            "use_rslora": False,
        },
        "training.json": {
            **_RECORD,
            "base": {"name": base, "is_local": base.startswith("/"), "digest": "0123456789ab"},
        },
        "personas.json": {"老方": "你是老方，木匠。", "Nora": "You are Nora, a baker."},
        "results.json": _RESULTS,
    }
    for name, words in texts.items():
        (folder / name).write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
    write_adapter_card(folder, license="apache-2.0")
    return folder


def settled(card: str) -> str:
    """A card without what differs from one version of a library to the next."""
    card = re.sub(r"\b[0-9a-f]{64}\b", "DIGEST", card)
    card = re.sub(r"((?:num_bytes|download_size|dataset_size)): \d+", r"\1: BYTES", card)
    return re.sub(r"(?<=roleinstruct )\d+\.\d+\.\d+\w*", "VERSION", card)


def cards(place: Path) -> dict[str, str]:
    """Every golden card, as it is made now, by its file's name."""
    dataset, adapter = little_dataset(place / "joiner"), little_adapter(place / "lao-fang")
    found = {
        "dataset.md": (dataset / CARD).read_text(encoding="utf-8"),
        "adapter.md": (adapter / CARD).read_text(encoding="utf-8"),
        "rouge_l.md": metric_card("roleplay_rouge_l", "bev/roleplay_rouge_l"),
        "rpcs.md": metric_card("roleplay_rpcs", "bev/roleplay_rpcs"),
    }
    return {name: settled(card) for name, card in found.items()}


def _mean(value: float) -> dict[str, object]:
    return {"value": value, "interval": [value - 0.1, value + 0.05], "n": 12}


_LABEL = {"precision": 0.8, "recall": 0.7, "f1": 0.747, "first": 5}
_REPORTS = {
    "generation": {
        "steps": {
            "annotate": {
                "model": "m-large",
                "requests": 2,
                "expected": 8,
                "delivered": 8,
                "journal_sha256": "a" * 64,
                "prompts_sha256": {"annotate": "b" * 64},
            }
        },
        "tokens": {},
        "cost": 0.0312,
    },
    "agreement": {
        "labelled": 12,
        "ties": 1,
        "merged": 0,
        "people": {
            "people": ["1", "2"],
            "percent": _mean(0.75),
            "krippendorff_alpha": _mean(0.6),
            "fleiss_kappa": None,
            "pairs": [{"first": "1", "second": "2", "cohen_kappa": _mean(0.61)}],
        },
        "labels": {
            "m-large": {
                "percent": _mean(0.7),
                "cohen_kappa": _mean(0.55),
                "krippendorff_alpha": _mean(0.56),
                "by_label": {"happiness": _LABEL},
            }
        },
    },
    "lint": {
        "score": 98.5,
        "rows": 20,
        "rules_applied": ["hidden-provenance", "copied-answer"],
        "found": [
            {
                "rule": "hidden-provenance",
                "severity": "error",
                "summary": "Lines of the script stand in a reference corpus, word for word.",
                "findings": 1,
                "rows": 3,
                "first": [{"message": "3 of the 8 longer lines of 老方 (38%) stand in shop-corpus"}],
            }
        ],
    },
}


def _scores(system: str, value: float) -> dict[str, object]:
    task = {"value": value, "interval": [value - 0.05, value + 0.04], "floor": 0.08, "n": 20}
    tasks = {"raw": task, "cus": task, "spe": task}
    return {"system": system, "average": value, "interval": [value - 0.03, value + 0.03], "floor": 0.08, "tasks": tasks}


_RESULTS = {
    "system": "lao-fang",
    "dataset": {"id": "bev/joiner", "name": "joiner"},
    "tables": [
        {
            "signature": "rougeL|measure:f|tokenizer:char|references:max|version:1",
            "items": 60,
            "digest": "c" * 64,
            "systems": [_scores("base", 0.11), _scores("lao-fang", 0.31)],
        }
    ],
    "forgetting": {
        "base": 0.21,
        "adapter": 0.2,
        "loss": 0.01,
        "interval": [-0.004, 0.021],
        "budget": 0.02,
        "questions": 40,
        "runs": 1,
        "verdict": "open",
    },
    "samples": [
        {
            "task": "spe",
            "character": "老方",
            "question": "你爱喝什么茶？",
            "answer": "粗茶 | 浓的。\n<b>",
            "reference": "粗茶。",
        }
    ],
}
_RECORD = {
    "versions": {"roleinstruct": "0.1.0", "torch": "2.13.0", "peft": "0.21.2"},
    "report": {"steps": 20, "epochs": 1.67, "rows": 96, "kept_step": 20, "seconds": 90.0, "loss": 1.2},
    "settings": {"learning_rate": 2.0e-4, "optim": "adamw_torch", "seed": 42, "device": "cpu", "data_seed": None},
    "mixture": {
        "train": {
            "rows": 96,
            "digest": "d" * 64,
            "sources": 90,
            "kinds": {"general": 40, "specific": 56},
            "characters": {"": {"general": 10}, "Nora": {"specific": 30}, "老方": {"general": 30, "specific": 26}},
            "config": {"strategy": "hybrid"},
        }
    },
    "history": [
        {"step": 5, "epoch": 0.5, "loss": 3.1},
        {"step": 10, "epoch": 1.0, "loss": 2.0},
        {"step": 10, "epoch": 1.0, "eval_loss": 2.2},
        {"step": 10, "epoch": 1.0, "eval_rouge_l": 0.12},
        {"step": 15, "epoch": 1.5, "loss": 1.5},
        {"step": 20, "epoch": 2.0, "loss": 1.2},
        {"step": 20, "epoch": 2.0, "eval_loss": 1.9},
    ],
    "samples": [],
}

if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as temporary:
        for name, card in cards(Path(temporary)).items():
            (GOLDEN / name).write_text(card, encoding="utf-8")
