"""Whatever the document allows, and much that it does not, is answered as it says.

Requests are made of the document by schemathesis: with and without a session, fitting the
schemas and not.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from tardis.model import Right
from tardis.store import Grant, write_grant
from tests.facilities import counts
from tests.web.site import ALICE, Site, make_site, small_stores

schemathesis = pytest.importorskip("schemathesis")
EXAMPLES = counts(2, 300)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("schemathesis")
    with small_stores():
        made = make_site(folder / "base", rate=0)
        write_grant(made.place, ALICE, Grant(tuple(Right)))
        with made.serving():
            yield made


def checks() -> list[Any]:
    found = schemathesis.checks
    named = ("not_a_server_error", "status_code_conformance", "content_type_conformance",
             "response_schema_conformance", "response_headers_conformance")  # fmt: skip
    return list(found.CHECKS.get_by_names(named))


@pytest.mark.guard(120)
@pytest.mark.parametrize("mode", ["POSITIVE", "NEGATIVE"])
def test_no_undocumented_answer(site: Site, mode: str) -> None:
    url = f"http://127.0.0.1:{site.port}"
    schema = schemathesis.openapi.from_url(f"{url}/api/v1/openapi.json")
    generation = schemathesis.GenerationMode[mode]
    asked = 0
    with site.at(ALICE) as one:
        sent = {"Cookie": f"tardis={one.cookie}", "X-Tardis-Token": one.token}
        for found in schema.get_all_operations():
            operation = found.ok()
            if operation.path.endswith("/logout"):
                continue

            @settings(max_examples=EXAMPLES, deadline=None, phases=[Phase.generate],
                      suppress_health_check=list(HealthCheck))  # fmt: skip
            @given(case=operation.as_strategy(generation_mode=generation), known=st.booleans())
            def ask(case: Any, known: bool) -> None:
                nonlocal asked
                if known and "client" in case.path_parameters:
                    case.path_parameters["client"] = ALICE
                    if "set" in case.path_parameters:
                        case.path_parameters["set"] = "first"
                case.call_and_validate(headers=sent, checks=checks())
                asked += 1

            with suppress(Unsatisfiable):  # some cannot be asked in a way that does not fit
                ask()
    assert asked >= 20
    assert not [line for line in site.log if "fault of this program" in line]
