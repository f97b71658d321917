// Writes the keys to a topic with Kafka's own producer: Produce BROKERS TOPIC. An integer is written as its text.

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

final class Produce {
    public static void main(String[] arguments) {
        Map<String, Object> settings = Map.of("bootstrap.servers", arguments[0], "linger.ms", 20);
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int index = 0; index < Keys.COUNT; index++) {
                byte[] key = Keys.key(index).toString().getBytes(StandardCharsets.UTF_8);
                producer.send(new ProducerRecord<>(arguments[1], key, Integer.toString(index).getBytes(StandardCharsets.UTF_8)));
            }
        }
    }
}
