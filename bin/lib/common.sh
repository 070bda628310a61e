# shellcheck shell=bash disable=SC2034  # what is set here is used by the other parts
# What every command shares: where things are, how it speaks, how it waits, how it stops.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
CACHE=${LOYALTY_CACHE:-${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}/.cache/loyalty-odoo}
COMMAND=bin/$(basename "$0")
STEP_PID=""

say() { printf '%s\n' "$*" >&2; }

die() {
    printf '%s: %s\n' "$COMMAND" "$*" >&2
    exit 1
}

open_cache() {
    mkdir -p "$CACHE/log" "$CACHE/lock" 2>/dev/null ||
        die "Can't write to the cache folder $CACHE: free space there, mend its rights, or set LOYALTY_CACHE to another folder."
    CACHE=$(cd "$CACHE" && pwd -P)
}

is_root() { [[ $(id -u) -eq 0 ]]; }

# need_space FOLDER MEGABYTES: asked before a long step, so that a full disk is told at once and not after minutes.
need_space() {
    local free
    free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
    ((free >= $2)) ||
        die "The disk is full: $1 has $free MB free and this needs $2 MB. Free some, or set LOYALTY_CACHE to a folder on another disk."
}

# lock NAME: one at a time over all starts that share this cache. The kernel frees it when the holder dies.
lock() {
    local fd
    exec {fd}>"$CACHE/lock/$1"
    if ! flock -n "$fd"; then
        say "Waiting for another start that is busy with the same ($1) ..."
        flock "$fd"
    fi
    eval "LOCK_${1//[^a-z0-9]/_}=$fd"
}

unlock() {
    local name="LOCK_${1//[^a-z0-9]/_}"
    local fd=${!name}
    exec {fd}>&-
}

# step TEXT COMMAND...: runs the command quietly. From the second second on it shows how long it has taken and, for Odoo,
# how many modules are loaded; a failure becomes one line that says what to do.
step() {
    local text=$1 log rc=0 start=$SECONDS
    shift
    log=$(mktemp "$CACHE/log/step.XXXXXX") || die "Can't write to $CACHE/log: free space there or set LOYALTY_CACHE."
    # A process group of its own, so that Ctrl-C can stop all of it and nothing is left half running.
    set -m
    ("$@") </dev/null >"$log" 2>&1 &
    STEP_PID=$!
    set +m
    step_progress "$text" "$log" "$start"
    wait "$STEP_PID" || rc=$?
    STEP_PID=""
    if ((rc)); then
        mv "$log" "$CACHE/log/failed.log"
        explain "$text" "$CACHE/log/failed.log"
    fi
    rm -f "$log"
}

step_progress() {
    local text=$1 log=$2 start=$3 told=0 spin=0 elapsed marks='|/-.'
    while kill -0 "$STEP_PID" 2>/dev/null; do
        sleep 0.2
        elapsed=$((SECONDS - start))
        ((elapsed >= 2)) || continue
        if [[ -t 2 ]]; then
            spin=$(((spin + 1) % 4))
            printf '\r%s %s: %d s %s\e[K' "${marks:spin:1}" "$text" "$elapsed" "$(step_detail "$log")" >&2
        elif ((told == 0 || elapsed - told >= 20)); then
            say "$text: $elapsed s $(step_detail "$log")"
            told=$elapsed
        fi
    done
    elapsed=$((SECONDS - start))
    ((elapsed < 2)) || { [[ ! -t 2 ]] || printf '\r\e[K' >&2; say "$text: done in $elapsed s"; }
}

step_detail() { tail -c 4000 "$1" 2>/dev/null | grep -aoE 'Loading module [a-z0-9_]+ \([0-9]+/[0-9]+\)' | tail -n 1 || true; }

explain() {
    local text=$1 log=$2 last
    if grep -qaE 'No space left on device|Disk quota exceeded|not enough free space' "$log"; then
        die "$text: the disk is full. Free some space, or set LOYALTY_CACHE to a folder on another disk, and start again."
    elif grep -qaE 'CERTIFICATE_VERIFY_FAILED|certificate verify failed' "$log"; then
        die "$text: the network's certificate is not trusted. Install your network's authority (update-ca-certificates), and start again. Log: $log"
    elif grep -qaE 'Temporary failure|Could not resolve|Could not connect|Cannot initiate the connection|Network is unreachable|NewConnectionError|Connection (timed out|refused) .*Failed to fetch|ReadTimeoutError|ProxyError' "$log"; then
        die "$text: no network. Connect this machine to its package mirror and to PyPI, and start again; what is done is kept. Log: $log"
    fi
    last=$(grep -aE '^[A-Za-z_.]*(Error|Exception|ERROR)\b|^E: |^fatal:|^Not installed: ' "$log" | tail -n 1 | cut -c1-300) || true
    last=${last:-$(grep -avE '^\s*$| INFO ' "$log" | tail -n 1 | cut -c1-300)} || true
    die "$text failed: ${last:-no message}. Log: $log"
}

# stop_group PID: ends a process group that this script started and waits for it; insists after 20 s.
stop_group() {
    local pid=$1 signal=${2:-TERM} i
    kill -"$signal" -- "-$pid" 2>/dev/null || return 0
    for ((i = 0; i < 100; i++)); do
        kill -0 -- "-$pid" 2>/dev/null || return 0
        sleep 0.2
    done
    kill -KILL -- "-$pid" 2>/dev/null || true
}

stop_step() { [[ -z $STEP_PID ]] || stop_group "$STEP_PID"; }
