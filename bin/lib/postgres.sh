# shellcheck shell=bash
# PostgreSQL: the one that PGHOST or odoo.conf names, else a private cluster, reachable through a socket in a folder that
# only its owner can enter (so `trust` trusts nobody else, and no port is taken). Everyone who uses it holds a shared lock
# on a file; whoever leaves last stops it. Locks die with their holders, so a killed start leaves no false user behind.

PG_PRIVATE=""
PG_USERS_FD=""

conf_value() { sed -nE "s/^[[:space:]]*$1[[:space:]]*=[[:space:]]*(.*[^[:space:]])[[:space:]]*\$/\\1/p" "${ODOO_RC:-$ROOT/odoo.conf}" | grep -vxE 'False|None' | tail -n 1 || true; }

# Sets and exports PGHOST, PGPORT, PGUSER, PGPASSWORD and starts the private cluster if it is ours to start.
ensure_postgres() {
    local value
    if [[ -z ${PGHOST:-} ]]; then
        value=$(conf_value db_host)
        [[ -z $value ]] || export PGHOST=$value
    fi
    if [[ -n ${PGHOST:-} ]]; then
        for value in port user password; do
            declare -n variable="PG${value^^}"
            if [[ -z ${variable:-} && -n $(conf_value "db_$value") ]]; then
                variable=$(conf_value "db_$value")
                export "PG${value^^}"
            fi
        done
        PG_BIN=$(pg_bin_folder)
        [[ -z $PG_BIN ]] || PATH=$PG_BIN:$PATH
        psql -qtAX -d postgres -c 'SELECT 1' >/dev/null 2>"$CACHE/log/postgres.err" ||
            die "PostgreSQL at $PGHOST does not answer ($(head -n 1 "$CACHE/log/postgres.err" | cut -c1-200)): start it, mend PGHOST/PGUSER/PGPASSWORD, or unset PGHOST to use a private one."
        return
    fi
    PG_PRIVATE=yes
    cluster_paths
    cluster_start
    export PGHOST=$PG_SOCKET PGPORT=5432 PGUSER=loyalty
    PATH=$PG_BIN:$PATH
}

# PostgreSQL refuses to run as root; the user postgres may not be able to enter root's cache, so its data lie under
# /var/lib then, in a folder named after the cache: another LOYALTY_CACHE is another cluster.
cluster_paths() {
    local hash
    hash=$(printf '%s' "$CACHE" | sha256sum | cut -c1-12)
    if is_root; then PG_HOME=/var/lib/loyalty-odoo/$hash; else PG_HOME=$CACHE/postgres; fi
    PG_DATA=$PG_HOME/data
    PG_SOCKET=$PG_HOME/run
    # A socket's path may have 107 characters.
    if ((${#PG_SOCKET} > 85)); then PG_SOCKET=/tmp/loyalty-odoo-$(id -u)-$hash; fi
    PG_BIN=$(pg_bin_folder)
    if [[ -f $PG_DATA/PG_VERSION ]]; then
        local version
        version=$(<"$PG_DATA/PG_VERSION")
        if [[ $("$PG_BIN/postgres" --version) != *" $version."* ]]; then
            PG_BIN=/usr/lib/postgresql/$version/bin
            [[ -x $PG_BIN/postgres ]] ||
                die "The data in $PG_DATA are PostgreSQL $version's, which is not installed: apt-get install postgresql-$version, or move that folder away."
        fi
    fi
    [[ -n $PG_BIN ]] || die "No PostgreSQL server here: install the package postgresql, or set PGHOST."
}

pg_do() { # runs a command as the cluster's owner
    if is_root; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}

cluster_start() {
    mkdir -p "$PG_HOME" 2>/dev/null || die "Can't create $PG_HOME: free space there or mend its rights."
    chmod 700 "$PG_HOME"
    ! is_root || chown postgres: "$PG_HOME"
    exec {PG_USERS_FD}>>"$PG_HOME/users.lock"
    flock -s "$PG_USERS_FD"
    lock postgres
    [[ -f $PG_DATA/PG_VERSION ]] || step "Creating the PostgreSQL cluster" cluster_create
    if ! cluster_answers; then
        cluster_configure
        step "Starting PostgreSQL" cluster_boot
    fi
    unlock postgres
}

cluster_answers() { "$PG_BIN/pg_isready" -q -h "$PG_SOCKET" -p 5432; }

cluster_create() {
    rm -rf "$PG_DATA.new"
    pg_do "$PG_BIN/initdb" -D "$PG_DATA.new" -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8
    echo "include_if_exists = 'loyalty.conf'" >>"$PG_DATA.new/postgresql.conf"
    mv "$PG_DATA.new" "$PG_DATA"
}

# Written at each start, so that a changed machine or a changed script takes effect. Durability stays on: people keep data here.
cluster_configure() {
    local ram
    ram=$(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo)
    cat >"$PG_DATA/loyalty.conf" <<CONF
listen_addresses = ''
port = 5432
unix_socket_directories = '$PG_SOCKET'
max_connections = 200
max_locks_per_transaction = 256
shared_buffers = $((ram / 8 < 1024 ? ram / 8 : 1024))MB
effective_cache_size = $((ram / 2))MB
work_mem = 16MB
maintenance_work_mem = 256MB
max_wal_size = 4GB
random_page_cost = 1.1
jit = off
log_line_prefix = '%m [%p] %d '
CONF
}

# The server must inherit none of our locks, else they would never be freed.
cluster_boot() {
    pg_do mkdir -p -m 700 "$PG_SOCKET"
    (
        close_locks
        pg_do "$PG_BIN/pg_ctl" -s -w -t 60 -D "$PG_DATA" -l "$PG_HOME/postgres.log" start </dev/null
    ) || { tail -n 3 "$PG_HOME/postgres.log"; return 1; }
    pg_do "$PG_BIN/psql" -qX -h "$PG_SOCKET" -p 5432 -U postgres -d postgres <<'SQL'
SELECT 'CREATE ROLE loyalty LOGIN CREATEDB' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'loyalty') \gexec
SQL
}

close_locks() {
    local path
    for path in /proc/self/fd/*; do
        case $(readlink "$path") in
        "$CACHE/lock/"* | "$PG_HOME/users.lock") eval "exec ${path##*/}>&-" ;;
        esac
    done
}

# Stops the private cluster if nobody else uses it.
release_postgres() {
    [[ -n $PG_PRIVATE && -n $PG_USERS_FD ]] || return 0
    local fd
    exec {fd}>"$CACHE/lock/postgres"
    flock "$fd"
    if flock -n -x "$PG_USERS_FD" && cluster_answers; then
        (close_locks && pg_do "$PG_BIN/pg_ctl" -s -w -D "$PG_DATA" -m fast stop) >/dev/null 2>&1 || true
    fi
    exec {fd}>&- {PG_USERS_FD}>&-
    PG_USERS_FD=""
}
