"""Trees to back up, made from a seed: the same words always make the same tree."""

import os
import random
import subprocess
from pathlib import Path

SIZES = (0, 1, 40, 700, 3_000, 9_000, 40_000, 131_071, 131_072, 131_073, 200_000)
WEIGHTS = (2, 1, 8, 20, 30, 20, 10, 1, 1, 1, 1)
YEAR_2001 = 978_307_200 * 10**9
YEAR = 31_536_000 * 10**9


def grow(root: Path, files: int = 3000, seed: int = 1) -> Path:
    """Make a tree of about *files* files with links, odd modes and dates; return it."""
    rng = random.Random(seed)
    folders = [root]
    root.mkdir(parents=True, exist_ok=True)
    for number in range(max(2, files // 18)):
        folder = rng.choice(folders[-40:]) / f"dir{number}"
        folder.mkdir()
        folders.append(folder)
    made: list[Path] = []
    for number in range(files):
        path = rng.choice(folders) / f"file{number}{rng.choice(('', '.c', '.txt', ' b'))}"
        match rng.randrange(40):
            case 0 if made:
                os.link(rng.choice(made), path)
            case 1:
                path.symlink_to(rng.choice(("nowhere", "../dir1", "/etc/hosts", str(path))))
            case _:
                path.write_bytes(text(rng, rng.choices(SIZES, WEIGHTS)[0]))
                path.chmod(rng.choice((0o644, 0o644, 0o600, 0o755, 0o444)))
                made.append(path)
        age(path, rng)
    for folder in reversed(folders):
        folder.chmod(rng.choice((0o755, 0o750, 0o2755, 0o1777)))
        age(folder, rng)
    return root


def text(rng: random.Random, size: int) -> bytes:
    """Return *size* bytes, half of them compressible."""
    noise = rng.randbytes(size // 2)
    return (noise + b"the same words again and again " * (size // 31 + 1))[:size]


def age(path: Path, rng: random.Random) -> None:
    """Date something to any moment of twenty years, nanoseconds included."""
    moment = YEAR_2001 + rng.randrange(20 * YEAR)
    os.utime(path, ns=(moment, moment), follow_symlinks=False)


def files_of(root: Path) -> list[Path]:
    """Return the regular files below *root*, in order of their names."""
    return sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())


def edit(root: Path, number: int, seed: int = 1) -> list[Path]:
    """Change *number* files: some grow, some shrink, some are replaced; return them."""
    rng = random.Random(seed)
    chosen = rng.sample(files_of(root), number)
    for path in chosen:
        path.chmod(0o644)
        match rng.randrange(4):
            case 0:
                path.write_bytes(text(rng, 5_000))
            case 1:
                with path.open("ab") as file:
                    file.write(b"one more line\n")
            case 2:
                os.truncate(path, path.stat().st_size // 2)
            case _:
                beside = path.with_name(path.name + ".new")
                beside.write_bytes(text(rng, 300))
                beside.replace(path)
    return chosen


def churn(root: Path, seed: int) -> None:
    """Do to a tree what happens between two backups: edit, add, remove, rename, replace."""
    rng = random.Random(seed)
    edit(root, min(30, len(files_of(root)) // 10), seed)
    folders = sorted(path for path in root.rglob("dir*") if path.is_dir() and path != root)
    for number in range(5):
        folder = rng.choice(folders)
        (folder / f"added{seed}-{number}").write_bytes(text(rng, rng.choice(SIZES)))
    for path in rng.sample(files_of(root), 5):
        path.unlink()
    moving = rng.choice(folders)
    moving.rename(moving.with_name(f"dir-moved{seed}"))


def copy(tree: Path, target: Path) -> Path:
    """Copy a tree as `cp -a` does and return the copy."""
    subprocess.run(["cp", "-a", tree, target], check=True)
    return target
