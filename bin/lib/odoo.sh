# shellcheck shell=bash
# Odoo with this project's configuration, and the databases it lives in.

# ready [test]: everything that a command needs to run Odoo.
ready() {
    open_cache
    trap finish EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    ensure_packages "${1:-}"
    ensure_odoo
    ensure_venv "${1:-}"
    odoo_environment
    ensure_postgres
}

finish() {
    local rc=$?
    trap '' INT TERM HUP
    stop_step
    if declare -F on_finish >/dev/null; then on_finish; fi
    release_postgres
    exit "$rc"
}

# Odoo reads its options from the environment, so any of its commands can be called as they are.
odoo_environment() {
    export ODOO_RC=${ODOO_RC:-$ROOT/odoo.conf}
    export ODOO_ADDONS_PATH=$ROOT/addons${ODOO_ADDONS:+,$ODOO_ADDONS}
    export ODOO_DATA_DIR=${ODOO_DATA_DIR:-$CACHE/data}
    # shellcheck disable=SC2153  # set by ensure_odoo
    export PYTHONPATH=$ODOO_LIB${PYTHONPATH:+:$PYTHONPATH}
    export PATH=$VENV/bin:$PATH
    export ODOO_BIN VIRTUAL_ENV=$VENV
    [[ -n ${LC_ALL:-}${LANG:-} ]] || export LC_ALL=C.UTF-8
}

odoo() { "$VENV/bin/python" "$ODOO_BIN" "$@"; }

# child COMMAND...: runs a command in the foreground until it ends, and passes on what ends us.
child() {
    local rc=0
    if [[ -t 0 ]]; then
        trap : INT
        "$@" || rc=$?
    else
        "$@" <&0 &
        CHILD=$!
        trap 'kill -INT "$CHILD" 2>/dev/null' INT
        trap 'kill -TERM "$CHILD" 2>/dev/null' TERM HUP
        wait "$CHILD" || rc=$?
        while kill -0 "$CHILD" 2>/dev/null; do wait "$CHILD" || rc=$?; done
    fi
    return "$rc"
}

# ---- Addons ----------------------------------------------------------------------------------------------------------

# Prints "name depends,of,it" for each addon of ours that is to be installed; glue addons install themselves.
project_addons() {
    "$VENV/bin/python" - "$ROOT/addons" <<'PY'
import ast, pathlib, sys

manifests = {
    path.parent.name: ast.literal_eval(path.read_text(encoding="utf-8"))
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*/__manifest__.py"))
}
for name, manifest in manifests.items():
    if manifest.get("installable", True) and not manifest.get("auto_install"):
        print(name, ",".join(d for d in manifest.get("depends", ["base"]) if d not in manifests))
PY
}

addon_names() { project_addons | cut -d' ' -f1 | paste -sd, -; }

# Odoo's apps that a new database gets besides: journeys tell by the tracking of Email Marketing which mails were opened.
# shellcheck disable=SC2034  # bin/serve asks for it
APPS_BESIDE=mass_mailing

native_depends() { project_addons | cut -d' ' -f2 | tr ',' '\n' | sort -u | paste -sd, -; }

