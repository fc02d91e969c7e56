"""Reports: the right numbers in the right place, and nothing from outside."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from pushgrasp.evaluation.intervals import share
from pushgrasp.evaluation.report import charts
from pushgrasp.evaluation.report.contents import Report, build_report, strips
from pushgrasp.evaluation.report.pages import report_markdown, report_page
from pushgrasp.evaluation.runs import read_runs

Writing = Callable[..., Path]


@pytest.fixture
def report(runs: list[Path]) -> Report:
    return build_report(read_runs(runs))


def table_of(markdown: str, protocol: str) -> dict[str, list[str]]:
    """Cells of a protocol's table by metric, header included."""
    text = markdown.split(f"## {protocol}\n")[1].split("\n## ")[0]
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")]
    return {cells[0]: cells[1:] for cells in lines}


def test_policies_stand_side_by_side_with_what_papers_print(report: Report) -> None:
    table = table_of(report_markdown(report), "P1/case1")
    assert table["metric"][:2] == [r"\<good\>", "bad"]
    assert table["metric"][2] == "published: dual arm (Wang & Kasaei 2025, Table I)"
    completion = next(cells for name, cells in table.items() if name.startswith("Completion"))
    expected = share(7, 8)
    assert expected is not None
    assert completion[0] == f"87.5 % [{100 * expected.low:.1f}, {100 * expected.high:.1f}] of 8"
    assert completion[2:4] == ["99.75 %", "99.25 %"]
    motions = next(cells for name, cells in table.items() if name.startswith("Motion number: "))
    # each completed trial takes a push and a grasp; nothing defines the other policy's
    assert motions[:3] == ["2.00 [2.00, 2.00] of 7", "-", "2.79"]


def test_overview_has_every_protocol_and_the_mean_over_them(report: Report) -> None:
    overview = report_markdown(report).split("## ")[0]
    table = [line for line in overview.splitlines() if line.startswith("|")]
    assert table[1] == "|---|---|---|---|" and len(table) == 5
    # the policy takes a push and a grasp; of the eight grasps and five failed ones of P1/case1 seven hold
    tight = "100 [51, 100] of 4; 100 [51, 100] of 4; 2.00 [2.00, 2.00]"
    assert table[3] == f"| P5/tight | {tight} |  | completion 88.75 % |"
    case1 = table[2].split(" | ")
    assert case1[1:3] == [
        "88 [53, 98] of 8; 58 [32, 81] of 12; 2.00 [2.00, 2.00]",
        "0 [0, 49] of 4; 0 [0, 16] of 20; -",
    ]
    assert case1[3] == "completion 99.75 %, grasps, completed trials, 93.08 %, motions 2.79 |"
    # (7/8 + 1) / 2; the other policy has not run on both
    assert re.search(r"\| interquartile mean of completion \| 0\.94 \[.*\] of 2 \| - \|  \|", overview)


def test_policies_stand_in_the_order_of_the_runs(tmp_path: Path, writing: Writing) -> None:
    folders = [
        writing(tmp_path / name, name, protocol, "11") for name, protocol in (("z", "P2/hard"), ("a", "P1/case1"))
    ]
    assert "| protocol | z | a | published" in report_markdown(build_report(read_runs(folders)))


def test_protocols_without_published_values_stand_beside_those_with_some(tmp_path: Path, writing: Writing) -> None:
    for protocol in ("P2/hard", "P5/tight", "P5/clearing10"):
        writing(tmp_path / "good", "good", protocol, "11")
    report = build_report(read_runs([tmp_path / "good"]))
    assert "| P2/hard | 100 [34, 100] of 2; 100 [34, 100] of 2; 2.00 [2.00, 2.00] |  |" in report_markdown(report)
    # each of the two trials, of six and eight objects, takes one from the table
    assert "| P5/clearing10 | 14 [4, 40] of 14; 100" in report_markdown(report)
    overview = report_page(report).split('id="overview"')[1].split("</section>")[0]
    assert overview.count('<td class="other">') == 4  # three protocols, and the mean over them


