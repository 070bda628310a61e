# shellcheck shell=bash disable=SC2034  # what is set here is used by the other parts
# Gets what is missing: Debian packages, Odoo, the virtual environment. Each is built beside its final name and becomes
# visible only when it is complete, so an interrupted start leaves nothing that a later one could trip over.

ELSEWHERE="elsewhere than on Debian 12 or 13 set ODOO_HOME to an Odoo 19 tree, or use Docker (docs/operator.md)"

# ---- Debian packages -------------------------------------------------------------------------------------------------

as_root() {
    if is_root; then env DEBIAN_FRONTEND=noninteractive "$@"; else sudo env DEBIAN_FRONTEND=noninteractive "$@"; fi
}

has_package() { [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

pg_bin_folder() {
    local folder found=""
    if command -v pg_config >/dev/null && [[ -x $(pg_config --bindir)/initdb ]]; then found=$(pg_config --bindir); fi
    for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V); do
        [[ ! -x $folder/initdb ]] || found=$folder
    done
    printf '%s' "$found"
}

# Odoo 19 runs on 3.10 to 3.13, our pins on 3.11 to 3.13. Debian's own python first: a pyenv shim moves, it does not.
find_python() {
    local name
    for name in ${LOYALTY_PYTHON:+"$LOYALTY_PYTHON"} /usr/bin/python3 python3.13 python3.12 python3.11 python3; do
        if "$name" -c 'import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
}

# missing_packages [test]: what the machine lacks, by what it can do rather than by what is installed.
missing_packages() {
    [[ -n $(find_python) ]] || printf 'python3 python3-venv '
    if [[ -z ${PGHOST:-} ]]; then
        [[ -n $(pg_bin_folder) ]] || printf 'postgresql '
    else
        command -v psql >/dev/null || [[ -n $(pg_bin_folder) ]] || printf 'postgresql-client '
    fi
    [[ -e /etc/ssl/certs/ca-certificates.crt ]] || printf 'ca-certificates '
    if [[ ${1:-} == test ]]; then
        [[ -x /usr/bin/chromium ]] || printf 'chromium '
    fi
}

# Nice to have: Chinese glyphs and PDF. Never a reason to fail, and asked for once only.
optional_packages() {
    local package
    for package in fonts-noto-cjk wkhtmltopdf; do
        if ! has_package "$package" && [[ ! -e $CACHE/.without-$package ]]; then printf '%s ' "$package"; fi
    done
}

ensure_packages() {
    local missing optional
    missing=$(missing_packages "${1:-}")
    command -v apt-get >/dev/null || { [[ -z $missing ]] || die "Missing: $missing- install them by hand; $ELSEWHERE."; return 0; }
    optional=$(optional_packages)
    [[ -n $missing$optional ]] || return 0
    if ! is_root; then
        if [[ -z $missing ]]; then
            sudo -n true 2>/dev/null || return 0
        else
            command -v sudo >/dev/null || die "Missing: $missing- as root run: apt-get install $missing"
            [[ ! -t 2 ]] || say "Installing $missing(sudo may ask for your password)"
            sudo -v 2>/dev/null || die "Missing: $missing- as root run: apt-get install $missing"
        fi
    fi
    lock apt
    # Some other source of this machine may be broken; whether ours can be had shows when it is installed.
    step "Reading the package lists" as_root sh -c 'apt-get update -q || true'
    # shellcheck disable=SC2086  # lists of package names
    [[ -z $missing ]] || step "Installing $missing" apt_install $missing
    local package
    for package in $optional; do
        step "Installing $package (optional)" apt_install_optional "$package"
    done
    unlock apt
}

apt_install() { as_root apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"; }

apt_install_optional() { apt_install "$1" || touch "$CACHE/.without-$1"; }

# ---- Odoo ------------------------------------------------------------------------------------------------------------

# Sets ODOO_LIB (what goes on PYTHONPATH), ODOO_BIN (the script) and ODOO_ADDONS (Odoo's extra addons folder, if any).
ensure_odoo() {
    local home=${ODOO_HOME:-$CACHE/odoo-19}
    if [[ -z ${ODOO_HOME:-} && ! -e $home ]]; then build_odoo "$home"; fi
    ODOO_ADDONS=""
    if [[ -f $home/odoo-bin && -f $home/odoo/release.py ]]; then
        ODOO_LIB=$home ODOO_BIN=$home/odoo-bin ODOO_ADDONS=$home/addons
    elif [[ -f $home/usr/lib/python3/dist-packages/odoo/release.py ]]; then
        ODOO_LIB=$home/usr/lib/python3/dist-packages ODOO_BIN=$home/usr/bin/odoo
    elif [[ -f $home/lib/python3/dist-packages/odoo/release.py ]]; then
        ODOO_LIB=$home/lib/python3/dist-packages ODOO_BIN=$home/bin/odoo
    else
        die "ODOO_HOME=$home holds no Odoo: set it to a source tree (with odoo-bin) or an unpacked package of Odoo 19, or unset it."
    fi
    grep -qE '^version_info *= *\(19, *0' "$ODOO_LIB/odoo/release.py" ||
        die "ODOO_HOME=$home is not Odoo 19.0: set it to an Odoo 19.0 tree, or unset it."
}

build_odoo() {
    lock odoo
    if [[ ! -e $1 ]]; then
        [[ -n $(command -v dpkg) && -n $(command -v apt-get) ]] || die "No apt here to get Odoo with: $ELSEWHERE."
        need_space "$CACHE" 3000
        rm -rf "$CACHE"/odoo-19.new
        debian_mirror >/dev/null || step "Reading the package lists" as_root apt-get update -q -o APT::Update::Error-Mode=any
        debian_mirror >/dev/null || die "This machine's apt knows no Debian mirror: $ELSEWHERE."
        step "Downloading Odoo 19" download_odoo "$CACHE/odoo-19.new"
        step "Unpacking Odoo 19" unpack_odoo "$CACHE/odoo-19.new"
        mv "$CACHE/odoo-19.new/tree" "$1"
        rm -rf "$CACHE/odoo-19.new"
    fi
    unlock odoo
}

# Prints "ADDRESS CODENAME" of the Debian mirror that this machine already uses.
debian_mirror() {
    # shellcheck disable=SC2016  # apt's own placeholders
    apt-get indextargets --format '$(CREATED_BY)|$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)|$(CODENAME)' 2>/dev/null |
        awk -F'|' '$1 == "Packages" && $2 == "Debian" && $3 == "Debian" && $4 == "main" && $6 !~ /-/ { print $5, $6; found = 1; exit }
                   END { exit !found }'
}

# apt with lists, cache and sources of its own in FOLDER: the machine's configuration is read, never touched.
private_apt() {
    local folder=$1
    shift
    apt-get -q -o Dir::Etc::SourceList="$folder/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null -o APT::Default-Release= \
        -o Dir::State::Lists="$folder/lists" -o Dir::Cache="$folder/cache" -o APT::Sandbox::User=root \
        -o Acquire::Languages=none -o APT::Update::Error-Mode=any -o APT::Update::Post-Invoke-Success= "$@"
}

private_download() {
    local folder=$1 line=$2 keyring=""
    shift 2
    mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial" "$folder/debs"
    if [[ -e /usr/share/keyrings/debian-archive-keyring.gpg ]]; then
        keyring="[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] "
    fi
    printf 'deb %s%s main\n' "$keyring" "$line" >"$folder/sources.list"
    private_apt "$folder" update
    cd "$folder/debs" || return
    private_apt "$folder" download "$@"
}

# sid's newer icon fonts have other file names than those Odoo's symlinks name, so these two come from the machine's release.
download_odoo() {
    local mirror codename
    read -r mirror codename < <(debian_mirror)
    (private_download "$1/sid" "$mirror sid" odoo-19 libjs-jquery libjs-jquery-form libjs-underscore \
        fonts-roboto-unhinted fonts-montserrat fonts-ocr-b)
    (private_download "$1/own" "$mirror $codename" fonts-font-awesome fonts-inconsolata)
}

unpack_odoo() {
    local deb
    mkdir -p "$1/tree"
    for deb in "$1"/*/debs/*.deb; do dpkg -x "$deb" "$1/tree"; done
    rm -rf "$1/tree/usr/share/doc" "$1/tree/usr/share/lintian" "$1/tree/etc"
    # Debian leaves this file out (blurred backgrounds in calls, a binary blob); without it the web client logs an error at
    # every start, as Odoo's list of scripts names it.
    deb=$1/tree/usr/lib/python3/dist-packages/odoo/addons/mail/static/lib/selfie_segmentation
    mkdir -p "$deb"
    [[ -e $deb/selfie_segmentation.js ]] || echo '/* Not in the Debian package. */' >"$deb/selfie_segmentation.js"
    [[ -f $1/tree/usr/bin/odoo ]]
}

# ---- Virtual environment ---------------------------------------------------------------------------------------------

# ensure_venv [test]: sets VENV. Named by what it is made of, so two checkouts with other pins don't fight; not relocatable,
# so it is complete when its marker is there. A test environment serves for running, too.
ensure_venv() {
    local base run test
    base=$(find_python)
    [[ -n $base ]] || die "No Python 3.11, 3.12 or 3.13 with venv: install python3-venv, or set LOYALTY_PYTHON."
    run=$CACHE/venv-$( (echo "$base"; cat "$ROOT"/requirements{,-queue}.txt) | sha256sum | cut -c1-12)
    test=$CACHE/venv-$( (echo "$base"; cat "$ROOT"/requirements{,-queue,-dev}.txt) | sha256sum | cut -c1-12)
    if [[ ${1:-} != test && -e $run/.complete ]]; then
        VENV=$run
    elif [[ -e $test/.complete ]]; then
        VENV=$test
    elif [[ ${1:-} == test ]]; then
        build_venv "$base" "$test" -r "$ROOT/requirements.txt" -r "$ROOT/requirements-dev.txt"
    else
        build_venv "$base" "$run" -r "$ROOT/requirements.txt"
    fi
    touch "$VENV/.complete"
}

build_venv() {
    local base=$1 target=$2
    shift 2
    VENV=$target
    lock venv
    if [[ ! -e $VENV/.complete ]]; then
        need_space "$CACHE" 1500
        rm -rf "$VENV"
        step "Making the Python environment" "$base" -m venv "$VENV"
        # Wheels only, so that nothing compiles; docopt alone was never published as one and is pure Python.
        step "Installing the Python requirements" pip_install --only-binary :all: --no-binary docopt "$@"
        # An addon as a wheel: it lies beside the others in the namespace odoo.addons, where Odoo finds it by itself.
        step "Installing the job queue" pip_install --only-binary :all: --no-deps -r "$ROOT/requirements-queue.txt"
        touch "$VENV/.complete"
        prune_venvs
    fi
    unlock venv
}

# pip brings its own list of authorities; the system's also knows a company's own, which may stand between us and PyPI.
pip_install() {
    local bundle=/etc/ssl/certs/ca-certificates.crt
    if [[ -z ${PIP_CERT:-} && -e $bundle ]] && ! "$VENV/bin/python" -m pip config get global.cert 2>/dev/null; then
        export PIP_CERT=$bundle
    fi
    PIP_DISABLE_PIP_VERSION_CHECK=1 "$VENV/bin/python" -m pip install "$@"
}

# An environment that no start has used for a month belongs to requirements that are gone.
prune_venvs() {
    local marker
    while read -r marker; do rm -rf "${marker%/.complete}"; done < <(find "$CACHE" -maxdepth 2 -path '*/venv-*/.complete' -mtime +30)
}
