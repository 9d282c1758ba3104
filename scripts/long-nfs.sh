#!/usr/bin/env bash
# Tries the cache on a network file system with two real clients: a virtual machine (QEMU, no KVM needed) that has
# this machine's root read-only below an overlay, an NFS server in it, and two clients in network namespaces of
# their own. Writes the dated results to test/faults/long. On a Debian machine, as root; ten to twenty minutes.
# Usage: scripts/long-nfs.sh [SECONDS to wait for the machine, 1800]
set -euo pipefail
ENGINE=nfs
here=$(cd "$(dirname "$0")" && pwd)
. "$here/engines/lib.sh"

apt_install qemu-system-x86 seabios busybox-static linux-image-amd64 nfs-kernel-server nfs-common rpcbind iproute2 e2fsprogs
kernel=$(find /boot -name 'vmlinuz-*' | sort -V | tail -n 1)
version=${kernel#/boot/vmlinuz-}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# What the machine needs before it sees its root.
modules() {
  local module
  for module in virtio_pci 9pnet_virtio 9p overlay; do modprobe -S "$version" --show-depends "$module"; done |
    awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}
tree=$scratch/initrd
mkdir -p "$tree"/{bin,modules,proc,sys,dev,lower,rw,system}
cp "$(command -v busybox)" "$tree/bin/busybox"
modules | while read -r file; do
  cp "$file" "$tree/modules/"
  echo "insmod /modules/$(basename "$file")"
done >"$scratch/load"
{
  cat <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev
INIT
  cat "$scratch/load"
  cat <<INIT
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,ro,cache=loose root /lower
mount -t tmpfs tmpfs /rw; mkdir /rw/upper /rw/work
mount -t overlay -o lowerdir=/lower,upperdir=/rw/upper,workdir=/rw/work overlay /system
mkdir -p /system/mnt/results; mount -t 9p -o trans=virtio,version=9p2000.L results /system/mnt/results
umount /proc /sys
exec switch_root /system $here/nfs/guest.sh
INIT
} >"$tree/init"
chmod +x "$tree/init"
(cd "$tree" && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1) >"$scratch/initrd.gz"

mkdir "$scratch/results"
say "starting a machine with Linux $version; its console is $LOG_DIR/nfs-machine.log"
mkdir -p "$LOG_DIR"
timeout "${1:-1800}" qemu-system-x86_64 -accel tcg -cpu max -smp 2 -m 4096 -nographic -no-reboot \
  -kernel "$kernel" -initrd "$scratch/initrd.gz" -append "console=ttyS0 quiet panic=-1 random.trust_cpu=on" \
  -fsdev local,id=root,path=/,security_model=none,readonly=on,multidevs=remap -device virtio-9p-pci,fsdev=root,mount_tag=root \
  -fsdev local,id=results,path="$scratch/results",security_model=none -device virtio-9p-pci,fsdev=results,mount_tag=results \
  </dev/null >"$LOG_DIR/nfs-machine.log" 2>&1 || { show_log nfs-machine; die "the machine did not end in time"; }

[ -s "$scratch/results/results.json" ] || { show_log nfs-machine; die "the machine ended without results"; }
node "$here/nfs/report.mjs" "$scratch/results/results.json"
