#!/bin/bash
# The manners of the image it stands in for: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB and their _FILE forms,
# POSTGRES_INITDB_ARGS, POSTGRES_HOST_AUTH_METHOD, PGDATA, and what lies in /docker-entrypoint-initdb.d on the first start.
set -eo pipefail
shopt -s nullglob

refuse() {
  printf '%s\n' "$@" >&2
  exit 1
}

read_secret_files() {
  local name file
  for name in POSTGRES_USER POSTGRES_PASSWORD POSTGRES_DB POSTGRES_INITDB_ARGS; do
    file=${name}_FILE
    if [ -n "${!file:-}" ]; then export "$name=$(<"${!file}")"; fi
  done
}

create_cluster() {
  # shellcheck disable=SC2086 # the arguments are words
  initdb --username="$user" --pwfile=<(printf '%s\n' "${POSTGRES_PASSWORD:-}") --encoding=UTF8 --locale=C.UTF-8 --no-sync \
    --auth-local=trust --auth-host=trust \
    -c listen_addresses='*' -c unix_socket_directories=/var/run/postgresql,/tmp $POSTGRES_INITDB_ARGS
  echo "host all all all ${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
}

run_script() {
  local client=(psql -v ON_ERROR_STOP=1 --no-psqlrc -U "$user" -d "$database")
  echo "running $1"
  case $1 in
    *.sh) . "$1" ;;
    *.sql) "${client[@]}" -f "$1" ;;
    *.sql.gz) gunzip -c "$1" | "${client[@]}" ;;
    *) echo "ignoring $1" ;;
  esac
}

# The server is open to this container alone until the database and the scripts are in place.
fill_cluster() {
  local script
  pg_ctl -w start -o "-c listen_addresses=''"
  if [ "$database" != postgres ]; then
    psql -v ON_ERROR_STOP=1 --no-psqlrc -U "$user" -d postgres -v name="$database" <<<'CREATE DATABASE :"name";'
  fi
  for script in /docker-entrypoint-initdb.d/*; do run_script "$script"; done
  pg_ctl -w -m fast stop
}

case "${1:-}" in -*) set -- postgres "$@" ;; esac
if [ "$1" != postgres ]; then exec "$@"; fi
if [ "$(id -u)" = 0 ]; then
  install -d -o postgres -g postgres -m 700 "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
read_secret_files
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  user=${POSTGRES_USER:-postgres}
  database=${POSTGRES_DB:-$user}
  if [ -z "${POSTGRES_PASSWORD:-}" ] && [ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ]; then
    refuse 'Error: Database is uninitialized and superuser password is not specified.' \
      'Set POSTGRES_PASSWORD, or POSTGRES_HOST_AUTH_METHOD=trust.'
  fi
  create_cluster
  fill_cluster
  printf '\nPostgreSQL init process complete; ready for start up.\n\n'
fi
exec "$@"
