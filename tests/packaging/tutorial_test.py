"""docs/tutorial.md, typed: every command that needs no account is run, against an issuer that stands in for the
real one under its own name; the others are held against the templates."""

from __future__ import annotations

import datetime
import http.server
import json
import os
import re
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2
import pytest
from cfnlint.decode import cfn_yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
from hcl2.utils import SerializationOptions
from lambda_client import started
from packing import ROOT, event_with, jwk, key, token

from harness.tools import Tools

PAGE = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
DEPLOY = ROOT / "deploy"

AUTH0 = "https://tenant.example.auth0.com/"
COGNITO = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE"
HOSTS = ["tenant.example.auth0.com", "cognito-idp.eu-central-1.amazonaws.com"]

# What the issuers publish, as their manuals show it: Auth0 "JSON Web Key Set Properties"; Cognito "Verifying JSON
# web tokens". Auth0's second key is the next one; Cognito's two are for id tokens and for access tokens.
CERTIFICATE = {"x5t": "thumbprint", "x5c": ["certificate"]}
DOCUMENTS: dict[str, Any] = {
    "/.well-known/openid-configuration": {
        "issuer": AUTH0,
        "authorization_endpoint": f"{AUTH0}authorize",
        "token_endpoint": f"{AUTH0}oauth/token",
        "userinfo_endpoint": f"{AUTH0}userinfo",
        "jwks_uri": f"{AUTH0}.well-known/jwks.json",
        "id_token_signing_alg_values_supported": ["HS256", "RS256"],
    },
    "/.well-known/jwks.json": {"keys": [jwk("1", **CERTIFICATE), jwk("next", **CERTIFICATE)]},
    "/eu-central-1_EXAMPLE/.well-known/openid-configuration": {
        "issuer": COGNITO,
        "jwks_uri": f"{COGNITO}/.well-known/jwks.json",
        "id_token_signing_alg_values_supported": ["RS256"],
        "subject_types_supported": ["public"],
    },
    "/eu-central-1_EXAMPLE/.well-known/jwks.json": {"keys": [jwk("id"), jwk("1")]},
}

# Auth0 "Access Token Profiles"; Cognito "Understanding the access token": no `aud`, and no `typ` in the header.
AUTH0_CLAIMS: dict[str, Any] = {
    "iss": AUTH0,
    "sub": "auth0|6553da60a54af58e29493993",
    "aud": ["https://api.example", f"{AUTH0}userinfo"],
    "azp": "my_client_id",
    "scope": "openid profile",
    "permissions": ["view:data"],
}
COGNITO_CLAIMS: dict[str, Any] = {
    "sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
    "cognito:groups": ["readers"],
    "iss": COGNITO,
    "version": 2,
    "client_id": "1example23456789",
    "token_use": "access",
    "scope": "openid",
    "username": "my-test-user",
}
COGNITO_ID_CLAIMS = {**COGNITO_CLAIMS, "aud": "1example23456789", "token_use": "id"}
del COGNITO_ID_CLAIMS["client_id"]

# Heading -> token, what the packed function answers, and the reason that `./dev try` tells.
TOKENS: dict[str, list[tuple[str, str, str]]] = {
    "Auth0": [
        (token(AUTH0_CLAIMS), "allow", "ok"),
        (token({**AUTH0_CLAIMS, "client_id": "c", "jti": "j"}, typ="at+jwt"), "allow", "ok"),
        (token(AUTH0_CLAIMS, kid="next"), "allow", "ok"),
        (token({**AUTH0_CLAIMS, "exp": 1}), "401", "expired"),
        (token({**AUTH0_CLAIMS, "aud": "https://other.example"}), "401", "audience_mismatch"),
        (token({**AUTH0_CLAIMS, "permissions": []}), "403", "scope_insufficient"),
    ],
    "Amazon Cognito": [
        (token(COGNITO_CLAIMS, typ=""), "allow", "ok"),
        (token({**COGNITO_CLAIMS, "exp": 1}, typ=""), "401", "expired"),
        (token({**COGNITO_CLAIMS, "client_id": "another"}, typ=""), "401", "claim_mismatch"),
        (token(COGNITO_ID_CLAIMS, kid="id", typ=""), "401", "claim_mismatch"),
        (token({**COGNITO_CLAIMS, "cognito:groups": ["writers"]}, typ=""), "403", "scope_insufficient"),
    ],
}


# --- the issuer ---


class _Files(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        document = DOCUMENTS.get(self.path)
        body = json.dumps(document).encode()
        self.send_response(404 if document is None else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """For the hosts, by an authority that curl is told to trust: itself."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuer of the tests")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key().public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(list(map(x509.DNSName, HOSTS))), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key(), hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    kind = serialization.PrivateFormat.PKCS8
    secret = key().private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption())
    private.write_bytes(secret)
    return certificate, private


@pytest.fixture
def issuer(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment in which curl finds the hosts here. The commands stay as they are."""
    certificate, private = write_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, private)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Files)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    rules = [f"connect-to = {host}:443:127.0.0.1:{server.server_port}" for host in HOSTS]
    (tmp_path / ".curlrc").write_text("\n".join([*rules, f"cacert = {certificate}\n"]))
    yield {"CURL_HOME": str(tmp_path)}
    server.shutdown()
    server.server_close()


