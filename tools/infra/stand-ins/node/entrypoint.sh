#!/bin/sh
# A flag, a file to run, or anything that is no command is meant for node.
set -e
is_command() { command -v "$1" >/dev/null && { [ ! -f "$1" ] || [ -x "$1" ]; }; }
case "${1:-}" in
  -*) set -- node "$@" ;;
  *) is_command "$1" || set -- node "$@" ;;
esac
exec "$@"
