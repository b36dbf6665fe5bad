#!/bin/sh
# What setup.sh does not do: a practice host that boots with SysV init, laid out as Red Hat's were.
set -eu

mkdir -p /etc/rc.d
mv /etc/init.d /etc/rc.d/init.d
ln -s rc.d/init.d /etc/init.d
for level in 0 1 2 3 4 5 6; do
    mv "/etc/rc$level.d" "/etc/rc.d/rc$level.d"
    ln -s "rc.d/rc$level.d" "/etc/rc$level.d"
done
printf '#!/bin/sh\ntouch /var/lock/subsys/local\n' > /etc/rc.d/rc.local
ln -sf rc.d/rc.local /etc/rc.local
rm -f /etc/rc.d/rc?.d/[SK]??rc.local
ln -s ../rc.local /etc/rc.d/rc3.d/S99local
chmod 755 /etc/rc.d/rc /etc/rc.d/rc.sysinit /etc/rc.d/rc.local /sbin/chkconfig
mkdir -p /var/lock/subsys

cat > /etc/inittab <<'INITTAB'
id:3:initdefault:
si::sysinit:/etc/rc.d/rc.sysinit
l0:0:wait:/etc/rc.d/rc 0
l3:3:wait:/etc/rc.d/rc 3
l5:5:wait:/etc/rc.d/rc 5
l6:6:wait:/etc/rc.d/rc 6
# How Podman asks for an end.
ca::ctrlaltdel:/sbin/init 0
INITTAB
