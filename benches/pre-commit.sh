#!/usr/bin/env bash
# How long a developer waits for the hook: one changed file in a repository of 1,500. Prints the median of 21 runs, of the hook's
# command by itself and, where pre-commit is installed, of the whole `pre-commit run`.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --release --locked --quiet
export PATH="$PWD/target/release:$PWD/target/clients/python/bin:$PATH"
root="$PWD"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
export PRE_COMMIT_HOME="$folder/home" GIT_CONFIG_GLOBAL=/dev/null

median() { # of the wall time of a command in milliseconds, all of whose runs have to succeed
    local start times=()
    for _ in {1..21}; do
        start="$(date +%s%N)"
        "$@" >/dev/null
        times+=($((($(date +%s%N) - start) / 10000)))
    done
    printf '%s\n' "${times[@]}" | sort -n | sed -n '11 s/\(..\)$/.\1 ms/p'
}

mkdir "$folder/repo"
cd "$folder/repo"
git init -q
for number in {1..1500}; do
    mkdir -p "team-$((number % 30))"
    cat >"team-$((number % 30))/web-$number.yaml" <<YAML
apiVersion: apps/v1
kind: Deployment
metadata: {name: web-$number, namespace: shop}
spec:
  selector: {matchLabels: {app: web-$number}}
  template:
    metadata: {labels: {app: web-$number}}
    spec:
      hostNetwork: $([[ $((number % 10)) == 0 ]] && echo true || echo false)
      containers:
        - name: web
          image: registry.example.com/shop/web:1.$number
          securityContext: {allowPrivilegeEscalation: false, privileged: $([[ $((number % 7)) == 0 ]] && echo true || echo false)}
YAML
done
cat >.pre-commit-config.yaml <<YAML
repos:
  - repo: local
    hooks:
      - id: portcullis
        name: portcullis
        entry: portcullis check --file-by-file
        args: [--]
        language: system
        types_or: [yaml, json]
YAML
git add -A
portcullis baseline write >/dev/null
git add -A
git -c user.name=bench -c user.email=bench@example.com commit -q -m x
changed=team-1/web-31.yaml
echo '# changed' >>"$changed"
git add -A

echo "portcullis $(portcullis --version | cut -d ' ' -f 2), $(nproc) cores, $(wc -l <.portcullis-baseline.jsonl) known findings"
echo "the command of the hook, one changed file: $(median portcullis check --file-by-file -- "$changed")"
echo "the same with one thread: $(median portcullis check --file-by-file --threads 1 -- "$changed")"
python="$root/target/clients/python/bin/python"
if [[ -x "$python" ]]; then
    echo "pre-commit with that hook: $(median "$python" -m pre_commit run)"
fi
echo "the whole repository: $(median portcullis check)"
