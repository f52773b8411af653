#!/usr/bin/env python3
"""Runs a command without its output and prints its exit code, CPU and wall time in milliseconds and its most memory in MB, as JSON.

It is a process of its own and imports little, because the kernel counts what the one that starts a program holds as memory of that
program: of a bench that has made a repository that is more than portcullis takes.
"""

import os
import sys
import time

output = os.open(os.devnull, os.O_RDWR)
quiet = [(os.POSIX_SPAWN_DUP2, output, stream) for stream in (1, 2)]
start = time.monotonic()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, usage = os.wait4(pid, 0)
wall = time.monotonic() - start
took = {"exit": os.waitstatus_to_exitcode(status), "cpu": (usage.ru_utime + usage.ru_stime) * 1000, "wall": wall * 1000,
        "memory": usage.ru_maxrss / 1024}
print("{" + ", ".join(f'"{name}": {value}' for name, value in took.items()) + "}")
