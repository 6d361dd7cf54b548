"""The CloudFront response to each denial, written out."""


def rows(realm):
    def headers(challenge):
        made = {}
        if challenge is not None:
            made["www-authenticate"] = [{"key": "WWW-Authenticate", "value": challenge}]
        made["content-type"] = [{"key": "Content-Type", "value": "application/json"}]
        made["cache-control"] = [{"key": "Cache-Control", "value": "no-store"}]
        return made

    bare = {
        "status": "401",
        "statusDescription": "Unauthorized",
        "headers": headers(f'Bearer realm="{realm}"'),
        "body": '{"error":"unauthorized"}',
    }
    invalid_token = {
        "status": "401",
        "statusDescription": "Unauthorized",
        "headers": headers(f'Bearer realm="{realm}", error="invalid_token"'),
        "body": '{"error":"invalid_token"}',
    }
    insufficient_scope = {
        "status": "403",
        "statusDescription": "Forbidden",
        "headers": headers(f'Bearer realm="{realm}", error="insufficient_scope"'),
        "body": '{"error":"insufficient_scope"}',
    }
    our_fault = {
        "status": "500",
        "statusDescription": "Internal Server Error",
        "headers": headers(None),
        "body": '{"error":"internal_server_error"}',
    }
    answers = (
        ("credential_missing", bare),
        ("credential_malformed", invalid_token),
        ("token_too_large", invalid_token),
        ("token_malformed", invalid_token),
        ("header_invalid", invalid_token),
        ("critical_header_unsupported", invalid_token),
        ("algorithm_not_allowed", invalid_token),
        ("type_not_allowed", invalid_token),
        ("key_not_found", invalid_token),
        ("signature_invalid", invalid_token),
        ("claims_invalid", invalid_token),
        ("claim_missing", invalid_token),
        ("expired", invalid_token),
        ("not_yet_valid", invalid_token),
        ("issued_in_future", invalid_token),
        ("issuer_mismatch", invalid_token),
        ("audience_mismatch", invalid_token),
        ("scope_insufficient", insufficient_scope),
        ("request_malformed", our_fault),
        ("internal_error", our_fault),
        ("claim_mismatch", invalid_token),
        ("token_too_old", invalid_token),
    )
    return [{"realm": realm, "reason": reason, "response": made} for reason, made in answers]


ROWS = rows("portcullis") + rows("Data gate (v2), read-only")
