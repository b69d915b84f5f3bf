"""The login proof: published vectors, another implementation, and peers that cheat."""

import hashlib

import pytest
import srp
import srp._pysrp
from hypothesis import given, settings
from hypothesis import strategies as st

from tardis.crypto import LoginClient, LoginServer
from tardis.crypto.login import GROUP, USER, Group, new_verifier
from tardis.model import AuthenticationError
from tests.facilities import counts

RFC_5054_PRIME = int(
    "EEAF0AB9ADB38DD69C33F80AFA8FC5E86072618775FF3C0B9EA2314C9C256576D674DF7496EA81D3383B4813"
    "D692C6E0E0D5D8E250B98BE48E495C1D6089DAD15DC7D7B46154D6B6CE8EF4AD69B15D4982559B297BCF1885"
    "C529F566660E57EC68EDBC3C05726CC02FD4CBF4976EAA9AFD5138FE8376435B9FC61D2FC0EB06E3",
    16,
)
SMALL = Group(RFC_5054_PRIME, 2, "sha1")
SALT = bytes.fromhex("BEB25379D1A8581EB5A727673A2441EE")
OWN_A = bytes.fromhex("60975527035CF2AD1989806F0407210BC81EDC04E2762A56AFD529DDDA2D4393")
OWN_B = bytes.fromhex("E487CB59D31AC550471E81F00F6928E01DDA08E974A004F49E61F5D105284D20")
VERIFIER = bytes.fromhex(
    "7E273DE8696FFC4F4E337D05B4B375BEB0DDE1569E8FA00A9886D8129BADA1F1822223CA1A605B530E379BA4"
    "729FDC59F105B4787E5186F5C671085A1447B52A48CF1970B4FB6F8400BBF4CEBFBB168152E08AB5EA53D15C"
    "1AFF87B2B9DA6E04E058AD51CC72BFC9033B564E26480D78E955A5E29E7AB245DB2BE315E2099AFB"
)
PUBLIC_A = (
    "61D5E490F6F1B79547B0704C436F523DD0E560F0C64115BB72557EC44352E8903211C04692272D8B2D1A5358"
    "A2CF1B6E0BFCF99F921530EC8E39356179EAE45E42BA92AEACED825171E1E8B9AF6D9C03E1327F44BE087EF0"
    "6530E69F66615261EEF54073CA11CF5858F0EDFDFE15EFEAB349EF5D76988A3672FAC47B0769447B"
)
PUBLIC_B = (
    "BD0C61512C692C0CB6D041FA01BB152D4916A1E77AF46AE105393011BAF38964DC46A0670DD125B95A981652"
    "236F99D9B681CBF87837EC996C6DA04453728610D0C6DDB58B318885D7D82C7F8DEB75CE7BD4FBAA37089E6F"
    "9C6059F388838E7A00030B331EB76840910440B1B27AAEAEEB4012B7D7665238A8E3FB004B117B58"
)
SECRETS = st.binary(min_size=1, max_size=40)


def handshake(secret: bytes, known: bytes) -> None:
    """Log in with *secret* where *known* is the right one."""
    salt, verifier = new_verifier(known)
    client, server = LoginClient(secret), LoginServer(salt, verifier)
    client.check(server.check(client.public, client.prove(salt, server.answer)))


def test_a_proof_for_one_line_is_none_for_another() -> None:
    salt, verifier = new_verifier(b"secret")
    for here, there in ((b"", b"cert"), (b"cert", b""), (b"cert", b"other")):
        client = LoginClient(b"secret", binding=here)
        server = LoginServer(salt, verifier, binding=there)
        proof = client.prove(salt, server.answer)
        with pytest.raises(AuthenticationError):
            server.check(client.public, proof)
    client = LoginClient(b"secret", binding=b"cert")
    server = LoginServer(salt, verifier, binding=b"cert")
    client.check(server.check(client.public, client.prove(salt, server.answer)))


def test_the_published_vector_comes_out() -> None:
    assert SMALL.multiplier() == int("7556AA045AEF2CDD07ABAF0F665C3E818913186F", 16)
    power = SMALL.secret_power(SALT, b"alice", b"password123")
    assert power == int("94B7555AABE9127CC58CCF4993DB6CF84D16C124", 16)
    assert pow(2, power, RFC_5054_PRIME) == int.from_bytes(VERIFIER, "big")
    client = LoginClient(b"password123", OWN_A, SMALL)
    server = LoginServer(SALT, VERIFIER, OWN_B, SMALL)
    assert client.public.hex().upper() == PUBLIC_A
    assert server.answer.hex().upper() == PUBLIC_B
    numbers = [int.from_bytes(one, "big") for one in (client.public, server.answer)]
    assert SMALL.scrambler(*numbers) == int("CE38B9593487DA98554ED47D70A7AE5F462EF019", 16)
    proof = client.prove(SALT, server.answer, b"alice")
    client.check(server.check(client.public, proof, b"alice"))


