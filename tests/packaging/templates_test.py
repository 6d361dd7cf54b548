"""The deploy templates: linted by each platform's own tool, and the same as the tables of ./dev pack."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2
import jsonschema
import pytest
from cfnlint.decode import cfn_yaml
from hcl2.utils import SerializationOptions
from packing import ABSENT, ROOT, pack

from dev.pack_variants import (
    EDGE_ARCHITECTURE,
    EDGE_MEMORY_MIB,
    EDGE_REGION,
    EDGE_SECONDS,
    HANDLERS,
    NODE,
    RUNTIMES,
    VARIANTS,
    WORKER_DATE,
    worker_flags,
)
from dev.paths import BUILD, NODE_MODULES

DEPLOY = ROOT / "deploy"
TEMPLATE = DEPLOY / "cloudformation" / "template.yaml"
TERRAFORM = DEPLOY / "terraform"
WRANGLER_TOML = DEPLOY / "workers" / "wrangler.toml"
README = (DEPLOY / "README.md").read_text(encoding="utf-8")
PRINCIPALS = ["lambda.amazonaws.com", "edgelambda.amazonaws.com"]
LOG_ACTIONS = {"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}
HANDLER_OF = {name: HANDLERS[language] for name, language in RUNTIMES.items()}


def documented(heading: str) -> dict[str, str]:
    """Name -> default of a table in the README."""
    section = README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*?) ?\| .+ \|$", section, re.M)
    assert rows
    return {name: default.strip("`") for name, default in rows}


# --- CloudFormation ---


@pytest.fixture(scope="module")
def template() -> Any:
    return json.loads(json.dumps(cfn_yaml.load(str(TEMPLATE))))


def properties(template: Any, name: str) -> Any:
    return template["Resources"][name]["Properties"]


def cfn_lint(path: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("cfn-lint")
    argv = [program, "--regions", EDGE_REGION, "--template", path]
    return subprocess.run(argv, capture_output=True, text=True, timeout=120)


def test_cfn_lint_finds_nothing() -> None:
    done = cfn_lint(TEMPLATE)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_cfn_lint_would_find_something(tmp_path: Path) -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    wrong = tmp_path / "template.yaml"
    wrong.write_text(text.replace("Architectures: [x86_64]", "Architectures: [x86]"), encoding="utf-8")
    assert "'x86' is not one of" in cfn_lint(wrong).stdout


def test_the_template_s_function_is_as_the_tables_say(template: Any) -> None:
    runtime = template["Parameters"]["Runtime"]
    assert set(runtime["AllowedValues"]) == set(RUNTIMES) and runtime["Default"] in RUNTIMES
    handlers = template["Mappings"]["Handlers"]
    assert {name: row["Handler"] for name, row in handlers.items()} == HANDLER_OF
    function = properties(template, "Function")
    assert function["Architectures"] == [EDGE_ARCHITECTURE]
    assert function["MemorySize"] == EDGE_MEMORY_MIB
    assert function["Timeout"] <= EDGE_SECONDS
    # What Lambda@Edge refuses.
    refused = {"Environment", "VpcConfig", "Layers", "DeadLetterConfig", "TracingConfig", "KmsKeyArn"}
    assert refused.isdisjoint(function)
    (only,) = template["Rules"]["OnlyInUsEast1"]["Assertions"]
    assert only["Assert"] == {"Fn::Equals": [{"Ref": "AWS::Region"}, EDGE_REGION]}


def test_the_template_s_role_writes_its_logs_and_nothing_else(template: Any) -> None:
    role = properties(template, "Role")
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": PRINCIPALS} and "ManagedPolicyArns" not in role
    (policy,) = role["Policies"]
    actions = set()
    for statement in policy["PolicyDocument"]["Statement"]:
        found = statement["Action"]
        actions |= {found} if isinstance(found, str) else set(found)
        place = f"log-group:/aws/lambda/{EDGE_REGION}.${{Name}}"
        assert place in statement["Resource"]["Fn::Sub"]
    assert actions == LOG_ACTIONS


def test_the_template_s_distribution_asks_at_every_request(template: Any) -> None:
    config = properties(template, "Distribution")["DistributionConfig"]
    assert "CacheBehaviors" not in config
    behaviour = config["DefaultCacheBehavior"]
    assert behaviour["LambdaFunctionAssociations"] == [
        {"EventType": "viewer-request", "LambdaFunctionARN": {"Ref": "Version"}, "IncludeBody": False}
    ]
    assert behaviour["ViewerProtocolPolicy"] == "https-only"
    (origin,) = config["Origins"]
    assert origin["OriginAccessControlId"] == {"Fn::GetAtt": ["OriginAccessControl", "Id"]}
    own = config["ViewerCertificate"]["Fn::If"][1]
    assert own["MinimumProtocolVersion"] == "TLSv1.2_2021"
    version = template["Resources"]["Version"]
    assert version["Properties"]["CodeSha256"] == {"Ref": "CodeSha256"}
    assert version["UpdateReplacePolicy"] == "Retain"


def test_the_template_s_bucket_is_private(template: Any) -> None:
    access = properties(template, "Bucket")["PublicAccessBlockConfiguration"]
    assert len(access) == 4 and all(access.values())
    allowed, denied = properties(template, "BucketPolicy")["PolicyDocument"]["Statement"]
    assert (allowed["Effect"], denied["Effect"]) == ("Allow", "Deny")
    assert allowed["Action"] == "s3:GetObject"
    assert allowed["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    source = allowed["Condition"]["StringEquals"]["AWS:SourceArn"]["Fn::Sub"]
    assert source.endswith(":distribution/${Distribution}")
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_every_parameter_is_documented(template: Any) -> None:
    defaults = {
        name: parameter.get("Default", "") or ("empty" if "Default" in parameter else "")
        for name, parameter in template["Parameters"].items()
    }
    assert documented("CloudFormation") == defaults
    assert all(parameter["Description"] for parameter in template["Parameters"].values())
    assert all(output["Description"] for output in template["Outputs"].values())


# --- Terraform ---


def read_hcl(name: str) -> Any:
    with open(TERRAFORM / name, encoding="utf-8") as file:
        options = SerializationOptions(with_comments=False, strip_string_quotes=True)
        return hcl2.load(file, serialization_options=options)


def blocks(name: str, *kinds: str) -> dict[str, Any]:
    """Blocks of a kind by their last label."""
    found: dict[str, Any] = {}
    for block in read_hcl(name).get(kinds[0], []):
        for kind in kinds[1:]:
            block = block.get(kind, {})
        found |= block
    return found


@pytest.fixture(scope="module")
def terraform() -> str:
    for name in ("terraform", "tofu"):
        if program := shutil.which(name):
            return program
    pytest.skip(f"{ABSENT}terraform or tofu on PATH, for fmt")


def test_terraform_is_formatted(terraform: str) -> None:
    argv = [terraform, "fmt", "-check", "-diff", "-recursive", TERRAFORM]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_terraform_validates(terraform: str, tmp_path: Path) -> None:
    """With a provider that is on this machine already, in a mirror; none is fetched."""
    mirrors = [os.environ.get("TERRAFORM_MIRROR", ""), Path.home() / ".terraform.d" / "plugins"]
    mirror = next((path for path in mirrors if path and any(Path(path).rglob("*-aws*"))), None)
    if mirror is None:
        pytest.skip(f"{ABSENT}the provider hashicorp/aws in a folder, for terraform validate")
    folder = shutil.copytree(TERRAFORM, tmp_path / "terraform")
    for words in (["init", "-backend=false", f"-plugin-dir={mirror}"], ["validate"]):
        done = subprocess.run([terraform, *words], cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_terraform_s_function_is_as_the_tables_say() -> None:
    (local,) = read_hcl("main.tf")["locals"]
    handlers = {name.strip('"'): handler for name, handler in local["handlers"].items()}
    assert handlers == HANDLER_OF
    runtime = blocks("variables.tf", "variable")["runtime"]
    assert runtime["default"] in RUNTIMES
    (condition,) = (rule["condition"] for rule in runtime["validation"])
    assert set(re.findall(r'"([\w.]+)"', condition)) == set(RUNTIMES)
    function = blocks("main.tf", "resource", "aws_lambda_function")["this"]
    assert function["architectures"] == [EDGE_ARCHITECTURE]
    assert function["memory_size"] == EDGE_MEMORY_MIB
    assert function["timeout"] <= EDGE_SECONDS
    assert function["publish"] is True
    assert function["source_code_hash"] == "${filebase64sha256(var.zip_file)}"
    refused = {"environment", "vpc_config", "layers", "dead_letter_config", "tracing_config"}
    assert refused.isdisjoint(function)
    (provider,) = read_hcl("versions.tf")["provider"]
    assert provider["aws"]["region"] == EDGE_REGION


def test_terraform_s_role_writes_its_logs_and_nothing_else() -> None:
    documents = blocks("main.tf", "data", "aws_iam_policy_document")
    (trust,) = documents["assume"]["statement"]
    (principals,) = trust["principals"]
    assert principals["identifiers"] == PRINCIPALS
    statements = documents["logs"]["statement"]
    assert {action for each in statements for action in each["actions"]} == LOG_ACTIONS
    (local,) = read_hcl("main.tf")["locals"]
    assert local["log_group"].endswith(f"log-group:/aws/lambda/{EDGE_REGION}.${{var.name}}")
    assert all("local.log_group" in place for each in statements for place in each["resources"])
    roles = blocks("main.tf", "resource", "aws_iam_role_policy")
    assert list(roles) == ["logs"] and not blocks("main.tf", "resource", "aws_iam_role_policy_attachment")


def test_terraform_s_distribution_asks_at_every_request() -> None:
    distribution = blocks("main.tf", "resource", "aws_cloudfront_distribution")["this"]
    assert "ordered_cache_behavior" not in distribution
    (behaviour,) = distribution["default_cache_behavior"]
    assert behaviour["viewer_protocol_policy"] == "https-only"
    (association,) = behaviour["lambda_function_association"]
    association = {name: value for name, value in association.items() if name[0] != "_"}
    assert association == {
        "event_type": "viewer-request",
        "lambda_arn": "${aws_lambda_function.this.qualified_arn}",
        "include_body": False,
    }
    (certificate,) = distribution["viewer_certificate"]
    assert '"TLSv1.2_2021"' in certificate["minimum_protocol_version"]
    (origin,) = distribution["origin"]
    assert "aws_cloudfront_origin_access_control.content.id" in origin["origin_access_control_id"]
    access = blocks("main.tf", "resource", "aws_s3_bucket_public_access_block")["content"]
    flags = [value for value in access.values() if isinstance(value, bool) and value]
    assert len([name for name in access if "public" in name]) == 4 and len(flags) >= 4
    allowed, denied = blocks("main.tf", "data", "aws_iam_policy_document")["content"]["statement"]
    assert allowed["actions"] == ["s3:GetObject"] and denied["effect"] == "Deny"
    assert allowed["condition"][0]["values"] == ["${aws_cloudfront_distribution.this.arn}"]


def test_every_variable_is_documented() -> None:
    variables = blocks("variables.tf", "variable")
    defaults = {
        name: variable.get("default", "") or ("empty" if "default" in variable else "")
        for name, variable in variables.items()
    }
    assert documented("Terraform") == defaults
    outputs = blocks("outputs.tf", "output")
    assert all(each["description"] for each in (*variables.values(), *outputs.values()))


# --- Workers ---


@pytest.fixture(scope="module")
def wrangler() -> Path:
    """Wrangler by its lock file, once, in build/. What it brings for a machine is in node_modules already."""
    source, folder = Path(__file__).with_name("wrangler"), BUILD / "wrangler"
    program = folder / "node_modules" / "wrangler" / "bin" / "wrangler.js"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp, text = folder / "stamp", (source / "package-lock.json").read_text(encoding="utf-8")
        if not (program.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == text):
            for name in ("package.json", "package-lock.json"):
                shutil.copyfile(source / name, folder / name)
            words = ["--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund"]
            done = subprocess.run(["npm", "install", *words], cwd=folder, capture_output=True, text=True)
            if done.returncode != 0:
                pytest.skip(f"{ABSENT}wrangler from npm")
            stamp.write_text(text, encoding="utf-8")
    return program


@pytest.fixture(scope="module")
def configuration() -> dict[str, Any]:
    return tomllib.loads(WRANGLER_TOML.read_text(encoding="utf-8"))


def test_wrangler_toml_is_as_its_schema_says(wrangler: Path, configuration: dict[str, Any]) -> None:
    schema = json.loads((wrangler.parents[1] / "config-schema.json").read_bytes())
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert [error.message for error in validator.iter_errors(configuration)] == []
    assert not validator.is_valid({**configuration, "compatibility_dates": WORKER_DATE})


def test_wrangler_toml_is_as_the_tables_say(configuration: dict[str, Any]) -> None:
    assert configuration["compatibility_date"] == WORKER_DATE
    assert tuple(configuration["compatibility_flags"]) == worker_flags(VARIANTS["wasm"])
    assert configuration["no_bundle"] is True and configuration["workers_dev"] is False
    names = re.findall(r"^\| `(\w+)` \|", README.partition("\n## Workers\n")[2].partition("\n## ")[0], re.M)
    assert set(names) < set(configuration)


@pytest.fixture(params=["wasm", "wasm-self-contained"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """deploy/workers with a worker unpacked into it."""
    pack(request.param, tmp_path, "--target", "workers")
    folder = shutil.copytree(WRANGLER_TOML.parent, tmp_path / "workers")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        archive.extractall(folder / "worker")
    yield folder


def test_wrangler_would_deploy_it(wrangler: Path, project: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(project), "CI": "1"}
    environment |= {"NODE_PATH": str(NODE_MODULES), "WRANGLER_SEND_METRICS": "false"}
    argv = [NODE, wrangler, "deploy", "--dry-run", "--outdir", "out"]
    done = subprocess.run(
        argv, cwd=project, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stdout + done.stderr
    (module,) = (path.name for path in (project / "worker").glob("*.wasm"))
    for name in ("index.js", module):
        assert (project / "out" / name).read_bytes().startswith((project / "worker" / name).read_bytes()[:1000])
