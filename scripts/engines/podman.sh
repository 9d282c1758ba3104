#!/usr/bin/env bash
# Podman with runc: crun refuses the cgroup mode of small test machines. catatonit is its `--init`.
ENGINE=podman
. "$(dirname "$0")/lib.sh"

apt_install podman runc catatonit uidmap

# The nested limits of a machine without systemd are lower than podman's defaults.
conf=/etc/containers/containers.conf
if [ ! -e "$conf" ] || ! grep -q '^# written by runcache' "$conf"; then
  [ -e "$conf" ] && cp "$conf" "$conf.before-runcache"
  cat >"$conf" <<'CONF'
# written by runcache scripts/engines/podman.sh
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=512:512"]
netns = "none"

[engine]
runtime = "runc"
events_logger = "file"
cgroup_manager = "cgroupfs"
CONF
  say "wrote $conf"
fi

# The loopback registry speaks plain HTTP.
mkdir -p /etc/containers/registries.conf.d
cat >/etc/containers/registries.conf.d/runcache-loopback.conf <<'CONF'
[[registry]]
location = "localhost:5000"
insecure = true

[[registry]]
location = "127.0.0.1:5000"
insecure = true
CONF

# An ordinary user, for Podman without root. The image is loaded by images.sh.
user=runcache-test
id "$user" >/dev/null 2>&1 || useradd --create-home "$user"
for file in /etc/subuid /etc/subgid; do
  grep -q "^$user:" "$file" 2>/dev/null || echo "$user:200000:65536" >>"$file"
done

version=$(timeout 60 podman version --format '{{.Client.Version}}') || die "podman does not answer"
say "client $version"
