"""Talk with the characters of an adapter: a model that answers, and the page that Gradio makes of it.

The file stands by itself: what it needs is in requirements.txt, which adapter and whose words it takes in data/.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from threading import Thread
from typing import Any

__all__ = ["Speaker", "main", "page"]


class Speaker:
    """A base model with an adapter, and the people that it can be.

    Attributes:
        personas: By name what is said of each character before the talk begins.
    """

    def __init__(self, settings: Mapping[str, Any], personas: Mapping[str, str]) -> None:
        """Load the model, from the Hub or a folder.

        Args:
            settings: "adapter", and "base" where it is not the one that the adapter names; "sampling" as
                `transformers.GenerationConfig` has it.
            personas: By name.
        """
        import torch
        from peft import PeftConfig, PeftModel
        from transformers import AutoModelForCausalLM, AutoTokenizer

        adapter = settings["adapter"]
        base = settings.get("base") or PeftConfig.from_pretrained(adapter).base_model_name_or_path
        dtype = torch.bfloat16 if torch.cuda.is_available() else torch.float32
        model: Any = AutoModelForCausalLM.from_pretrained(base, dtype=dtype)
        try:
            tokenizer: Any = AutoTokenizer.from_pretrained(adapter)
        except (OSError, ValueError):  # an adapter may come without one
            tokenizer = AutoTokenizer.from_pretrained(base)
        if len(tokenizer) > model.get_input_embeddings().num_embeddings:
            model.resize_token_embeddings(len(tokenizer))
        self._model: Any = PeftModel.from_pretrained(model, adapter).eval()
        self._model.to("cuda" if torch.cuda.is_available() else "cpu")
        self._tokenizer = tokenizer
        self._sampling = dict(settings.get("sampling", {}))
        self.personas = dict(personas)

    def answer(self, message: str, history: Sequence[Mapping[str, Any]], character: str) -> Iterator[str]:
        """Answer as a character.

        Args:
            message: What the user says.
            history: What was said before, oldest first, each with "role" and "content".
            character: One of `personas`.

        Yields:
            The answer, longer each time.
        """
        import torch
        from transformers import TextIteratorStreamer

        streamer: Any = TextIteratorStreamer(self._tokenizer, skip_prompt=True, skip_special_tokens=True)
        prompt = torch.tensor([self._prompt(message, history, character)], device=self._model.device)

        def speak() -> None:
            with torch.inference_mode():
                try:
                    self._model.generate(
                        input_ids=prompt,
                        attention_mask=torch.ones_like(prompt),
                        streamer=streamer,
                        eos_token_id=self._ends(),
                        pad_token_id=self._ends()[0],
                        **self._sampling,
                    )
                finally:
                    streamer.end()  # or the page would wait for ever

        Thread(target=speak, daemon=True).start()
        said = ""
        for piece in streamer:
            said += piece
            yield said.strip()

    def _prompt(self, message: str, history: Sequence[Mapping[str, Any]], character: str) -> list[int]:
        """The tokens of the talk, without its oldest turns where all of it is too long."""
        past = [{"role": turn["role"], "content": _text(turn["content"])} for turn in history]
        room = getattr(self._model.config, "max_position_embeddings", 4096) - self._sampling.get("max_new_tokens", 20)
        while True:
            told = [
                {"role": "system", "content": self.personas[character]},
                *past,
                {"role": "user", "content": message},
            ]
            text = self._tokenizer.apply_chat_template(
                told, add_generation_prompt=True, tokenize=False, enable_thinking=False
            )
            tokens: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
            if len(tokens) <= room or not past:
                return tokens
            past = past[2:]

    def _ends(self) -> list[int]:
        """The tokens behind which an answer is over: the model's, and the one that the template puts there."""
        named = self._model.generation_config.eos_token_id
        found = [*(named if isinstance(named, list) else [named]), self._tokenizer.eos_token_id]
        talk = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "7319"}]
        behind = self._tokenizer.apply_chat_template(talk, tokenize=False).rpartition("7319")[2]
        after = self._tokenizer(behind, add_special_tokens=False)["input_ids"][:1]
        found += [token for token in after if token in self._tokenizer.all_special_ids]
        return sorted({token for token in found if token is not None})


def page(speaker: Speaker, title: str) -> Any:  # noqa: ANN401 - a gradio.Blocks, which is imported late
    """The page: a talk, and whom to talk with."""
    import gradio

    people = list(speaker.personas)
    return gradio.ChatInterface(
        speaker.answer,
        title=title,
        additional_inputs=[gradio.Dropdown(people, value=people[0], label="Character")],
        api_name="chat",
        analytics_enabled=False,
    )


def main() -> None:
    """Open the page."""
    data = Path(__file__).parent / "data"
    settings = json.loads((data / "settings.json").read_text(encoding="utf-8"))
    personas = json.loads((data / "personas.json").read_text(encoding="utf-8"))
    page(Speaker(settings, personas), settings["title"]).launch()


def _text(content: str | Sequence[Mapping[str, Any]]) -> str:
    """A message's text, which Gradio since 6 gives as a list of parts."""
    return content if isinstance(content, str) else "".join(str(part.get("text", "")) for part in content)


if __name__ == "__main__":
    main()
