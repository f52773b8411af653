#!/usr/bin/env bash
# Puts portcullis on the PATH of the steps that follow: the release whose checksum this commit of the action knows, a build
# of this commit, or what is there. $INSTALL says which.
set -euo pipefail

root="$(cd "$(dirname "$0")/.." && pwd)"
version="$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml" | head -n 1)"
releases="${PORTCULLIS_RELEASES:-https://github.com/portcullis-dev/portcullis/releases/download}"

fail() {
    echo "::error title=portcullis::$*"
    exit 2
}

case "$(uname -s)-$(uname -m)" in
Linux-x86_64) target=x86_64-unknown-linux-musl ;;
Linux-aarch64 | Linux-arm64) target=aarch64-unknown-linux-musl ;;
Darwin-x86_64) target=x86_64-apple-darwin ;;
Darwin-arm64) target=aarch64-apple-darwin ;;
MINGW*-x86_64 | MSYS*-x86_64) target=x86_64-pc-windows-msvc ;;
*) target=unknown ;;
esac
archive="portcullis-$version-$target.tar.gz"
checksum="$(awk -v name="$archive" '$2 == name { print $1 }' "${PORTCULLIS_CHECKSUMS:-$root/action/SHA256SUMS}")"

sha256() { # what Linux and Windows have, and what macOS has
    if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

from_release() {
    [[ -n "$checksum" ]] || fail "there is no release of portcullis $version for this runner; use install: source"
    echo "Downloading portcullis $version for $target"
    # By their names alone: on Windows tar takes `D:` for a host, and sha256sum marks names that hold a backslash.
    cd "$folder"
    curl --fail --silent --show-error --location --retry 3 --output "$archive" \
        "$releases/v$version/$archive" || fail "cannot download $archive"
    [[ "$(sha256 "$archive")" == "$checksum" ]] || fail "$archive is not what was released: its checksum differs"
    mkdir bin
    tar -xzf "$archive" -C bin
}

from_source() {
    command -v cargo >/dev/null || fail 'building portcullis from source needs Rust on the runner'
    echo "Building portcullis $version from source"
    cargo install --locked --quiet --path "$root" --root "$folder"
}

folder="$(mktemp -d "${RUNNER_TEMP:-/tmp}/portcullis-install.XXXXXX")"
install="${INSTALL:-auto}"
if [[ "$install" == auto ]]; then
    install="$([[ -n "$checksum" ]] && echo release || echo source)"
fi
case "$install" in
release) from_release ;;
source) from_source ;;
path) command -v portcullis >/dev/null || fail 'portcullis is not on the PATH of the runner' ;;
*) fail 'install is auto, release, source or path' ;;
esac

program=portcullis
if [[ "$install" != path ]]; then
    program="$folder/bin/portcullis"
    binaries="$folder/bin"
    if command -v cygpath >/dev/null; then binaries="$(cygpath -w "$binaries")"; fi
    echo "$binaries" >>"$GITHUB_PATH"
fi
"$program" --version
