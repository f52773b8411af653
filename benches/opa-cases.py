#!/usr/bin/env python3
"""Runs OPA's own test cases through portcullis: how many come to what OPA says.

    benches/opa-cases.py "$(go list -m -f '{{.Dir}}' github.com/open-policy-agent/opa@v1.22.0)/v1/test/cases/testdata/v1" [--rest FILE]

Each case is a policy set whose value is said as JSON by a rule of its own. Cases whose query is more than one reference, and those
about the values of variables, need OPA's own interface and are left out.
"""

import argparse
import collections
import concurrent.futures
import json
import pathlib
import re
import subprocess
import tempfile

import yaml


class Loader(yaml.CSafeLoader):
    """Dates stay text, as in JSON."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
QUERY = re.compile(r'(data(?:\.\w+|\["[^"]*"\])+) ?=+ ?x')


def cases(folder):
    for path in sorted(folder.rglob("*.yaml")):
        for case in (yaml.load(path.read_text(), Loader) or {}).get("cases", []):
            query = QUERY.fullmatch((case.get("query") or "").strip())
            if query and not {"input_term", "env", "ignore"} & set(case):
                yield path.parent.name, case, query[1]


def canonical(value):
    return json.dumps(value, sort_keys=True)


def agrees(binary, case, query):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "policy").mkdir()
        for number, module in enumerate(case.get("modules") or []):
            (folder / "policy" / f"{number}.rego").write_text(module)
        said = f"package zz\n\nimport rego.v1\n\ndeny contains json.marshal(x) if x := {query}\n"
        (folder / "policy" / "zz.rego").write_text(said)
        command = [binary, "check", "input.json", "-p", "policy", "-n", "zz", "--profile", "none", "--format", "json"]
        if case.get("data"):
            (folder / "data").mkdir()
            (folder / "data" / "data.json").write_text(json.dumps(case["data"]))
            command += ["--data", "data"]
        given = case.get("input")
        (folder / "input.json").write_text(json.dumps(given if isinstance(given, dict) else {"nothing": 1}))
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    got = None
    if run.stdout:
        got = sorted(canonical(json.loads(finding["message"])) for finding in json.loads(run.stdout)["findings"])
    if "want_result" in case:
        return got == sorted(canonical(result["x"]) for result in case["want_result"] or [])
    return not got


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=pathlib.Path)
    parser.add_argument("--portcullis", default="portcullis")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rest", type=pathlib.Path, help="where to write the names of the others")
    options = parser.parse_args()
    binary = str(pathlib.Path(options.portcullis).resolve()) if "/" in options.portcullis else options.portcullis
    found = list(cases(options.cases))
    with concurrent.futures.ThreadPoolExecutor(options.threads) as pool:
        verdicts = list(pool.map(lambda one: agrees(binary, one[1], one[2]), found))
    rest = collections.Counter(folder for (folder, *_), verdict in zip(found, verdicts) if not verdict)
    print(f"{sum(verdicts)} of {len(found)} cases agree; the others:")
    print(", ".join(f"{folder} {many}" for folder, many in sorted(rest.items())))
    if options.rest:
        names = (case["note"] for (_, case, _), verdict in zip(found, verdicts) if not verdict)
        options.rest.write_text("".join(f"{name}\n" for name in names))


if __name__ == "__main__":
    main()
