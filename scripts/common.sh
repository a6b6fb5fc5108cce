# Shell functions for several scripts. To be sourced; changes nothing by itself.
# shellcheck shell=bash

die() {
    echo "scripts/$(basename "$0"): $*" >&2
    exit 1
}

as_root() {
    if [[ $(id -u) -eq 0 ]]; then
        "$@"
    else
        command -v sudo > /dev/null || die "needs root or sudo to run: $*"
        sudo "$@"
    fi
}

# A user's PATH may lack the folders of root's programs.
is_installed() { PATH=$PATH:/usr/sbin:/sbin command -v "$1" > /dev/null; }

# Installs Debian's packages of these names. A package may start a service: nothing is started here.
install_debian_packages() {
    local policy=/usr/sbin/policy-rc.d
    [[ $# -gt 0 ]] || return 0
    command -v apt-get > /dev/null || die "no apt-get; install by hand: $*"
    local -a apt_get=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=5)
    echo "installing $*"
    # A shell of its own: its EXIT trap is not the script's.
    (
        if [[ ! -e $policy ]]; then
            trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
            printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" > /dev/null
            as_root chmod +x "$policy"
        fi
        as_root "${apt_get[@]}" update > /dev/null || die "apt-get update has failed"
        as_root "${apt_get[@]}" install -y --no-install-recommends "$@" > /dev/null || die "could not install $*"
    )
}

# A fresh machine may have an empty HOME; the toolchain may be said to be elsewhere.
find_cargo() {
    export HOME=${HOME:-/root}
    export CARGO_HOME=${CARGO_HOME:-$HOME/.cargo}
    export PATH=$CARGO_HOME/bin:$PATH
}

# Cargo's helpers that the tests and a release need, once per machine and user. Unoptimised: that is built in a minute,
# and they run for two seconds.
install_cargo_tool() { # CRATE VERSION
    local tools=${XDG_CACHE_HOME:-$HOME/.cache}/drs-exporter
    export PATH=$tools/bin:$PATH
    if ! grep -qs "^\"$1 $2 " "$tools/.crates.toml"; then
        echo "installing $1 $2"
        cargo install --quiet --locked --debug --config profile.dev.debug=false --root "$tools" "$1@$2" ||
            die "could not install $1 $2"
    fi
}

# What runs the tests, with what they need.
readonly python=target/venv/bin/python

install_python_packages() {
    if ! cmp -s tests/requirements.txt target/venv/installed; then
        python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || die "needs Python 3.11 or newer"
        rm -rf target/venv
        python3 -m venv target/venv
        "$python" -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt ||
            die "could not install tests/requirements.txt"
        cp tests/requirements.txt target/venv/installed
    fi
}
