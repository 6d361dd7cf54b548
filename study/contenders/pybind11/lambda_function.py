from pathlib import Path

from portcullis import create_handler

lambda_handler = create_handler(Path(__file__).with_name("policy.json").read_bytes())
