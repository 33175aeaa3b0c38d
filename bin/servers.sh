# shellcheck shell=bash
# To be sourced after packages.sh: throwaway database servers on 127.0.0.1.
#
# Each start_* function exports the URL of its server as OPTLOCK_*_URL. The
# caller has to call stop_servers in the end, best by a trap on EXIT.

servers_dir=
declare -A stop_signals=() # by the process id of the server

# Servers refuse to run as root.
unprivileged=()
if ((EUID == 0)); then
    unprivileged=(setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups)
fi

make_servers_dir() {
    [[ ! $servers_dir ]] || return 0
    # Not in TMPDIR, which may be long: 107 bytes are the limit for a socket.
    servers_dir=$(mktemp -d /tmp/optlock.XXXXXX)
    if ((EUID == 0)); then chown nobody: "$servers_dir"; fi
}

stop_servers() {
    trap '' HUP INT TERM
    local pid
    for pid in "${!stop_signals[@]}"; do
        kill -s "${stop_signals[$pid]}" "$pid" 2>/dev/null || true
    done
    # Bash would report each killed server on stderr.
    wait 2>/dev/null
    if [[ $servers_dir ]]; then rm -rf "$servers_dir"; fi
}

# server_failed NAME: ends the script with the reason.
server_failed() {
    tail -n 30 "$servers_dir/$1.log" >&2
    cat >&2 <<END

$1 did not start; the end of its log is above.
Solve that, or set OPTLOCK_POSTGRES_URL, OPTLOCK_PGBOUNCER_URL or
OPTLOCK_MYSQL_URL to use a server which is running.
END
    exit 1
}

# start_server NAME SIGNAL: runs run_NAME on a free port, sets $port to that and
# waits until ping_NAME succeeds. SIGNAL stops the server at once.
start_server() {
    local name=$1 signal=$2 deadline=$((SECONDS + 60)) pid
    for _ in {1..5}; do
        # A taken port makes the server exit. These are below the ones that the
        # kernel gives to clients.
        port=$((20000 + RANDOM % 12000))
        "run_$name" </dev/null >>"$servers_dir/$name.log" 2>&1 &
        pid=$!
        stop_signals[$pid]=$signal
        while kill -0 "$pid" 2>/dev/null; do
            if "ping_$name" &>/dev/null; then return; fi
            ((SECONDS < deadline)) || break 2
            sleep 0.1
        done
        unset "stop_signals[$pid]"
    done
    server_failed "$name"
}

# exec_server SIGNAL COMMAND...: SIGNAL also stops the server if the script is
# killed so that it cannot do it.
exec_server() {
    cd "$servers_dir" || exit
    exec "${unprivileged[@]}" setpriv --pdeathsig "$1" -- "${@:2}"
}

run_postgres() {
    exec_server QUIT "$(postgres_bin)/postgres" -D postgres -p "$port" \
        -k "$servers_dir" -c listen_addresses=127.0.0.1 -c max_connections=200 \
        -c fsync=off -c synchronous_commit=off -c full_page_writes=off
}

# Through its socket: somebody else's server might answer at the port.
postgres_client() {
    timeout 10 psql -Xwq -h "$servers_dir" -p "$port" -U postgres -c "$1"
}

ping_postgres() {
    postgres_client 'SELECT 1'
}

start_postgres() {
    make_servers_dir
    (
        cd "$servers_dir"
        "${unprivileged[@]}" "$(postgres_bin)/initdb" -D postgres -U postgres \
            --auth=trust --encoding=UTF8 --locale=C --no-sync
    ) &>"$servers_dir/postgres.log" || server_failed postgres
    start_server postgres QUIT
    postgres_client 'CREATE DATABASE optlock'
    export OPTLOCK_POSTGRES_URL=postgres://postgres@127.0.0.1:$port/optlock
}

# PgBouncer keeps the prepared statements of its clients apart from 1.21 on, where max_prepared_statements is
# above 0. Older ones refuse the setting.
keeps_statements_apart() {
    [[ $(pgbouncer --version) =~ PgBouncer\ 1\.([0-9]+) ]] && ((BASH_REMATCH[1] >= 21))
}

