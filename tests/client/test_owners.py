from tardis.client.owners import owner_names


def test_numbers_that_have_names_are_named_once() -> None:
    found = owner_names([(0, 0), (0, 2**31 - 7), (2**31 - 7, 0)])
    assert found == ((False, 0, b"root"), (True, 0, b"root"))
    assert owner_names([]) == ()
    assert owner_names([(2**32 - 1, 2**32 - 1)]) == ()
