"""What a card states whose folder somebody may have edited."""

from pathlib import Path

import pytest

from roleinstruct.errors import FolderError
from roleinstruct.pipeline.kept_card import stated_licence
from roleinstruct.publish.staging import CARD


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        (None, "unknown"),
        ("# No head\n", "unknown"),
        ("---\ntags: [a]\n---\n", "unknown"),
        ("---\nlicense: mit\n---", "mit"),
        ("\ufeff---\r\nlicense: mit\r\n---\r\n# Page\r\n", "mit"),
        (
            '---\nextra_gated_prompt: "Terms\n\n  ---\n\n  You agree"\nlicense: mit\n---\n---\nlicense: other\n---\n',
            "mit",
        ),
    ],
)
def test_the_licence_is_the_one_in_the_head(card: str | None, licence: str, tmp_path: Path) -> None:
    if card is not None:
        (tmp_path / CARD).write_bytes(card.encode())
    assert stated_licence(tmp_path) == licence


@pytest.mark.parametrize(
    ("card", "told"), [(b"---\nlicense: [\n---\n", "cannot be read"), (b"caf\xe9", "is not UTF-8")]
)
def test_a_card_that_cannot_be_read_is_one_sentence(card: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / CARD).write_bytes(card)
    with pytest.raises(FolderError, match=rf"README\.md.* {told}"):
        stated_licence(tmp_path)
