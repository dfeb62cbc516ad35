#!/bin/sh
# Flags or a configuration file alone mean redis-server with them; it runs as the user redis and is open to peers.
set -e
case "${1:-}" in
  -* | *.conf) set -- redis-server "$@" ;;
esac
if [ "$1" != redis-server ]; then exec "$@"; fi
set -- "$@" --protected-mode no
if [ "$(id -u)" != 0 ]; then exec "$@"; fi
chown redis:redis .
exec setpriv --reuid=redis --regid=redis --init-groups "$@"
