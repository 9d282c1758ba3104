#!/usr/bin/env bash
# A SLURM cluster of one node on this machine: munged, slurmctld and slurmd, no accounting database.
ENGINE=slurm
. "$(dirname "$0")/lib.sh"

answers() { [ "$(timeout 5 sinfo --noheader --format=%T)" = idle ] || timeout 5 sinfo --noheader --format=%T | grep -Eq 'mixed|allocated'; }

write_conf() {
  if [ -e /etc/slurm/slurm.conf ] && ! grep -q '^# written by runcache' /etc/slurm/slurm.conf; then
    die "/etc/slurm/slurm.conf belongs to another cluster, which does not answer"
  fi
  local host cpus memory_mib
  host=$(hostname -s)
  cpus=$(nproc)
  memory_mib=$(awk '/MemTotal/ { print int($2 / 1024 * 0.9) }' /proc/meminfo)
  mkdir -p /etc/slurm /var/spool/slurmctld /var/spool/slurmd
  cat >/etc/slurm/slurm.conf <<CONF
# written by runcache scripts/engines/slurm.sh
ClusterName=runcache
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
StateSaveLocation=/var/spool/slurmctld
SlurmdSpoolDir=/var/spool/slurmd
SlurmctldPidFile=/run/slurmctld.pid
SlurmdPidFile=/run/slurmd.pid
SlurmctldLogFile=$LOG_DIR/slurmctld.log
SlurmdLogFile=$LOG_DIR/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
MpiDefault=none
SwitchType=switch/none
# Finished jobs stay visible to squeue and scontrol for a minute, as on real clusters.
MinJobAge=60
SchedulerParameters=sched_interval=1,batch_sched_delay=0
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=$memory_mib State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
}

if ! answers >/dev/null 2>&1; then
  apt_install slurm-wlm munge
  mkdir -p "$LOG_DIR" /run/munge
  if ! timeout 5 munge --no-input >/dev/null 2>&1; then
    [ -s /etc/munge/munge.key ] || mungekey --create --keyfile /etc/munge/munge.key
    chown -R munge: /run/munge /etc/munge /var/lib/munge /var/log/munge
    say "starting munged"
    setpriv --reuid=munge --regid=munge --clear-groups munged --force </dev/null
    wait_until 20 munge --no-input || die "munged did not answer within 20 s"
  fi
  write_conf
  pgrep -x slurmctld >/dev/null || start_daemon slurmctld slurmctld -D
  pgrep -x slurmd >/dev/null || start_daemon slurmd slurmd -D
  wait_until 60 answers || {
    show_log slurmctld
    show_log slurmd
    die "the node was not idle within 60 s"
  }
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
timeout 120 sbatch --quiet --wait --output="$work/out" --wrap 'echo submitted' || die "sbatch --wait failed"
[ "$(cat "$work/out")" = submitted ] || die "the job's output did not arrive"
say "$(sinfo --version): sbatch --wait works"
