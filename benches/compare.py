#!/usr/bin/env python3
"""Compares portcullis with conftest and kubeconform on the same files, and with itself; one command, nothing else to prepare:

    benches/compare.py                     # builds, generates 100,000 documents in a temporary folder, measures, prints a table
    benches/compare.py --documents 10000   # a smaller repository
    benches/compare.py --write             # also writes the table into docs/performance.md and the figures to benches/figures.json

The policies and manifests of bench/ and oracle/psa are looked for beside the repository, in ../shared or $PORTCULLIS_SHARED.
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
from statistics import median

import monorepo

HERE = pathlib.Path(__file__).resolve().parent.parent
SHARED = pathlib.Path(os.environ.get("PORTCULLIS_SHARED", HERE / "../shared")).resolve()
FLOOR = "package main\n\nimport rego.v1\n\ndeny contains \"x\" if input.kind == \"None of these\"\n"


class Bench:
    def __init__(self, binary, runs):
        self.binary, self.runs, self.figures = str(binary), runs, []

    def run(self, subject, commands, cwd, runs=None):
        """Of each command the median CPU and wall time of several runs in milliseconds, and the most memory of a process in MB. They take
        turns, because the speed of a machine changes; the least would be of whichever command met the fastest minute."""
        rounds = [[measured(command, cwd) for _, command in commands] for _ in range(runs or self.runs)]
        for (name, _), took in zip(commands, zip(*rounds)):
            cpu, wall, memory = ([one[what] for one in took] for what in ("cpu", "wall", "memory"))
            self.figures.append({"subject": subject, "name": name, "cpu_ms": median(cpu), "wall_ms": median(wall), "memory_mb": max(memory),
                                 "exit": took[-1]["exit"], "cpu_all_ms": cpu, "wall_all_ms": wall})
            print(f"{subject:12} {name:42} cpu {median(cpu):9.1f} ms  wall {median(wall):9.1f} ms  {max(memory):7.1f} MB", flush=True)

    def ours(self, name, *arguments):
        return f"portcullis, {name}", [self.binary, *arguments]


def measured(command, cwd):
    """What a run of a command takes; its output goes nowhere."""
    runner = [sys.executable, "-S", "-E", str(HERE / "benches/measured.py"), *map(str, command)]
    # Backtraces of errors that nobody sees are no part of it.
    environment = {name: value for name, value in os.environ.items() if name != "RUST_BACKTRACE"}
    return json.loads(subprocess.run(runner, cwd=cwd, env=environment, capture_output=True, check=True).stdout)


def program(name, package):
    """A Go program, installed where it is missing; None where that fails."""
    folder = subprocess.run(["go", "env", "GOPATH"], capture_output=True, text=True).stdout.strip()
    found = shutil.which(name) or shutil.which(f"{folder}/bin/{name}")
    if not found and subprocess.run(["go", "install", package]).returncode == 0:
        found = shutil.which(f"{folder}/bin/{name}")
    return found


def readable(binary, folder, into):
    """Copies what portcullis judges, so that everyone reads the same and no one stops at a template."""
    report = json.loads(subprocess.run([binary, "check", "--format", "json"], cwd=folder, capture_output=True).stdout)
    for file in report["coverage"]["files"]:
        if file["status"] == "judged" and file["file"].endswith((".yaml", ".yml", ".json")):
            target = into / file["file"]
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / file["file"], target)


def folder(bench, subject, path, tools, policies, floor):
    conftest, kubeconform = tools
    commands = []
    if conftest and policies.is_dir():
        commands.append(("conftest, 41 rules", [conftest, "test", "--policy", policies, "--output", "json", "."]))
        for threads in ("1", "2"):
            arguments = ["check", "--threads", threads, "--profile", "none", "--policy", policies, "--format", "json"]
            commands.append(bench.ours(f"the same rules, {threads} thread(s)", *arguments))
    if kubeconform:
        for threads in ("1", "2"):
            command = [kubeconform, "-n", threads, "-ignore-missing-schemas", "-schema-location", floor, "-output", "json", "."]
            commands.append((f"kubeconform without schemas, {threads} thread(s)", command))
    commands.append(bench.ours("floor: discover, read, parse", "policies", "check", "--policy", floor / "floor.rego"))
    for threads in ("1", "2"):
        commands.append(bench.ours(f"default profile, {threads} thread(s)", "check", "--threads", threads, "--format", "json"))
        arguments = ["check", "--threads", threads, "--profile", "all", "--format", "json"]
        commands.append(bench.ours(f"all controls, {threads} thread(s)", *arguments))
    bench.run(subject, commands, path, 1 if subject == "monorepo" else None)


def git(path, *arguments):
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"]
    subprocess.run(["git", *identity, *arguments], cwd=path, check=True, stdout=subprocess.DEVNULL)


def changes(bench, path, conftest, policies):
    """One small file, one changed file of a large repository, and a change of ten files."""
    small = path / "team-1/app-1.yaml"
    if conftest and policies.is_dir():
        bench.run("one file", [("conftest, 41 rules", [conftest, "test", "--policy", policies, small])], path, 11)
    with tempfile.TemporaryDirectory() as alone:
        shutil.copyfile(small, f"{alone}/app.yaml")
        bench.run("one file", [bench.ours("cold start, default profile", "check", "app.yaml")], alone, 11)
    git(path, "init", "--quiet")
    git(path, "add", "--all")
    git(path, "commit", "--quiet", "--message", "all")
    one = bench.ours("one file of the repository", "check", "--file-by-file", "--", "team-1/app-1.yaml")
    bench.run("one changed", [one], path, 11)
    for file in sorted(path.glob("team-2/*.yaml"))[:10]:
        file.write_text(file.read_text().replace("hostNetwork: false", "hostNetwork: true"))
    bench.run("ten changed", [bench.ours("the whole, against the base", "check", "--against", "HEAD", "--format", "json")], path, 1)


def table(figures):
    rows = ["| on | what | CPU ms | wall ms | peak MB | CPU ÷ floor | conftest ÷ it, CPU |", "|---|---|--:|--:|--:|--:|--:|"]
    for figure in figures:
        def of(word):
            found = [one for one in figures if one["subject"] == figure["subject"] and word in one["name"]]
            return found[0]["cpu_ms"] if found else None
        floor, conftest = of("floor"), of("conftest")
        over = f"{figure['cpu_ms'] / floor:.1f}" if floor else ""
        under = f"{conftest / figure['cpu_ms']:.1f}" if conftest and "same rules" in figure["name"] else ""
        rows.append(f"| {figure['subject']} | {figure['name']} | {figure['cpu_ms']:.0f} | {figure['wall_ms']:.0f} "
                    f"| {figure['memory_mb']:.0f} | {over} | {under} |")
    return "\n".join(rows)


def write(figures, facts):
    page = HERE / "docs/performance.md"
    before, rest = page.read_text().split("<!-- figures -->\n", 1)
    after = rest.split("<!-- end of figures -->\n", 1)[1]
    page.write_text(f"{before}<!-- figures -->\n{facts}\n\n{table(figures)}\n<!-- end of figures -->\n{after}")
    (HERE / "benches/figures.json").write_text(json.dumps({"facts": facts, "figures": figures}, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, help="this one, instead of building it")
    parser.add_argument("--built", default="the release profile", help="how that binary was built, in words")
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if not options.binary:
        subprocess.run(["cargo", "build", "--release", "--locked"], cwd=HERE, check=True)
    bench = Bench((options.binary or HERE / "target/release/portcullis").resolve(), options.runs)
    os.environ.pop("RUST_BACKTRACE", None)
    load = os.getloadavg()
    conftest = program("conftest", "github.com/open-policy-agent/conftest@v0.71.1")
    kubeconform = program("kubeconform", "github.com/yannh/kubeconform/cmd/kubeconform@v0.7.0")
    policies = SHARED / "bench/policy/main"
    with tempfile.TemporaryDirectory() as temporary:
        temporary = pathlib.Path(temporary)
        floor = temporary / "floor"
        floor.mkdir()
        (floor / "floor.rego").write_text(FLOOR)
        for subject, source in (("corpus", SHARED / "bench/corpus"), ("psa", SHARED / "oracle/psa/manifests")):
            if source.is_dir():
                readable(bench.binary, source, temporary / subject)
                folder(bench, subject, temporary / subject, (conftest, kubeconform), policies, floor)
        for subject, documents in (("a tenth", options.documents // 10), ("monorepo", options.documents)):
            monorepo.write(temporary / subject, documents)
            folder(bench, subject, temporary / subject, (conftest, kubeconform), policies, floor)
        changes(bench, temporary / "monorepo", conftest, policies)
    facts = (f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, built with {options.built}; load of the machine "
             f"{load[0]:.1f} before and {os.getloadavg()[0]:.1f} after; the repository has {options.documents} documents. Median of "
             f"{options.runs} runs, of one for the repository; memory is that of the largest process.")
    print(f"\n{facts}\n\n{table(bench.figures)}")
    if options.write:
        write(bench.figures, facts)


if __name__ == "__main__":
    main()