# exec_pgbouncer NAME STATEMENTS: so many statements it keeps apart.
exec_pgbouncer() {
    local prepared=
    if keeps_statements_apart; then prepared="max_prepared_statements = $2"; fi
    # So few connections that clients have to share them; and no socket, because
    # with one PgBouncer goes on when its port is taken.
    cat >"$servers_dir/$1.ini" <<END
[databases]
optlock_session = $server dbname=$database pool_mode=session pool_size=20
* = $server
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $port
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
max_client_conn = 200
query_wait_timeout = 30
ignore_startup_parameters = extra_float_digits
$prepared
END
    chmod 644 "$servers_dir/$1.ini"
    exec_server KILL pgbouncer "$1.ini"
}

run_pgbouncer() {
    exec_pgbouncer pgbouncer 0
}

run_pgbouncer_prepared() {
    exec_pgbouncer pgbouncer_prepared 200
}

# ping_pooler NAME: the log tells that it is not somebody else's server which answers at the port.
ping_pooler() {
    grep -q "listening on 127.0.0.1:$port" "$servers_dir/$1.log" &&
        timeout 10 psql -Xw -h 127.0.0.1 -p "$port" -U "$user" -d "$database" -c 'SELECT 1'
}

ping_pgbouncer() {
    ping_pooler pgbouncer
}

ping_pgbouncer_prepared() {
    ping_pooler pgbouncer_prepared
}

# Puts PgBouncer in front of OPTLOCK_POSTGRES_URL; and a second one, which keeps prepared statements apart, if
# it can.
start_pgbouncer() {
    make_servers_dir
    local part="[^]/:@?%'[]+" server user database
    if [[ ! $OPTLOCK_POSTGRES_URL =~ ^postgres(ql)?://($part)(:($part))?@($part)(:([0-9]+))?/($part) ]]; then
        cat >&2 <<'END'
OPTLOCK_POSTGRES_URL is not of the simple form
    postgres://USER[:PASSWORD]@HOST[:PORT]/DATABASE
Set OPTLOCK_PGBOUNCER_URL to the URL of a PgBouncer in front of it.
END
        exit 1
    fi
    user=${BASH_REMATCH[2]}
    database=${BASH_REMATCH[8]}
    server="host=${BASH_REMATCH[5]} port=${BASH_REMATCH[7]:-5432} user=$user"
    server+=${BASH_REMATCH[4]:+" password='${BASH_REMATCH[4]}'"}
    start_server pgbouncer KILL
    export OPTLOCK_PGBOUNCER_URL=postgres://$user@127.0.0.1:$port/$database
    if keeps_statements_apart; then
        start_server pgbouncer_prepared KILL
        export OPTLOCK_PGBOUNCER_PREPARED_URL=postgres://$user@127.0.0.1:$port/$database
    fi
}

mariadb_client() {
    timeout 10 mariadb --no-defaults --socket="$servers_dir/mariadb.sock" -u root -e "$1"
}

run_mariadb() {
    exec_server KILL mariadbd --no-defaults --datadir="$servers_dir/mariadb" \
        --socket="$servers_dir/mariadb.sock" --bind-address=127.0.0.1 --port="$port" \
        --max-connections=200 --innodb-flush-log-at-trx-commit=0 \
        --debug-no-sync --innodb-flush-method=nosync --tmpdir="$servers_dir/temporary"
}

ping_mariadb() {
    mariadb_client 'SELECT 1'
}

start_mariadb() {
    make_servers_dir
    (
        cd "$servers_dir"
        # A MariaDB that starts removes the temporary tables of others in its directory.
        "${unprivileged[@]}" mkdir temporary
        "${unprivileged[@]}" mariadb-install-db --no-defaults --skip-test-db --tmpdir="$servers_dir/temporary" \
            --auth-root-authentication-method=normal --datadir="$servers_dir/mariadb"
    ) &>"$servers_dir/mariadb.log" || server_failed mariadb
    start_server mariadb KILL
    mariadb_client 'CREATE DATABASE optlock'
    export OPTLOCK_MYSQL_URL=mysql://root@127.0.0.1:$port/optlock
}
