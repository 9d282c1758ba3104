#!/usr/bin/env bash
# The Docker engine. No bridge and no iptables: the tests run containers with `--network none`,
# and test machines often allow neither.
ENGINE=docker
. "$(dirname "$0")/lib.sh"

answers() { timeout 10 docker info --format '{{.ServerVersion}}'; }

if ! answers >/dev/null 2>&1; then
  apt_install docker.io
  mkdir -p "$LOG_DIR"
  rm -f /var/run/docker.pid # of a machine image made from a running machine; dockerd refuses to start beside it
  start_daemon dockerd dockerd --iptables=false --bridge=none
  wait_until 60 answers || { show_log dockerd; die "dockerd did not answer within 60 s"; }
fi
say "server $(answers)"
