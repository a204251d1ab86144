"""Generates a client with openapi-python-client and goes through an incident with it: declare, post, publish, poll.

    generated_client.py FOLDER URL    The document is FOLDER/openapi.json; the token is in DRUMBEAT_TOKEN.

Prints one line a step. Whatever the generator leaves out, or cannot read, ends it with an error.
"""

import os
import pathlib
import subprocess
import sys

folder, url = sys.argv[1:]
pathlib.Path(folder, "config.yml").write_text("post_hooks: []\n")
generator = subprocess.run(
    [os.path.join(os.path.dirname(sys.executable), "openapi-python-client"), "generate", "--path", f"{folder}/openapi.json",
     "--output-path", f"{folder}/generated", "--meta", "none", "--config", f"{folder}/config.yml", "--fail-on-warning"],
    capture_output=True, text=True, check=False)
if generator.returncode != 0:
    sys.exit(f"openapi-python-client: {generator.stdout}{generator.stderr}")
print("files", sum(1 for _ in pathlib.Path(folder, "generated").rglob("*.py")))

sys.path.insert(0, folder)
from generated import AuthenticatedClient, models
from generated.api.cadence import publish_update
from generated.api.incidents import declare, read_incident
from generated.api.timeline import post_entry, read_timeline

client = AuthenticatedClient(base_url=url, token=os.environ["DRUMBEAT_TOKEN"])
incident = declare.sync(client=client, body=models.DeclareBody.from_dict(
    {"title": "People cannot sign in", "severity": "major", "author": "alice", "labels": {"service": "web"}}))
assert isinstance(incident, models.Incident), incident
print("declared", incident.ref, incident.severity, incident.labels["service"])
entry = post_entry.sync(incident.ref, client=client, body=models.PostEntryBody.from_dict(
    {"text": "The pool was exhausted", "kind": "finding", "author": "bob", "data": {"confirmed": True, "thread": ["C9", 1, None]}}))
assert isinstance(entry, models.Entry), entry
print("posted", entry.seq, entry.kind, entry.data["confirmed"], entry.data["thread"])
update = publish_update.sync(incident.ref, client=client, body=models.PublishUpdateBody.from_dict(
    {"text": "We found the cause and are fixing it.", "author": "bob", "basis_seq": entry.seq}))
assert isinstance(update, models.StatusUpdate), update
print("published", update.seq, update.slot, update.next_update_due_at is not None)
page = read_timeline.sync(incident.ref, client=client, after=entry.seq, limit=10)
print("read", [(item.seq, str(item.kind)) for item in page.items], page.next_)
polled = read_timeline.sync(incident.ref, client=client, after=update.seq, wait=1)
print("polled", polled.items)
whole = read_incident.sync(incident.ref, client=client)
print("incident", whole.status, whole.roles.commander, whole.cadence.nags_sent)
problem = declare.sync(client=client, body=models.DeclareBody.from_dict({"title": "", "severity": "major"}))
assert isinstance(problem, models.Problem), problem
print("refused", problem.status, problem.type_, problem.errors[0].pointer)
