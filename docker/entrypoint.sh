#!/usr/bin/env bash
# Installs our addons into DATABASE on the first start, upgrades them when their files have changed since, then serves it.
set -euo pipefail

# Names of the addons to install: those that don't install themselves, and Odoo's Email Marketing, by whose tracking journeys
# tell which mails were opened.
addons() {
    python3 - <<'PY'
import ast, pathlib

manifests = {p.parent.name: ast.literal_eval(p.read_text()) for p in sorted(pathlib.Path("/mnt/extra-addons").glob("*/__manifest__.py"))}
print(",".join(n for n, m in manifests.items() if m.get("installable", True) and not m.get("auto_install")) + ",mass_mailing")
PY
}

wait_for_postgres() {
    local i
    for ((i = 0; i < 60; i++)); do
        pg_isready -q && return
        sleep 1
    done
    echo "PostgreSQL at $PGHOST:$PGPORT does not answer: is it running, and is HOST right?" >&2
    exit 1
}

# What was installed last is kept in the database itself, so a restored backup or an emptied volume can't deceive us.
prepare() {
    local hash names last
    names=$(addons)${QUEUE:+,queue_job}
    hash=$( (echo "${QUEUE:+queue}" && cd /mnt/extra-addons && find . -type f ! -name '*.pyc' -print0 | sort -z | xargs -0 sha256sum) | sha256sum | cut -c1-16)
    last=$(psql -qtAX -d "$DATABASE" -c "SELECT value FROM ir_config_parameter WHERE key = 'docker.addons'" 2>/dev/null || true)
    if [[ $last == "$hash" ]]; then return; fi
    if [[ -z $last ]]; then
        echo "Installing $names into $DATABASE; the first start takes some minutes."
        odoo -d "$DATABASE" -i "$names" --stop-after-init --no-http ${LANGUAGE:+--load-language="$LANGUAGE"} ${DEMO:+--with-demo}
    else
        echo "Upgrading $names in $DATABASE."
        odoo -d "$DATABASE" -u "$names" -i "$names" --stop-after-init --no-http
    fi
    psql -qtAX -v ON_ERROR_STOP=1 -d "$DATABASE" -c "INSERT INTO ir_config_parameter (key, value, create_date, write_date)
        VALUES ('docker.addons', '$hash', now(), now()) ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value"
}

# Only a server that loads the job queue from the start runs its jobs.
queue_option() {
    local found
    found=$(psql -qtAX -d "$DATABASE" -c "SELECT 1 FROM ir_module_module WHERE name = 'queue_job' AND state = 'installed'")
    if [[ -n $found ]]; then echo --load=base,rpc,web,queue_job; fi
}

# Anything but Odoo itself (a shell, `odoo shell` in a running container) is run as it is.
if [[ ${1:-odoo} != odoo ]]; then exec "$@"; fi
shift || true

: "${DATABASE:?Set DATABASE to the name of the database to serve.}"
if [[ -n ${PASSWORD_FILE:-} ]]; then PASSWORD=$(<"$PASSWORD_FILE"); fi
: "${PASSWORD:?Set PASSWORD_FILE (or PASSWORD) to the password of the PostgreSQL user.}"
# The image's names, as Odoo 19 and psql read them; in the environment, so that no process list shows the password.
export PGHOST=${HOST:-db} PGPORT=${PORT:-5432} PGUSER=${USER:-odoo} PGPASSWORD=$PASSWORD

wait_for_postgres
prepare
load=$(queue_option)
exec odoo -d "$DATABASE" --db-filter="^${DATABASE//./\\.}\$" ${load:+"$load"} "$@"
