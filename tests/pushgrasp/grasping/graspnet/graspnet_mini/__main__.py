"""Write the dataset into a folder: ``python -m graspnet_mini FOLDER scenes=3 views=4 seed=1``, numbers of MiniCfg."""

import sys
from pathlib import Path

from graspnet_mini.writer import MiniCfg, write_dataset

folder, *words = sys.argv[1:]
numbers = {name: int(value) for name, _, value in (word.partition("=") for word in words)}
for line in write_dataset(Path(folder), MiniCfg(**numbers)):
    print(line)
