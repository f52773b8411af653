#!/usr/bin/env bash
# Judges the repository: the inputs of action.yml come in as environment variables; annotations go to the log, counts to the
# outputs of the step, a page to the summary of the job. Ends with the exit code of portcullis.
set -uo pipefail
export NO_COLOR=1

reports="$(mktemp -d "$RUNNER_TEMP/portcullis.XXXXXX")"
arguments=(check --format github)

option() { # one word, so that a value is never taken for an option
    if [[ -n "$2" ]]; then arguments+=("$1=$2"); fi
}

each_line() { # calls $1 with each line of $2 that is not blank
    local line
    while IFS= read -r line; do
        line="${line%$'\r'}"
        if [[ -n "${line//[[:space:]]/}" ]]; then "$1" "$line"; fi
    done <<<"$2"
}

argument() { arguments+=("$1"); }
output() { arguments+=("--output=$1"); }

option --config "$CONFIG"
option --profile "$PROFILE"
option --benchmark "$BENCHMARK"
option --baseline "$BASELINE"
option --exceptions "$EXCEPTIONS"
option --against "$AGAINST"
option --trust "$TRUST"
option --fail-on "$FAIL_ON"
each_line output "$FORMATS"
each_line argument "$EXTRA"
output "json=$reports/portcullis.json"
output "sarif=$reports/portcullis.sarif"
output "summary=$reports/portcullis.md"
output "env=$reports/portcullis.env"
argument --
each_line argument "$PATHS"

portcullis "${arguments[@]}"
code=$?

echo "exit-code=$code" >>"$GITHUB_OUTPUT"
if [[ ! -f "$reports/portcullis.env" ]]; then
    echo "::error title=portcullis::it could not run; the log of this step says why"
    exit "$code"
fi
{
    cat "$reports/portcullis.env"
    echo "reports=$reports"
    echo "json=$reports/portcullis.json"
    echo "sarif=$reports/portcullis.sarif"
} >>"$GITHUB_OUTPUT"
cat "$reports/portcullis.md" >>"$GITHUB_STEP_SUMMARY"
exit "$code"
