#!/bin/bash
# Turns every KAFKA_* variable into a broker property, as the original does (_ is a dot, __ an underscore, ___ a dash),
# formats the log folder once, and runs the broker. Without settings: one broker and controller on localhost:9092.
set -eo pipefail
if [ $# -gt 0 ]; then exec "$@"; fi

use_defaults() {
  export KAFKA_NODE_ID=1 KAFKA_PROCESS_ROLES=broker,controller KAFKA_CONTROLLER_QUORUM_VOTERS=1@localhost:9093
  export KAFKA_LISTENERS=PLAINTEXT://:9092,CONTROLLER://:9093 KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://localhost:9092
  export KAFKA_CONTROLLER_LISTENER_NAMES=CONTROLLER
  export KAFKA_LISTENER_SECURITY_PROTOCOL_MAP=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
  export KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR=1 KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR=1
  export KAFKA_TRANSACTION_STATE_LOG_MIN_ISR=1 KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR=1
  export KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR=1
}

property_of() {
  local key=${1#KAFKA_}
  key=${key//___/-}
  key=${key//__/$'\x01'}
  key=${key//_/.}
  key=${key//$'\x01'/_}
  printf '%s' "${key,,}"
}

write_properties() {
  local name
  for name in $(compgen -e KAFKA_); do
    case $name in KAFKA_HEAP_OPTS | KAFKA_OPTS | KAFKA_LOG4J_* | KAFKA_VERSION) continue ;; esac
    printf '%s=%s\n' "$(property_of "$name")" "${!name}"
  done >"$properties"
}

properties=/opt/kafka/config/server.properties
export KAFKA_LOG_DIRS=${KAFKA_LOG_DIRS:-/var/lib/kafka/data}
if [ -z "$KAFKA_PROCESS_ROLES$KAFKA_NODE_ID$KAFKA_LISTENERS" ]; then use_defaults; fi
write_properties
if [ ! -f "${KAFKA_LOG_DIRS%%,*}/meta.properties" ]; then
  # Without a fixed list of voters the first node must be told that it is the quorum.
  alone=()
  if [ -z "$KAFKA_CONTROLLER_QUORUM_VOTERS" ]; then alone=(--standalone); fi
  /opt/kafka/bin/run-class.sh kafka.tools.StorageTool format --ignore-formatted "${alone[@]}" \
    -t "${CLUSTER_ID:-9Xk2vQwLTzqH5sYbNfRj4g}" -c "$properties"
fi
export KAFKA_HEAP_OPTS=${KAFKA_HEAP_OPTS:--Xms256m -Xmx512m}
exec /opt/kafka/bin/run-class.sh kafka.Kafka "$properties"
