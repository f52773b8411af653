#!/usr/bin/env python3
"""Measures what portcullis makes of public Rego collections: whether it finds what OPA finds, and where it points.

    benches/rego-collections.py --collections DIRECTORY --corpus DIRECTORY [--differences FILE] [--misses FILE] [NAME...]

DIRECTORY holds checkouts of the collections as `owner+name`; docs/divergences.md says which commits. Each collection has an adapter
below: which files are policies, what has to be renamed so that conftest takes the results, and what an input looks like. The same
text is given to conftest (which is OPA) and to portcullis.

A policy that names the place itself (failed paths, the offending object) does so in its metadata: that is the label. portcullis does
not read failed paths, and where a policy hands out the object, it is given the policy without it. `exact` is the same path; `same` is the
same value, its parent or what it holds, or a value inside the object or the element of a list that the policy names; the rest is missed. Every second rule by the
digest of its name was looked at while locating was made (`tuned`), the others were not (`unseen`).
"""

import argparse
import collections
import concurrent.futures
import functools
import hashlib
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


def documents(paths, most_of_kind):
    """The objects in files, so many of each kind."""
    seen, found = collections.Counter(), []
    for path in sorted(paths):
        try:
            for document in yaml.load_all(path.read_text(), Loader):
                objects = document.get("items") or [document] if isinstance(document, dict) else []
                for item in objects:
                    kind = item.get("kind") if isinstance(item, dict) else None
                    if isinstance(kind, str) and seen[kind] < most_of_kind:
                        seen[kind] += 1
                        found.append(item)
        except (yaml.YAMLError, UnicodeDecodeError, ValueError):
            pass
    return found


class Unit:
    """Policies that are asked together, and their inputs."""

    def __init__(self, name, modules, inputs, data=None, unlabelled=None):
        self.name, self.modules, self.inputs, self.data = name, modules, inputs, data
        # The modules that say less where the place is looked for.
        self.unlabelled = unlabelled


def policies(folder, skip=("_test.rego",)):
    return [path for path in sorted(folder.rglob("*.rego")) if not path.name.endswith(skip) and "/test" not in str(path)]


def kubescape(root, corpus):
    """Each rule is a package of the same name, its input a list of objects, its message `alertMessage`."""
    settings = json.loads((root / "default-config-inputs.json").read_text())["settings"]
    for rule in sorted((root / "rules").iterdir()):
        text = rule / "raw.rego"
        if not text.exists():
            continue
        text = text.read_text().replace('"alertMessage"', '"msg"')
        own = documents([path for path in rule.glob("test/*/input/*") if path.suffix in (".yaml", ".yml", ".json")], 50)
        inputs = [[[item]] for item in own + corpus if not isinstance(item, list)]
        yield Unit(rule.name, {"rule.rego": text}, inputs, {"postureControlInputs": settings["postureControlInputs"]})


def kubescape_labels(metadata):
    paths = [path for key in ("failedPaths", "reviewPaths", "deletePaths") for path in metadata.get(key) or []]
    paths += [fix.get("path") for fix in metadata.get("fixPaths") or [] if isinstance(fix, dict)]
    return [("path", [0, *steps(path)]) for path in paths if isinstance(path, str) and path]


def steps(text):
    """`spec.containers[0].image` as a list."""
    parts = re.findall(r"\[(\d+)\]|\[\"?([^\]\"]+)\"?\]|([^.\[\]]+)", text)
    return [int(index) if index else quoted or word for index, quoted, word in parts]


def trivy(root, corpus):
    """`result.new` is a function of trivy's own; its second argument is the offending object. Its others are stood for as well."""
    own = {"result.new(": "data.own.new(", "isManaged(": "data.own.managed(", "squealer.scan_string(": "data.own.scan(",
           "sh.parse_commands(": "data.own.parse(", "cidr.is_public(": "data.own.managed(", "cidr.count_addresses(": "data.own.count("}
    modules = {"own.rego": 'package own\n\nimport rego.v1\n\nnew(msg, object) := {"msg": msg, "object": object}\n\n'
                           'managed(_) := true\n\nscan(_) := json.unmarshal("{}")\n\nparse(_) := json.unmarshal("[]")\n\ncount(_) := 1\n'}
    for folder in ("lib", "checks"):
        for path in policies(root / folder):
            # OPA's type checker refuses this one.
            if path.name == "service_with_externalip.rego":
                continue
            text = path.read_text()
            for name, replacement in own.items():
                if not re.search(rf"(?m)^{re.escape(name)}", text):
                    text = text.replace(name, replacement)
            modules[str(path.relative_to(root)).replace("/", "_")] = re.sub(r"(?m)^# *(schemas:|- input: schema.*)$", "#", text)
    yield Unit("all", modules, corpus, unlabelled={"own.rego": modules["own.rego"].replace(', "object": object', "")})


