#!/usr/bin/env bash
# An image registry on 127.0.0.1:5000 without password, for real pushes, pulls and repository digests.
ENGINE=registry
. "$(dirname "$0")/lib.sh"

have curl || apt_install curl
answers() { curl --silent --fail --max-time 5 http://127.0.0.1:5000/v2/; }

if ! answers >/dev/null 2>&1; then
  apt_install docker-registry
  conf=/etc/docker/registry/runcache.yml
  storage=/var/lib/runcache-registry
  mkdir -p "$(dirname "$conf")" "$storage"
  cat >"$conf" <<CONF
version: 0.1
log:
  level: warn
storage:
  filesystem:
    rootdirectory: $storage
  delete:
    enabled: true
http:
  addr: 127.0.0.1:5000
CONF
  start_daemon docker-registry docker-registry serve "$conf"
  wait_until 30 answers || { show_log docker-registry; die "the registry did not answer within 30 s"; }
fi
say "answers on 127.0.0.1:5000"
