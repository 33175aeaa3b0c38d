# shellcheck shell=bash
# To be sourced: installs the Debian packages that the tests need. With $proves,
# also those of the proof, which has servers of its own, whatever URL is set.

# An ordinary user of Debian lacks this directory, which holds the servers.
PATH=$PATH:/usr/sbin

# The directory of PostgreSQL's server programs. Debian keeps them out of PATH,
# where there may be others; hers fit the libpq that is linked.
postgres_bin() {
    local initdb
    initdb=$(printf '%s\n' /usr/lib/postgresql/*/bin/initdb | sort -V | tail -n 1)
    [[ -x $initdb ]] || initdb=$(command -v initdb) || return
    dirname "$initdb"
}

have() {
    command -v "$1" >/dev/null
}

missing_packages() {
    have cc || echo build-essential
    have pkg-config || echo pkg-config
    # Without pkg-config these fail too, rightly: the builds find them by it.
    pkg-config --exists libpq 2>/dev/null || echo libpq-dev
    pkg-config --exists libmariadb 2>/dev/null || echo libmariadb-dev

    if [[ ${proves-} || ! ${OPTLOCK_POSTGRES_URL-} ]]; then
        postgres_bin >/dev/null || echo postgresql
    fi
    if [[ ! ${OPTLOCK_PGBOUNCER_URL-} ]]; then
        have pgbouncer || echo pgbouncer
    fi
    if [[ ${proves-} || ! ${OPTLOCK_POSTGRES_URL-} || ! ${OPTLOCK_PGBOUNCER_URL-} ]]; then
        have psql || echo postgresql-client
    fi
    if [[ ${proves-} || ! ${OPTLOCK_MYSQL_URL-} ]]; then
        have mariadbd || echo mariadb-server
    fi
    if [[ ${proves-} ]]; then
        compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null || echo libfaketime
    fi
}

as_root() {
    if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

apt_install() (
    policy=/usr/sbin/policy-rc.d
    # This keeps the packages from starting services of the system, which
    # nobody asked for. A machine that has such a policy keeps its own.
    if [[ ! -e $policy ]]; then
        trap 'as_root rm -f "$policy"' EXIT
        as_root sh -c "printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy" || return
    fi
    as_root apt-get update &&
        # --no-remove: MariaDB would otherwise replace an installed MySQL.
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes \
            --no-install-recommends --no-remove -o DPkg::Lock::Timeout=300 "$@"
)

install_packages() {
    if ! have cargo; then
        echo 'cargo is missing: install Rust from https://rustup.rs' >&2
        exit 1
    fi

    local packages
    mapfile -t packages < <(missing_packages)
    ((${#packages[@]})) || return 0

    echo "Missing packages: ${packages[*]}"
    if ! have apt-get; then
        echo 'This is not Debian or Ubuntu.' >&2
    elif ((EUID != 0)) && ! have sudo; then
        echo 'This needs root or sudo.' >&2
    elif apt_install "${packages[@]}"; then
        return
    fi
    cat >&2 <<END
Install this by hand:
    apt-get install ${packages[*]}
A database that is reachable elsewhere needs no server here: set
OPTLOCK_POSTGRES_URL, OPTLOCK_PGBOUNCER_URL or OPTLOCK_MYSQL_URL to its URL.
END
    exit 1
}
