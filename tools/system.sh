#!/bin/sh
# Installs the system packages that the tests use. The software itself needs none of them.
#
# Debian 12 or a relative, as root. Does nothing, and does not touch the network, when all is there already.
set -eu

wanted=""
# What a package of PostgreSQL's server does when it is installed.
clusters=${CREATECLUSTER_D:-/etc/postgresql-common/createcluster.d}

# need PROGRAM PACKAGE: the package, unless some program of that name is on the path (it may come from elsewhere).
need() {
    command -v "$1" >/dev/null 2>&1 || wanted="$wanted $2"
}

# need_package PACKAGE: for what brings no program.
need_package() {
    dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed || wanted="$wanted $1"
}

need chromium chromium          # opens the page as a reader's browser does
need node nodejs                # holds the page's JavaScript against the vectors
need npm npm                    # fetches the JavaScript implementations that ours is held against
need pdfsig poppler-utils       # checks seals, draws pages
need pdftoppm poppler-utils
need certutil libnss3-tools     # gives pdfsig a store with our demonstration root only
need openssl openssl
need softhsm2-util softhsm2      # a token that is a file

if command -v dpkg-query >/dev/null 2>&1; then
    need_package fonts-hanazono   # rare characters on documents
    need_package fonts-noto-cjk   # Chinese in Chromium's pictures
    # The tests start a server of their own in a temporary folder; its programs are on no path.
    need_package postgresql
    # A python3 of the system's own comes without ensurepip, which makes environments.
    if [ "$(command -v python3)" = /usr/bin/python3 ] && ! python3 -c 'import ensurepip' 2>/dev/null; then
        need_package python3-venv
    fi
fi

wanted=$(printf '%s\n' $wanted | sort -u | tr '\n' ' ')
wanted=${wanted% }
if [ -z "$wanted" ]; then
    echo "make system: nothing to install"
    exit 0
fi

if ! command -v apt-get >/dev/null 2>&1; then
    echo "make system: knows Debian's packages only. Install what gives these, by Debian's names: $wanted" >&2
    exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "make system: needs root. Run: sudo apt-get update && sudo apt-get install --no-install-recommends $wanted" >&2
    exit 1
fi

echo "make system: installing $wanted"
export DEBIAN_FRONTEND=noninteractive
case " $wanted " in
    *" postgresql "*)
        # Debian would make a server for everyone on this machine and start it. Nobody here asked for one.
        mkdir -p "$clusters"
        echo "create_main_cluster = false" > "$clusters/titlecert-tests.conf"
        ;;
esac
apt-get update -q
# shellcheck disable=SC2086  # a list of names
apt-get install -q -y --no-install-recommends $wanted
