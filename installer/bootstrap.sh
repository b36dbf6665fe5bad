#!/bin/sh
# Makes this machine ready for Catherd: the system packages that are missing, and .venv.
# A second call finds its stamp and returns at once. YES=1, or no terminal: asks nothing.
# TESTS=1 also brings what only the tests need.
# PYTHON names the interpreter to use; otherwise the first that is new enough is taken.
set -eu
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin # where a plain user's shell does not look for iptables
part=.venv.part
pip=''

say() { printf '%s\n' "$*"; }
fail() {
    printf '%s\n' "$@" >&2
    exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

clear_up() {
    [ -z "$pip" ] || kill "$pip" 2>/dev/null || :
    [ -z "$pip" ] || wait "$pip" 2>/dev/null || :
    rm -rf "$part"
}

# --- what is missing ---------------------------------------------------------------------

missing='' # names of packages
reasons='' # a line for each

want() { # want PACKAGE WHY: note a package that has to be installed
    missing="$missing $1"
    reasons="$reasons$(printf '  %-15s %s' "$1" "$2")
"
}

helper() { # Podman keeps its helpers out of PATH
    for directory in /usr/lib/podman /usr/libexec/podman /usr/local/lib/podman; do
        [ ! -x "$directory/$1" ] || return 0
    done
    has "$1"
}

look_for_tools() {
    has podman || want podman 'runs the hosts of the practice lab'
    has runc || want runc 'starts them where the kernel has old control groups'
    helper netavark || want netavark 'connects them'
    helper aardvark-dns || want aardvark-dns 'lets them find each other by name'
    has iptables || want iptables 'opens their ports on 127.0.0.1'
    has mmdebstrap || want mmdebstrap 'builds their image from Debian packages'
    has ssh || want openssh-client 'makes the keys of the lab, and enters its hosts'
    has tar || want tar 'packs and unpacks archives'
    has gzip || want gzip 'packs and unpacks archives'
    [ "${TESTS:-}" != 1 ] || has tmux || want tmux 'is the terminal in which tests use the wizard'
    [ "${TESTS:-}" != 1 ] || has chromium || want chromium 'is the browser in which tests read exported pages'
    [ "${TESTS:-}" != 1 ] || has shellcheck || want shellcheck 'reads the scripts that hosts are given'
    [ "${TESTS:-}" != 1 ] || has unzipsfx || want unzip 'makes archives like those of old JDKs'
    if [ "$(id -u)" != 0 ]; then
        has newuidmap || want uidmap 'lets a user who is not root run hosts'
        has slirp4netns || want slirp4netns 'connects the hosts of a user who is not root'
    fi
}

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
has_venv() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

find_python() { # sets python to an interpreter that can make .venv, or notes what it lacks
    python=''
    old=''
    for candidate in ${PYTHON:+"$PYTHON"} python3 /usr/bin/python3 \
        python3.14 python3.13 python3.12 python3.11; do
        has "$candidate" || continue
        if ! new_enough "$candidate"; then
            old=$old${old:+, }$("$candidate" -V 2>&1 | head -n 1)
        elif has_venv "$candidate"; then
            python=$("$candidate" -c 'import sys; print(sys.executable)')
            return
        fi
    done
    if new_enough /usr/bin/python3; then
        want python3-venv 'makes .venv, the place for Python libraries'
    elif [ -z "$old" ]; then
        want python3 'runs Catherd'
        want python3-venv 'makes .venv, the place for Python libraries'
    else
        fail 'Catherd needs Python 3.11 or newer.' "Found: $old." \
            'Debian 12 and Ubuntu 24.04 have it. Install it beside the old one, then name it:' \
            '  PYTHON=/path/to/python3.12 make setup'
    fi
}

# --- install it --------------------------------------------------------------------------

install_packages() {
    has apt-get || fail 'These programs are missing, and there is no apt-get to install them:' \
        "$reasons" 'Install them as this system does it, then start again.'
    command="apt-get install --no-install-recommends$missing"
    as_root=''
    if [ "$(id -u)" != 0 ]; then
        has sudo || fail 'These packages are missing:' "$reasons" \
            'Only root may install them:' "  $command"
        as_root=sudo
    fi
    say 'These system packages are missing:' && printf '%s' "$reasons"
    if [ "${YES:-}" != 1 ] && [ -t 0 ] && [ -t 1 ]; then
        printf 'Install them now? [Y/n] '
        read -r answer || answer=n
        case $answer in
        '' | [Yy]*) ;;
        *) fail 'Nothing was installed. When you are ready:' "  ${as_root:+sudo }$command" ;;
        esac
    else
        as_root=${as_root:+sudo -n}
    fi
    say 'Installing them:'
    # shellcheck disable=SC2016,SC2086 # words are meant to be split, variables to reach the inner sh
    $as_root env DEBIAN_FRONTEND=noninteractive sh -c '
        set -e
        wait="-o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0"
        apt-get -qq $wait update || echo "apt-get update had trouble; trying with what is known." >&2
        apt-get -q -y $wait install --no-install-recommends "$@"
    ' sh $missing </dev/null || fail 'The packages could not be installed. To see why:' \
        "  ${as_root:+sudo }$command"
}

