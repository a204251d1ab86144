"""What schemathesis must know of Drumbeat beyond its OpenAPI document. Each rule here says why it is here."""

import itertools
import json
import os
import re

import schemathesis
from schemathesis.core import NOT_SET
from schemathesis.generation import GenerationMode

PROTECTED = os.environ["DRUMBEAT_TEST_TOKEN_ID"]
INCIDENTS = os.environ["DRUMBEAT_TEST_INCIDENTS"].split(",")
REF = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
counter = itertools.count(1)


def is_positive(case):
    return case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE


@schemathesis.hook
def filter_case(context, case):
    # RFC 9110 §9.1: a method that the server does not know at all is a 501, and these are not known here. The check expects 405 for
    # them and takes any 501 for a crash.
    return case.method.upper() not in ("TRACE", "QUERY")


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    # A made-up ref names no incident, and everything would be a 404: those that could be refs become refs of incidents that are there.
    ref = (path_parameters or {}).get("ref")
    if isinstance(ref, str) and REF.match(ref) and not ref.upper().startswith("INC-"):
        path_parameters["ref"] = INCIDENTS[next(counter) % len(INCIDENTS)]
    return path_parameters


@schemathesis.hook
def before_call(context, case, kwargs):
    # The run's own token must outlive it.
    if case.method == "DELETE" and (case.path_parameters or {}).get("id") == PROTECTED:
        case.path_parameters["id"] = "tok_protected"
    # The same few keys are made up again and again, and then every write would be a reuse: each request gets its own.
    if case.headers is not None and is_positive(case):
        for name in list(case.headers):
            if name.lower() == "idempotency-key":
                case.headers[name] = f"key-{next(counter)}"
            # Made-up tags match nothing, and nearly every PUT and PATCH would be a 412.
            if name.lower() == "if-match" and next(counter) % 4:
                case.headers[name] = "*"
    # Which URLs are good is for libcurl to say (WebhookURLTests); made-up ones never are.
    body = case.body
    if is_positive(case) and isinstance(body, dict) and "url" in body and next(counter) % 4:
        body["url"] = f"https://example.org/{next(counter)}"
    # There is no time to wait for 55 seconds: LongPollTests do.
    wait = str((case.query or {}).get("wait", ""))
    if wait.isdecimal() and int(wait) <= 55:
        case.query["wait"] = min(int(wait), 1)
    # A GET or DELETE with a body is a 400 wherever it goes (RFC 9110 §9.3.1): without one, the check sees the 405 that it asks for.
    if case.method.upper() in ("GET", "HEAD", "DELETE", "OPTIONS"):
        case.body = NOT_SET


# Why a request that fits its schema may be refused: what the slug says by itself, and rules that no schema can say.
SLUGS = {
    "not-found", "severity-only-rises", "not-allowed-from-status", "stale-draft", "incident-ended", "commander-only",
    "snooze-limit", "precondition-failed", "promise-exceeds-cadence", "clock-skew", "webhook-url-refused",
    "unfilled-draft",
}
RULES = {
    "validation": [
        r"bytes; at most",  # Bytes are counted, and a schema counts characters.
        r"Only a cancellation with the reason duplicate",  # One member's value depends on another's.
        r"#/duplicate_of: ",  # Must name an incident that is there.
        r"No event matches this pattern",
        r"looks the same; their bytes alone differ",
        r"#/secret: It must be whsec_",  # Base64 of 24 to 64 bytes.
        r"#/template: It must be auto or one of",  # The operator's templates.
        r"#/status: ", r"#/reason: ", r"#/override: ",  # What a move needs depends on the status.
        r"#/minutes: ", r"#/interval_seconds: ",  # Their upper end is the incident's interval.
        r"#/basis_seq: ", r"#/eta_basis: ",  # Must name an entry that is there.
        r"#/reviewed_severity: ",
        r"#/title: A title can be changed but not cleared",
        r"#/(next_action|occurred_at|next_update_at|started_at|detected_at)",  # Times and parts depend on what stands.
        r"switched off",
    ],
    "invalid-parameter": [
        r"^template: must be auto or one of", r"^after: must be a cursor", r"^label: must be key:value",
    ],
}


@schemathesis.check
def refused_only_for_documented_reasons(context, response, case):
    if not is_positive(case):
        return
    if not 400 <= response.status_code < 500 or response.status_code in (401, 403):
        return
    problem = json.loads(response.content)
    slug = problem["type"].rsplit("/", 1)[-1]
    if slug in SLUGS or any(re.search(rule, problem["detail"]) for rule in RULES.get(slug, [])):
        return
    raise AssertionError(f"fits its schema, but is refused: {slug}: {problem['detail']}")
