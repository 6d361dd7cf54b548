"""The same question as pack_ask.js, to the Python door."""

import base64
import json
import sys

import portcullis


def judge(policy):
    try:
        portcullis.Verifier(base64.b64decode(policy))
    except portcullis.PolicyError as error:
        return {"path": error.path, "message": str(error)}
    return None


asked = json.load(sys.stdin)
json.dump({"errors": [judge(policy) for policy in asked["policies"]], "keys": []}, sys.stdout)
