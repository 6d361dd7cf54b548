"""python -m portcullis: checks by hand what a deployment would find out the hard way."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from . import PolicyError, Verifier, __version__, check_response

EVENT_TYPES = ("viewer-request", "origin-request", "origin-response", "viewer-response")


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="portcullis",
        description="Checks policies, and responses of Lambda@Edge functions.",
        epilog="Exit code: 0 nothing found, 1 something found, 2 wrong use.",
    )
    parser.add_argument("--version", action="version", version=f"portcullis {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)

    response = commands.add_parser(
        "check-response",
        help="what CloudFront would not take of a response",
        description="Tells what CloudFront would answer 502 to: where, what to do, and which page "
        "says so.",
    )
    response.add_argument("file", metavar="FILE", help="the response as JSON; - reads stdin")
    response.add_argument(
        "--event-type", required=True, choices=EVENT_TYPES, help="the function's event"
    )
    response.add_argument(
        "--original",
        metavar="FILE",
        help="the event's own response as JSON: shows changes of what is read-only",
    )
    response.add_argument("--json", action="store_true", help="print the findings as JSON")

    policy = commands.add_parser(
        "check-policy",
        help="whether a policy can be used",
        description="Reads a policy as a verifier does, and tells the first thing that is wrong.",
    )
    policy.add_argument("file", metavar="FILE", help="the policy as JSON; - reads stdin")
    return parser


def _check_response(arguments: argparse.Namespace, response: bytes, original: bytes | None) -> int:
    findings = check_response(response, arguments.event_type, original)
    if arguments.json:
        print(json.dumps(findings, indent=2))
        return 1 if findings else 0
    for finding in findings:
        print(f"{finding['path']}: {finding['rule']}")
        print(f"    {finding['sentence']}")
        print(f"    source: {finding['source']}")
    count = len(findings)
    told = "nothing found" if count == 0 else "1 finding" if count == 1 else f"{count} findings"
    print(f"{told} in a response to {arguments.event_type}")
    return 1 if findings else 0


def _check_policy(policy: bytes) -> int:
    try:
        Verifier(policy)
    except PolicyError as error:
        print(error)
        return 1
    print("the policy can be used")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    parser = _make_parser()
    arguments = parser.parse_args(argv)

    def read(name: str) -> bytes:
        try:
            return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        except OSError as error:
            parser.error(f"cannot read {name}: {error.strerror}")

    if arguments.command == "check-policy":
        return _check_policy(read(arguments.file))
    original = arguments.original
    if arguments.file == original == "-":
        parser.error("stdin can be read once: FILE and --original are both -")
    return _check_response(
        arguments, read(arguments.file), None if original is None else read(original)
    )


if __name__ == "__main__":
    sys.exit(main())