def trivy_labels(metadata):
    place = metadata.get("object")
    return [("value", place)] if isinstance(place, (dict, list)) and place else []


def plain(*folders, wrap=lambda item: item):
    """Packages of their own, with their libraries."""

    def units(root, corpus):
        paths = [path for folder in folders for path in policies(root / folder)]
        modules = {str(path.relative_to(root)).replace("/", "_"): path.read_text() for path in paths}
        yield Unit("all", modules, [wrap(item) for item in corpus])

    return units


def review(item, parameters=None):
    """What Gatekeeper hands to a template."""
    group, _, version = item.get("apiVersion", "").rpartition("/")
    kind = {"group": group, "version": version, "kind": item.get("kind")}
    name = (item.get("metadata") or {}).get("name", "")
    request = {"kind": kind, "object": item, "name": name, "operation": "CREATE", "userInfo": {"username": "someone"}}
    return {"review": request, "request": request, "parameters": parameters or {}}


def gatekeeper(root, corpus):
    for source in sorted(root.glob("src/*/*/src.rego")):
        modules = {"src.rego": source.read_text()}
        modules |= {path.name: path.read_text() for path in source.parent.glob("lib_*.rego")}
        library = root / "library" / source.parent.parent.name / source.parent.name
        constraints = documents(library.glob("samples/*/constraint.yaml"), 9)
        samples = documents(library.glob("samples/*/example*.yaml"), 50)
        for number, constraint in enumerate(constraints):
            parameters = (constraint.get("spec") or {}).get("parameters") or {}
            inputs = [review(item, parameters) for item in samples + corpus[:: 7]]
            yield Unit(f"{source.parent.name}-{number}", modules, inputs, {"inventory": {}})


def terrascan(root, corpus):
    """A rule is a template; a file of JSON beside it names it and fills it in. Its input is a list of objects of each kind."""
    for settings in sorted((root / "pkg/policies").rglob("*.json")):
        values = json.loads(settings.read_text())
        source = settings.parent / values.get("file", "")
        if source.suffix != ".rego" or not source.exists():
            continue
        fill = {"prefix": "", "suffix": "", **(values.get("template_args") or {})}
        name = "deny_" + re.sub(r"[^A-Za-z0-9]", "", str(fill.get("name", "")))
        text = source.read_text().replace("{{.prefix}}{{.name}}{{.suffix}}", name)
        for key, value in fill.items():
            text = text.replace("{{.%s}}" % key, str(value))
        if "{{" in text:
            continue
        inputs = []
        for number, item in enumerate(corpus):
            kind = "kubernetes_" + re.sub(r"(?<!^)(?=[A-Z])", "_", item["kind"]).lower()
            about = {"id": f"{kind}.{number}", "name": str((item.get("metadata") or {}).get("name")), "type": kind, "config": item}
            inputs.append({kind: [about]})
        yield Unit(settings.stem, {"rule.rego": text}, inputs)


ADAPTERS = {
    "kubescape+regolibrary": (kubescape, kubescape_labels),
    "aquasecurity+trivy-checks": (trivy, trivy_labels),
    "raspbernetes+k8s-security-policies": (plain("policies"), None),
    "redhat-cop+rego-policies": (plain("policy"), None),
    "plexsystems+konstraint": (plain("examples"), None),
    "swade1987+deprek8ion": (plain("policies"), None),
    "tmobile+magtape": (plain("policies", wrap=review), None),
    "open-policy-agent+gatekeeper-library": (gatekeeper, None),
    "tenable+terrascan": (terrascan, None),
    "instrumenta+policies": (plain("kubernetes"), None),
}


def run(command, folder):
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=900)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, -1, "", "more than 15 minutes")


