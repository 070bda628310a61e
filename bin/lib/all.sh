# shellcheck shell=bash
source bin/lib/common.sh
source bin/lib/bootstrap.sh
source bin/lib/postgres.sh
source bin/lib/odoo.sh
