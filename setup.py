"""Packages, programs and the SQL; everything else is told in pyproject.toml."""

import sys
from pathlib import Path

try:
    from setuptools import find_packages, setup
    from setuptools.command.build_py import build_py
except ImportError:
    sys.exit("setup.py: this Python has no setuptools: python3 -m pip install .")

PROGRAMS = (
    "tardis",
    "tardisd",
    "regenerate",
    "lstardis",
    "tardiff",
    "sonic",
    "tardisfs",
    "tardisremote",
)


class BuildWithSchema(build_py):
    """Install ``schema/*.sql``, which lives at the top of the checkout, as ``tardis/schema/``.

    A mapping in ``package_dir`` would do the same, but an editable install would then
    need an import hook, which costs every start some 15 ms.
    """

    def run(self) -> None:
        """Build as always, then add the SQL; a checkout reads ``schema/`` where it is."""
        super().run()
        if self.editable_mode:
            return
        inside = Path(self.build_lib, "tardis", "schema")
        inside.mkdir(parents=True, exist_ok=True)
        for script in sorted(Path(__file__).with_name("schema").glob("*.sql")):
            self.copy_file(str(script), str(inside / script.name))


setup(
    license="MIT",
    packages=find_packages(include=["tardis", "tardis.*"]),
    package_dir={"": "."},  # said out loud, for then an editable install is a plain path
    package_data={
        "tardis": ["py.typed"],
        "tardis.web.pages": ["templates/pages/*.html", "static/*"],
    },
    include_package_data=False,
    cmdclass={"build_py": BuildWithSchema},
    entry_points={
        "console_scripts": [f"{name} = tardis.cli.launch:{name}" for name in PROGRAMS],
    },
)
