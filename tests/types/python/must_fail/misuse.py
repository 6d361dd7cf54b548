"""mypy --strict must refuse every line with an `error:` remark, with that code, and no other."""

import portcullis
from portcullis.typing import Policy, SeveralIssuersPolicy, SingleIssuerPolicy

unknown_member: SingleIssuerPolicy = {  # error: typeddict-unknown-key
    "algorithms": ["HS256"],
    "issuer": None,
    "audience": None,
    "keys": [],
    "leeway": 5,
}
no_issuer: SingleIssuerPolicy = {  # error: typeddict-item
    "algorithms": ["HS256"],
    "audience": None,
    "keys": [],
}
no_audience: SingleIssuerPolicy = {  # error: typeddict-item
    "algorithms": ["HS256"],
    "issuer": None,
    "keys": [],
}
wrong_types: SingleIssuerPolicy = {
    "algorithms": ["none"],  # error: list-item
    "issuer": ["several"],  # error: typeddict-item
    "audience": 7,  # error: typeddict-item
    "keys": [{"secret": "no encoding"}],  # error: list-item
    "clock_tolerance": 1.5,  # error: typeddict-item
    "expiration": "never",  # error: typeddict-item
}

several: SeveralIssuersPolicy = {
    "issuers": [{"algorithms": ["RS256"], "audience": None, "keys": []}],  # error: typeddict-item
}
neither: Policy = {"realm": "orders"}  # error: assignment

portcullis.Verifier()  # error: call-arg
portcullis.Verifier(None)  # error: arg-type
portcullis.Verifier(["HS256"])  # error: arg-type
portcullis.create_handler({"keys": []})  # error: arg-type

verifier = portcullis.Verifier("{}")
verifier.verify_token(7)  # error: arg-type
verifier.verify_token("token", 1.5)  # error: arg-type
verifier.verify_token("token", now="1")  # error: arg-type
verifier.verify_token("token", when=1)  # error: call-arg
verifier.verify()  # error: call-arg

decision = verifier.verify_token("token")
decision.allowed = True  # error: misc
decision.subject  # error: attr-defined
decision.claims["sub"]  # error: index
decision.response["status"]  # error: index
if decision.kind == "maybe":  # error: comparison-overlap
    pass

handler = portcullis.create_handler("{}")
handler()  # error: call-arg
handler(event={})  # error: call-arg


class Permissive(portcullis.Verifier):  # error: misc
    pass
