#!/usr/bin/env bash
# Small images for the container tests, made here from Debian's static busybox. Docker imports them and podman loads
# Docker's own archive, so that both engines hold the same configuration digest.
#   runcache-test/busybox:1, :2   a shell and the busybox applets; /etc/runcache-test holds the tag
#   runcache-test/bash:1          the same with bash
#   runcache-test/entrypoint:1    ENTRYPOINT /bin/false, USER 1234, WORKDIR /nowhere: what a runner must override
#   runcache-test/noshell:1       one static program (`/bin/echo`) and no shell at all
ENGINE=images
. "$(dirname "$0")/lib.sh"

have docker || die "needs docker: run setup-engines.sh docker first"
have podman || die "needs podman: run setup-engines.sh podman first"
apt_install busybox-static bash-static

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# root_fs DIRECTORY TAG: a root file system with every busybox applet.
root_fs() {
  mkdir -p "$1"/{bin,dev,etc,proc,sys,tmp,root,usr/bin,var/tmp}
  chmod 1777 "$1/tmp" "$1/var/tmp"
  cp /bin/busybox "$1/bin/busybox"
  local applet
  for applet in $(/bin/busybox --list); do
    [ "$applet" = busybox ] || ln -s busybox "$1/bin/$applet"
  done
  ln -s ../../bin/env "$1/usr/bin/env"
  echo 'root:x:0:0:root:/root:/bin/sh' >"$1/etc/passwd"
  echo 'root:x:0:' >"$1/etc/group"
  echo "$2" >"$1/etc/runcache-test"
}

# import_image NAME DIRECTORY [CHANGE…]
import_image() {
  local name=$1 root=$2 changes=()
  shift 2
  for change in "$@"; do changes+=(--change "$change"); done
  tar -C "$root" --numeric-owner --owner=0 --group=0 -c . | docker import "${changes[@]}" - "$name" >/dev/null
  say "made $name"
}

docker_id() { docker image inspect --format '{{.Id}}' "$1" 2>/dev/null; }
podman_id() { podman image inspect --format 'sha256:{{.Id}}' "$1" 2>/dev/null; }

make_image() {
  local name=$1 root=$work/$1
  case $name in
    runcache-test/busybox:*) root_fs "$root" "${name##*:}" && import_image "$name" "$root" 'CMD ["sh"]' ;;
    runcache-test/bash:*) root_fs "$root" bash && cp /bin/bash-static "$root/bin/bash" && import_image "$name" "$root" 'CMD ["bash"]' ;;
    runcache-test/entrypoint:*)
      root_fs "$root" entrypoint
      import_image "$name" "$root" 'ENTRYPOINT ["/bin/false"]' 'USER 1234' 'WORKDIR /nowhere'
      ;;
    runcache-test/noshell:*)
      # busybox answers to the name it is called by; under the name `echo` it is no shell.
      mkdir -p "$root/bin" && cp /bin/busybox "$root/bin/echo" && import_image "$name" "$root" 'CMD ["echo", "hello"]'
      ;;
  esac
}

for name in runcache-test/busybox:1 runcache-test/busybox:2 runcache-test/bash:1 runcache-test/entrypoint:1 runcache-test/noshell:1; do
  docker_id "$name" >/dev/null || make_image "$name"
  if [ "$(podman_id "$name")" != "$(docker_id "$name")" ]; then
    docker save "$name" | podman load --quiet >/dev/null
  fi
  [ "$(podman_id "$name")" = "$(docker_id "$name")" ] || die "docker and podman disagree about $name"
done

# The user for Podman without root has a store of their own.
user=runcache-test
rootless() { (cd / && setpriv --reuid="$user" --regid="$user" --init-groups env -i HOME="$(getent passwd "$user" | cut -d: -f6)" PATH="$PATH" podman "$@"); }
if ! rootless image exists runcache-test/busybox:1; then
  docker save runcache-test/busybox:1 | rootless load --quiet >/dev/null
  say "loaded runcache-test/busybox:1 for $user"
fi

# A store that lists images may still not run them.
[ "$(docker run --rm --network none runcache-test/busybox:1 cat /etc/runcache-test)" = 1 ] || die "docker run does not work"
[ "$(podman run --rm --network none runcache-test/busybox:2 cat /etc/runcache-test)" = 2 ] || die "podman run does not work"
say "docker run and podman run work"