# Prints "name hash" for every addon of ours, from all files that Odoo reads.
addon_hashes() {
    local folder
    for folder in "$ROOT"/addons/*/; do
        [[ -f $folder/__manifest__.py ]] || continue
        printf '%s %s\n' "$(basename "$folder")" "$(
            cd "$folder" && find . -type f ! -name '*.pyc' ! -name '*.md' ! -path './tests/*' ! -path './readme/*' -print0 |
                sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16
        )"
    done
}

# ---- Databases -------------------------------------------------------------------------------------------------------

sql() { # sql DATABASE STATEMENT
    psql -qtAX -v ON_ERROR_STOP=1 -d "$1" -c "$2"
}

database_exists() { [[ -n $(sql postgres "SELECT 1 FROM pg_database WHERE datname = '$1'") ]]; }

# PostgreSQL's data may outlive the files that belong to it, where somebody has emptied the cache.
has_files() { [[ -d $ODOO_DATA_DIR/filestore/$1 ]]; }

check_name() { [[ $1 =~ ^[a-zA-Z0-9][a-zA-Z0-9_.-]*$ ]] || die "'$1' is no name for a database: use letters, digits, _ . and -."; }

drop_database() {
    sql postgres "ALTER DATABASE \"$1\" IS_TEMPLATE false" 2>/dev/null || true
    sql postgres "DROP DATABASE IF EXISTS \"$1\" WITH (FORCE)"
    rm -rf "${ODOO_DATA_DIR:?}/filestore/$1"
}

rename_database() {
    rm -rf "${ODOO_DATA_DIR:?}/filestore/$2"
    if [[ -d $ODOO_DATA_DIR/filestore/$1 ]]; then mv "$ODOO_DATA_DIR/filestore/$1" "$ODOO_DATA_DIR/filestore/$2"; fi
    sql postgres "ALTER DATABASE \"$1\" RENAME TO \"$2\""
}

# The filestore is named by content and never rewritten in place, so a copy may share its files.
copy_database() {
    sql postgres "CREATE DATABASE \"$2\" TEMPLATE \"$1\""
    rm -rf "${ODOO_DATA_DIR:?}/filestore/$2"
    if [[ -d $ODOO_DATA_DIR/filestore/$1 ]]; then cp -al "$ODOO_DATA_DIR/filestore/$1" "$ODOO_DATA_DIR/filestore/$2"; fi
}

install_addons() { # install_addons DATABASE NAMES [odoo arguments]: fails if any is not installed in the end
    local database=$1 names=$2 left
    shift 2
    odoo -d "$database" -i "$names" --stop-after-init --no-http "$@" || return 1
    left=$(sql "$database" "SELECT n FROM unnest(string_to_array('$names', ',')) n
                            WHERE n NOT IN (SELECT name FROM ir_module_module WHERE state = 'installed')")
    [[ -z $left ]] || { echo "Not installed: $left"; return 1; }
}

# What was installed or upgraded is kept in the database itself, so it survives copies, backups and a new cache.
remember_addons() {
    local value
    value=$(addon_hashes | tr '\n' ';')
    sql "$1" "INSERT INTO ir_config_parameter (key, value, create_date, write_date) VALUES ('bin.addons', '$value', now(), now())
              ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value"
}

# Prints what to hand to Odoo: "-u a,b" for installed addons whose files changed, "-i c" for ours that are not installed.
addon_changes() {
    local remembered installed name hash update=() install=()
    remembered=$(sql "$1" "SELECT value FROM ir_config_parameter WHERE key = 'bin.addons'")
    installed=$(sql "$1" "SELECT name FROM ir_module_module WHERE state IN ('installed', 'to upgrade')")
    while read -r name hash; do
        if grep -qx "$name" <<<"$installed" && [[ ";$remembered" != *";$name $hash;"* ]]; then update+=("$name"); fi
    done < <(addon_hashes)
    for name in $(addon_names | tr ',' ' '); do
        grep -qx "$name" <<<"$installed" || install+=("$name")
    done
    local IFS=,
    [[ ${#update[@]} -eq 0 ]] || printf -- '-u %s ' "${update[*]}"
    [[ ${#install[@]} -eq 0 ]] || printf -- '-i %s ' "${install[*]}"
}

# ---- Templates for tests ---------------------------------------------------------------------------------------------

# Two layers: Odoo's own modules take a minute and change with Odoo only; our addons on top take seconds. Sets TEMPLATE, and NATIVE_TEMPLATE for the benchmarks.
ensure_template() {
    local base odoo_key depends
    depends=$(native_depends)
    odoo_key=$(stat -c '%Y' "$ODOO_LIB/odoo/release.py")
    base=loyalty_base_$(printf '%s' "$odoo_key $depends $(<"$ROOT/requirements.txt") $(declare -f build_base)" | sha256sum | cut -c1-12)
    TEMPLATE=loyalty_template_$(printf '%s' "$base $(addon_hashes)" | sha256sum | cut -c1-12)
    export TEMPLATE NATIVE_TEMPLATE=$base
    lock template
    if ! { database_exists "$TEMPLATE" && has_files "$TEMPLATE"; }; then
        need_space "${PG_HOME:-$CACHE}" 1000
        { database_exists "$base" && has_files "$base"; } || step "Installing Odoo's own modules for the tests" build_base "$base" "$depends"
        step "Installing our addons for the tests" build_template "$base" "$TEMPLATE"
    fi
    for base in "$base" "$TEMPLATE"; do
        sql postgres "COMMENT ON DATABASE \"$base\" IS 'used $(date +%s)'"
    done
    prune_templates
    unlock template
}

build_base() {
    drop_database "$1"
    drop_database "$1.new"
    # The first language becomes everybody's, and Odoo's own tests are written in English.
    install_addons "$1.new" "$2" --load-language=en_US,zh_CN
    # Compiled once here, not by the browser tests of every copy.
    odoo shell -d "$1.new" --no-http <<<"env['ir.qweb']._pregenerate_assets_bundles(); env.cr.commit()"
    rename_database "$1.new" "$1"
    # Nobody may connect to a template, or a copy made meanwhile would fail.
    sql postgres "ALTER DATABASE \"$1\" ALLOW_CONNECTIONS false"
}

build_template() {
    local names
    names=$(addon_names)
    drop_database "$2"
    drop_database "$2.new"
    copy_database "$1" "$2.new"
    if [[ -n $names ]]; then
        odoo_log "$CACHE/log/template.log" install_addons "$2.new" "$names"
    fi
    remember_addons "$2.new"
    rename_database "$2.new" "$2"
    sql postgres "ALTER DATABASE \"$2\" ALLOW_CONNECTIONS false"
}

# OCA's habit: a warning while the addons install is a failure.
odoo_log() {
    local log=$1 noise
    shift
    "$@" 2>&1 | tee "$log"
    noise=$(grep -E '^[0-9-]+ [0-9:,]+ [0-9]+ (WARNING|ERROR|CRITICAL) ' "$log" || true)
    [[ -z $noise ]] || { printf 'Odoo warned while the addons were installed (%s):\n%s\n' "$log" "$noise" | head -n 20 | tac; return 1; }
}

# Templates that no run has used for six hours go, and what failed builds left: under the lock nobody else is building.
prune_templates() {
    local name used
    for name in $(sql postgres "SELECT datname FROM pg_database WHERE datname ~ '^loyalty_(base|template)_[0-9a-f]{12}[.]new\$'"); do
        drop_database "$name"
    done
    while IFS='|' read -r name used; do
        if ((used < $(date +%s) - 21600)); then drop_database "$name"; fi
    done < <(sql postgres "SELECT datname, substring(shobj_description(oid, 'pg_database') from 'used ([0-9]+)') FROM pg_database
                           WHERE datname ~ '^loyalty_(base|template)_[0-9a-f]{12}\$'")
}

# Databases of runs that were killed.
prune_test_databases() {
    local name pid
    for name in $(sql postgres "SELECT datname FROM pg_database WHERE datname ~ '^loyalty_test_[0-9]+_'"); do
        pid=${name#loyalty_test_}
        kill -0 "${pid%%_*}" 2>/dev/null || drop_database "$name"
    done
}
