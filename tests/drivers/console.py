"""Types cells into `jupyter console` on a terminal as a user does, line by line. Prints one JSON list: {"typed", "seconds", "said"} for each line.

    console.py CELL…

After each line but the last of a cell the console must ask for more, and after the last one run it: that is what the kernel told it.
"""

import json
import os
import re
import sys
import time

import pexpect

# What a terminal is told beside text: colours, and where the cursor is.
CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]|\x07|\r")
PATIENCE = 120
# It must not ask the terminal where its cursor is: there is none that answers.
PLAIN = {"PROMPT_TOOLKIT_NO_CPR": "1", "TERM": "xterm"}


def until(console, prompt):
    """Reads until the prompt is there; gives all that came before it."""
    came, limit = "", time.monotonic() + PATIENCE
    while not (found := re.search(prompt, CONTROL.sub("", came))):
        if time.monotonic() > limit:
            sys.exit(f"waited {PATIENCE} s for {prompt}; what came: {came}")
        try:
            came += console.read_nonblocking(4096, timeout=1)
        except pexpect.TIMEOUT:
            continue
    return found.string[: found.start()]


def main():
    command = ["-m", "jupyter_console", "--kernel", "headwater"]
    console = pexpect.spawn(sys.executable, command, env={**os.environ, **PLAIN}, encoding="utf-8", dimensions=(50, 200))
    seen = [{"typed": "", "seconds": 0, "said": until(console, r"In \[1\]: ")}]
    for number, cell in enumerate(sys.argv[1:], start=1):
        *first, last = cell.split("\n")
        for line, prompt in [*((line, r"\.\.\.: ") for line in first), (last, rf"In \[{number + 1}\]: ")]:
            began = time.monotonic()
            console.send(line + "\r")
            said = until(console, prompt)
            seen.append({"typed": line, "seconds": time.monotonic() - began, "said": said})
    console.send("\x04")
    until(console, "really want to exit")
    console.sendline("y")
    console.expect(pexpect.EOF, timeout=PATIENCE)
    print(json.dumps(seen))


main()
