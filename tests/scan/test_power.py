"""Power supplies as the kernel shows them, in a folder of our own."""

from pathlib import Path

from tardis.policy import Supply, runs_on_battery
from tardis.scan import read_supplies


def supply(folder: Path, name: str, **told: str) -> None:
    (folder / name).mkdir(parents=True)
    for file, text in told.items():
        (folder / name / file).write_text(f"{text}\n")


def test_a_laptop_and_its_charger(tmp_path: Path) -> None:
    supply(tmp_path, "AC", type="Mains", online="0")
    supply(tmp_path, "BAT0", type="Battery", status="Discharging", capacity="60")
    supply(tmp_path, "hidpp", type="Battery", status="Full", scope="Device")
    found = read_supplies(str(tmp_path))
    assert sorted(found) == [
        Supply("Battery", "", "Discharging"),
        Supply("Battery", "", "Full", "Device"),
        Supply("Mains", "0"),
    ]
    assert runs_on_battery(found)


def test_a_machine_that_tells_nothing_has_no_battery(tmp_path: Path) -> None:
    assert read_supplies(str(tmp_path / "none")) == []
    (tmp_path / "odd").mkdir()
    assert read_supplies(str(tmp_path)) == [Supply("")]
