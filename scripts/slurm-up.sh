#!/usr/bin/env bash
# A small real Slurm for tests: a controller and two nodes of this machine on loopback, in a folder of its own. Several
# can run side by side, each with a folder and ports of its own. Prints the line that points programs to it.
#
#   scripts/slurm-up.sh DIR [PORT] [CPUS]     ports PORT to PORT+2 (default 17817); cores of each node (default 2)
#
# Needs root, and slurmctld, slurmd, slurm-client, slurm-wlm-basic-plugins and munge of Debian. Stop it with slurm-down.sh.
set -euo pipefail
dir=$(readlink -m "$1") port=${2:-17817} cpus=${3:-2}
host=$(hostname -s)
mkdir -p "$dir"/{state,run,log,spool-a,spool-b}
chmod 755 "$dir"

if ! [ -s "$dir/munge.key" ]; then
  (umask 077 && head -c 1024 /dev/urandom >"$dir/munge.key")
fi
# munge wants its folders for itself, and a socket that everybody can reach.
mkdir -p "$dir/munge" && chmod 700 "$dir/munge"
munged --force --key-file="$dir/munge.key" --socket="$dir/run/munge.socket" --pid-file="$dir/munge/pid" \
  --log-file="$dir/munge/log" --seed-file="$dir/munge/seed"

cat >"$dir/slurm.conf" <<END
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/run/munge.socket
CredType=cred/munge
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool-%n
SlurmctldPidFile=$dir/run/slurmctld.pid
SlurmdPidFile=$dir/run/slurmd-%n.pid
SlurmctldLogFile=$dir/log/slurmctld
SlurmdLogFile=$dir/log/slurmd-%n
# No cgroups, no MPI, no accounting: none of them is asked for.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
# Nodes may have more cores than this machine, since most tasks of a test sleep.
SlurmdParameters=config_overrides
# Quick decisions: a lost node counts as lost after 10 s without an answer.
SchedulerParameters=sched_interval=2,batch_sched_delay=0,sched_min_interval=0,bf_interval=2
SlurmdTimeout=10
SlurmctldTimeout=10
KillWait=2
ReturnToService=2
NodeName=a NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=$cpus RealMemory=1000
NodeName=b NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=$cpus RealMemory=1000
PartitionName=main Nodes=a,b Default=YES MaxTime=INFINITE State=UP
END
export SLURM_CONF=$dir/slurm.conf

slurmctld
slurmd -N a
slurmd -N b
for _ in $(seq 100); do
  if [ "$(sinfo --noheader --Node --format=%t 2>/dev/null | grep -c idle)" = 2 ]; then
    echo "export SLURM_CONF=$SLURM_CONF"
    exit 0
  fi
  sleep 0.2
done
echo "slurm-up: the nodes are not ready; see $dir/log" >&2
exit 1
