"""What monitoring is told, and who is told."""

import re
from dataclasses import replace

from tests.web.site import ALICE, OPEN, Site
from tests.web.visitor import Visitor

TOKEN = "a-token-of-monitoring"
FAR = {"X-Forwarded-For": "192.0.2.7"}


def test_health_is_told_to_anybody(site: Site, visitor: Visitor) -> None:
    answer = visitor.ask("GET", "/healthz", headers=FAR)
    assert (answer.status, answer.json) == (200, {"status": "ok"})
    away = site.base.with_name("away")
    site.base.rename(away)
    try:
        assert visitor.get("/healthz").status == 503
    finally:
        away.rename(site.base)


def test_this_machine_reads_how_all_clients_are(site: Site, visitor: Visitor) -> None:
    answer = visitor.get("/metrics")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = answer.body.decode().splitlines()
    found = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    assert found[f'tardis_sets{{client="{ALICE}"}}'] == "2"
    assert float(found[f'tardis_last_good_entries{{client="{OPEN}"}}']) == 7
    assert found[f'tardis_last_good_files{{client="{OPEN}"}}'] == "5"
    assert 0 <= float(found[f'tardis_last_good_age_seconds{{client="{OPEN}"}}']) < 10_000
    assert found["tardisremote_sessions"] == "0" or int(found["tardisremote_sessions"]) > 0
    told = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert {re.split("[{ ]", line)[0] for line in lines if not line.startswith("#")} <= told


def test_others_need_the_token(site: Site, visitor: Visitor) -> None:
    for headers in (FAR, {"Host": "evil.example"}, FAR | {"Authorization": "Bearer "}):
        answer = visitor.ask("GET", "/metrics", headers=headers)
        assert (answer.status, answer.error) == (403, "rights")
    other = replace_site(site, metrics_token=TOKEN)
    with other.serving(), other.visitor() as one:
        for shown, status in ((TOKEN, 200), (TOKEN[:-1], 403), ("", 403)):
            headers = FAR | {"Authorization": f"Bearer {shown}"}
            assert one.ask("GET", "/metrics", headers=headers).status == status


def replace_site(site: Site, **options: object) -> Site:
    return Site(site.base, replace(site.options, **options))  # type: ignore[arg-type]


def test_requests_are_counted_by_status(visitor: Visitor) -> None:
    def count() -> int:
        text = visitor.get("/metrics").body.decode()
        found = re.search(r'requests_total\{status="404"\} (\d+)', text)
        return int(found[1]) if found else 0

    before = count()
    visitor.get("/nowhere")
    assert count() == before + 1


def test_an_address_that_asks_too_much_has_to_wait(site: Site) -> None:
    slow = replace_site(site, rate=1.0)
    with slow.serving(), slow.visitor() as one:
        answers = [one.get("/healthz") for _ in range(12)]
        assert [each.status for each in answers].count(200) == 10
        assert (answers[-1].status, answers[-1].error) == (429, "too-many-requests")
        assert answers[-1].headers["Retry-After"] == "1"
        slow.clock.now += 1
        assert one.get("/healthz").status == 200
