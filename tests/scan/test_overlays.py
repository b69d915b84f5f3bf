import os
from pathlib import Path

from tardis.scan.overlays import common_device


def test_layers_on_one_file_system_have_its_device(tmp_path: Path) -> None:
    here = os.fsencode(tmp_path)
    for options in (
        b"rw,lowerdir=%b,upperdir=%b,workdir=/nowhere" % (here, here),
        b"rw,lowerdir+=%b,lowerdir+=%b,redirect_dir=on" % (here, here),
        b"ro,lowerdir=%b:%b::%b" % (here, here, here),
    ):
        assert common_device(options) == tmp_path.stat().st_dev


def test_layers_on_several_file_systems_have_none(tmp_path: Path) -> None:
    here = os.fsencode(tmp_path)
    assert common_device(b"rw,lowerdir=/proc:%b" % here) is None
    assert common_device(b"rw,lowerdir=/proc,upperdir=%b" % here) is None


def test_in_doubt_there_is_none(tmp_path: Path) -> None:
    here = os.fsencode(tmp_path)
    for options in (
        b"",
        b"rw",
        b"rw,lowerdir=%b:/no/such/layer" % here,
        b"rw,lowerdir=%b:relative" % here,
        b"rw,lowerdir=/no/such/layer",
    ):
        assert common_device(options) is None


def test_colons_commas_and_backslashes_in_the_names_of_layers(tmp_path: Path) -> None:
    device = tmp_path.stat().st_dev
    for name, written in ((b"a:b", b"a\\:b"), (b"a,b", b"a\\,b"), (b"a\\b", b"a\\\\b")):
        layer = os.path.join(os.fsencode(tmp_path), name)
        os.mkdir(layer)
        told = os.path.join(os.fsencode(tmp_path), written)
        assert common_device(b"rw,lowerdir=" + told) == device