def test_page_shows_motion_numbers_at_a_glance(report: Report) -> None:
    overview = report_page(report).split('id="overview"')[1].split("</section>")[0]
    found = re.findall(r"motion number <b>([^<]*)</b>", overview)
    # P1/case1: <good>, nothing for bad, which completes no trial, the paper's; P5/tight: <good>, and the paper has none
    assert found == ["2.00 [2.00, 2.00]", "2.79", "2.00 [2.00, 2.00]"]


def test_rows_say_how_they_are_repeated(report: Report) -> None:
    command = "python scripts/evaluate.py --protocol P1/case1 --policy bad --seed 0"
    assert f"- bad (seed 0, commit c0ffee): `{command}`" in report_markdown(report)
    assert command in report_page(report)


class Page(HTMLParser):
    """Collects addresses, and checks that tags are closed."""

    VOID = frozenset({"meta", "img", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_page_needs_nothing_from_outside(report: Report) -> None:
    text = report_page(report, now=datetime(2026, 3, 4, 5, 6, tzinfo=UTC))
    page = Page(text)
    assert page.open == []
    assert page.addresses
    assert all(address.startswith(("#", "data:image/png;base64,")) for address in page.addresses)
    assert "url(" not in text.replace("url(#", "") and "@import" not in text and "<script" not in text
    assert "Made 04 March 2026, 05:06 UTC" in text


def test_names_are_escaped(report: Report) -> None:
    text = report_page(report)
    assert "<good>" not in text
    assert "&lt;good&gt;" in text


def test_bars_of_causes_are_in_proportion(report: Report) -> None:
    (axes,) = charts.cause_bars(report.sections[0].rows).axes
    bars = [(round(bar.get_y() + 0.5 * bar.get_height()), bar.get_x(), bar.get_width()) for bar in axes.patches]
    # 7 of 8 completed, 1 of 8 imprecise; then none completed, 4 of 4 imprecise; over the same length
    assert bars == [(0, 0.0, 7 / 8), (0, 7 / 8, 1 / 8), (1, 0.0, 0.0), (1, 0.0, 1.0)]
    assert [text.get_text() for text in axes.texts if text.get_text().isdigit()] == ["7", "1", "4"]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["completed", "imprecise grasp"]


def test_causes_stand_in_words_too(report: Report) -> None:
    for text in (report_page(report), report_markdown(report)):
        assert re.search(r"bad(, causes of failure)?: imprecise grasp 4", text)


def test_success_by_actions_rises_where_trials_end(report: Report) -> None:
    (axes,) = charts.success_by_actions(report.sections[0].rows).axes
    good, bad = axes.lines
    # 7 of 8 trials are completed by their second action; the longest trials take five
    assert good.get_xdata().tolist() == [0, 1, 2, 3, 4, 5]
    assert good.get_ydata().tolist() == [0.0, 0.0, 87.5, 87.5, 87.5, 87.5]
    assert set(bad.get_ydata()) == {0.0}


def test_success_by_objects_has_a_dot_for_each_number(report: Report) -> None:
    (axes,) = charts.success_by_objects(report.sections[0].rows).axes
    good, bad = (container.lines[0] for container in axes.containers)
    # 6 and 8 objects; <good> 4 of 4 and 3 of 4, bad none
    assert (good.get_ydata().tolist(), bad.get_ydata().tolist()) == ([100.0, 75.0], [0.0, 0.0])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["6", "8"]
    assert [[round(x) for x in line.get_xdata()] for line in (good, bad)] == [[0, 1], [0, 1]]
    expected, (intervals, _) = share(3, 4), (container.lines[2][0] for container in axes.containers)
    assert expected is not None
    assert intervals.get_segments()[1][:, 1].tolist() == pytest.approx([100 * expected.low, 100 * expected.high])


def test_actions_are_counted(report: Report) -> None:
    (axes,) = charts.action_counts(report.sections[0].rows[0]).axes
    bars = [(round(bar.get_x() + 0.4, 6), bar.get_y(), bar.get_height()) for bar in axes.patches]
    # 7 completed trials of 2 actions, a failed one of 5
    assert bars == [(2.0, 0, 7), (5.0, 0, 0), (2.0, 7, 0), (5.0, 0, 1)]


@pytest.mark.parametrize("name", ["$x$", "_hidden", "<b>&amp;</b>", "100 %", "n" * 300])
def test_figures_show_names_as_they_are(name: str, tmp_path: Path, writing: Writing) -> None:
    writing(tmp_path, name, "P1/case1", "1101")
    rows = build_report(read_runs([tmp_path])).sections[0].rows
    drawn = charts.cause_bars(rows), charts.success_by_actions(rows), charts.success_by_objects(rows)
    for figure in (*drawn, charts.action_counts(rows[0])):
        svg = charts.svg(figure)
        root = ElementTree.fromstring(svg)
        texts = " ".join(item.text or "" for item in root.iter("{http://www.w3.org/2000/svg}text"))
        assert name[:60] in texts and svg == charts.svg(figure)


def test_strips_show_a_failure_where_there_is_one(report: Report) -> None:
    good, bad = report.sections[0].rows
    assert [title for title, _ in strips(good)] == ["trial 0, 6 objects, completed", "trial 1, 8 objects, completed"]
    assert strips(bad)[0][0] == "trial 0, 6 objects, failed: imprecise grasp"


def test_runs_that_differ_in_their_seed_say_so(runs: list[Path], tmp_path: Path, writing: Writing) -> None:
    writing(tmp_path / "again", "bad", "P1/case1", "01", seed=3)
    report = build_report(read_runs([*runs, tmp_path / "again"]))
    assert set(report.policies) == {"<good>, seed 0", "bad, seed 0", "bad, seed 3"}


def test_a_policy_keeps_its_name_where_another_rig_was_tried_too(tmp_path: Path, writing: Writing) -> None:
    writing(tmp_path / "free", "one", "P1/case1", "11")
    writing(tmp_path / "free", "one", "P1/case2", "11")
    writing(tmp_path / "arms", "one", "P1/case2", "10", rig="full", config="cd34")
    labels = ["one, full rig", "one, training rig"]  # of the folders "arms" and "free"
    assert list(build_report(read_runs([tmp_path])).policies) == labels


def test_runs_that_differ_in_their_configuration_alone_say_so(tmp_path: Path, writing: Writing) -> None:
    writing(tmp_path / "a", "one", "P1/case1", "11")
    writing(tmp_path / "b", "one", "P1/case1", "10", config="cd34")
    assert list(build_report(read_runs([tmp_path])).policies) == ["one, config ab12", "one, config cd34"]


def test_figures_of_a_run_without_a_trial_are_empty(tmp_path: Path, writing: Writing) -> None:
    writing(tmp_path, "new", "P1/case1", "")
    (row,) = build_report(read_runs([tmp_path])).sections[0].rows
    assert not charts.success_by_actions([row]).axes[0].lines
    assert "new: no trials" in charts.svg(charts.action_counts(row))
    assert ElementTree.fromstring(charts.svg(charts.cause_bars([row]))) is not None


def test_a_report_needs_a_run() -> None:
    with pytest.raises(ValueError, match="a report needs at least one run"):
        build_report([])


def test_runs_without_a_trial_are_shown_as_undefined(tmp_path: Path, writing: Writing) -> None:
    writing(tmp_path / "none", "none", "P1/case1", "")
    report = build_report(read_runs([tmp_path / "none"]))
    assert "| none |" in report_markdown(report)
    assert "no trial" in report_page(report)


def test_policies_are_compared_trial_by_trial_where_the_seed_is_the_same(tmp_path: Path, writing: Writing) -> None:
    folders = [
        writing(tmp_path / name, name, "P1/case1", "11111111", seed) for name, seed in (("a", 0), ("b", 0), ("c", 1))
    ]
    report = build_report(read_runs(folders))
    table = table_of(report_markdown(report), "P1/case1")
    saved = next(cells for name, cells in table.items() if name.startswith("Actions saved: "))
    # All take a push and a grasp; the third policy had other scenes.
    assert saved[:3] == ["-", "0.00 [0.00, 0.00] of 8", "-"] and "Actions saved" in report_page(report)


def rewrite(folder: Path, old: str, new: str) -> None:
    """Change the text of a run.json."""
    path = folder / "run.json"
    path.write_text(path.read_text().replace(old, new))


def comparison(folders: list[Path]) -> tuple[str, str]:
    """What a report on two runs of one protocol says of trials one by one: the cell of the second run, and the note."""
    markdown = report_markdown(build_report(read_runs(folders)))
    cell = next(line for line in markdown.splitlines() if line.startswith("| Actions saved"))
    note = next(line for line in markdown.splitlines() if line.startswith("- b") and "trial by trial" in line)
    return cell.split("|")[3].strip(), note


def test_only_scenes_of_the_same_content_are_called_the_same(tmp_path: Path, writing: Writing) -> None:
    one, two, three = (
        writing(tmp_path / name, name, "scenes:my.json", "11", scenes=scenes)
        for name, scenes in (("a", "d1"), ("b", "d1"), ("ba", "d2"))
    )
    assert comparison([one, two]) == ("0.00 [0.00, 0.00] of 2", "- b: same scenes as a, compared trial by trial.")
    cell, note = comparison([one, three])
    assert cell == "-" and note.endswith("with a: the scene files held other scenes.")
    for folder in (one, two):
        rewrite(folder, "pushgrasp.run/2", "pushgrasp.run/1")
        rewrite(folder, '"scenes": "d1"', '"scenes": null')
    cell, note = comparison([one, two])
    assert cell == "-" and note.endswith("with a: what the scene files held was not recorded.")


def test_a_family_that_came_out_otherwise_is_not_compared(tmp_path: Path, writing: Writing) -> None:
    one, two = (writing(tmp_path / name, name, "P1/case1", "11", scenes="d") for name in ("a", "b"))
    path = two / "trials.jsonl"
    path.write_text(path.read_text().replace('"target":""', '"target":"cube"'))
    cell, note = comparison([one, two])
    assert cell == "-" and "trial 0 begins with 6 objects and the target '' of scene ''" in note


def test_what_was_left_out_is_said(tmp_path: Path, writing: Writing) -> None:
    folder = writing(tmp_path, "a", "scenes:my/*.json", "11", scenes="d", left_out=["my/2.json: object 0 floats"])
    report = build_report(read_runs([folder]))
    for text in (report_markdown(report), report_page(report)):
        assert "a: bad scene files left out: my/2.json: object 0 floats." in text


def test_runs_of_the_same_name_are_told_apart(tmp_path: Path, writing: Writing) -> None:
    writing(tmp_path / "1", "run/model", "P1/case1", "11", weights="aaaaaaaa", scenes="d")
    writing(tmp_path / "2", "run/model", "P1/case1", "11", weights="bbbbbbbb", scenes="d")
    writing(tmp_path / "3", "run/model", "P1/case1", "11", weights="bbbbbbbb", scenes="d")
    found = list(build_report(read_runs([tmp_path])).policies)
    assert found[0] == "run/model, weights aaaaaaa"
    assert found[1:] == [f"run/model, weights bbbbbbb, in {tmp_path}/{number}/P1_case1" for number in "23"]


NAMES = ["a|b", "<b>x</b>", "`code`", "[x](http://y)", "**star** _line_", "two\nlines", "- list", "# head", "1. one"]


@pytest.mark.parametrize("name", [*NAMES, "~~s~~ $x$ &lt;", "back\\slash"])
def test_no_name_is_taken_for_markdown(name: str, tmp_path: Path, writing: Writing) -> None:
    folder = writing(tmp_path, name, f"scenes:{name}", "11", scenes="d", git_commit=name)
    text = report_markdown(build_report(read_runs([folder])))
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    inline = [token.children or [] for token in tokens if token.type == "inline"]
    # emphasis is in a sentence of the report's own, code in the commands
    kinds = {child.type for children in inline for child in children}
    assert kinds <= {"text", "softbreak", "em_open", "em_close", "code_inline"}
    shown, texts = " ".join(name.split()), ["".join(child.content for child in children) for children in inline]
    assert texts.count(f"scenes:{shown}") == 2  # overview and heading
    assert texts.count(shown) == 2  # heads of the overview's and the section's columns
    assert f"{shown}, causes of failure: none" in texts
    command = f"python scripts/evaluate.py --protocol scenes:{shown} --policy {shown} --seed 0"
    assert f"{shown} (seed 0, commit {shown}): {command}" in texts
