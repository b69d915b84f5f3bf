"""What fstab and mount write behind -o."""

import pytest

from tardis.model import UsageError
from tardis.mount import mount_words

FSTAB = "rw,user,noauto,default_permissions,allow_other,database=/nfs/tardis/,client=laptop"


def test_a_line_of_fstab() -> None:
    found = mount_words((FSTAB,), ("0", "/mnt"))
    assert found.words == ["--database=/nfs/tardis/", "--client=laptop"]
    assert found.fuse == {"default_permissions": True, "allow_other": True}


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("host=x", ["--client=x"]),
        ("dbname=a.db", ["--dbname=a.db"]),
        ("dbdir=/d", ["--dbdir=/d"]),
        ("config=/c", ["--config=/c"]),
        ("job=j", ["--job=j"]),
        ("password=", ["--password"]),
        ("password=s=1", ["--password=s=1"]),
        ("pwfile=/p", ["--password-file=/p"]),
        ("pwprog=ask me", ["--password-prog=ask me"]),
        ("keys=/k", ["--keys=/k"]),
        ("current=now", ["--current=now"]),
        ("cachetime=5", ["--cachetime=5"]),
        ("logfile=/l", ["--log=/l"]),
        ("verbose=2", ["--verbose", "--verbose"]),
        ("verbose", ["--verbose"]),
        ("verbose=0", []),
        ("repoint", ["--repoint"]),
        ("nocrypt,noauth", ["--nocrypt", "--noauth"]),
        ("database=/a\\,b", ["--database=/a,b"]),
        ("_netdev,x-systemd.automount,comment=hi,dev,suid,nodiratime,strictatime", []),
    ],
)
def test_every_option_of_the_manual(option: str, words: list[str]) -> None:
    found = mount_words((option,), ("/mnt",))
    assert (found.words, found.fuse) == (words, {})


def test_a_source_that_names_something_is_the_database() -> None:
    assert mount_words((), ("/srv/tardis", "/mnt")).words == ["--database", "/srv/tardis"]
    for nothing in ("0", "none", "", "tardisfs"):
        assert mount_words((), (nothing, "/mnt")).words == []
    told = mount_words(("database=/srv/tardis",), ("backups-of-laptop", "/mnt")).words
    assert told == ["--database=/srv/tardis"]


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(UsageError, match="client needs a value"):
        mount_words(("client",), ("/mnt",))
    with pytest.raises(UsageError, match="verbose=much is no number"):
        mount_words(("verbose=much",), ("/mnt",))
    with pytest.raises(UsageError, match="too many"):
        mount_words((), ("a", "b", "c"))


def test_the_rest_goes_to_fuse() -> None:
    assert mount_words(("max_read=4096", "allow_root"), ("/mnt",)).fuse == {
        "max_read": "4096",
        "allow_root": True,
    }
