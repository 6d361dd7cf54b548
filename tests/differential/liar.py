"""A program that answers as a door does, but for one thing: what the comparison must notice.

liar.py DOOR flip N      another answer to question N
liar.py DOOR end N       ends before the answer to question N
liar.py DOOR late N      one answer more at the end
liar.py DOOR spell N     the same JSON in another spelling
"""

import json
import subprocess
import sys

import programs


def main():
    door, what, at = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with subprocess.Popen([programs.WRAPPER, door], stdout=subprocess.PIPE) as program:
        for line in program.stdout:
            answer = json.loads(line)
            if answer["id"] == at:
                if what == "end":
                    program.kill()
                    return 0
                if what == "flip" and "valid" in answer:
                    answer["valid"] = not answer["valid"]
                elif what == "flip":
                    answer["reason"] = "expired"
                if what in ("flip", "spell"):
                    members = reversed(answer.items())
                    line = json.dumps(dict(members), indent=None).encode() + b"\n"
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
        if what == "late":
            sys.stdout.buffer.write(b"{}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
