"""The `datasets` builder of a RoleInstruct data set folder, for projects that import this package.

`load_dataset(folder, "dialogues")` needs nothing of ours. This builder names its files to `datasets` one by one, which
fingerprints them: a folder that was rebuilt is not answered from the cache. One file is one unit of `num_proc`; a split
of more than half a million rows has several.
"""

import glob
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq

from roleinstruct.dataset.features import PUBLISHED, features
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import FolderError

__all__ = ["RoleInstruct"]

_VERSION = datasets.Version("1.0.0")


class RoleInstruct(datasets.ArrowBasedBuilder):  # type: ignore[misc]  # datasets ships no types
    """Builds one config of a data set folder.

    Args:
        folder: The data set folder.
        config_name: One of "dialogues" (the default), "profiles", "specific", "general", "chat", "benchmark".
        options: Further arguments of `datasets.DatasetBuilder`, such as `cache_dir`.

    Raises:
        FolderError: The folder holds no such table.

    Examples:
        builder = RoleInstruct("my-characters", "chat")
        builder.download_and_prepare(num_proc=2)
        train = builder.as_dataset(split="train")
        stream = builder.as_streaming_dataset(split="test")
    """

    VERSION = _VERSION
    BUILDER_CONFIGS = [datasets.BuilderConfig(name=name, version=_VERSION) for name in PUBLISHED]  # noqa: RUF012
    DEFAULT_CONFIG_NAME = PUBLISHED[0]

    def __init__(self, folder: str | Path, config_name: str | None = None, **options: Any) -> None:  # noqa: ANN401
        name = config_name or self.DEFAULT_CONFIG_NAME
        if name not in PUBLISHED:
            raise FolderError(f"{name!r} is no config of a RoleInstruct data set; expected one of {list(PUBLISHED)}.")
        table = DataFolder(Path(folder))
        files = {split: _files(table, name, split) for split in table.splits(name)}
        if not files:
            raise FolderError(
                f"{table.table(name)} holds no Parquet table; expected a folder that roleinstruct build has written."
            )
        # The default name would be this module's; the cache folder and file prefix should carry the data set's.
        options.setdefault("dataset_name", "roleinstruct")
        super().__init__(config_name=name, data_files=files, **options)

    def _info(self) -> datasets.DatasetInfo:
        return datasets.DatasetInfo(features=features(self.config.name))

    def _split_generators(self, dl_manager: Any) -> list[datasets.SplitGenerator]:  # noqa: ANN401
        found: dict[str, Sequence[str]] = dl_manager.download_and_extract(self.config.data_files)
        return [datasets.SplitGenerator(name=split, gen_kwargs={"files": list(fs)}) for split, fs in found.items()]

    def _generate_tables(self, files: list[str]) -> Iterator[tuple[Any, pa.Table]]:
        for number, file in enumerate(files):
            with open(file, "rb") as stream:
                for batch_number, batch in enumerate(pq.ParquetFile(stream).iter_batches()):
                    yield (number, batch_number), pa.Table.from_batches([batch])


def _files(folder: DataFolder, config: str, split: str) -> list[str]:
    return sorted(glob.escape(str(path.resolve())) for path in folder.table(config).glob(f"{split}-*.parquet"))
