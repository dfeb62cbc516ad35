#!/bin/sh
# Writes the command-line tools of the original image, each a call of its class that logs warnings only.
set -e
tool() {
  printf '#!/bin/sh\nKAFKA_LOG4J_ROOT_LOGLEVEL=WARN exec /opt/kafka/bin/run-class.sh %s "$@"\n' "$2" >"/opt/kafka/bin/$1.sh"
}
tools=org.apache.kafka.tools
tool kafka-topics $tools.TopicCommand
tool kafka-configs kafka.admin.ConfigCommand
tool kafka-consumer-groups $tools.consumer.group.ConsumerGroupCommand
tool kafka-console-producer $tools.ConsoleProducer
tool kafka-console-consumer $tools.consumer.ConsoleConsumer
tool kafka-get-offsets $tools.GetOffsetShell
tool kafka-broker-api-versions $tools.BrokerApiVersionsCommand
tool kafka-metadata-quorum $tools.MetadataQuorumCommand
tool kafka-storage kafka.tools.StorageTool
chmod 755 /opt/kafka/bin/*.sh
