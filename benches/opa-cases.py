#!/usr/bin/env python3
"""Runs OPA's own test cases through portcullis: how many come to what OPA says.

    benches/opa-cases.py "$(go list -m -f '{{.Dir}}' github.com/open-policy-agent/opa@v1.22.0)/v1/test/cases/testdata/v1" [--rest FILE]

Each case is a policy set whose value is said as JSON by a rule of its own. Cases whose query is more than one reference, those about
the values of variables, and those in which there is no `input` at all need OPA's own interface and are left out. The others differ in
one of three ways: refused before anything is judged, named in a notice, or silently; the last is a wrong verdict.
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
    """Dates stay text, as in JSON, and `on` as well, as in YAML 1.2."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool")]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), "tf")
QUERY = re.compile(r'(data(?:\.\w+|\["[^"]*"\])+) ?=+ ?x')


def cases(folder):
    for path in sorted(folder.rglob("*.yaml")):
        for case in (yaml.load(path.read_text(), Loader) or {}).get("cases", []):
            query = QUERY.fullmatch((case.get("query") or "").strip())
            if query and not {"input_term", "env", "ignore"} & set(case) and not asks_for_nothing(case):
                yield path.parent.name, case, query[1]


def asks_for_nothing(case):
    """Whether it is about an input that is not there: portcullis always has one."""
    text = "\n".join(case.get("modules") or [])
    return "input" not in case and re.search(r"(?<!with )\binput\b(?! as )", text) is not None


def canonical(value, is_sorted):
    """JSON in which equal values are equal: 3.0 is 3."""
    if isinstance(value, dict):
        return {key: canonical(inner, is_sorted) for key, inner in value.items()}
    if isinstance(value, list):
        items = [canonical(inner, is_sorted) for inner in value]
        return sorted(items, key=json.dumps) if is_sorted else items
    return int(value) if isinstance(value, float) and value.is_integer() else value


def judged(binary, case, query):
    """None where both say the same, else how they differ and what portcullis says."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "policy").mkdir()
        for number, module in enumerate(case.get("modules") or []):
            (folder / "policy" / f"{number}.rego").write_text(module)
        said = f"package zz\n\nimport rego.v1\n\ndeny contains json.marshal(x) if x := {query}\n"
        (folder / "policy" / "zz.rego").write_text(said)
        command = [binary, "check", "input.json", "-p", "policy", "-n", "zz", "--profile", "none", "--all-documents", "--format", "json"]
        if case.get("data"):
            (folder / "data").mkdir()
            (folder / "data" / "data.json").write_text(json.dumps(case["data"]))
            command += ["--data", "data"]
        (folder / "input.json").write_text(json.dumps(case.get("input", {"nothing": 1})))
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    has_error = "want_error" in case or "want_error_code" in case
    if not run.stdout:
        return None if has_error else ("refused", run.stderr)
    report = json.loads(run.stdout)
    is_sorted = bool(case.get("sort_bindings"))
    values = [json.loads(finding["message"]) for finding in report["findings"]]
    got = canonical(values, is_sorted)
    if "want_result" in case:
        same = canonical([result["x"] for result in case["want_result"] or []], is_sorted) == got
    else:
        same = not got
    return None if same else ("in a notice" if report["notices"] else "silently", got)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=pathlib.Path)
    parser.add_argument("--portcullis", default="portcullis")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rest", type=pathlib.Path, help="where to write the others, a line of JSON each")
    options = parser.parse_args()
    binary = str(pathlib.Path(options.portcullis).resolve()) if "/" in options.portcullis else options.portcullis
    found = list(cases(options.cases))
    with concurrent.futures.ThreadPoolExecutor(options.threads) as pool:
        verdicts = list(pool.map(lambda one: judged(binary, one[1], one[2]), found))
    differing = [(folder, case, *verdict) for (folder, case, _), verdict in zip(found, verdicts) if verdict]
    print(f"{len(found) - len(differing)} of {len(found)} cases agree; the others:")
    for kind in ("silently", "in a notice", "refused"):
        rest = collections.Counter(folder for folder, _, how, _ in differing if how == kind)
        print(f"{kind} {rest.total()}: " + ", ".join(f"{folder} {many}" for folder, many in sorted(rest.items())))
    if options.rest:
        lines = (json.dumps({"case": case, "differs": how, "says": says}) for _, case, how, says in differing)
        options.rest.write_text("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    main()
