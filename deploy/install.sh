#!/bin/sh
# Installs the command line of TestMesh:  curl -fsSL https://testmesh.io/install.sh | sh
#
#   TESTMESH_VERSION    which one (default: the latest)
#   TESTMESH_PREFIX     where: PREFIX/bin/testmesh (default: /usr/local as root, ~/.local otherwise)
#   TESTMESH_DOWNLOAD   where from (default: https://testmesh.io/download)
#
# What is downloaded is compared with its SHA-256 sum before anything of it is used. Needs npm; where Node is older than 24,
# a Node 24 for testmesh alone is installed beside it, and nothing else sees it.
set -eu

NODE_MAJOR=24
NODE_VERSION=24.21.0

main() {
  download=${TESTMESH_DOWNLOAD:-https://testmesh.io/download}
  prefix=${TESTMESH_PREFIX:-$(default_prefix)}
  need npm 'install Node 24, which brings it: https://nodejs.org'
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT

  version=${TESTMESH_VERSION:-$(fetch "$download/latest" /dev/stdout)}
  case $version in
    [0-9]*.[0-9]*.[0-9]*) ;;
    *) fail "$version is no version such as 0.1.0" ;;
  esac
  package=testmesh-$version.tgz
  fetch "$download/v$version/$package" "$work/$package"
  fetch "$download/v$version/SHA256SUMS" "$work/SHA256SUMS"
  verify "$package"

  home=$prefix/lib/testmesh/$version
  rm -rf "$home"
  mkdir -p "$home" "$prefix/bin"
  install_package "$home" "$work/$package"
  node=$(node_for "$home")
  launcher "$node" "$home/node_modules/testmesh/dist/testmesh.mjs" > "$work/testmesh"
  chmod 755 "$work/testmesh"
  mv "$work/testmesh" "$prefix/bin/testmesh"
  tell_path "$prefix/bin"
  echo "testmesh $("$prefix/bin/testmesh" --version) is in $prefix/bin"
}

default_prefix() {
  if [ "$(id -u)" = 0 ]; then echo /usr/local; else echo "$HOME/.local"; fi
}

# fetch URL FILE: whatever is not there, or not over HTTPS where HTTPS was asked for, is a failure.
fetch() {
  if command -v curl > /dev/null; then
    curl --fail --silent --show-error --location --retry 3 --output "$2" "$1" || fail "$1 cannot be downloaded"
  else
    need wget 'install curl or wget'
    wget --quiet --output-document="$2" "$1" || fail "$1 cannot be downloaded"
  fi
}

verify() {
  expected=$(awk -v name="$1" '$2 == name { print $1 }' "$work/SHA256SUMS")
  [ -n "$expected" ] || fail "SHA256SUMS does not name $1"
  actual=$(sum_of "$work/$1")
  [ "$expected" = "$actual" ] || fail "$1 is not what was published: its SHA-256 is $actual, expected $expected"
}

sum_of() {
  if command -v sha256sum > /dev/null; then
    sha256sum "$1" | cut -d ' ' -f 1
  else
    need shasum 'install coreutils'
    shasum -a 256 "$1" | cut -d ' ' -f 1
  fi
}

# install_package FOLDER PACKAGE...: into that folder alone, without running anything of the packages.
install_package() {
  folder=$1
  shift
  npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error "$@" > "$work/npm.log" 2>&1 ||
    fail "npm could not install it: $(tail -n 5 "$work/npm.log")"
}

# The Node to run it with: that of the machine where it is new enough, else one of its own.
node_for() {
  own=$(command -v node || true)
  if [ -n "$own" ] && [ "$(major_of "$own")" -ge "$NODE_MAJOR" ]; then
    echo "$own"
    return
  fi
  platform=$(platform)
  install_package "$1" "node-$platform@$NODE_VERSION"
  echo "$1/node_modules/node-$platform/bin/node"
}

major_of() {
  "$1" --version | sed 's/^v\([0-9]*\).*/\1/'
}

platform() {
  case $(uname -s) in
    Linux) system=linux ;;
    Darwin) system=darwin ;;
    *) fail "there is no Node $NODE_MAJOR here and none can be installed on $(uname -s): install it from https://nodejs.org" ;;
  esac
  case $(uname -m) in
    x86_64 | amd64) echo "$system-x64" ;;
    aarch64 | arm64) echo "$system-arm64" ;;
    *) fail "there is no Node $NODE_MAJOR here and none can be installed on $(uname -m): install it from https://nodejs.org" ;;
  esac
}

launcher() {
  printf '#!/bin/sh\nexec "%s" -- "%s" "$@"\n' "$1" "$2"
}

# The next steps of a GitHub job, and a person, have to find it.
tell_path() {
  case :$PATH: in
    *:"$1":*) return ;;
  esac
  if [ -n "${GITHUB_PATH:-}" ]; then
    echo "$1" >> "$GITHUB_PATH"
  else
    echo "add $1 to your PATH"
  fi
}

need() {
  command -v "$1" > /dev/null || fail "$1 is needed: $2"
}

fail() {
  echo "testmesh could not be installed: $1" >&2
  exit 1
}

# All of it was read before anything is done: a download that breaks off half-way does nothing.
main
