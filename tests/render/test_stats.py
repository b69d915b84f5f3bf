from tardis.model import Report
from tardis.render import report_text, stats_text


def test_figures_name_what_was_done() -> None:
    report = Report(directories=2, entries=10, files=7, files_new=3, bytes_sent=2048)
    text = stats_text(report, 61, 1024)
    for part in ("0:01:01", "2 directories", "7 files", "3 in full", "2.0 KB", "1.0 KB stored"):
        assert part in text, text
    assert "vanished" not in text
    report.vanished = 4
    assert "4 vanished" in stats_text(report, 1, 0)
    assert "1.2 s" in stats_text(report, 1.24, 0)


def test_files_are_listed_by_directory_with_their_names_escaped() -> None:
    text = report_text([(b"/b/x", "Full", 5), (b"/a/\x1b", "New", 7), (b"/a/b", "Known", 1)])
    lines = text.splitlines()
    assert [line for line in lines if line.endswith(":")] == ["/a:", "/b:"]
    assert lines[0].split()[:3] == ["File", "name", "Type"]
    assert lines[2].split() == ["\\x1b", "New", "7"]
    assert lines[5].split() == ["x", "Full", "5"]
    assert "\x1b" not in text


def test_the_top_of_all_is_a_directory_too() -> None:
    assert "/:" in report_text([(b"/x", "Full", 5)])
