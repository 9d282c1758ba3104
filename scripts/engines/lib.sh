# Sourced by the programs of this directory: messages, apt, waiting, daemons.
# shellcheck shell=bash
set -euo pipefail

export DEBIAN_FRONTEND=noninteractive
LOG_DIR=${RUNCACHE_ENGINE_LOGS:-/var/log/runcache-engines}

say() { printf '%s: %s\n' "$ENGINE" "$*"; }

die() {
  printf '%s: %s\n' "$ENGINE" "$*" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

installed() { dpkg-query -W -f='${db:Status-Status}\n' "$@" 2>/dev/null | awk -v n=$# '$1 == "installed" { i++ } END { exit i != n }'; }

# apt_install PACKAGE…: installs what is missing. Indexes are fetched only when apt does not know a package.
apt_install() {
  installed "$@" && return 0
  local options=(-o Dpkg::Options::=--force-confold -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 --yes --quiet=2 --no-install-recommends)
  mkdir -p "$LOG_DIR"
  local log="$LOG_DIR/apt-$ENGINE.log"
  say "installing $*"
  apt-get install "${options[@]}" "$@" >"$log" 2>&1 && return 0
  { apt-get update -qq && apt-get install "${options[@]}" "$@"; } >"$log" 2>&1 </dev/null || {
    tail -n 20 "$log" >&2
    die "apt-get could not install: $*"
  }
}

# wait_until SECONDS COMMAND…: polls until the command succeeds.
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || return 1
    sleep 0.2
  done
}

# start_daemon NAME COMMAND…: in a session of its own, without our stdio, so that it outlives this program.
start_daemon() {
  local name=$1
  shift
  mkdir -p "$LOG_DIR"
  say "starting $name"
  setsid "$@" </dev/null >>"$LOG_DIR/$name.log" 2>&1 &
}

# show_log NAME: the end of a daemon's log, for a failure message.
show_log() { tail -n 20 "$LOG_DIR/$1.log" >&2 || true; }