# --- the page ---


def section(heading: str) -> str:
    (found,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
    return str(found)


def script_of(heading: str) -> str:
    """The section's commands, and its files where they stand."""
    lines = []
    for file, document, commands in re.findall(
        r"`(\w+\.json)`:\n\n```json\n(.*?)^```$|^```sh\n(.*?)^```$", section(heading), re.M | re.S
    ):
        lines.append(f"cat > {file} <<'END'\n{document}END\n" if file else commands)
    assert lines
    return "".join(lines)


def run(script: str, folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        ["sh", "-e", "-c", script],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("heading", TOKENS)
def test_what_the_page_says_is_done(
    heading: str, issuer: dict[str, str], tools: Tools, tmp_path: Path
) -> None:
    (tmp_path / "portcullis").symlink_to(ROOT)
    told = run(f"{script_of('Build')}{script_of(heading)}", tmp_path, issuer)
    site = tmp_path / "site"
    policy = json.loads((site / "policy.json").read_bytes())
    configuration = json.loads((site / "configuration.json").read_bytes())
    assert f"{policy['issuer']} {configuration['jwks_uri']}" in told.splitlines()
    report = json.loads((site / "report.json").read_bytes())
    assert report["deployable"] and len(report["keys"]) == 2

    for number, (given, answer, reason) in enumerate(TOKENS[heading]):
        (site / "token.txt").write_text(f"{given}\n")
        # All of the section once, then what a person would type again.
        script = script_of("Try it here")
        said = run(script if number == 0 else script.partition("python3 -m zipfile")[2].partition("\n")[2], site, {})
        assert f"{'allow' if answer == 'allow' else 'deny'} ({reason})" in said, said

    decides(site / "function", tools, heading)

    named = run(f'{script_of("Deploy")}echo "$sha256 $code"', site, {}).split()
    assert named[0] == report["zip"]["sha256"]
    template = cfn_yaml.load(str(DEPLOY / "cloudformation" / "template.yaml"))
    assert re.fullmatch(template["Parameters"]["CodeSha256"]["AllowedPattern"], named[1])


def decides(folder: Path, tools: Tools, heading: str) -> None:
    """The function of the zip, under the client of the runtime that the templates default to."""
    with started("node24", tools, folder) as api:
        for path, given, expected in [
            *(("/private/page.html", given, answer) for given, answer, _ in TOKENS[heading]),
            ("/private/page.html", None, "401"),
            ("/", None, "allow"),
            ("/Private/page.html", TOKENS[heading][0][0], "403"),
            ("/elsewhere", TOKENS[heading][0][0], "403"),
            ("/private//page.html", TOKENS[heading][0][0], "400"),
        ]:
            event = event_with(given)
            event["Records"][0]["cf"]["request"]["uri"] = path
            answer, _ = api.invoke(event)
            found = "allow" if answer == event["Records"][0]["cf"]["request"] else answer["status"]
            assert found == expected, path


# --- what needs an account ---

ACCOUNT = re.findall(r"^\$ (.+)$", "".join(re.findall(r"^```console\n(.*?)^```$", PAGE, re.M | re.S)), re.M)
PROGRAMS = {"aws", "curl", "terraform"}


def test_every_block_is_run_or_needs_an_account() -> None:
    kinds = re.findall(r"^```(\w+)\n", PAGE, re.M)
    assert set(kinds) == {"sh", "json", "console"}
    headings = re.findall(r"^## (.+)$", PAGE, re.M)
    assert headings == ["Build", *TOKENS, "Try it here", "Deploy"]
    lines = "".join(re.findall(r"^```console\n(.*?)^```$", PAGE, re.M | re.S)).splitlines()
    assert len(lines) == len(ACCOUNT) > 8
    assert {command.split()[0] for command in ACCOUNT} == PROGRAMS


@pytest.mark.parametrize("command", ACCOUNT)
def test_a_command_that_needs_an_account_is_shell(command: str) -> None:
    done = subprocess.run(["sh", "-n", "-c", command], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert all((ROOT / path).exists() for path in re.findall(r"\.\./portcullis/([\w/.-]+)", command))


def test_the_stack_gets_the_parameters_that_it_wants() -> None:
    (command,) = (each for each in ACCOUNT if "cloudformation deploy" in each)
    given = re.findall(r" (\w+)=", command.partition("--parameter-overrides")[2])
    parameters = cfn_yaml.load(str(DEPLOY / "cloudformation" / "template.yaml"))["Parameters"]
    assert set(given) == {name for name, each in parameters.items() if "Default" not in each}


def test_terraform_gets_the_variables_that_it_wants() -> None:
    (command,) = (each for each in ACCOUNT if " apply " in each)
    options = SerializationOptions(strip_string_quotes=True)
    with open(DEPLOY / "terraform" / "variables.tf", encoding="utf-8") as file:
        blocks = hcl2.load(file, serialization_options=options)["variable"]
    wanted = {name for block in blocks for name, each in block.items() if "default" not in each}
    assert set(re.findall(r"-var (\w+)=", command)) == wanted
