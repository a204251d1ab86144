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
    if case.method.upper() in ("TRACE", "QUERY"):
        return False
    # An entry of a batch that breaks the schema is refused in its outcome, and the request is a 200 (BatchTests).
    return is_positive(case) or not case.path.endswith("/timeline/batch")


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
    body = case.body
    # Made-up texts name no incident, and the linter would read nearly none as an update of one.
    if is_positive(case) and isinstance(body, dict) and case.path == "/v1/lint" and "incident" in body and next(counter) % 4:
        body["incident"] = INCIDENTS[next(counter) % len(INCIDENTS)]
    # Which URLs are good is for libcurl to say (WebhookURLTests); made-up ones never are.
    if is_positive(case) and isinstance(body, dict) and "url" in body and next(counter) % 4:
        body["url"] = f"https://example.org/{next(counter)}"
    # Other kinds are tried before they are registered, and no made-up target answers (KindTests).
    if is_positive(case) and isinstance(body, dict) and case.path.startswith("/v1/webhooks"):
        for name in ("kind", "token", "from", "to", "username", "password"):
            body.pop(name, None)
    # JSON Schema takes 5.0 for an integer; the service takes integers as integers alone (http-strictness.md, "JSON and values").
    if is_positive(case) and isinstance(body, dict):
        for name, value in body.items():
            if isinstance(value, float) and value.is_integer():
                body[name] = int(value)
    # There is no time to wait for 55 seconds: LongPollTests do.
    wait = str((case.query or {}).get("wait", ""))
    if wait.isdecimal() and int(wait) <= 55:
        case.query["wait"] = min(int(wait), 1)
    # A GET or DELETE with a body is a 400 wherever it goes (RFC 9110 §9.3.1): without one, the check sees the 405 that it asks for.
    if case.method.upper() in ("GET", "HEAD", "DELETE", "OPTIONS"):
        case.body = NOT_SET


# Why a request that fits its schema may be refused: what the slug says by itself, and rules that no schema can say. `scripts/house-rules`
# requires each slug below 500 in one of SLUGS, RULES and NEVER.
SLUGS = {
    "not-found", "severity-only-rises", "not-allowed-from-status", "stale-draft", "incident-ended", "commander-only",
    "snooze-limit", "nothing-to-snooze", "precondition-failed", "promise-exceeds-cadence", "clock-skew", "webhook-url-refused",
    "unfilled-draft",
    "not-restored",
    "approval-needed", "deploys-frozen",
    "mitigation-in-progress", "rollback-spent",
}
# What no request of such a run may get if it fits its schema.
NEVER = {
    "unauthorized", "insufficient-scope",  # The run has a token of scope admin. The check below leaves 401 and 403 to AccessTests.
    "malformed-request", "method-not-allowed", "request-timeout", "content-too-large", "uri-too-long", "headers-too-large",
    "unsupported-media-type", "expectation-failed", "misdirected-request",  # They say that the request does not fit.
    "idempotency-key-reused",  # Each request has its own key, see before_call.
    "rate-limited",  # The run has no limit of writes, and no wrong token.
    "lint-blocked",  # The linter warns unless the operator lets it block.
}
# The schema of any JSON allows U+0000, which the service refuses in every string: a schema that says so is recursive, and generators of
# clients take no such schema.
RULES = {
    "malformed-json": [r"the character U\+0000"],
    "validation": [
        r"U\+0000",
        r"bytes; at most",  # Of data, bytes are counted, and a schema counts characters.
        r"It must not be empty",  # Invisible characters alone are nothing; a pattern of all of them would be unreadable.
        r"The year must be between",  # An offset may move a moment over the edge.
        # What one member may be depends on another.
        r"Send confirmed, state, complete, or visibility", r"Send only one of confirmed", r"It must be true\. To retract", r"It requires source,",
        r"#L\d+: ",  # A chat log has lines of one form.
        r"#/zone: ", r"#/date: ",  # A zone is one of the system's, and a month has no 31st.
        r"This member is required: (the version that the rollback|safe or forward_fix)", r"Send action, what is changed", r"It is allowed only with the kind rollback",
        r"Send either next_update_in_minutes or", r"The template \w+ (is for the team|does not use it)",
        r"It is allowed only for a cancellation with the reason", r"Name the original incident",
        r"The reason of a cancellation must be", r"An override requires a reason", r"A longer interval requires a reason",
        # What it may be depends on the incident as it stands.
        r"Entry \d+ is (of the kind|a|public)", r"Entry \d+ (was withdrawn|already has)",
        r"is no incident\. Send INC-42",  # A text to lint may name an incident.
        r"The original incident does not exist", r"An incident cannot be a duplicate of itself",
        r"A snooze takes 1 to", r"A snooze takes at least one minute", r"A longer interval is allowed from",
        r"Choose resolution, withdrawn or internal", r"It must not be before the impact began",
        r"times the configured interval", r"A next action needs a text", r"An incident has at most",
        r"exceptions of this incident run",
        r"It must be a seq from 1 to", r"It must be the seq of an entry, from",
        r"The next update must be later than this one", r"The path names",
        r"paths of this episode have failed",
        # What the service or its operator knows alone.
        r"The valid token tok_", r"It must be later than now",
        r"No event type matches this pattern", r"#/secret: It must be whsec_", r"#/template: It must be auto or one of",
        r"Another label's key looks the same", r"The webhook already has this secret", r"This token was rotated already", r"The webhook (was|is) disabled",
    ],
    "invalid-parameter": [
        r"The year must be between", r"^template: (must be auto or one of|The template \w+ is for the team|The incident is)", r"^after: must be the value of \"next\"",
        r"^label: must be given at most", r"^q: ", r"^zone: ", r"^date: ",
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
