"""Fresh processes: code comes in and runs in a fork of an interpreter that has imported some modules and nothing else.

An import takes seconds, a fork a hundredth. What the imports themselves do is for an interpreter of its own.
"""

import functools
import json
import subprocess
import sys
import tempfile
from pathlib import Path

__all__ = ["run_fork"]

# Reads a line for each fork, and answers with its exit code. A fork ends as an interpreter does, after its code.
SERVER = """
import json, os, signal, sys
for line in sys.stdin:
    code, sys.argv, folder = json.loads(line)
    child = os.fork()
    if not child:
        signal.alarm(200)  # ends what hangs
        for stream in (1, 2):
            os.dup2(os.open(f"{folder}/{stream}", os.O_CREAT | os.O_WRONLY), stream)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        exec(code)
        break
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def run_fork(code, *arguments, imports="sklearn_ann"):
    """Run code in a fork, with ``sys.argv[1:]``; like ``subprocess.run``, returns its exit code and what it wrote."""
    code, arguments = f"import {imports}\n{code}", ["-c", *map(str, arguments)]
    if sys.platform != "linux":  # others do not fork by default
        return subprocess.run([sys.executable, "-c", code, *arguments[1:]], capture_output=True, text=True, timeout=200)
    server = _server(imports)
    with tempfile.TemporaryDirectory() as folder:
        server.stdin.write(json.dumps([code, arguments, folder]) + "\n")
        server.stdin.flush()
        status = int(server.stdout.readline())
        out, err = ((Path(folder) / stream).read_text() for stream in "12")
    return subprocess.CompletedProcess(arguments, status, out, err)


@functools.cache
def _server(imports):
    """The interpreter that forks; it ends with this process, when its standard input is closed."""
    command = [sys.executable, "-c", f"import {imports}\n{SERVER}"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, text=True, **pipes)
