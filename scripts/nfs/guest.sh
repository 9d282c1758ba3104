#!/bin/bash
# Runs as the first process of the virtual machine of long-nfs.sh: NFS server, two clients, the scenario, the end.
set -u
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/run LANG=C.UTF-8
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs -o size=2g tmpfs /run
mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /dev/pts /dev/shm /run/netns /run/rpcbind
mount -t tmpfs tmpfs /dev/shm
hostname server
trap 'sync; echo o >/proc/sysrq-trigger; sleep 60' EXIT

here=$(cd "$(dirname "$0")" && pwd)
modprobe -a loop veth bridge nfsd nfs nfsv3 nfsv4

# One bridge, the server on it, and each client behind a cable of its own.
ip link set lo up
ip link add br0 type bridge
ip addr add 10.7.0.1/24 dev br0
ip link set br0 up
for n in 1 2; do
  ip netns add client$n
  ip link add host$n type veth peer name eth0 netns client$n
  ip link set host$n master br0 up
  ip -n client$n link set lo up
  ip -n client$n addr add 10.7.0.1$n/24 dev eth0
  ip -n client$n link set eth0 up
done

mkdir -p /run/export/main /run/export/small
truncate -s 800M /run/disk && mkfs.ext4 -q -F /run/disk && mount -o loop /run/disk /run/export/main
mount -t tmpfs -o size=24m tmpfs /run/export/small
cat >/etc/exports <<EXPORTS
/run/export *(ro,sync,no_subtree_check,fsid=0)
/run/export/main *(rw,sync,no_root_squash,no_subtree_check,fsid=1)
/run/export/small *(rw,sync,no_root_squash,no_subtree_check,fsid=2)
EXPORTS
mount -t nfsd nfsd /proc/fs/nfsd
mount -t rpc_pipefs rpc_pipefs /run/rpc_pipefs 2>/dev/null
echo 10 >/proc/fs/nfsd/nfsv4leasetime
echo 10 >/proc/fs/nfsd/nfsv4gracetime
mkdir -p /var/lib/nfs/v4recovery
rpcbind -w
exportfs -ra
rpc.nfsd 8
rpc.mountd
echo Y >/proc/fs/nfsd/v4_end_grace 2>/dev/null
TMPDIR=/run node "$here/scenario.mjs" /mnt/results/results.json
echo "scenario ended with $?"
