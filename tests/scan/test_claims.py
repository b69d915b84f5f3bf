from tardis.scan.claims import Claims


def test_each_place_that_shows_a_directory_gets_the_next_number() -> None:
    claims = Claims()
    assert [claims.claim(1, 5) for _ in range(3)] == [0, 1, 2]
    assert claims.claim(2, 5) == 0
    assert claims.claim(1, 6) == 0
    assert claims.claim(1, 5) == 3


def test_inodes_of_64_bits_do_not_meet_those_of_other_file_systems() -> None:
    claims = Claims()
    assert claims.claim(1, 2**64 - 1) == 0
    assert claims.claim(2, 2**64 - 1) == 0
    assert claims.claim(1, 2**64 - 1) == 1
