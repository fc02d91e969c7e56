"""Results in a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from pushgrasp.jobs.results import append_result, read_results


def test_results_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    assert read_results(path) == {}
    append_result(path, 3, {"far": 0.1 + 0.2, "name": "é", "more": [1, None]})
    append_result(path, 0, [])
    path.write_bytes(path.read_bytes() + b'{"unit": 5, "resu')  # cut off by a kill
    assert read_results(path) == {3: {"far": 0.1 + 0.2, "name": "é", "more": [1, None]}, 0: []}
    append_result(path, 5, True)
    assert list(read_results(path)) == [3, 0, 5]


def test_what_could_not_be_read_again_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        append_result(tmp_path / "results.jsonl", 0, float("nan"))
    assert read_results(tmp_path / "results.jsonl") == {}


@pytest.mark.parametrize("line", ["nonsense", "[]", '{"unit": 1}', '{"unit": true, "result": 1}'])
def test_what_is_no_result_names_file_and_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "results.jsonl"
    append_result(path, 0, 1)
    path.write_text(f"{path.read_text()}{line}\n")
    with pytest.raises(ValueError, match=r"results\.jsonl:2: "):
        read_results(path)