make_venv() {
    say "Making .venv with $("$python" -V) ($python)."
    rm -rf "$part"
    mkdir "$part"
    printf '*\n' >"$part/.gitignore"
    "$python" -m venv "$part" >"$part/log" 2>&1 ||
        fail "$(tail -n 5 "$part/log")" '.venv could not be made.'
    total=$(grep -c == .ci/requirements.lock)
    say "Bringing $total Python libraries, each checked against its checksum."
    "$part/bin/python" -m pip install --disable-pip-version-check --no-input \
        --progress-bar off --no-deps --require-hashes -r .ci/requirements.lock >"$part/log" 2>&1 &
    pip=$!
    shown=0
    installing=''
    while kill -0 "$pip" 2>/dev/null; do
        sleep 1
        seen=$(grep -c '^Collecting ' "$part/log") || :
        if grep -q '^Installing collected' "$part/log"; then
            [ -n "$installing" ] || say '  all are here; installing them'
            installing=yes
        elif [ "$((seen - shown))" -ge 10 ]; then
            say "  $seen of $total"
            shown=$seen
        fi
    done
    wait "$pip" || fail "$(grep -v '^Collecting\|^  ' "$part/log" | tail -n 15)" \
        'The Python libraries could not be installed.' \
        'Is there a way to the package index from here (PIP_INDEX_URL, HTTPS_PROXY)?'
    pip=''
    "$part/bin/python" -m pip install --disable-pip-version-check --quiet --no-input \
        --no-deps --no-build-isolation -e .
    # Scripts know the interpreter by its path; from now on that is another.
    here=$(pwd -P)
    grep -lIF "$here/$part" "$part"/bin/* "$part/pyvenv.cfg" | while read -r script; do
        sed -i "s|$here/$part|$here/.venv|g" "$script"
    done
    printf '%s\n' "$stamp" >"$part/setup"
    rm -rf .venv
    mv "$part" .venv
}

# --- all of it ---------------------------------------------------------------------------

stamp=$(pwd -P | cat - .ci/requirements.lock pyproject.toml installer/bootstrap.sh | sha256sum)
ready() {
    [ -x .venv/bin/python ] && [ -x .venv/bin/catherd ] &&
        [ "$(cat .venv/setup 2>/dev/null)" = "$stamp" ]
}

look_for_tools
if [ -z "$missing" ] && ready; then exit 0; fi

trap clear_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
if has flock; then # only one at a time; the lock is on the directory itself
    exec 9<.
    flock -n 9 || { say 'Another setup is at work here: waiting for it.' && flock 9; }
fi
ready || find_python
[ -z "$missing" ] || install_packages
if ! ready; then
    missing=''
    find_python
    [ -n "$python" ] || fail 'There is still no Python 3.11 or newer that can make .venv.' "$reasons"
    make_venv
fi
say 'Catherd is ready: .venv/bin/catherd'
