#!/usr/bin/env python3
"""Draws the random sample of findings that docs/precision.md judges.

Runs `portcullis check --format json` in each folder as its maintainer would, sorts what it says and draws from it with a seed,
so that the same binary, folders and seed give the same findings to everyone:

    benches/precision-sample.py --profile default --seed 7 --most pod-security-admission=20 FOLDER...
"""

import argparse
import collections
import json
import pathlib
import random
import subprocess


def findings(binary, profile, folder):
    command = [binary, "check", "--profile", profile, "--format", "json"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if not run.stdout:
        raise SystemExit(f"{folder}: exit code {run.returncode}: {run.stderr}")
    report = json.loads(run.stdout)
    return [{**finding, "folder": folder} for finding in report["findings"]]


def draw(found, seed, size, most):
    key = lambda finding: (finding["folder"].name, finding["file"], finding["line"], finding["column"],
                           finding["control"], finding["fingerprint"])
    found = sorted(found, key=key)
    random.Random(seed).shuffle(found)
    taken = collections.Counter()
    sample = []
    for finding in found:
        name = finding["folder"].name
        if len(sample) < size and taken[name] < most.get(name, size):
            taken[name] += 1
            sample.append(finding)
    return sorted(sample, key=key)


def show(number, finding, around):
    place = f"{finding['folder'].name}/{finding['file']}:{finding['line']}:{finding['column']}"
    print(f"{number}. {finding['severity']}[{finding['control']}] {finding['message']}\n   {place}  {finding['path']}")
    lines = (finding["folder"] / finding["file"]).read_text(errors="replace").splitlines()
    for line in range(max(1, finding["line"] - around), min(len(lines), finding["line"] + around) + 1):
        mark = ">" if line == finding["line"] else " "
        print(f"   {mark}{line:4} {lines[line - 1][:140]}")
    print()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=pathlib.Path, metavar="FOLDER", help="one repository each")
    parser.add_argument("--binary", default="target/debug/portcullis")
    parser.add_argument("--profile", default="default")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--size", type=int, default=100)
    parser.add_argument("--most", action="append", default=[], metavar="NAME=N", help="at most N findings of this folder")
    parser.add_argument("--around", type=int, default=3, help="lines shown above and below")
    options = parser.parse_args()
    binary = str(pathlib.Path(options.binary).resolve())
    most = {name: int(number) for name, number in (pair.split("=") for pair in options.most)}
    found = [finding for folder in options.folders for finding in findings(binary, options.profile, folder)]
    sample = draw(found, options.seed, options.size, most)
    for number, finding in enumerate(sample, 1):
        show(number, finding, options.around)
    controls = collections.Counter(finding["control"] for finding in found)
    print(f"{len(found)} findings in {len(options.folders)} folders, {len(sample)} drawn")
    for control, number in sorted(collections.Counter(finding["control"] for finding in sample).items()):
        print(f"{number:4} of {controls[control]:4}  {control}")


main()
