"""Generates models with datamodel-code-generator and goes through an incident with them: declare, post, publish, poll.

    generated_models.py FOLDER URL    The document is FOLDER/openapi.json; the token is in DRUMBEAT_TOKEN.

The models (pydantic) check each response; the requests are sent with httpx. Prints one line a step.
"""

import os
import subprocess
import sys

import httpx

folder, url = sys.argv[1:]
generator = subprocess.run(
    [os.path.join(os.path.dirname(sys.executable), "datamodel-codegen"), "--input", f"{folder}/openapi.json",
     "--input-file-type", "openapi", "--output", f"{folder}/drumbeat_models.py", "--output-model-type", "pydantic_v2.BaseModel",
     "--openapi-scopes", "schemas", "paths", "--use-operation-id-as-name", "--formatters", "builtin"],
    capture_output=True, text=True, check=False)
if generator.returncode != 0:
    sys.exit(f"datamodel-codegen: {generator.stdout}{generator.stderr}")

sys.path.insert(0, folder)
import drumbeat_models as models

client = httpx.Client(base_url=url, headers={"Authorization": "Bearer " + os.environ["DRUMBEAT_TOKEN"]})


def post(path, body, expected):
    response = client.post(path, content=body.model_dump_json(exclude_unset=True), headers={"Content-Type": "application/json"})
    assert response.status_code == 201, response.text
    return expected.model_validate_json(response.content)


incident = post("/v1/incidents", models.DeclareRequest(
    title="People cannot sign in", severity="major", author="alice", labels={"service": "web"}), models.Incident)
print("declared", incident.ref, incident.severity.value, incident.labels.root["service"])
path = f"/v1/incidents/{incident.ref}"
entry = post(path + "/timeline", models.PostEntryRequest(
    text="The pool was exhausted", kind="finding", author="bob", data={"confirmed": True, "thread": ["C9", 1, None]}), models.Entry)
print("posted", entry.seq, entry.kind.value, entry.model_dump()["data"])
update = post(path + "/status-updates", models.PublishUpdateRequest(
    text="We found the cause and are fixing it.", author="bob", basis_seq=entry.seq), models.StatusUpdate)
print("published", update.seq, update.slot)
page = client.get(path + "/timeline", params={"after": update.seq, "wait": 1})
print("polled", page.status_code, page.json()["items"])
for item in client.get(path + "/timeline").json()["items"]:
    models.Entry.model_validate(item)
models.Incident.model_validate_json(client.get(path).content)
problem = models.Problem.model_validate_json(client.get("/v1/incidents/INC-999").content)
print("refused", problem.status, problem.type.value)
