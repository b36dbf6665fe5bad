#!/bin/sh
# What setup.sh does not do: a practice host that boots with systemd.
set -eu

# The lab lays a password for one host's operator at its first boot.
cat > /etc/systemd/system/lab-password.service <<'UNIT'
[Unit]
Description=Password of the practice lab's operator
ConditionPathExists=/etc/lab-password
Before=ssh.service

[Service]
Type=oneshot
ExecStart=/bin/sh -c 'chpasswd < /etc/lab-password && rm /etc/lab-password'

[Install]
WantedBy=multi-user.target
UNIT
systemctl enable lab-password.service

systemctl set-default multi-user.target
systemctl mask apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer \
    dpkg-db-backup.timer getty.target systemd-resolved.service
