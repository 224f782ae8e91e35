"""The laws of the house: arrows point down, names are public on purpose, assets travel."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from transformers import BitsAndBytesConfig

from roleinstruct import assets
from roleinstruct.dataset.mixture import MixtureConfig
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.prompting import read_prompt
from roleinstruct.training.recipe import Recipe

SOURCE = Path(__file__).parents[1] / "src" / "roleinstruct"

LAYERS = {
    "errors": 0, "emotions": 0, "records": 0, "language": 0, "files": 0, "assets": 0, "grams": 0, "machine": 0,
    "nearest": 0, "pages": 0, "profile_fields": 0, "spreadsheets": 0,
    "prompting": 0, "settings": 0,
    "llm": 1,
    "encoders": 2,
    "retrieval": 3, "metrics": 3,
    "sources": 4, "cleaning": 4, "generate": 4, "dataset": 4, "training": 4, "evaluation": 4, "chat": 4,
    "publish": 5, "pipeline": 5,
    "cli": 6,
}  # fmt: skip
STAGES = {room for room, layer in LAYERS.items() if layer == 4}
BETWEEN_STAGES = {("evaluation", "training"), ("evaluation", "dataset")}


def modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported_rooms(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("roleinstruct"):
            parts = node.module.split(".")
            yield from [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            yield from (a.name.split(".")[1] for a in node.names if a.name.startswith("roleinstruct."))


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(SOURCE)))
def test_every_arrow_points_down(path: Path) -> None:
    room = room_of(path)
    if room in ("__init__", "__main__"):
        return
    for other in imported_rooms(ast.parse(path.read_text(encoding="utf-8"))):
        if other == "__version__" or other == room:
            continue
        assert LAYERS[other] <= LAYERS[room], f"{room} imports {other}, which lies above it"
        if room in STAGES and other in STAGES:
            assert (room, other) in BETWEEN_STAGES, f"two stages import each other: {room} -> {other}"


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(SOURCE)))
def test_all_is_sorted_and_complete(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    public: set[str] = set()
    listed: list[str] | None = None
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            public.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [t.id for t in targets if isinstance(t, ast.Name)]
            if names == ["__all__"]:
                assert node.value is not None
                listed = ast.literal_eval(node.value)
            public.update(names)
    public = {name for name in public if not name.startswith("_")}
    if path.name == "__init__.py":
        assert path.parent == SOURCE or not public, "a package's __init__ holds a docstring and nothing else"
        return
    if not public:
        return
    assert listed is not None, "no __all__"
    assert listed == sorted(listed, key=_isort)
    hidden_types = {name for name in public if name not in listed and _is_alias(tree, name)}
    assert set(listed) == public - hidden_types


def _isort(name: str) -> tuple[int, str]:
    """Ruff's order of `__all__`: CONSTANTS, Classes, functions."""
    bare = name.lstrip("_")
    return (0 if bare.isupper() else 1 if bare[:1].isupper() else 2, name)


def _is_alias(tree: ast.Module, name: str) -> bool:
    """A capitalised module-level name such as `Share = Annotated[...]` serves annotations of its own module."""
    return bool(re.fullmatch(r"[A-Z][a-z][A-Za-z]*", name)) and not any(
        isinstance(node, ast.ClassDef) and node.name == name for node in tree.body
    )


def test_importing_the_package_is_light_and_silent() -> None:
    program = (
        "import sys, time; start = time.perf_counter(); import roleinstruct.metrics; "
        "took = time.perf_counter() - start; "
        "heavy = {'datasets', 'torch', 'openai', 'transformers', 'pandas', 'pyarrow', 'numpy', 'rich', 'pydantic'}; "
        "print(sorted(heavy & set(sys.modules)), took < 0.15)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["[]", "True"]
    assert ran.stderr == ""


def test_every_name_of_the_package_can_be_had() -> None:
    import roleinstruct

    assert dir(roleinstruct) == sorted(roleinstruct.__all__)
    for name in roleinstruct.__all__:
        assert getattr(roleinstruct, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = roleinstruct.nothing  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", assets.listing("builders"))
def test_every_builder_parses(name: str) -> None:
    assert BuildConfig.load(name).card.pretty_name


@pytest.mark.parametrize("name", [name for name in assets.listing("recipes") if "/" not in name])
def test_every_recipe_goes_into_the_real_classes(name: str, tmp_path: Path) -> None:
    recipe = Recipe.load(name)
    assert recipe.lora_config("glm4").target_modules
    assert recipe.sft_config(tmp_path).max_length == recipe.sft["max_length"]
    assert MixtureConfig(**recipe.data).strategy == "hybrid"
    assert BitsAndBytesConfig(**recipe.model.quantization or {}).load_in_4bit == name.endswith("-qlora.yaml")


def test_nothing_is_loaded_unsafely_or_caught_blindly() -> None:
    forbidden = re.compile(
        r"yaml\.load\(|pickle\.load|except (?:Base)?Exception\b|except:\s|"
        r"trust_remote_code\s*=\s*True|(?<![.\w])(?:eval|exec)\("
    )
    found = [f"{p}:{m.group()}" for p in modules() for m in forbidden.finditer(p.read_text(encoding="utf-8"))]
    assert found == []


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("prompts/*.zh.md")), ids=lambda p: p.stem)
def test_every_prompt_takes_the_same_words_in_both_languages(path: Path) -> None:
    package, name = f"roleinstruct.{room_of(path)}", path.name.removesuffix(".zh.md")
    chinese, english = (read_prompt(package, name, language) for language in ("zh", "en"))
    assert chinese.placeholders == english.placeholders
    assert chinese.placeholders, "a prompt that says the same to everybody"
    for part in ("system", "template"):
        words = [set(re.findall(r"{{(\w+)}}", getattr(said, part))) for said in (chinese, english)]
        assert words[0] == words[1]
