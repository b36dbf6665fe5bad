#!/bin/sh
# Turns a fresh Debian root into a practice host; run inside it, once, by both image builders.
set -eu

# Hosts have no internet: packages come from /opt/packages, which the builder has filled.
cd /opt/packages
for deb in *.deb; do
    dpkg-deb -f "$deb"
    echo "Filename: ./$deb"
    echo "Size: $(stat -c %s "$deb")"
    echo "SHA256: $(sha256sum "$deb" | cut -d' ' -f1)"
    echo
done > Packages
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /etc/apt/auth.conf.d/* /var/lib/apt/lists/*
echo 'deb [trusted=yes] file:/opt/packages ./' > /etc/apt/sources.list
: > /etc/resolv.conf

# The operator is not root. Without a file in sudoers.d the group asks for the password.
# Debian already has a group of that name.
useradd --create-home --shell /bin/bash --gid operator --groups sudo operator
install -d -m 755 /etc/ssh/authorized_keys
rm -f /etc/ssh/ssh_host_*
cat > /etc/ssh/sshd_config.d/lab.conf <<'SSHD'
HostKey /etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile /etc/ssh/authorized_keys/%u
PasswordAuthentication no
UseDNS no
SSHD
: > /etc/machine-id