def test_the_group_is_the_one_of_the_standard() -> None:
    assert (GROUP.prime.bit_length(), GROUP.base, GROUP.size) == (4096, 5, 512)
    prime, base = srp._pysrp._ng_const[srp.NG_4096]
    assert (GROUP.prime, GROUP.base) == (int(prime, 16), int(base, 16))


def test_the_right_secret_logs_in_and_a_wrong_one_does_not() -> None:
    handshake(b"the secret", b"the secret")
    with pytest.raises(AuthenticationError, match="proof of the password is wrong"):
        handshake(b"the secreT", b"the secret")


@settings(max_examples=counts(20, 2000), deadline=None)
@given(SECRETS)
def test_every_secret_logs_in_whatever_its_numbers_begin_with(secret: bytes) -> None:
    handshake(secret, secret)


@settings(max_examples=counts(10, 1000), deadline=None)
@given(SECRETS)
def test_both_sides_speak_with_another_implementation(secret: bytes) -> None:
    how = {"hash_alg": srp.SHA256, "ng_type": srp.NG_4096}
    srp.rfc5054_enable()
    salt, verifier = srp.create_salted_verification_key(USER, secret, salt_len=16, **how)
    salt = salt.rjust(16, b"\0") if len(salt) == 16 else None
    if salt is None:  # it cuts zeros off the head of salts
        return
    assert int.from_bytes(new_verifier(secret, salt)[1], "big") == int.from_bytes(verifier, "big")
    theirs = srp.Verifier(USER, salt, verifier, **how)
    ours = LoginClient(secret)
    proof = ours.prove(salt, theirs.get_challenge()[1])
    ours.check(theirs.verify_session(proof, ours.public))
    user, server = srp.User(USER, secret, **how), LoginServer(salt, verifier)
    _, public = user.start_authentication()
    user.verify_session(server.check(public, user.process_challenge(salt, server.answer)))
    assert user.authenticated()


@pytest.mark.parametrize("times", [0, 1, 2])
def test_a_number_that_is_nothing_in_the_group_is_refused(times: int) -> None:
    bad = (times * GROUP.prime).to_bytes(GROUP.size + 1, "big")[1 if times < 2 else 0 :]
    salt, verifier = new_verifier(b"x")
    with pytest.raises(AuthenticationError, match="could not prove"):
        LoginServer(salt, verifier).check(bad, bytes(32))
    with pytest.raises(AuthenticationError, match="could not prove"):
        LoginClient(b"x").prove(salt, bad)


def test_who_sends_nothing_of_the_group_cannot_log_in_without_the_secret() -> None:
    salt, verifier = new_verifier(b"x")
    server = LoginServer(salt, verifier)
    for public in (b"", b"\0", b"\1", bytes(512), bytes(4096)):
        key = hashlib.sha256(b"").digest()
        with pytest.raises(AuthenticationError):
            server.check(public, key)


def test_a_proof_is_good_for_one_login_only() -> None:
    salt, verifier = new_verifier(b"x")
    client, server = LoginClient(b"x"), LoginServer(salt, verifier)
    proof = client.prove(salt, server.answer)
    server.check(client.public, proof)
    with pytest.raises(AuthenticationError):
        LoginServer(salt, verifier).check(client.public, proof)


@pytest.mark.parametrize("size", [0, 1, 31])
def test_a_proof_that_is_cut_is_wrong(size: int) -> None:
    salt, verifier = new_verifier(b"x")
    client, server = LoginClient(b"x"), LoginServer(salt, verifier)
    proof = client.prove(salt, server.answer)
    with pytest.raises(AuthenticationError):
        server.check(client.public, proof[:size])


def test_a_server_that_does_not_know_the_verifier_is_found_out() -> None:
    salt, verifier = new_verifier(b"another")
    client, server = LoginClient(b"x"), LoginServer(salt, verifier)
    client.prove(salt, server.answer)
    for proof in (b"", bytes(32)):
        with pytest.raises(AuthenticationError, match="could not prove"):
            client.check(proof)


def test_a_server_that_was_not_asked_cannot_be_checked() -> None:
    with pytest.raises(AuthenticationError):
        LoginClient(b"x").check(b"")
