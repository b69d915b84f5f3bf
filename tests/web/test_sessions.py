"""Sessions: cookies, their change at a login, and how they end."""

from tardis.web import sessions
from tardis.web.sessions import Access, Sessions
from tests.web.site import Clock


def test_a_cookie_names_its_own_session_alone() -> None:
    known = Sessions(Clock())
    one, mine = known.admit("", Access("a"))
    other, theirs = known.admit("", Access("b"))
    assert (known.find(one), known.find(other)) == (mine, theirs)
    assert known.find("") is known.find(one + "x") is None
    assert mine.fits(mine.token) and not mine.fits(theirs.token) and not mine.fits("")


def test_a_cookie_changes_with_each_login() -> None:
    known = Sessions(Clock())
    planted, mine = known.admit("planted", Access("a"))
    assert planted != "planted" and known.find("planted") is None
    fresh, again = known.admit(planted, Access("b"))
    assert again is mine and known.find(planted) is None and known.find(fresh) is mine
    assert sorted(mine.accesses) == ["a", "b"]


def test_what_is_dropped_is_gone() -> None:
    known = Sessions(Clock())
    cookie, mine = known.admit("", Access("a"))
    cookie, _ = known.admit(cookie, Access("b"))
    known.drop(cookie, "a")
    assert list(mine.accesses) == ["b"] and known.find(cookie) is mine
    known.drop(cookie, "b")
    assert known.find(cookie) is None
    cookie, _ = known.admit("", Access("a"))
    known.drop(cookie)
    known.drop(cookie)
    assert known.find(cookie) is None and len(known) == 0


def test_sessions_are_bounded_and_the_idle_one_goes_first() -> None:
    clock = Clock()
    known = Sessions(clock)
    cookies = []
    for _ in range(sessions.MOST):
        cookies.append(known.admit("", Access("a"))[0])
        clock.now += 0.01
    assert known.find(cookies[0]) is not None
    known.admit("", Access("b"))
    assert len(known) == sessions.MOST
    assert known.find(cookies[0]) is not None and known.find(cookies[1]) is None


def test_nothing_of_a_session_shows_its_secrets() -> None:
    known = Sessions(Clock())
    cookie, mine = known.admit("", Access("a", verifier=b"secret"))
    assert mine.token not in repr(mine) and "secret" not in repr(mine.accesses["a"])
    assert cookie not in repr(vars(known))
