"""What people write to tardiff."""

import pytest

from tardis.cli.tardiff_words import plain_words


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("-b A -b B f", "-b A -b B f"),
        ("-b A f", "-b A f"),
        ("-b A B -- f", "-b A -b B -- f"),
        ("-b A B -r f", "-b A -b B -r f"),
        ("f -b A B", "f -b A -b B"),
        ("f --backup A B", "f --backup A --backup B"),
        ("-b A f g", "-b A f g"),
        ("-b A f -r", "-b A f -r"),
        ("-b A @file f", "-b A @file f"),
        ("-u f", "--unified=3 f"),
        ("-ru f", "-r --unified=3 f"),
        ("-u 7 f", "-u 7 f"),
        ("f -c", "f --context=5"),
        ("-R f", "--reduce-path=smart f"),
        ("-R smart f", "-R smart f"),
        ("--unified --list f", "--unified=3 --list f"),
        ("-b -u f", "-b -u f"),
        ("f -- -u", "f -- -u"),
        ("-b A B -u f", "-b A -b B --unified=3 f"),
    ],
)
def test_options_get_the_values_that_are_meant_for_them(written: str, meant: str) -> None:
    assert plain_words(written.split()) == meant.split()
