# Prepare the mount and network namespaces of a test node. Run once inside them: namespace.sh STATE ADDRESS
set -eu
state=$1 address=$2
# kubelet, containerd and runc write to fixed places: keep these files inside, to be deleted with the namespace.
mount --bind "$state" /mnt
mount -t tmpfs none /run
mount -t tmpfs none /var/log
mount -t tmpfs none /var/lib
mkdir -p "$state"
mount --move /mnt "$state"
# Volumes of pods must reach the containers.
mount --make-rshared /
# The kubelet writes these; the machine's own must stay as they are.
for setting in vm/overcommit_memory:1 kernel/panic:10 kernel/panic_on_oops:1; do
  file=$state/$(echo "${setting%%:*}" | tr / _)
  echo "${setting##*:}" > "$file"
  mount --bind "$file" "/proc/sys/${setting%%:*}"
done
ip link set lo up
ip link add node0 type bridge
ip address add "$address/24" dev node0
ip link set node0 up
# Nothing is there to answer; but programs that look for a default route find one.
ip route add default via "${address%.*}.254" dev node0 onlink
echo 1 > /proc/sys/net/ipv4/ip_forward