def judge(unit, binary):
    """What both say of a unit: for each rule how many results are equal, missing and too many; and our findings."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name, text in unit.modules.items():
            (folder / "policy").mkdir(exist_ok=True)
            # An id of METADATA would hide which rule a finding is of.
            (folder / "policy" / name).write_text(re.sub(r"(?m)^#(\s+)id:", r"#\1was:", text))
        (folder / "input").mkdir()
        for number, value in enumerate(unit.inputs):
            (folder / "input" / f"{number:05}.json").write_text(json.dumps(value, ensure_ascii=False))
        data = []
        if unit.data:
            (folder / "data").mkdir()
            (folder / "data" / "data.json").write_text(json.dumps(unit.data))
            data = ["--data", "data"]
        common = ["--policy", "policy", "--all-namespaces", *data]
        ask = ["conftest", "test", "input", *common, "-o", "json"]
        theirs = run(ask, folder)
        # conftest has to be told of version 0.
        theirs = theirs if theirs.stdout.startswith("[") else run([*ask, "--rego-version", "v0"], folder)
        check = [binary, "check", "input", *common, "--profile", "none", "--all-documents", "--format", "json"]
        ours = run(check, folder)
        for name, text in (unit.unlabelled or {}).items():
            (folder / "policy" / name).write_text(text)
        placed = run(check, folder) if unit.unlabelled else ours
    try:
        theirs = json.loads(theirs.stdout)
    except json.JSONDecodeError:
        return {"refused": theirs.stderr.strip().splitlines()[-1:] or ["nothing"]}
    try:
        ours, placed = json.loads(ours.stdout), json.loads(placed.stdout)
    except json.JSONDecodeError:
        return {"failed": ours.stderr.strip()}
    wanted, got, metadata = collections.Counter(), collections.Counter(), collections.defaultdict(list)
    for file in theirs:
        for results in ("failures", "warnings"):
            for result in file.get(results) or []:
                rule = result["metadata"]["query"].removeprefix("data.")
                where = pathlib.Path(file["filename"]).name, result["msg"]
                wanted[rule, *where] += 1
                metadata[where].append(result["metadata"])
    for finding in ours["findings"]:
        got[finding["control"], pathlib.Path(finding["file"]).name, finding["message"]] += 1
    return {"wanted": wanted, "got": got, "findings": placed["findings"], "metadata": metadata, "notices": ours["notices"]}


def place(finding, value, labels, root):
    """How near the path of a finding is to what the policy names: `exact`, `same` or `missed`; none without a name. `root` is how long
    the path of the object itself is."""
    path = pointer(finding["path"], value)
    best = None
    for kind, label in labels:
        if kind == "value":
            homes = list(find(value, label))
            near = "same" if any(path[: len(home)] == home for home in homes) else "missed"
            near = near if len(homes) == 1 and homes[0] else None
        elif path == label:
            near = "exact"
        else:
            shorter, longer = sorted((path, label), key=len)
            near = "same" if longer[: len(shorter)] == shorter and len(longer) - len(shorter) <= 1 else "missed"
            # Inside the element of a list that is named, as inside an object.
            near = "same" if isinstance(label[-1], int) and isinstance(at(value, label), dict) and path[: len(label)] == label else near
            # What is not there is shown at what is; that both are in the same object says nothing.
            shown = existing(value, path)
            near = "same" if len(shown) > root and shown == existing(value, label) else near
        best = min((one for one in (best, near) if one), key=("exact", "same", "missed").index, default=None)
    return best


def pointer(text, value):
    """A JSON pointer as a list, with numbers where the value has a list."""
    path = []
    for part in text.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        step = int(key) if isinstance(value, list) and key.isdigit() else key
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            value = None
        path.append(step)
    return path


def existing(value, path):
    """The part of a path that is there: what is shown of it."""
    for at, step in enumerate(path):
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return path[:at]
    return path


def at(value, path):
    return functools.reduce(lambda value, step: value[step], path, value) if existing(value, path) == path else None


def find(value, wanted, path=()):
    """Where a value is; also where all but one of its members are, because libraries fill in what is inherited."""
    if value == wanted or is_filled(value, wanted):
        yield list(path)
    elif isinstance(value, (dict, list)):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from find(inner, wanted, (*path, key))


def is_filled(value, wanted):
    if not isinstance(value, dict) or not isinstance(wanted, dict) or "name" not in wanted:
        return False
    return wanted["name"] == value.get("name") and sum(value.get(key) != item for key, item in wanted.items()) == 1 and value.keys() <= wanted.keys()


def is_tuned(name):
    return hashlib.sha256(name.encode()).digest()[0] % 2 == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--collections", type=pathlib.Path, required=True)
    parser.add_argument("--corpus", type=pathlib.Path, required=True)
    parser.add_argument("--portcullis", default="portcullis")
    parser.add_argument("--of-kind", type=int, default=12, help="how many objects of each kind are judged")
    parser.add_argument("--differences", type=pathlib.Path)
    parser.add_argument("--misses", type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--units", type=int, help="only so many of each collection")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    binary = str(pathlib.Path(options.portcullis).resolve()) if "/" in options.portcullis else options.portcullis
    corpus = documents([path for path in options.corpus.rglob("*") if path.suffix in (".yaml", ".yml", ".json")], options.of_kind)
    differences, misses = [], []
    print(f"{len(corpus)} objects")
    print("collection                            units rules clauses fired  results   equal missing   extra | refused failed")
    located = collections.defaultdict(collections.Counter)
    for name, (units, labels) in ADAPTERS.items():
        if options.names and name not in options.names:
            continue
        units = list(units(options.collections / name, corpus))[: options.units]
        with concurrent.futures.ThreadPoolExecutor(options.threads) as pool:
            results = list(pool.map(lambda unit: judge(unit, binary), units))
        sums = collections.Counter()
        for unit, result in zip(units, results):
            sums["units"] += 1
            sums["rules"] += len(unit.modules)
            heads = r"(?m)^(?:deny|warn|violation)(?:_[a-zA-Z0-9]+)*(?:\[| contains )"
            sums["clauses"] += sum(len(re.findall(heads, text)) for text in unit.modules.values())
            for word in ("refused", "failed"):
                if word in result:
                    sums[word] += 1
                    differences.append((name, unit.name, word, result[word]))
            if "wanted" not in result:
                continue
            wanted, got = result["wanted"], result["got"]
            sums["fired"] += len({rule for rule, *_ in result["wanted"]})
            sums["results"] += wanted.total()
            sums["equal"] += (wanted & got).total()
            sums["missing"] += (wanted - got).total()
            sums["extra"] += (got - wanted).total()
            differences += [(name, unit.name, "missing", *key, many) for key, many in (wanted - got).items()]
            differences += [(name, unit.name, "extra", *key, many) for key, many in (got - wanted).items()]
            differences += [(name, unit.name, "notice", notice["message"]) for notice in result["notices"] if notice["code"] != "policy-exception"]
            for finding in result["findings"] if labels else []:
                value = unit.inputs[int(pathlib.Path(finding["file"]).stem)]
                metadata = result["metadata"][pathlib.Path(finding["file"]).name, finding["message"]] if unit.unlabelled else [finding.get("metadata") or {}]
                named = [label for one in metadata for label in labels(one)]
                if name.startswith("kubescape"):
                    named = [(kind, [0, *path]) for kind, path in named]
                near = place(finding, value, named, 2 if name.startswith("kubescape") else 0)
                if near:
                    part = "tuned" if is_tuned(finding["control"] if unit.unlabelled else unit.name) else "unseen"
                    located[name, part][near] += 1
                    located[name, part][finding["location"]] += 1
                    if near == "missed":
                        misses.append((part, unit.name, finding["control"], finding["path"], finding["location"], [l if k == "path" else "…" for k, l in named][:3], finding["message"]))
        columns = ("units", "rules", "clauses", "fired", "results", "equal", "missing", "extra")
        print(f"{name:38}", *(f"{sums[column]:7}" for column in columns), "|", sums["refused"], sums["failed"], flush=True)
    for (name, part), counts in located.items():
        total = counts["exact"] + counts["same"] + counts["missed"]
        # `exact` is also a location that a policy names itself; none of these do.
        share = lambda *words: f"{100 * sum(counts[word] for word in words) / total:.1f} %"
        print(f"{name} {part}: {total} findings, exact {share('exact')}, same node or better {share('exact', 'same')}, missed {counts['missed']}",
              f"(confirmed {counts['confirmed']}, likely {counts['likely']}, document {counts['document']})")
    if options.differences:
        options.differences.write_text("".join(f"{line}\n" for line in map(str, differences)))
    if options.misses:
        options.misses.write_text("".join(f"{line}\n" for line in map(str, misses)))


if __name__ == "__main__":
    main()
